package thriftcompact

import (
	"encoding/binary"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/reflectcodec"
	wire "github.com/tagwire/tagwire/wire/thriftcompact"
	"github.com/tagwire/tagwire/wire/varint"
)

// EncodeField writes the header and the value of a field that is a leaf. Of a bool the header says all.
func (c *format) EncodeField(e *reflectcodec.Encoder, f *reflectcodec.Field, p unsafe.Pointer) *codec.Error {
	if f.Op == reflectcodec.OpBool {
		return encodeHeader(e, f, boolType(p))
	}
	if err := encodeHeader(e, f, f.Wire); err != nil {
		return err
	}
	return c.EncodeLeaf(e, &f.Value, p)
}

// boolType returns the type that the bool at p has as a field, and the byte that it is elsewhere.
func boolType(p unsafe.Pointer) byte {
	if *(*bool)(p) {
		return byte(wire.True)
	}
	return byte(wire.False)
}

// EncodeHeader writes the header of a field that is no leaf.
func (*format) EncodeHeader(e *reflectcodec.Encoder, f *reflectcodec.Field) *codec.Error {
	return encodeHeader(e, f, f.Wire)
}

// encodeHeader writes a field's header: its type, and its id or the difference to the last one.
func encodeHeader(e *reflectcodec.Encoder, f *reflectcodec.Field, t byte) *codec.Error {
	delta, short := wire.Delta(e.Last, f.ID)
	if short {
		if !e.Fits(wire.HeaderSize) {
			return e.Full(&f.Value)
		}
		e.Buf[e.Pos] = delta<<4 | t
		e.Pos += wire.HeaderSize
	} else {
		id := wire.IDBits(f.ID)
		size := varint.Size(id)
		if !e.Fits(wire.HeaderSize + size) {
			return e.Full(&f.Value, wire.HeaderSize, size)
		}
		e.Buf[e.Pos] = t
		e.Pos += wire.HeaderSize
		e.Pos += varint.Put(e.Buf[e.Pos:], id)
	}
	e.Last = f.ID
	return nil
}

// EncodeLeaf writes a scalar, a string or a binary that is no bool with a header.
func (*format) EncodeLeaf(e *reflectcodec.Encoder, v *reflectcodec.Value, p unsafe.Pointer) *codec.Error {
	switch v.Op {
	case reflectcodec.OpString, reflectcodec.OpBinary:
		return encodeBytes(e, v, *(*string)(p)) // the first words of a slice are those of a string
	case reflectcodec.OpBool, reflectcodec.OpI8:
		if !e.Fits(1) {
			return e.Full(v)
		}
		if v.Op == reflectcodec.OpBool {
			e.Buf[e.Pos] = boolType(p)
		} else {
			e.Buf[e.Pos] = *(*byte)(p)
		}
		e.Pos++
		return nil
	case reflectcodec.OpDouble:
		if !e.Fits(8) {
			return e.Full(v)
		}
		binary.LittleEndian.PutUint64(e.Buf[e.Pos:], *(*uint64)(p))
		e.Pos += 8
		return nil
	case reflectcodec.OpEnum:
		if _, err := e.EnumBits(v, *(*int64)(p)); err != nil {
			return err
		}
	}
	return encodeVarint(e, v, varint.Zigzag(integer(v, p)))
}

// integer returns the number at p.
func integer(v *reflectcodec.Value, p unsafe.Pointer) int64 {
	switch v.Op {
	case reflectcodec.OpI16:
		return int64(*(*int16)(p))
	case reflectcodec.OpI32:
		return int64(*(*int32)(p))
	case reflectcodec.OpInt:
		return int64(*(*int)(p))
	}
	return *(*int64)(p) // OpI64, OpEnum
}

