package reflectcodec

import (
	"reflect"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
)

// Sizer adds up the bytes that an encoding takes.
type Sizer struct {
	N     int // bytes so far
	Limit int // the most N may become
	// Last is as in Encoder.
	Last   int32
	format Format
	// directSize is the part of N in strings and binaries that a DirectWriter would get.
	directSize int
	levels     int // structs and containers that may still be opened
}

// Size returns how many bytes Encode writes for the struct at p, and how many of them would go to a
// DirectWriter. It does not look for values that have no wire form: Encode reports those.
func (c *Codec) Size(p unsafe.Pointer, o *codec.Settings) (total, direct int, err error) {
	z := sizers.Get().(*Sizer)
	limits := o.Resolved()
	*z = Sizer{Limit: limits.Size, format: c.root.format, levels: limits.Depth}
	failure := z.structValue(c.root, p)
	total, direct = z.N, z.directSize
	sizers.Put(z)
	if failure != nil {
		return 0, 0, failure.SetRoot(c.root.schema.Name)
	}
	return total, direct, nil
}

var sizers = sync.Pool{New: func() any { return new(Sizer) }}

// Take counts the items of one value, given by their sizes, or returns the error for the first that exceeds
// the limit.
func (z *Sizer) Take(typ reflect.Type, items ...int) *codec.Error {
	for _, n := range items {
		if n > z.Limit-z.N {
			return &codec.Error{Code: codec.SizeLimit, Offset: z.N, Type: typ}
		}
		z.N += n
	}
	return nil
}

// Fail returns an error whose reason is the item at position at.
func (z *Sizer) Fail(code codec.Code, at int, v *Value, detail error) *codec.Error {
	return &codec.Error{Code: code, Offset: at, Type: v.GoType, Err: detail}
}

func (z *Sizer) value(v *Value, p unsafe.Pointer) *codec.Error {
	switch {
	case v.leaf():
		return z.format.SizeLeaf(z, v, p)
	case v.Op == OpList:
		return z.list(v, p)
	case v.Op == OpMap:
		return z.mapValue(v, p)
	case v.Pointer:
		p = *(*unsafe.Pointer)(p)
	}
	return z.structValue(v.body, p)
}

// Bytes counts a string or binary of n bytes and its length, which takes length bytes.
func (z *Sizer) Bytes(v *Value, length, n int) *codec.Error {
	if n >= codec.DirectThreshold {
		z.directSize += n
	}
	return z.Take(v.GoType, length, n)
}

func (z *Sizer) structValue(s *structPlan, p unsafe.Pointer) *codec.Error {
	if z.levels == 0 {
		return &codec.Error{Code: codec.DepthLimit, Offset: z.N, Type: s.typ}
	}
	z.levels--
	last := z.Last
	z.Last = 0
	if p != nil {
		defaults := s.defaults()
		for i := range s.fields {
			f := &s.fields[i]
			q := f.at(p)
			if f.omitted && f.absent(q, defaults) {
				continue
			}
			var err *codec.Error
			if f.leaf() {
				if f.Pointer {
					q = *(*unsafe.Pointer)(q)
				}
				err = z.format.SizeField(z, f, q)
			} else if err = z.format.SizeHeader(z, f); err == nil {
				err = z.value(&f.Value, q)
			}
			if err != nil {
				return err.AddField(f.name)
			}
		}
		if s.schema.HasUnknown {
			if err := z.unknownFields(s, p); err != nil {
				return err
			}
		}
	}
	z.Last = last
	z.levels++
	if err := z.format.SizeStop(z); err != nil {
		err.Type = s.typ
		return err
	}
	return nil
}

// unknownFields counts the fields that an earlier decode kept.
func (z *Sizer) unknownFields(s *structPlan, p unsafe.Pointer) *codec.Error {
	kept := *(*[]byte)(unsafe.Add(p, s.schema.UnknownOffset))
	if fields, ok := z.format.Unmarked(kept); ok {
		kept = fields
	}
	if err := z.Take(nil, len(kept)); err != nil {
		return err.AddField(schema.UnknownFieldsName)
	}
	return nil
}

func (z *Sizer) list(v *Value, p unsafe.Pointer) *codec.Error {
	if z.levels == 0 {
		return z.Fail(codec.DepthLimit, z.N, v, nil)
	}
	slice := *(*[]byte)(p) // the element type does not matter to a slice header
	n, first := len(slice), unsafe.Pointer(unsafe.SliceData(slice))
	if err := z.format.SizeList(z, v, n); err != nil {
		return err
	}
	if v.Elem.scalar() {
		return z.format.SizeScalars(z, v.Elem, first, n)
	}
	if v.Elem.leaf() {
		for i := range n {
			if err := z.format.SizeLeaf(z, v.Elem, unsafe.Add(first, i*v.Elem.size)); err != nil {
				return err.AddIndex(i)
			}
		}
		return nil
	}
	z.levels--
	for i := range n {
		if err := z.value(v.Elem, unsafe.Add(first, i*v.Elem.size)); err != nil {
			return err.AddIndex(i)
		}
	}
	z.levels++
	return nil
}

func (z *Sizer) mapValue(v *Value, p unsafe.Pointer) *codec.Error {
	if z.levels == 0 {
		return z.Fail(codec.DepthLimit, z.N, v, nil)
	}
	z.levels--
	err := v.entries.size(z, v, p)
	z.levels++
	return err
}

func (z *Sizer) entry(v *Value, key, elem unsafe.Pointer) *codec.Error {
	if err := z.value(v.Key, key); err != nil {
		return err.AddKey(formatKey(v.Key, key, -1))
	}
	if err := z.value(v.Elem, elem); err != nil {
		return err.AddKey(formatKey(v.Key, key, -1))
	}
	return nil
}
