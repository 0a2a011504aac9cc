package reflectcodec

import (
	"math"

	"github.com/tagwire/tagwire/codec"
)

// Skipper finds the end of a struct or of a message in bytes that arrive in pieces. It keeps no input, only
// the open structs and containers, so each byte is looked at once however small the pieces are. What the bytes mean is the
// business of a Scanner.
type Skipper struct {
	// Offset counts the bytes that were used; Limit is the most there may be.
	Offset, Limit int64
	// Open has the structs and containers that have been entered, the innermost last.
	Open []Container

	scanner   Scanner
	message   bool
	maxLevels int
	pass      int64    // bytes to pass over before anything else
	item      [16]byte // the item being put together
	have      int      // bytes of item that have arrived
	done      bool
	failure   *codec.Error
}

// Container is a struct, list, set or map that has been entered.
type Container struct {
	Wire      uint8 // the format's number for it
	Key, Elem uint8
	Left      int // values to come, keys included; unused for a struct
}

// Scanner is the part of a Skipper that knows the format.
type Scanner interface {
	// Reset begins a struct, or a message with its envelope.
	Reset(message bool)
	// Step deals with one item, of which rest may have only a part, and returns what is behind it. more is false if
	// it has not arrived whole.
	Step(s *Skipper, rest []byte) (left []byte, more bool, err *codec.Error)
}

// NewSkipper returns a Skipper for one struct, or for one message with its envelope.
func NewSkipper(scanner Scanner, message bool, l *codec.Limits) *Skipper {
	limits := l.Resolved()
	s := &Skipper{scanner: scanner, message: message, maxLevels: limits.Depth, Limit: int64(limits.Size)}
	s.Reset()
	return s
}

// Reset makes s ready for another value.
func (s *Skipper) Reset() {
	s.Open, s.pass, s.have, s.Offset = s.Open[:0], 0, 0, 0
	s.done, s.failure = false, nil
	s.scanner.Reset(s.message)
}

// Next takes the next bytes. It returns how many of them belong to the value and whether that ends here.
func (s *Skipper) Next(data []byte) (n int, done bool, err error) {
	if s.failure != nil {
		return 0, false, s.failure
	}
	rest := data
	for !s.done {
		if s.pass > 0 {
			k := int(min(s.pass, int64(len(rest))))
			rest = rest[k:]
			s.pass -= int64(k)
			s.Offset += int64(k)
			if s.pass > 0 {
				break
			}
		}
		var more bool
		if rest, more, s.failure = s.scanner.Step(s, rest); s.failure != nil {
			return len(data) - len(rest), false, s.failure
		}
		if !more {
			break
		}
	}
	return len(data) - len(rest), s.done, nil
}

// Finish says that the value ends where the cursor is.
func (s *Skipper) Finish() { s.done = true }

// ErrAt returns an error for the part that begins at byte k of an item of size bytes, which has been used whole.
func (s *Skipper) ErrAt(code codec.Code, size, k int) *codec.Error {
	return Fail(code, int(s.Offset)-size+k)
}

// Fetch gathers an item of n bytes; it returns nil while some are missing.
func (s *Skipper) Fetch(rest []byte, n int) (item, left []byte, err *codec.Error) {
	if s.have == 0 && s.Offset+int64(n) > s.Limit {
		return nil, rest, Fail(codec.SizeLimit, int(s.Offset))
	}
	k := copy(s.item[s.have:n], rest)
	s.have += k
	s.Offset += int64(k)
	if s.have < n {
		return nil, rest[k:], nil
	}
	s.have = 0
	return s.item[:n], rest[k:], nil
}

// FetchUntil gathers an item that ends with the first byte of which last is true, and has at most most bytes; it returns nil
// while some are missing.
func (s *Skipper) FetchUntil(rest []byte, most int, last func(b byte) bool) (item, left []byte, err *codec.Error) {
	for i, b := range rest {
		if s.Offset == s.Limit {
			return nil, rest[i:], Fail(codec.SizeLimit, int(s.Offset)-s.have)
		}
		s.item[s.have] = b
		s.have++
		s.Offset++
		if last(b) || s.have == most {
			n := s.have
			s.have = 0
			return s.item[:n], rest[i+1:], nil
		}
	}
	return nil, nil, nil
}

// Pass passes over n more bytes; at is the item to blame if they exceed the limit.
func (s *Skipper) Pass(n int64, at int) *codec.Error {
	if n > s.Limit-s.Offset-s.pass {
		return Fail(codec.SizeLimit, at)
	}
	s.pass += n
	return nil
}

// Position returns where the bytes end that will have been passed over.
func (s *Skipper) Position() int { return int(s.Offset + s.pass) }

// Enter opens a struct or container.
func (s *Skipper) Enter(c Container) *codec.Error {
	if len(s.Open) == s.maxLevels {
		return Fail(codec.DepthLimit, s.Position())
	}
	s.Open = append(s.Open, c)
	return nil
}

// Top returns the innermost struct or container.
func (s *Skipper) Top() *Container { return &s.Open[len(s.Open)-1] }

// Leave closes the innermost struct or container.
func (s *Skipper) Leave() { s.Open = s.Open[:len(s.Open)-1] }

// Next returns the number of the type of the value that comes next in the container: of a map it is a key and then an element.
func (c *Container) Next(isMap bool) uint8 {
	c.Left--
	if isMap && c.Left%2 == 1 {
		return c.Key
	}
	return c.Elem
}

// SetCount says that n values, or entries of a map, come, whose types are key and elem. It reports false if they cannot be counted.
func (c *Container) SetCount(key, elem uint8, n int64, isMap bool) bool {
	if isMap {
		n *= 2
	}
	c.Key, c.Elem, c.Left = key, elem, int(n)
	return n <= math.MaxInt
}
