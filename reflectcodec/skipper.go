package reflectcodec

import (
	"encoding/binary"
	"errors"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// Skipper finds the end of a struct or of a message in bytes that arrive in pieces. It keeps no input, only
// the open structs and containers, so each byte is looked at once however small the pieces are.
type Skipper struct {
	message   bool
	maxLevels int
	limit     int64

	open    []container
	state   skipState
	pass    int64    // bytes to pass over before anything else
	item    [16]byte // the item being put together
	have    int      // bytes of item that have arrived
	offset  int64    // bytes used
	done    bool
	failure *codec.Error
}

// container is a struct, list, set or map that has been entered.
type container struct {
	wire      thriftbinary.Type
	key, elem thriftbinary.Type
	left      int // values to come, keys included; unused for a struct
}

// skipState is the item that comes next.
type skipState uint8

const (
	skipMessage   skipState = iota // version, name length
	skipTop                        // the struct itself
	skipNext                       // what the innermost container says
	skipString                     // length
	skipList                       // element type, count
	skipMapHeader                  // key type, element type, count
)

// NewSkipper returns a Skipper for one struct, or for one message with its envelope.
func NewSkipper(message bool, l *codec.Limits) *Skipper {
	s := &Skipper{message: message, maxLevels: l.Levels(), limit: int64(orNone(l.Size))}
	s.Reset()
	return s
}

// Reset makes s ready for another value.
func (s *Skipper) Reset() {
	s.open, s.state, s.pass, s.have, s.offset = s.open[:0], skipTop, 0, 0, 0
	s.done, s.failure = false, nil
	if s.message {
		s.state = skipMessage
	}
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
			s.offset += int64(k)
			if s.pass > 0 {
				break
			}
		}
		var more bool
		if rest, more, s.failure = s.step(rest); s.failure != nil {
			return len(data) - len(rest), false, s.failure
		}
		if !more {
			break
		}
	}
	return len(data) - len(rest), s.done, nil
}

// errAt returns an error for the part of the item that begins at its byte k; the item has been used whole.
func (s *Skipper) errAt(code codec.Code, size, k int) *codec.Error {
	return fail(code, int(s.offset)-size+k)
}

// fetch gathers an item of n bytes; it returns nil while some are missing.
func (s *Skipper) fetch(rest []byte, n int) (item, left []byte, err *codec.Error) {
	if s.have == 0 && s.offset+int64(n) > s.limit {
		return nil, rest, fail(codec.SizeLimit, int(s.offset))
	}
	k := copy(s.item[s.have:n], rest)
	s.have += k
	s.offset += int64(k)
	if s.have < n {
		return nil, rest[k:], nil
	}
	s.have = 0
	return s.item[:n], rest[k:], nil
}

// step deals with one item; more is false if it has not arrived whole.
func (s *Skipper) step(rest []byte) (left []byte, more bool, err *codec.Error) {
	var item []byte
	switch s.state {
	case skipMessage:
		if item, left, err = s.fetch(rest, 8); item != nil {
			err = s.envelope(item)
		}
	case skipTop:
		left, item, err = rest, s.item[:0], s.value(thriftbinary.Struct)
	case skipString:
		if item, left, err = s.fetch(rest, thriftbinary.CountSize); item != nil {
			err = s.bytes(item)
		}
	case skipList:
		if item, left, err = s.fetch(rest, thriftbinary.ListHeaderSize); item != nil {
			err = s.header(item, thriftbinary.List)
		}
	case skipMapHeader:
		if item, left, err = s.fetch(rest, thriftbinary.MapHeaderSize); item != nil {
			err = s.header(item, thriftbinary.Map)
		}
	default:
		return s.next(rest)
	}
	return left, item != nil, err
}

// next goes on in the innermost container.
func (s *Skipper) next(rest []byte) (left []byte, more bool, err *codec.Error) {
	if len(s.open) == 0 {
		s.done = true
		return rest, true, nil
	}
	top := &s.open[len(s.open)-1]
	switch {
	case top.wire == thriftbinary.Struct:
		item, left, err := s.fetch(rest, thriftbinary.TypeSize)
		if item == nil {
			return left, false, err
		}
		return left, true, s.field(thriftbinary.Type(item[0]))
	case top.left == 0:
		s.open = s.open[:len(s.open)-1]
		return rest, true, nil
	}
	top.left--
	t := top.elem
	if top.wire == thriftbinary.Map && top.left%2 == 1 {
		t = top.key
	}
	return rest, true, s.value(t)
}

