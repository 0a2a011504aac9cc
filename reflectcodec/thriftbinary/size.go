package thriftbinary

import (
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/reflectcodec"
	wire "github.com/tagwire/tagwire/wire/thriftbinary"
)

// SizeField counts the header and the value of a field that is a leaf.
func (c *format) SizeField(z *reflectcodec.Sizer, f *reflectcodec.Field, p unsafe.Pointer) *codec.Error {
	if n := wire.FieldHeaderSize + f.Fixed; f.Fixed > 0 && n <= z.Limit-z.N {
		z.N += n
		return nil
	}
	if err := z.Take(f.GoType, wire.TypeSize, wire.IDSize); err != nil {
		return err
	}
	return c.SizeLeaf(z, &f.Value, p)
}

// SizeHeader counts a type byte and an id.
func (*format) SizeHeader(z *reflectcodec.Sizer, f *reflectcodec.Field) *codec.Error {
	return z.Take(f.GoType, wire.TypeSize, wire.IDSize)
}

// SizeLeaf counts a scalar, a string or a binary.
func (*format) SizeLeaf(z *reflectcodec.Sizer, v *reflectcodec.Value, p unsafe.Pointer) *codec.Error {
	var n int
	switch v.Op {
	case reflectcodec.OpString:
		n = len(*(*string)(p))
	case reflectcodec.OpBinary:
		n = len(*(*[]byte)(p))
	default:
		return z.Take(v.GoType, v.Fixed)
	}
	if n > wire.MaxCount {
		return z.Fail(codec.SizeLimit, z.N, v, reflectcodec.ErrCountRange)
	}
	return z.Bytes(v, wire.CountSize, n)
}

// SizeScalars counts n elements of plan v, whatever they are.
func (*format) SizeScalars(z *reflectcodec.Sizer, v *reflectcodec.Value, _ unsafe.Pointer, n int) *codec.Error {
	width := v.Fixed
	if room := (z.Limit - z.N) / width; n > room {
		z.N += room * width
		return z.Fail(codec.SizeLimit, z.N, v, nil).AddIndex(room)
	}
	z.N += n * width
	return nil
}

// SizeList counts a type byte and a count.
func (*format) SizeList(z *reflectcodec.Sizer, v *reflectcodec.Value, n int) *codec.Error {
	if n > wire.MaxCount {
		return z.Fail(codec.SizeLimit, z.N+wire.TypeSize, v, reflectcodec.ErrCountRange)
	}
	return z.Take(v.GoType, wire.TypeSize, wire.CountSize)
}

// SizeMap counts two type bytes and a count.
func (*format) SizeMap(z *reflectcodec.Sizer, v *reflectcodec.Value, _ int) *codec.Error {
	return z.Take(v.GoType, wire.TypeSize, wire.TypeSize, wire.CountSize)
}

// SizeStop counts a STOP byte.
func (*format) SizeStop(z *reflectcodec.Sizer) *codec.Error { return z.Take(nil, wire.StopSize) }
