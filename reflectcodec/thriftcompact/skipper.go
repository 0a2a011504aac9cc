package thriftcompact

import (
	"errors"
	"math"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/reflectcodec"
	wire "github.com/tagwire/tagwire/wire/thriftcompact"
	"github.com/tagwire/tagwire/wire/varint"
)

// NewSkipper returns a Skipper for one struct, or for one message with its envelope.
func NewSkipper(message bool, l *codec.Limits) *reflectcodec.Skipper {
	return reflectcodec.NewSkipper(new(scanner), message, l)
}

// scanner knows which item comes next.
type scanner struct {
	state skipState
	// pending is the type of the field whose id is read, or of the varint.
	pending wire.Type
	// header is the first byte of a list, whose count is read.
	header byte
	// count is that of a map's entries, which was read at position countAt.
	count, countAt int64
}

// skipState is the item that comes next.
type skipState uint8

const (
	skipProtocol skipState = iota // the first byte of a message
	skipVersion                   // version and type of a message
	skipSequence                  // its sequence id
	skipName                      // the length of its name
	skipTop                       // the struct itself
	skipNext                      // what the innermost container says
	skipID                        // the id of a field
	skipVarint                    // a number
	skipLength                    // the length of a string
	skipList                      // type and count of elements
	skipCount                     // their count, where there are many
	skipMap                       // the count of entries
	skipTypes                     // the types of keys and elements
)

// Reset begins a struct, or a message with its envelope.
func (c *scanner) Reset(message bool) {
	c.state = skipTop
	if message {
		c.state = skipProtocol
	}
}

// Step deals with one item; more is false if it has not arrived whole.
func (c *scanner) Step(s *reflectcodec.Skipper, rest []byte) (left []byte, more bool, err *codec.Error) {
	switch c.state {
	case skipTop:
		return rest, true, c.value(s, wire.Struct)
	case skipNext:
		return c.next(s, rest)
	case skipProtocol, skipVersion, skipList, skipTypes:
		item, left, err := s.Fetch(rest, 1)
		if item == nil {
			return left, false, err
		}
		return left, true, c.single(s, item[0])
	}
	item, left, err := s.FetchUntil(rest, varint.MaxSize, func(b byte) bool { return b < 0x80 })
	if item == nil {
		return left, false, err
	}
	at := int(s.Offset) - len(item)
	u, size := varint.Read(item)
	if err := varintFault(at, u, size, c.largest()); err != nil {
		return left, false, err
	}
	return left, true, c.varint(s, u, at)
}

// largest returns the largest value of the varint that comes next.
func (c *scanner) largest() uint64 {
	switch c.state {
	case skipID:
		return math.MaxUint16
	case skipVarint:
		largest, _ := c.pending.Varint()
		return largest
	}
	return math.MaxUint32
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
		item, left, err := s.Fetch(rest, wire.HeaderSize)
		if item == nil {
			return left, false, err
		}
		return left, true, c.field(s, item[0])
	case top.Left == 0:
		s.Leave()
		return rest, true, nil
	}
	return rest, true, c.value(s, wire.Type(top.Next(top.Wire == uint8(wire.Map))))
}

// field takes the first byte of a header, or of what ends the struct.
func (c *scanner) field(s *reflectcodec.Skipper, header byte) *codec.Error {
	t := wire.Type(header & 0x0f)
	switch {
	case t == wire.Stop:
		s.Leave()
		return nil
	case !t.Known():
		return reflectcodec.FailType(int(s.Offset)-wire.HeaderSize, uint8(t), 0)
	case header>>4 == 0:
		c.state, c.pending = skipID, t
		return nil
	}
	return c.fieldValue(s, t)
}

// fieldValue starts the value of a field of a known type.
func (c *scanner) fieldValue(s *reflectcodec.Skipper, t wire.Type) *codec.Error {
	if t.Plain() == wire.True {
		c.state = skipNext
		return nil
	}
	return c.value(s, t)
}

