package thriftcompact

import (
	"encoding/binary"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/reflectcodec"
	wire "github.com/tagwire/tagwire/wire/thriftcompact"
	"github.com/tagwire/tagwire/wire/varint"
)

// DecodeHeader reads a field's type and id. The type of a bool is wire.True, and its value in d.Flag.
func (*format) DecodeHeader(d *reflectcodec.Decoder) (uint8, int32, *codec.Error) {
	t, id, err := fieldHeader(&d.Input, d.Last)
	d.Last, d.Flag = id, t == wire.True
	return uint8(t.Plain()), id, err
}

// DecodeField reads the value of a field that is a leaf.
func (*format) DecodeField(d *reflectcodec.Decoder, f *reflectcodec.Field, p unsafe.Pointer) *codec.Error {
	if f.Op == reflectcodec.OpBool {
		if p != nil {
			*(*bool)(p) = d.Flag
		}
		return nil
	}
	return decodeLeaf(d, &f.Value, p, f.NoCopy)
}

// DecodeLeaf reads a leaf that is an element, a key or a value of a map.
func (*format) DecodeLeaf(d *reflectcodec.Decoder, v *reflectcodec.Value, p unsafe.Pointer) *codec.Error {
	return decodeLeaf(d, v, p, false)
}

func decodeLeaf(d *reflectcodec.Decoder, v *reflectcodec.Value, p unsafe.Pointer, noCopy bool) *codec.Error {
	at, width := d.Pos, v.Fixed
	switch {
	case v.Op == reflectcodec.OpString, v.Op == reflectcodec.OpBinary:
		n, err := length(&d.Input)
		if err != nil {
			return d.Typed(err, v)
		}
		return d.Store(v, p, n, at, noCopy)
	case width == 0:
		return decodeVarint(d, v, p)
	case d.Left() < width:
		return reflectcodec.FailValue(codec.ShortBuffer, at, v, nil)
	}
	if p != nil {
		storeFixed(v, p, d.Data[at:at+width])
	}
	d.Pos += width
	return nil
}

// decodeVarint reads an integer or an enum.
func decodeVarint(d *reflectcodec.Decoder, v *reflectcodec.Value, p unsafe.Pointer) *codec.Error {
	at := d.Pos
	largest, _ := wire.Type(v.Wire).Varint()
	u, err := readVarint(&d.Input, largest)
	if err != nil {
		return d.Typed(err, v)
	}
	n := varint.Unzigzag(u)
	if v.Op == reflectcodec.OpInt && n != int64(int(n)) {
		return reflectcodec.FailInt(v, at, n)
	}
	if p == nil {
		return nil
	}
	switch v.Op {
	case reflectcodec.OpI16:
		*(*int16)(p) = int16(n)
	case reflectcodec.OpI32:
		*(*int32)(p) = int32(n)
	case reflectcodec.OpInt:
		*(*int)(p) = int(n)
	default: // OpI64, OpEnum
		*(*int64)(p) = n
	}
	return nil
}

// storeFixed stores scalars of fixed size, whose wire form is b, into the array at p.
func storeFixed(v *reflectcodec.Value, p unsafe.Pointer, b []byte) {
	switch v.Op {
	case reflectcodec.OpBool:
		for i, x := range b {
			*(*bool)(unsafe.Add(p, i)) = x == byte(wire.True)
		}
	case reflectcodec.OpI8:
		copy(unsafe.Slice((*byte)(p), len(b)), b)
	default: // OpDouble
		for i := 0; i < len(b); i += 8 {
			*(*uint64)(unsafe.Add(p, i)) = binary.LittleEndian.Uint64(b[i:])
		}
	}
}

// DecodeScalars reads n scalars. DecodeList saw those of fixed size to be there.
func (*format) DecodeScalars(d *reflectcodec.Decoder, v *reflectcodec.Value, p unsafe.Pointer, n int) (int, *codec.Error) {
	if v.Fixed > 0 {
		size := n * v.Fixed
		if p != nil {
			storeFixed(v, p, d.Data[d.Pos:d.Pos+size])
		}
		d.Pos += size
		return n, nil
	}
	to := p
	for i := range n {
		if p != nil {
			to = unsafe.Add(p, i*v.Size())
		}
		if err := decodeVarint(d, v, to); err != nil {
			return i, err
		}
	}
	return n, nil
}

// DecodeList reads the type of the elements and their count.
func (*format) DecodeList(d *reflectcodec.Decoder, v *reflectcodec.Value) (n, at int, err *codec.Error) {
	_, n, at, err = listHeader(&d.Input, wire.Type(v.Elem.Wire))
	return n, at, err
}

// DecodeMap reads the count of entries and, if there are any, the types of keys and elements.
func (*format) DecodeMap(d *reflectcodec.Decoder, v *reflectcodec.Value) (n, at int, err *codec.Error) {
	at = d.Pos
	_, _, n, err = mapHeader(&d.Input, wire.Type(v.Key.Wire), wire.Type(v.Elem.Wire))
	return n, at, err
}

// SkipField passes over a value.
func (*format) SkipField(d *reflectcodec.Decoder, t uint8, levels int) *codec.Error {
	return skipField(&d.Input, wire.Type(t), levels)
}
