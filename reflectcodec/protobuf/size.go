package protobuf

import (
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/protobuf"
	"github.com/tagwire/tagwire/wire/varint"
)

// sizer adds up the bytes that an encoding takes.
type sizer struct {
	limit  int // on all bytes
	levels int // messages that may still be opened
	direct int // bytes of strings and binaries that a DirectWriter would get
	// known are the sizes of messages that have others inside, for an encoder, which needs them one by one; else nil.
	known map[place]int
}

// place is a message that lies somewhere for as long as the call.
type place struct {
	p unsafe.Pointer
	m *message
}

// Size returns how many bytes Encode writes for the struct at p, and how many of them would go to a DirectWriter. It does not look
// for values that have no wire form: Encode reports those.
func (c *Codec) Size(p unsafe.Pointer, o *codec.Settings) (total, direct int, err error) {
	limits := o.Resolved()
	z := sizer{limit: min(limits.Size, wire.MaxSize), levels: limits.Depth}
	total, failure := z.message(c.root, p)
	if failure != nil {
		return 0, 0, failure.SetRoot(c.root.schema.Name)
	}
	return total, z.direct, nil
}

// message returns the size of the message at p, without what precedes it.
func (z *sizer) message(m *message, p unsafe.Pointer) (n int, err *codec.Error) {
	if z.levels == 0 {
		return 0, &codec.Error{Code: codec.DepthLimit, Type: m.typ}
	}
	if p == nil {
		return 0, nil
	}
	if m.schema.Held.Computed() {
		return computedSize(m.schema.Held, p), nil
	}
	at := place{p, m}
	if n, found := z.known[at]; found {
		return n, nil
	}
	z.levels--
	for _, f := range m.order {
		size, err := z.field(f, f.at(p))
		if n, err = z.add(n, size, err); err != nil {
			return 0, err.AddField(f.name)
		}
	}
	for _, o := range m.oneofs {
		f, q := o.present(p)
		if f == nil {
			continue
		}
		size, err := z.single(f, q)
		if n, err = z.add(n, size, err); err != nil {
			return 0, err.AddField(f.name)
		}
	}
	if m.schema.HasUnknown {
		kept, _ := m.kept(p)
		if n, err = z.add(n, len(kept), nil); err != nil {
			return 0, err.AddField(m.schema.UnknownName)
		}
	}
	z.levels++
	if z.known != nil && !m.leaf {
		z.known[at] = n
	}
	return n, nil
}

// add returns n and size together, or an error.
func (z *sizer) add(n, size int, err *codec.Error) (int, *codec.Error) {
	if err == nil && size > z.limit-n {
		err = &codec.Error{Code: codec.SizeLimit, Offset: n}
	}
	return n + size, err
}

// present returns the member of a oneof in the struct at p that is set, and where its value is; nil if there is none. Of members that are
// fields it is the first; an encoder has seen to it that it is the only one.
func (o *oneof) present(p unsafe.Pointer) (*field, unsafe.Pointer) {
	if o.goType == nil {
		for _, f := range o.members {
			if q := *(*unsafe.Pointer)(f.at(p)); q != nil {
				return f, f.at(p)
			}
		}
		return nil, nil
	}
	held := reflect.NewAt(o.goType, unsafe.Add(p, o.offset)).Elem()
	if held.IsNil() {
		return nil, nil
	}
	wrapper := held.Elem()
	if wrapper.Kind() != reflect.Pointer || wrapper.IsNil() {
		return nil, nil
	}
	for _, f := range o.members {
		if f.wrapper == wrapper.Type().Elem() {
			return f, wrapper.UnsafePointer() // of the wrapper's only field
		}
	}
	return nil, nil
}

// absent reports whether a field outside of oneofs, whose value is at p, is left out.
func (f *field) absent(p unsafe.Pointer) bool {
	switch {
	case f.shape == list:
		return len(*(*[]byte)(p)) == 0 // every slice header looks alike
	case f.shape == mapping:
		return *(*unsafe.Pointer)(p) == nil
	case f.pointer:
		return *(*unsafe.Pointer)(p) == nil
	case f.presence == schema.Implicit:
		return f.zero(p)
	}
	return f.kind == schema.Binary && f.presence != schema.Default && *(*unsafe.Pointer)(p) == nil
}

