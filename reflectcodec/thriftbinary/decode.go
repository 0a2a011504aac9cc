package thriftbinary

import (
	"encoding/binary"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/reflectcodec"
	wire "github.com/tagwire/tagwire/wire/thriftbinary"
)

// DecodeHeader reads a field's type and id; at STOP only one byte is used.
func (*format) DecodeHeader(d *reflectcodec.Decoder) (uint8, int32, *codec.Error) {
	if at := d.Pos; len(d.Data)-at >= wire.FieldHeaderSize {
		b := d.Data[at : at+wire.FieldHeaderSize]
		if t := wire.Type(b[0]); t.Known() {
			d.Pos = at + wire.FieldHeaderSize
			return uint8(t), int32(b[1])<<8 | int32(b[2]), nil
		}
	}
	t, id, err := fieldHeader(&d.Input)
	return uint8(t), int32(id), err
}

// DecodeField reads the value of a field that is a leaf.
func (*format) DecodeField(d *reflectcodec.Decoder, f *reflectcodec.Field, p unsafe.Pointer) *codec.Error {
	return decodeLeaf(d, &f.Value, p, f.NoCopy)
}

// DecodeLeaf reads a leaf that is an element, a key or a value of a map.
func (*format) DecodeLeaf(d *reflectcodec.Decoder, v *reflectcodec.Value, p unsafe.Pointer) *codec.Error {
	return decodeLeaf(d, v, p, false)
}

func decodeLeaf(d *reflectcodec.Decoder, v *reflectcodec.Value, p unsafe.Pointer, noCopy bool) *codec.Error {
	at, width := d.Pos, v.Fixed
	if width == 0 {
		n, err := length(&d.Input)
		if err != nil {
			return d.Typed(err, v)
		}
		return d.Store(v, p, n, at, noCopy)
	}
	if d.Left() < width {
		return reflectcodec.FailValue(codec.ShortBuffer, at, v, nil)
	}
	b := d.Data[at : at+width]
	switch {
	case v.Op == reflectcodec.OpInt:
		if store(v, p, b, 1) >= 0 {
			return failInt(d, v, at)
		}
	case p == nil:
	case v.Op == reflectcodec.OpEnum:
		*(*int64)(p) = int64(int32(binary.BigEndian.Uint32(b)))
	case width == 8:
		*(*uint64)(p) = binary.BigEndian.Uint64(b)
	case width == 4:
		*(*uint32)(p) = binary.BigEndian.Uint32(b)
	case width == 2:
		*(*uint16)(p) = binary.BigEndian.Uint16(b)
	case v.Op == reflectcodec.OpBool:
		*(*bool)(p) = b[0] == 1 // a raw copy could make a Go bool that is neither
	default:
		*(*byte)(p) = b[0]
	}
	d.Pos += width
	return nil
}

// failInt is the error for the 64-bit number at position at.
func failInt(d *reflectcodec.Decoder, v *reflectcodec.Value, at int) *codec.Error {
	return reflectcodec.FailInt(v, at, int64(binary.BigEndian.Uint64(d.Data[at:])))
}

// store stores n scalars of plan v, whose wire form is b, into the array at p, and returns -1; or the index of the first that
// does not fit there. If p is nil it only looks for that.
func store(v *reflectcodec.Value, p unsafe.Pointer, b []byte, n int) int {
	switch v.Op {
	case reflectcodec.OpBool:
		for i, x := range b {
			*(*bool)(unsafe.Add(p, i)) = x == 1 // a raw copy could make a Go bool that is neither
		}
	case reflectcodec.OpI8:
		copy(unsafe.Slice((*byte)(p), n), b)
	case reflectcodec.OpI16:
		for i := range unsafe.Slice((*uint16)(p), n) {
			*(*uint16)(unsafe.Add(p, 2*i)) = binary.BigEndian.Uint16(b[2*i:])
		}
	case reflectcodec.OpI32:
		for i := range unsafe.Slice((*uint32)(p), n) {
			*(*uint32)(unsafe.Add(p, 4*i)) = binary.BigEndian.Uint32(b[4*i:])
		}
	case reflectcodec.OpI64, reflectcodec.OpDouble:
		for i := range unsafe.Slice((*uint64)(p), n) {
			*(*uint64)(unsafe.Add(p, 8*i)) = binary.BigEndian.Uint64(b[8*i:])
		}
	case reflectcodec.OpEnum:
		for i := range unsafe.Slice((*int64)(p), n) {
			*(*int64)(unsafe.Add(p, 8*i)) = int64(int32(binary.BigEndian.Uint32(b[4*i:])))
		}
	case reflectcodec.OpInt:
		for i := range n {
			x := int64(binary.BigEndian.Uint64(b[8*i:]))
			if x != int64(int(x)) {
				return i
			}
			if p != nil {
				unsafe.Slice((*int)(p), n)[i] = int(x)
			}
		}
	}
	return -1
}

// DecodeScalars reads n scalars, which DecodeList saw to be there.
func (*format) DecodeScalars(d *reflectcodec.Decoder, v *reflectcodec.Value, p unsafe.Pointer, n int) (int, *codec.Error) {
	at, size := d.Pos, n*v.Fixed
	if p != nil || v.Op == reflectcodec.OpInt {
		if i := store(v, p, d.Data[at:at+size], n); i >= 0 {
			return i, failInt(d, v, at+i*v.Fixed)
		}
	}
	d.Pos += size
	return n, nil
}

// DecodeList reads the type byte of the elements and their count.
func (*format) DecodeList(d *reflectcodec.Decoder, v *reflectcodec.Value) (n, at int, err *codec.Error) {
	_, _, n, err = containerHeader(&d.Input, 0, wire.Type(v.Elem.Wire))
	return n, d.Pos - wire.CountSize, err
}

// DecodeMap reads the type bytes of keys and elements and their count.
func (*format) DecodeMap(d *reflectcodec.Decoder, v *reflectcodec.Value) (n, at int, err *codec.Error) {
	_, _, n, err = containerHeader(&d.Input, wire.Type(v.Key.Wire), wire.Type(v.Elem.Wire))
	return n, d.Pos - wire.CountSize, err
}

// SkipField passes over a value.
func (*format) SkipField(d *reflectcodec.Decoder, t uint8, levels int) *codec.Error {
	return skip(&d.Input, wire.Type(t), levels)
}
