package thriftbinary

import (
	"encoding/binary"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/reflectcodec"
	wire "github.com/tagwire/tagwire/wire/thriftbinary"
)

// EncodeField writes the header and the value of a field that is a leaf.
func (*format) EncodeField(e *reflectcodec.Encoder, f *reflectcodec.Field, p unsafe.Pointer) *codec.Error {
	if !e.Fits(wire.FieldHeaderSize) {
		return e.Full(&f.Value, wire.TypeSize, wire.IDSize)
	}
	header := e.Buf[e.Pos : e.Pos+wire.FieldHeaderSize]
	header[0], header[1], header[2] = f.Wire, byte(f.ID>>8), byte(f.ID)
	e.Pos += wire.FieldHeaderSize
	if f.Fixed == 0 {
		return encodeBytes(e, &f.Value, p)
	}
	return encodeScalar(e, &f.Value, p)
}

// EncodeHeader writes a type byte and an id.
func (*format) EncodeHeader(e *reflectcodec.Encoder, f *reflectcodec.Field) *codec.Error {
	if !e.Fits(wire.FieldHeaderSize) {
		return e.Full(&f.Value, wire.TypeSize, wire.IDSize)
	}
	header := e.Buf[e.Pos : e.Pos+wire.FieldHeaderSize]
	header[0], header[1], header[2] = f.Wire, byte(f.ID>>8), byte(f.ID)
	e.Pos += wire.FieldHeaderSize
	return nil
}

// EncodeLeaf writes a scalar, a string or a binary.
func (*format) EncodeLeaf(e *reflectcodec.Encoder, v *reflectcodec.Value, p unsafe.Pointer) *codec.Error {
	if v.Fixed == 0 {
		return encodeBytes(e, v, p)
	}
	return encodeScalar(e, v, p)
}

func encodeScalar(e *reflectcodec.Encoder, v *reflectcodec.Value, p unsafe.Pointer) *codec.Error {
	if !e.Fits(v.Fixed) {
		if v.Op == reflectcodec.OpEnum {
			if _, err := e.EnumBits(v, *(*int64)(p)); err != nil {
				return err
			}
		}
		return e.Full(v)
	}
	out := e.Buf[e.Pos : e.Pos+v.Fixed]
	switch v.Op {
	case reflectcodec.OpBool, reflectcodec.OpI8:
		out[0] = *(*byte)(p)
	case reflectcodec.OpI16:
		binary.BigEndian.PutUint16(out, *(*uint16)(p))
	case reflectcodec.OpI32:
		binary.BigEndian.PutUint32(out, *(*uint32)(p))
	case reflectcodec.OpEnum:
		n, err := e.EnumBits(v, *(*int64)(p))
		if err != nil {
			return err
		}
		binary.BigEndian.PutUint32(out, uint32(n))
	case reflectcodec.OpInt:
		binary.BigEndian.PutUint64(out, uint64(*(*int)(p)))
	default: // OpI64, OpDouble
		binary.BigEndian.PutUint64(out, *(*uint64)(p))
	}
	e.Pos += v.Fixed
	return nil
}

// encodeBytes writes the length and the bytes of the string or binary at p.
func encodeBytes(e *reflectcodec.Encoder, v *reflectcodec.Value, p unsafe.Pointer) *codec.Error {
	b := *(*string)(p) // the first words of a slice are those of a string
	if len(b) >= codec.DirectThreshold {
		return encodeLong(e, v, b)
	}
	if !e.Fits(wire.CountSize + len(b)) {
		return e.Full(v, wire.CountSize, len(b))
	}
	out := e.Buf[e.Pos:]
	binary.BigEndian.PutUint32(out, uint32(len(b)))
	copy(out[wire.CountSize:], b)
	e.Pos += wire.CountSize + len(b)
	return nil
}