// field returns the size of a field outside of oneofs, with its tags.
func (z *sizer) field(f *field, p unsafe.Pointer) (int, *codec.Error) {
	switch {
	case f.absent(p):
		return 0, nil
	case f.shape == list:
		return z.list(f, p)
	case f.shape == mapping:
		return z.mapping(f, p)
	}
	return z.single(f, p)
}

// single returns the size of a field that has one value, with its tag.
func (z *sizer) single(f *field, p unsafe.Pointer) (int, *codec.Error) {
	if f.pointer {
		p = *(*unsafe.Pointer)(p)
	}
	n, err := z.value(&f.value, p)
	return len(f.tag) + len(f.end) + n, err
}

// value returns the size of a value with its length, if it has one.
func (z *sizer) value(v *value, p unsafe.Pointer) (int, *codec.Error) {
	switch {
	case v.scalar():
		return v.sizeOf(p), nil
	case v.kind != schema.Struct:
		n := len(*(*string)(p)) // the first words of a slice are those of a string
		if n >= codec.DirectThreshold {
			z.direct += n
		}
		return lengthAnd(n), nil
	}
	n, err := z.message(v.message, p)
	if v.form == schema.Group {
		return n, err
	}
	return lengthAnd(n), err
}

// lengthAnd returns n and the size of a length of n.
func lengthAnd(n int) int { return varint.Size(uint64(n)) + n }

// list returns the size of the list at p.
func (z *sizer) list(f *field, p unsafe.Pointer) (n int, err *codec.Error) {
	slice := *(*[]byte)(p) // the element type does not matter to a slice header
	first, count := unsafe.Pointer(unsafe.SliceData(slice)), len(slice)
	if f.packed {
		n, err := z.packed(f, first, count)
		return len(f.tag) + lengthAnd(n), err
	}
	size := f.stride()
	for i := range count {
		q := unsafe.Add(first, i*size)
		if f.pointer {
			q = *(*unsafe.Pointer)(q)
		}
		one, err := z.value(&f.value, q)
		if n, err = z.add(n, len(f.tag)+len(f.end)+one, err); err != nil {
			return 0, err.AddIndex(i)
		}
	}
	return n, nil
}

// packed returns the size of count scalars.
func (z *sizer) packed(f *field, first unsafe.Pointer, count int) (n int, err *codec.Error) {
	if f.fixed > 0 {
		if count > wire.MaxSize/f.fixed {
			return 0, &codec.Error{Code: codec.SizeLimit, Type: f.goType}
		}
		return count * f.fixed, nil
	}
	for i := range count {
		n += f.sizeOf(unsafe.Add(first, i*f.size))
	}
	_, err = z.add(0, n, nil)
	return n, err
}

// stride is the distance of elements in bytes.
func (f *field) stride() int { return int(f.value.goType.Size()) }

// mapping returns the size of the map at p.
func (z *sizer) mapping(f *field, p unsafe.Pointer) (n int, err *codec.Error) {
	known := z.known
	if f.kind == schema.Struct && !f.pointer {
		z.known = nil // the next entry is in the same place
	}
	defer func() { z.known = known }()
	failure := f.entries(p, false, func(key, elem unsafe.Pointer) *codec.Error {
		one, err := z.entry(f, key, elem)
		n, err = z.add(n, len(f.tag)+lengthAnd(one), err)
		return err
	})
	return n, failure
}

// entry returns the size of an entry, without its length.
func (z *sizer) entry(f *field, key, elem unsafe.Pointer) (int, *codec.Error) {
	k, err := z.value(f.key, key)
	if err == nil {
		if f.pointer {
			elem = *(*unsafe.Pointer)(elem)
		}
		var e int
		if e, err = z.value(&f.value, elem); err == nil {
			return 2 + k + e, nil // the tags of keys and elements are single bytes
		}
	}
	return 0, err.AddKey(f.keyText(key))
}