// value starts an element of a known type.
func (c *scanner) value(s *reflectcodec.Skipper, t wire.Type) *codec.Error {
	c.state = skipNext
	if _, ok := t.Varint(); ok {
		c.state, c.pending = skipVarint, t
		return nil
	}
	switch {
	case t.Fixed():
		return s.Pass(int64(t.MinSize()), s.Position())
	case t == wire.Binary:
		c.state = skipLength
		return nil
	case t == wire.Map:
		c.state = skipMap
	case t != wire.Struct:
		c.state = skipList
	}
	return s.Enter(reflectcodec.Container{Wire: uint8(t)})
}

// errEnvelope is the error for what is no message of this format.
var errEnvelope = errors.New("a message begins with the protocol 0x82 and the version 1")

// single takes an item of one byte.
func (c *scanner) single(s *reflectcodec.Skipper, b byte) *codec.Error {
	at := int(s.Offset) - 1
	switch c.state {
	case skipProtocol:
		c.state = skipVersion
		if b != wire.Protocol {
			return &codec.Error{Code: codec.InvalidData, Offset: at, Err: errEnvelope}
		}
	case skipVersion:
		c.state = skipSequence
		if b&wire.VersionMask != wire.Version {
			return &codec.Error{Code: codec.InvalidData, Offset: at, Err: errEnvelope}
		}
	case skipList:
		c.header = b
		if b>>4 == wire.LongCount {
			c.state = skipCount
			return nil
		}
		return c.elements(s, int64(b>>4), at, at)
	case skipTypes:
		return c.entries(s, wire.Type(b>>4), wire.Type(b&0x0f), at)
	}
	return nil
}

// varint takes a varint that began at position at.
func (c *scanner) varint(s *reflectcodec.Skipper, u uint64, at int) *codec.Error {
	switch c.state {
	case skipID:
		return c.fieldValue(s, c.pending)
	case skipVarint:
		c.state = skipNext
		return nil
	case skipSequence:
		c.state = skipName
		return nil
	}
	if err := countFault(at, u); err != nil { // what is left are lengths and counts
		return err
	}
	switch c.state {
	case skipName:
		c.state = skipTop
		return s.Pass(int64(u), at)
	case skipLength:
		c.state = skipNext
		return s.Pass(int64(u), at)
	case skipCount:
		return c.elements(s, int64(u), at-wire.HeaderSize, at)
	}
	c.state = skipNext // skipMap
	if u > 0 {
		c.state, c.count, c.countAt = skipTypes, int64(u), int64(at)
	}
	return nil
}

// elements starts the elements of a list or set whose header began at position at, and whose count did at countAt.
func (c *scanner) elements(s *reflectcodec.Skipper, n int64, at, countAt int) *codec.Error {
	c.state = skipNext
	t := wire.Type(c.header & 0x0f)
	if n == 0 {
		return nil
	}
	if err := typeFault(at, t, 0); err != nil {
		return err
	}
	return c.values(s, 0, t, n, countAt)
}

// entries starts the entries of a map, whose types stood at position at.
func (c *scanner) entries(s *reflectcodec.Skipper, key, elem wire.Type, at int) *codec.Error {
	c.state = skipNext
	if err := typeFault(at, key, 0); err != nil {
		return err
	}
	if err := typeFault(at, elem, 0); err != nil {
		return err
	}
	return c.values(s, key, elem, c.count, int(c.countAt))
}

// values starts n elements, or entries of a map if key is not 0.
func (c *scanner) values(s *reflectcodec.Skipper, key, elem wire.Type, n int64, countAt int) *codec.Error {
	smallest, fixed, isMap := elem.MinSize(), elem.Fixed(), key != 0
	if isMap {
		smallest, fixed = smallest+key.MinSize(), fixed && key.Fixed()
	}
	size := n * int64(smallest)
	if size > s.Limit-s.Offset {
		return reflectcodec.Fail(codec.SizeLimit, countAt)
	}
	if fixed {
		return s.Pass(size, countAt)
	}
	if !s.Top().SetCount(uint8(key), uint8(elem), n, isMap) {
		return reflectcodec.Fail(codec.SizeLimit, countAt)
	}
	return nil
}
