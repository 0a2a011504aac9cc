package protobuf

import (
	"fmt"
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
)

// A message may come in parts, which are merged, and its required fields in any of them. Where the Go value shows whether a field is there
// that is looked at in the end; else each part has to have it.

// checkRequired looks for the required fields of a part of a message, which ends at position at.
func (d *decoder) checkRequired(m *message, p unsafe.Pointer, seen part, at int) *codec.Error {
	if m.required == 0 {
		return nil
	}
	for i := range m.fields {
		f := &m.fields[i]
		if f.required == 0 || seen.has(f, m) {
			continue
		}
		if !f.pointer && f.kind != schema.Binary {
			return f.missing(at)
		}
		d.incomplete = true
	}
	return nil
}

// missing returns the error for a required field that is not there.
func (f *field) missing(at int) *codec.Error {
	err := &codec.Error{Code: codec.Required, Offset: at, Type: f.goType, Err: fmt.Errorf("field %d", f.number)}
	return err.AddField(f.name)
}

// missing returns the error for the first required field that is not set in the struct at p or below, nil if all are. at is the
// position to blame.
func (m *message) missing(p unsafe.Pointer, at int) *codec.Error {
	for i := range m.fields {
		f := &m.fields[i]
		if f.presence == schema.RequiredField && f.unset(f.at(p)) {
			return f.missing(at)
		}
		if f.message == nil || !f.message.strict || f.wrapper != nil {
			continue
		}
		if err := f.missingBelow(f.at(p), at); err != nil {
			return err.AddField(f.name)
		}
	}
	for _, o := range m.oneofs {
		if f, q := o.present(p); f != nil && f.wrapper != nil && f.message != nil {
			if err := f.value.missing(q, at); err != nil {
				return err.AddField(f.name)
			}
		}
	}
	return nil
}

// missingBelow looks into the messages of a field at p.
func (f *field) missingBelow(p unsafe.Pointer, at int) *codec.Error {
	switch f.shape {
	case list:
		slice := *(*[]byte)(p) // the element type does not matter to a slice header
		for i := range len(slice) {
			if err := f.value.missing(unsafe.Add(unsafe.Pointer(unsafe.SliceData(slice)), i*f.stride()), at); err != nil {
				return err.AddIndex(i)
			}
		}
		return nil
	case mapping:
		if reflect.NewAt(f.goType, p).Elem().Len() == 0 {
			return nil
		}
		return f.entries(p, true, func(key, elem unsafe.Pointer) *codec.Error {
			if err := f.value.missing(elem, at); err != nil {
				return err.AddKey(f.keyText(key))
			}
			return nil
		})
	}
	return f.value.missing(p, at)
}

// missing looks into the message at p, if there is one.
func (v *value) missing(p unsafe.Pointer, at int) *codec.Error {
	if v.pointer {
		p = *(*unsafe.Pointer)(p)
	}
	if p == nil {
		return nil
	}
	return v.message.missing(p, at)
}
