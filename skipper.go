package tagwire

import "github.com/tagwire/tagwire/reflectcodec"

// Skipper takes bytes as they arrive and reports where a value or a message ends, without knowing its
// type. It looks at each byte once, however small the pieces are, and keeps none of them. A Skipper serves one
// goroutine; the zero Skipper cannot be used.
type Skipper struct {
	skipper *reflectcodec.Skipper
	err     error // what is wrong with the options
}

// NewSkipper returns a Skipper for one struct in the format that WithFormat names. It obeys WithMaxDepth and WithMaxSize. If the
// options cannot be met, Next returns the error that [For] returns for them. For Protobuf it is one message with its length, a varint,
// before it, as streams have them.
func NewSkipper(options ...Option) *Skipper { return newSkipper(false, options) }

// NewMessageSkipper returns a Skipper for one message: an envelope, with name and sequence id, and a struct. The envelope has the
// form of the format that WithFormat names: for ThriftBinary the strict one, for ThriftCompact its only one. NewMessageSkipper
// takes options as NewSkipper does.
func NewMessageSkipper(options ...Option) *Skipper { return newSkipper(true, options) }

func newSkipper(message bool, options []Option) *Skipper {
	var local config
	c := configOf(options, &local)
	if err := c.check(nil); err != nil {
		return &Skipper{err: err}
	}
	if message && c.format == Protobuf {
		return &Skipper{err: usageError(nil, "Protobuf has no messages with an envelope; NewSkipper takes one with its length before it")}
	}
	return &Skipper{skipper: formats[c.format].newSkipper(message, &c.Limits)}
}

// Next takes the next bytes and returns how many of them belong to the value and whether it ends with them.
// While it does not, n is len(data). The error, an *Error whose Offset counts from the first byte of the
// value, is final: later calls return it again. After the end Next returns 0, true, nil until Reset.
func (s *Skipper) Next(data []byte) (n int, done bool, err error) {
	if s.err != nil {
		return 0, false, s.err
	}
	return s.skipper.Next(data)
}

// Reset makes s ready for the next value. An error in the options remains.
func (s *Skipper) Reset() {
	if s.err == nil {
		s.skipper.Reset()
	}
}
