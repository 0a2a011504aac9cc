package thriftcompact

import (
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/reflectcodec"
	wire "github.com/tagwire/tagwire/wire/thriftcompact"
	"github.com/tagwire/tagwire/wire/varint"
)

// SizeField counts the header and the value of a field that is a leaf.
func (c *format) SizeField(z *reflectcodec.Sizer, f *reflectcodec.Field, p unsafe.Pointer) *codec.Error {
	if err := c.SizeHeader(z, f); err != nil || f.Op == reflectcodec.OpBool {
		return err
	}
	return c.SizeLeaf(z, &f.Value, p)
}

// SizeHeader counts a field's header.
func (*format) SizeHeader(z *reflectcodec.Sizer, f *reflectcodec.Field) *codec.Error {
	_, short := wire.Delta(z.Last, f.ID)
	z.Last = f.ID
	if short {
		return z.Take(f.GoType, wire.HeaderSize)
	}
	return z.Take(f.GoType, wire.HeaderSize, varint.Size(wire.IDBits(f.ID)))
}

// SizeLeaf counts a scalar, a string or a binary that is no bool with a header.
func (*format) SizeLeaf(z *reflectcodec.Sizer, v *reflectcodec.Value, p unsafe.Pointer) *codec.Error {
	switch v.Op {
	case reflectcodec.OpString, reflectcodec.OpBinary:
		n := len(*(*string)(p)) // the first words of a slice are those of a string
		if n > wire.MaxCount {
			return z.Fail(codec.SizeLimit, z.N, v, reflectcodec.ErrCountRange)
		}
		return z.Bytes(v, varint.Size(uint64(n)), n)
	case reflectcodec.OpBool, reflectcodec.OpI8, reflectcodec.OpDouble:
		return z.Take(v.GoType, v.Fixed)
	}
	return z.Take(v.GoType, varintSize(v, p))
}

// varintSize returns the size of the number at p. An enum that does not fit 32 bits counts as if it did: Encode reports it.
func varintSize(v *reflectcodec.Value, p unsafe.Pointer) int {
	n := integer(v, p)
	if v.Op == reflectcodec.OpEnum {
		n = int64(int32(n))
	}
	return varint.Size(varint.Zigzag(n))
}

// SizeScalars counts the n scalars at p.
func (*format) SizeScalars(z *reflectcodec.Sizer, v *reflectcodec.Value, p unsafe.Pointer, n int) *codec.Error {
	if width := v.Fixed; width > 0 {
		room := (z.Limit - z.N) / width
		z.N += min(n, room) * width
		if n > room {
			return z.Fail(codec.SizeLimit, z.N, v, nil).AddIndex(room)
		}
		return nil
	}
	size := v.Size()
	for i := range n {
		if err := z.Take(v.GoType, varintSize(v, unsafe.Add(p, i*size))); err != nil {
			return err.AddIndex(i)
		}
	}
	return nil
}

// SizeList counts the type of the elements and their count.
func (*format) SizeList(z *reflectcodec.Sizer, v *reflectcodec.Value, n int) *codec.Error {
	switch {
	case n <= wire.MaxShortCount:
		return z.Take(v.GoType, wire.HeaderSize)
	case n > wire.MaxCount:
		return z.Fail(codec.SizeLimit, z.N+wire.HeaderSize, v, reflectcodec.ErrCountRange)
	}
	return z.Take(v.GoType, wire.HeaderSize, varint.Size(uint64(n)))
}

// SizeMap counts the count of entries and the types of keys and elements.
func (*format) SizeMap(z *reflectcodec.Sizer, v *reflectcodec.Value, n int) *codec.Error {
	if n == 0 {
		return z.Take(v.GoType, 1)
	}
	return z.Take(v.GoType, varint.Size(uint64(n)), wire.MapTypesSize)
}

// SizeStop counts a STOP byte.
func (*format) SizeStop(z *reflectcodec.Sizer) *codec.Error { return z.Take(nil, wire.StopSize) }
