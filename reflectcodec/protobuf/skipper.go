package protobuf

import (
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/reflectcodec"
	wire "github.com/tagwire/tagwire/wire/protobuf"
	"github.com/tagwire/tagwire/wire/varint"
)

// NewSkipper returns a Skipper for one message with its length before it, as streams have them. There are none with an envelope.
func NewSkipper(_ bool, l *codec.Limits) *reflectcodec.Skipper {
	return reflectcodec.NewSkipper(new(scanner), false, l)
}

// scanner reads a length, and passes over as many bytes.
type scanner struct{ measured bool }

// Reset begins a message.
func (c *scanner) Reset(bool) { c.measured = false }

// Step reads the length, or finds the message passed over.
func (c *scanner) Step(s *reflectcodec.Skipper, rest []byte) (left []byte, more bool, err *codec.Error) {
	if c.measured {
		s.Finish()
		return rest, true, nil
	}
	item, left, err := s.FetchUntil(rest, varint.MaxSize, func(b byte) bool { return b < 0x80 })
	if item == nil {
		return left, false, err
	}
	at := int(s.Offset) - len(item)
	n, size := varint.Read(item)
	switch {
	case size == varint.TooLong || size == varint.Cut:
		return left, false, &codec.Error{Code: codec.InvalidData, Offset: at, Err: errVarint}
	case n > wire.MaxSize:
		return left, false, &codec.Error{Code: codec.SizeLimit, Offset: at, Err: errTooLong}
	}
	c.measured = true
	return left, true, s.Pass(int64(n), at)
}