// encodeLong is encodeBytes for what a DirectWriter takes, if there is one, or what may be longer than the format allows.
func encodeLong(e *reflectcodec.Encoder, v *reflectcodec.Value, b string) *codec.Error {
	if len(b) > wire.MaxCount {
		return e.Fail(codec.SizeLimit, e.Pos, v, reflectcodec.ErrCountRange)
	}
	direct, needed := e.Direct(len(b)), wire.CountSize
	if !direct {
		needed += len(b)
	}
	if !e.Fits(needed) {
		return e.Full(v, wire.CountSize, needed-wire.CountSize)
	}
	out := e.Buf[e.Pos : e.Pos+needed]
	binary.BigEndian.PutUint32(out, uint32(len(b)))
	e.Pos += needed
	if direct {
		return e.WriteDirect(v, unsafe.Slice(unsafe.StringData(b), len(b)))
	}
	copy(out[wire.CountSize:], b)
	return nil
}

// EncodeScalars writes the n scalars at p. They all fit or the first that does not is reported.
func (*format) EncodeScalars(e *reflectcodec.Encoder, v *reflectcodec.Value, p unsafe.Pointer, n int) *codec.Error {
	width := v.Fixed
	if v.Op == reflectcodec.OpEnum {
		return encodeEnums(e, v, unsafe.Slice((*int64)(p), n))
	}
	if room := (len(e.Buf) - e.Pos) / width; n > room {
		e.Pos += room * width
		return e.Full(v).AddIndex(room)
	}
	out := e.Buf[e.Pos : e.Pos+n*width]
	switch v.Op {
	case reflectcodec.OpBool, reflectcodec.OpI8:
		copy(out, unsafe.Slice((*byte)(p), n))
	case reflectcodec.OpI16:
		for i, x := range unsafe.Slice((*uint16)(p), n) {
			binary.BigEndian.PutUint16(out[2*i:], x)
		}
	case reflectcodec.OpI32:
		for i, x := range unsafe.Slice((*uint32)(p), n) {
			binary.BigEndian.PutUint32(out[4*i:], x)
		}
	case reflectcodec.OpI64, reflectcodec.OpDouble:
		for i, x := range unsafe.Slice((*uint64)(p), n) {
			binary.BigEndian.PutUint64(out[8*i:], x)
		}
	case reflectcodec.OpInt:
		for i, x := range unsafe.Slice((*int)(p), n) {
			binary.BigEndian.PutUint64(out[8*i:], uint64(x))
		}
	}
	e.Pos += len(out)
	return nil
}

func encodeEnums(e *reflectcodec.Encoder, v *reflectcodec.Value, enums []int64) *codec.Error {
	for i, x := range enums {
		n, err := e.EnumBits(v, x)
		if err == nil && !e.Fits(v.Fixed) {
			err = e.Full(v)
		}
		if err != nil {
			return err.AddIndex(i)
		}
		binary.BigEndian.PutUint32(e.Buf[e.Pos:], uint32(n))
		e.Pos += v.Fixed
	}
	return nil
}

// EncodeList writes the type byte of the elements and their count.
func (*format) EncodeList(e *reflectcodec.Encoder, v *reflectcodec.Value, n int) *codec.Error {
	if n > wire.MaxCount {
		return e.Fail(codec.SizeLimit, e.Pos+wire.TypeSize, v, reflectcodec.ErrCountRange)
	}
	if !e.Fits(wire.ListHeaderSize) {
		return e.Full(v, wire.TypeSize, wire.CountSize)
	}
	e.Buf[e.Pos] = v.Elem.Wire
	binary.BigEndian.PutUint32(e.Buf[e.Pos+wire.TypeSize:], uint32(n))
	e.Pos += wire.ListHeaderSize
	return nil
}

// EncodeMap writes the type bytes of keys and elements and their count.
func (*format) EncodeMap(e *reflectcodec.Encoder, v *reflectcodec.Value, n int) *codec.Error {
	if n > wire.MaxCount {
		return e.Fail(codec.SizeLimit, e.Pos+2*wire.TypeSize, v, reflectcodec.ErrCountRange)
	}
	if !e.Fits(wire.MapHeaderSize) {
		return e.Full(v, wire.TypeSize, wire.TypeSize, wire.CountSize)
	}
	e.Buf[e.Pos], e.Buf[e.Pos+1] = v.Key.Wire, v.Elem.Wire
	binary.BigEndian.PutUint32(e.Buf[e.Pos+2*wire.TypeSize:], uint32(n))
	e.Pos += wire.MapHeaderSize
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