// encodeVarint writes an item that is a varint.
func encodeVarint(e *reflectcodec.Encoder, v *reflectcodec.Value, u uint64) *codec.Error {
	if !e.Fits(varint.MaxSize) && !e.Fits(varint.Size(u)) {
		return e.Full(v)
	}
	e.Pos += varint.Put(e.Buf[e.Pos:], u)
	return nil
}

// encodeBytes writes the length and the bytes of a string or binary. b may be memory that changes: it is only read.
func encodeBytes(e *reflectcodec.Encoder, v *reflectcodec.Value, b string) *codec.Error {
	if len(b) > wire.MaxCount {
		return e.Fail(codec.SizeLimit, e.Pos, v, reflectcodec.ErrCountRange)
	}
	length := varint.Size(uint64(len(b)))
	direct, needed := e.Direct(len(b)), length
	if !direct {
		needed += len(b)
	}
	if !e.Fits(needed) {
		return e.Full(v, length, needed-length)
	}
	varint.Put(e.Buf[e.Pos:], uint64(len(b)))
	e.Pos += length
	if direct {
		return e.WriteDirect(v, unsafe.Slice(unsafe.StringData(b), len(b)))
	}
	e.Pos += copy(e.Buf[e.Pos:], b)
	return nil
}

// EncodeScalars writes the n scalars at p.
func (c *format) EncodeScalars(e *reflectcodec.Encoder, v *reflectcodec.Value, p unsafe.Pointer, n int) *codec.Error {
	if v.Op == reflectcodec.OpI8 && e.Fits(n) {
		e.Pos += copy(e.Buf[e.Pos:], unsafe.Slice((*byte)(p), n))
		return nil
	}
	size := v.Size()
	for i := range n {
		if err := c.EncodeLeaf(e, v, unsafe.Add(p, i*size)); err != nil {
			return err.AddIndex(i)
		}
	}
	return nil
}

// EncodeList writes the type of the elements and their count.
func (*format) EncodeList(e *reflectcodec.Encoder, v *reflectcodec.Value, n int) *codec.Error {
	if n <= wire.MaxShortCount {
		if !e.Fits(wire.HeaderSize) {
			return e.Full(v)
		}
		e.Buf[e.Pos] = byte(n)<<4 | v.Elem.Wire
		e.Pos += wire.HeaderSize
		return nil
	}
	if n > wire.MaxCount {
		return e.Fail(codec.SizeLimit, e.Pos+wire.HeaderSize, v, reflectcodec.ErrCountRange)
	}
	size := varint.Size(uint64(n))
	if !e.Fits(wire.HeaderSize + size) {
		return e.Full(v, wire.HeaderSize, size)
	}
	e.Buf[e.Pos] = wire.LongCount<<4 | v.Elem.Wire
	e.Pos += wire.HeaderSize
	e.Pos += varint.Put(e.Buf[e.Pos:], uint64(n))
	return nil
}

// EncodeMap writes the count of entries and, if there are any, the types of keys and elements.
func (*format) EncodeMap(e *reflectcodec.Encoder, v *reflectcodec.Value, n int) *codec.Error {
	if n > wire.MaxCount {
		return e.Fail(codec.SizeLimit, e.Pos, v, reflectcodec.ErrCountRange)
	}
	if n == 0 {
		return encodeVarint(e, v, 0)
	}
	size := varint.Size(uint64(n))
	if !e.Fits(size + wire.MapTypesSize) {
		return e.Full(v, size, wire.MapTypesSize)
	}
	e.Pos += varint.Put(e.Buf[e.Pos:], uint64(n))
	e.Buf[e.Pos] = v.Key.Wire<<4 | v.Elem.Wire
	e.Pos += wire.MapTypesSize
	return nil
}

// EncodeStop writes a STOP byte.
func (*format) EncodeStop(e *reflectcodec.Encoder) *codec.Error {
	if !e.Fits(wire.StopSize) {
		return e.Full(nil)
	}
	e.Buf[e.Pos] = byte(wire.Stop)
	e.Pos++
	return nil
}
