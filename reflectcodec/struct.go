package reflectcodec

import (
	"fmt"
	"math/bits"
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
)

// inlineRequired is how many required fields a struct may have before their bits need an allocation.
const inlineRequired = 256

// structValue reads fields up to the struct's end into the struct at p.
func (d *Decoder) structValue(s *structPlan, p unsafe.Pointer) *codec.Error {
	if d.levels == 0 {
		return &codec.Error{Code: codec.DepthLimit, Offset: d.Pos, Type: s.typ}
	}
	d.levels--
	last := d.Last
	d.Last = 0
	var err *codec.Error
	if s.schema.HasUnknown {
		err = d.fieldsAndUnknown(s, p)
	} else {
		err = d.fields(s, p, nil)
	}
	d.Last = last
	d.levels++
	return err
}

// fieldsAndUnknown is fields for a struct that keeps the fields it does not know.
func (d *Decoder) fieldsAndUnknown(s *structPlan, p unsafe.Pointer) *codec.Error {
	var nowhere []byte
	u := unknownFields{kept: &nowhere, mark: len(d.unknown)}
	if !d.Dry {
		u.kept = (*[]byte)(unsafe.Add(p, s.schema.UnknownOffset))
	}
	*u.kept = nil
	err := d.fields(s, p, &u)
	if late := d.flushUnknown(&u, true); err == nil {
		err = late
	}
	return err
}

// fields reads the fields of a struct and its end. unknown is nil if the struct does not keep what it does
// not know.
func (d *Decoder) fields(s *structPlan, p unsafe.Pointer, unknown *unknownFields) *codec.Error {
	var inline [inlineRequired / 64]uint64
	seen := inline[:]
	if s.required > inlineRequired {
		seen = make([]uint64, (s.required+63)/64)
	}
	next := 0 // the field after the last one: most messages keep the order of ids
	for {
		at := d.Pos
		wire, id, err := d.format.DecodeHeader(d)
		if err != nil {
			err.Type = s.typ
			return err
		}
		if wire == 0 {
			return d.checkRequired(s, seen, at)
		}
		i := next
		if i >= len(s.fields) || s.fields[i].ID != id {
			i = s.find(id)
		}
		if i < 0 || s.fields[i].Wire != wire {
			if err := d.skipField(s, i, wire, id, at, unknown); err != nil {
				return err
			}
			continue
		}
		next = i + 1
		f := &s.fields[i]
		var to unsafe.Pointer
		if !d.Dry {
			to = f.at(p)
		}
		if err := d.field(f, to); err != nil {
			return err.AddField(f.name)
		}
		if f.required > 0 {
			seen[(f.required-1)/64] |= 1 << ((f.required - 1) % 64)
		}
	}
}

// field reads the value of f, whose header has been read, into the memory at p. Nothing of what was there
// before remains.
func (d *Decoder) field(f *Field, p unsafe.Pointer) *codec.Error {
	switch {
	case f.leaf() && f.Pointer:
		return d.leafPointer(f, p)
	case f.leaf():
		return d.format.DecodeField(d, f, p)
	case f.Pointer:
		return d.newStruct(&f.Value, p)
	case f.Op == OpStruct && !d.Dry:
		f.body.reset(p)
	}
	return d.composite(&f.Value, p)
}

// skipField passes over a field that began at position at and that the struct does not have (i is negative)
// or has with another type.
func (d *Decoder) skipField(s *structPlan, i int, wire uint8, id int32, at int, unknown *unknownFields) *codec.Error {
	if err := d.format.SkipField(d, wire, min(codec.SkipDepth, d.levels)); err != nil {
		if i < 0 {
			return err.AddUnknown(id)
		}
		return err.AddField(s.fields[i].name)
	}
	if unknown != nil {
		return d.keep(unknown, span{at, d.Pos, id})
	}
	return nil
}

// reset makes the struct at p as fresh as a new one.
func (s *structPlan) reset(p unsafe.Pointer) {
	reflect.NewAt(s.typ, p).Elem().SetZero()
	s.initialize(p)
}

// checkRequired returns the error for the first required field that was not seen; at is the place of the end.
func (d *Decoder) checkRequired(s *structPlan, seen []uint64, at int) *codec.Error {
	for first := 0; first < s.required; first += 64 {
		missing := ^seen[first/64]
		if n := first + bits.TrailingZeros64(missing); missing != 0 && n < s.required {
			return s.missing(n+1, at)
		}
	}
	return nil
}

// missing returns the error for the nth required field, counted from 1.
func (s *structPlan) missing(n, at int) *codec.Error {
	for i := range s.fields {
		if f := &s.fields[i]; f.required == n {
			err := FailValue(codec.Required, at, &f.Value, fmt.Errorf("field %d", f.ID))
			return err.AddField(f.name)
		}
	}
	panic("BUG: reflectcodec: no required field of that number")
}
