package reflectcodec

import (
	"reflect"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// sizer adds up the bytes that an encoding takes.
type sizer struct {
	n int // bytes so far
	// directSize is the part of n in strings and binaries that a DirectWriter would get.
	directSize int
	limit      int // the most n may become
	levels     int // structs and containers that may still be opened
}

// Size returns how many bytes Encode writes for the struct at p, and how many of them would go to a
// DirectWriter. It does not look for values that have no wire form: Encode reports those.
func (c *Codec) Size(p unsafe.Pointer, o *Options) (total, direct int, err error) {
	z := sizers.Get().(*sizer)
	*z = sizer{limit: orNone(o.Size), levels: o.Levels()}
	failure := z.structValue(c.root, p)
	total, direct = z.n, z.directSize
	sizers.Put(z)
	if failure != nil {
		return 0, 0, failure.SetRoot(c.root.schema.Name)
	}
	return total, direct, nil
}

var sizers = sync.Pool{New: func() any { return new(sizer) }}

// take counts the items of one value, given by their sizes, or returns the error for the first that exceeds
// the limit.
func (z *sizer) take(typ reflect.Type, items ...int) *codec.Error {
	for _, n := range items {
		if n > z.limit-z.n {
			return &codec.Error{Code: codec.SizeLimit, Offset: z.n, Type: typ}
		}
		z.n += n
	}
	return nil
}

func (z *sizer) fail(code codec.Code, at int, v *valuePlan, detail error) *codec.Error {
	return &codec.Error{Code: code, Offset: at, Type: v.goType, Err: detail}
}

func (z *sizer) value(v *valuePlan, p unsafe.Pointer) *codec.Error {
	if v.pointer {
		p = *(*unsafe.Pointer)(p)
	}
	switch v.op {
	case opString:
		return z.bytes(v, len(*(*string)(p)))
	case opBinary:
		return z.bytes(v, len(*(*[]byte)(p)))
	case opStruct:
		return z.structValue(v.body, p)
	case opList:
		return z.list(v, p)
	case opMap:
		return z.mapValue(v, p)
	}
	return z.take(v.goType, v.wire.MinSize())
}

func (z *sizer) bytes(v *valuePlan, n int) *codec.Error {
	if n > thriftbinary.MaxCount {
		return z.fail(codec.SizeLimit, z.n, v, errCountRange)
	}
	if n >= DirectThreshold {
		z.directSize += n
	}
	return z.take(v.goType, thriftbinary.CountSize, n)
}

func (z *sizer) structValue(s *structPlan, p unsafe.Pointer) *codec.Error {
	if z.levels == 0 {
		return &codec.Error{Code: codec.DepthLimit, Offset: z.n, Type: s.typ}
	}
	z.levels--
	if p != nil {
		defaults := s.defaults()
		for i := range s.fields {
			f := &s.fields[i]
			q := f.at(p)
			if f.omitted && f.absent(q, defaults) {
				continue
			}
			if err := z.field(f, q); err != nil {
				return err.AddField(f.name)
			}
		}
		if s.schema.HasUnknown {
			if err := z.unknownFields(s, p); err != nil {
				return err
			}
		}
	}
	z.levels++
	return z.take(s.typ, thriftbinary.StopSize)
}

// field counts the header and the value of a field that is present, at p.
func (z *sizer) field(f *fieldPlan, p unsafe.Pointer) *codec.Error {
	if err := z.take(f.goType, thriftbinary.TypeSize, thriftbinary.IDSize); err != nil {
		return err
	}
	return z.value(&f.valuePlan, p)
}

// unknownFields counts the fields that an earlier decode kept.
func (z *sizer) unknownFields(s *structPlan, p unsafe.Pointer) *codec.Error {
	kept := *(*[]byte)(unsafe.Add(p, s.schema.UnknownOffset))
	if err := z.take(nil, len(kept)); err != nil {
		return err.AddField(schema.UnknownFieldsName)
	}
	return nil
}

func (z *sizer) list(v *valuePlan, p unsafe.Pointer) *codec.Error {
	if z.levels == 0 {
		return z.fail(codec.DepthLimit, z.n, v, nil)
	}
	slice := *(*[]byte)(p) // the element type does not matter to a slice header
	n, first := len(slice), unsafe.Pointer(unsafe.SliceData(slice))
	if n > thriftbinary.MaxCount {
		return z.fail(codec.SizeLimit, z.n+thriftbinary.TypeSize, v, errCountRange)
	}
	if err := z.take(v.goType, thriftbinary.TypeSize, thriftbinary.CountSize); err != nil {
		return err
	}
	if v.elem.scalar() {
		return z.scalars(v.elem, n)
	}
	z.levels--
	for i := range n {
		if err := z.value(v.elem, unsafe.Add(first, i*v.elem.size)); err != nil {
			return err.AddIndex(i)
		}
	}
	z.levels++
	return nil
}

// scalars counts n elements of plan v.
func (z *sizer) scalars(v *valuePlan, n int) *codec.Error {
	width := v.wire.MinSize()
	if room := (z.limit - z.n) / width; n > room {
		z.n += room * width
		return z.fail(codec.SizeLimit, z.n, v, nil).AddIndex(room)
	}
	z.n += n * width
	return nil
}

func (z *sizer) mapValue(v *valuePlan, p unsafe.Pointer) *codec.Error {
	if z.levels == 0 {
		return z.fail(codec.DepthLimit, z.n, v, nil)
	}
	if err := z.take(v.goType, thriftbinary.TypeSize, thriftbinary.TypeSize, thriftbinary.CountSize); err != nil {
		return err
	}
	z.levels--
	err := v.entries.size(z, v, p)
	z.levels++
	return err
}

func (z *sizer) entry(v *valuePlan, key, elem unsafe.Pointer) *codec.Error {
	if err := z.value(v.key, key); err != nil {
		return err.AddKey(formatKey(v.key, key, -1))
	}
	if err := z.value(v.elem, elem); err != nil {
		return err.AddKey(formatKey(v.key, key, -1))
	}
	return nil
}