// field starts a field of type t, or ends the struct.
func (s *Skipper) field(t thriftbinary.Type) *codec.Error {
	if t == thriftbinary.Stop {
		s.open = s.open[:len(s.open)-1]
		return nil
	}
	if !t.Known() {
		return failType(int(s.offset)-thriftbinary.TypeSize, t, 0)
	}
	if err := s.skipOver(thriftbinary.IDSize, int(s.offset)); err != nil {
		return err
	}
	return s.value(t)
}

// skipOver passes over n more bytes; at is the item to blame if they exceed the limit.
func (s *Skipper) skipOver(n int64, at int) *codec.Error {
	if n > s.limit-s.offset-s.pass {
		return fail(codec.SizeLimit, at)
	}
	s.pass += n
	return nil
}

// value starts a value of a known type.
func (s *Skipper) value(t thriftbinary.Type) *codec.Error {
	s.state = skipNext
	if t.Fixed() {
		return s.skipOver(int64(t.MinSize()), int(s.offset+s.pass))
	}
	if t == thriftbinary.String {
		s.state = skipString
		return nil
	}
	if len(s.open) == s.maxLevels {
		return fail(codec.DepthLimit, int(s.offset+s.pass))
	}
	s.open = append(s.open, container{wire: t})
	switch t {
	case thriftbinary.Map:
		s.state = skipMapHeader
	case thriftbinary.List, thriftbinary.Set:
		s.state = skipList
	}
	return nil
}

// bytes takes the length of a string.
func (s *Skipper) bytes(item []byte) *codec.Error {
	s.state = skipNext
	n := int32(binary.BigEndian.Uint32(item))
	if n < 0 {
		return s.errAt(codec.NegativeSize, thriftbinary.CountSize, 0)
	}
	return s.skipOver(int64(n), int(s.offset)-thriftbinary.CountSize)
}

// header takes the header of a map or of a list or set.
func (s *Skipper) header(item []byte, wire thriftbinary.Type) *codec.Error {
	s.state = skipNext
	types := len(item) - thriftbinary.CountSize
	n := int32(binary.BigEndian.Uint32(item[types:]))
	if n < 0 {
		return s.errAt(codec.NegativeSize, len(item), types)
	}
	if n == 0 {
		return nil
	}
	smallest, fixed := 0, true
	for i, b := range item[:types] {
		t := thriftbinary.Type(b)
		if !t.Known() {
			return failType(int(s.offset)-len(item)+i, t, 0)
		}
		smallest += t.MinSize()
		fixed = fixed && t.Fixed()
	}
	size := int64(n) * int64(smallest)
	if size > s.limit-s.offset {
		return s.errAt(codec.SizeLimit, len(item), types)
	}
	if fixed {
		s.pass = size
		return nil
	}
	top := &s.open[len(s.open)-1]
	top.key, top.elem, top.left = thriftbinary.Type(item[0]), thriftbinary.Type(item[types-1]), int(n)
	if wire == thriftbinary.Map {
		if int64(n)*2 > int64(maxInt) {
			return s.errAt(codec.SizeLimit, len(item), types)
		}
		top.left = 2 * int(n)
	}
	return nil
}

const maxInt = int(^uint(0) >> 1)

var errEnvelope = errors.New("a message begins with the version 0x8001")

// envelope takes the version and the length of the name; the sequence id follows the name.
func (s *Skipper) envelope(item []byte) *codec.Error {
	s.state = skipTop
	if binary.BigEndian.Uint16(item) != 0x8001 {
		err := s.errAt(codec.InvalidData, len(item), 0)
		err.Err = errEnvelope
		return err
	}
	n := int32(binary.BigEndian.Uint32(item[4:]))
	if n < 0 {
		return s.errAt(codec.NegativeSize, len(item), 4)
	}
	return s.skipOver(int64(n)+4, int(s.offset)-4)
}
