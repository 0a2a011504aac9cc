package thriftbinary

import (
	"encoding/binary"
	"fmt"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/reflectcodec"
	wire "github.com/tagwire/tagwire/wire/thriftbinary"
)

// NewSkipper returns a Skipper for one struct, or for one message with its envelope.
func NewSkipper(message bool, l *codec.Limits) *reflectcodec.Skipper {
	return reflectcodec.NewSkipper(new(scanner), message, l)
}

// scanner knows which item comes next.
type scanner struct{ state skipState }

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

// Reset begins a struct, or a message with its envelope.
func (c *scanner) Reset(message bool) {
	c.state = skipTop
	if message {
		c.state = skipMessage
	}
}

// Step deals with one item; more is false if it has not arrived whole.
func (c *scanner) Step(s *reflectcodec.Skipper, rest []byte) (left []byte, more bool, err *codec.Error) {
	var item []byte
	switch c.state {
	case skipMessage:
		if item, left, err = s.Fetch(rest, 8); item != nil {
			err = c.envelope(s, item)
		}
	case skipTop:
		return rest, true, c.value(s, wire.Struct)
	case skipString:
		if item, left, err = s.Fetch(rest, wire.CountSize); item != nil {
			err = c.bytes(s, item)
		}
	case skipList:
		if item, left, err = s.Fetch(rest, wire.ListHeaderSize); item != nil {
			err = c.header(s, item)
		}
	case skipMapHeader:
		if item, left, err = s.Fetch(rest, wire.MapHeaderSize); item != nil {
			err = c.header(s, item)
		}
	default:
		return c.next(s, rest)
	}
	return left, item != nil, err
}

// next goes on in the innermost container.
func (c *scanner) next(s *reflectcodec.Skipper, rest []byte) (left []byte, more bool, err *codec.Error) {
	if len(s.Open) == 0 {
		s.Finish()
		return rest, true, nil
	}
	top := s.Top()
	switch {
	case top.Wire == uint8(wire.Struct):
		item, left, err := s.Fetch(rest, wire.TypeSize)
		if item == nil {
			return left, false, err
		}
		return left, true, c.field(s, wire.Type(item[0]))
	case top.Left == 0:
		s.Leave()
		return rest, true, nil
	}
	return rest, true, c.value(s, wire.Type(top.Next(top.Wire == uint8(wire.Map))))
}

// field starts a field of type t, or ends the struct.
func (c *scanner) field(s *reflectcodec.Skipper, t wire.Type) *codec.Error {
	if t == wire.Stop {
		s.Leave()
		return nil
	}
	if !t.Known() {
		return reflectcodec.FailType(int(s.Offset)-wire.TypeSize, uint8(t), 0)
	}
	if err := s.Pass(wire.IDSize, int(s.Offset)); err != nil {
		return err
	}
	return c.value(s, t)
}

// value starts a value of a known type.
func (c *scanner) value(s *reflectcodec.Skipper, t wire.Type) *codec.Error {
	c.state = skipNext
	switch {
	case t.Fixed():
		return s.Pass(int64(t.MinSize()), s.Position())
	case t == wire.String:
		c.state = skipString
		return nil
	case t == wire.Map:
		c.state = skipMapHeader
	case t != wire.Struct:
		c.state = skipList
	}
	return s.Enter(reflectcodec.Container{Wire: uint8(t)})
}

// bytes takes the length of a string.
func (c *scanner) bytes(s *reflectcodec.Skipper, item []byte) *codec.Error {
	c.state = skipNext
	n := int32(binary.BigEndian.Uint32(item))
	if n < 0 {
		return s.ErrAt(codec.NegativeSize, wire.CountSize, 0)
	}
	return s.Pass(int64(n), int(s.Offset)-wire.CountSize)
}

// header takes the header of the innermost container: of a map if it has two type bytes, else of a list or set.
func (c *scanner) header(s *reflectcodec.Skipper, item []byte) *codec.Error {
	c.state = skipNext
	types := len(item) - wire.CountSize
	n := int32(binary.BigEndian.Uint32(item[types:]))
	if n < 0 {
		return s.ErrAt(codec.NegativeSize, len(item), types)
	}
	if n == 0 {
		return nil
	}
	smallest, fixed := 0, true
	for i, b := range item[:types] {
		t := wire.Type(b)
		if !t.Known() {
			return reflectcodec.FailType(int(s.Offset)-len(item)+i, b, 0)
		}
		smallest += t.MinSize()
		fixed = fixed && t.Fixed()
	}
	size := int64(n) * int64(smallest)
	if size > s.Limit-s.Offset {
		return s.ErrAt(codec.SizeLimit, len(item), types)
	}
	if fixed {
		return s.Pass(size, int(s.Offset))
	}
	if !s.Top().SetCount(item[0], item[types-1], int64(n), types == 2*wire.TypeSize) {
		return s.ErrAt(codec.SizeLimit, len(item), types)
	}
	return nil
}

var errEnvelope = fmt.Errorf("a message begins with the version %#x", wire.Version)

// envelope takes the version and the length of the name; the sequence id follows the name.
func (c *scanner) envelope(s *reflectcodec.Skipper, item []byte) *codec.Error {
	c.state = skipTop
	if binary.BigEndian.Uint16(item) != wire.Version {
		err := s.ErrAt(codec.InvalidData, len(item), 0)
		err.Err = errEnvelope
		return err
	}
	n := int32(binary.BigEndian.Uint32(item[4:]))
	if n < 0 {
		return s.ErrAt(codec.NegativeSize, len(item), 4)
	}
	return s.Pass(int64(n)+4, int(s.Offset)-4)
}
