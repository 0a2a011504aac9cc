package reflectcodec

import (
	"fmt"
	"math/bits"
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// inlineRequired is how many required fields a struct may have before their bits need an allocation.
const inlineRequired = 256

// structValue reads fields up to STOP into the struct at p.
func (d *decoder) structValue(s *structPlan, p unsafe.Pointer) *codec.Error {
	if d.levels == 0 {
		return &codec.Error{Code: codec.DepthLimit, Offset: d.pos, Type: s.typ}
	}
	d.levels--
	var err *codec.Error
	if s.schema.HasUnknown {
		err = d.fieldsAndUnknown(s, p)
	} else {
		err = d.fields(s, p, nil)
	}
	d.levels++
	return err
}

// fieldsAndUnknown is fields for a struct that keeps the fields it does not know.
func (d *decoder) fieldsAndUnknown(s *structPlan, p unsafe.Pointer) *codec.Error {
	var nowhere []byte
	u := unknownFields{kept: &nowhere, mark: len(d.unknown)}
	if !d.dry {
		u.kept = (*[]byte)(unsafe.Add(p, s.schema.UnknownOffset))
	}
	*u.kept = nil
	err := d.fields(s, p, &u)
	if late := d.flushUnknown(&u, true); err == nil {
		err = late
	}
	return err
}

// fields reads the fields of a struct and its STOP. unknown is nil if the struct does not keep what it does
// not know.
func (d *decoder) fields(s *structPlan, p unsafe.Pointer, unknown *unknownFields) *codec.Error {
	var inline [inlineRequired / 64]uint64
	seen := inline[:]
	if s.required > inlineRequired {
		seen = make([]uint64, (s.required+63)/64)
	}
	next := 0 // the field after the last one: most messages keep the order of ids
	for {
		at := d.pos
		wire, id, err := d.fieldHeader()
		if err != nil {
			err.Type = s.typ
			return err
		}
		if wire == thriftbinary.Stop {
			return d.checkRequired(s, seen, at)
		}
		i := next
		if i >= len(s.fields) || s.fields[i].id != id {
			i = s.find(id)
		}
		if i < 0 || s.fields[i].wire != wire {
			if err := d.skipField(s, i, wire, id, at, unknown); err != nil {
				return err
			}
			continue
		}
		next = i + 1
		f := &s.fields[i]
		var to unsafe.Pointer
		if !d.dry {
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

// field reads the value of f, whose header has been read, into the memory at p. What was there before does
// not shine through.
func (d *decoder) field(f *fieldPlan, p unsafe.Pointer) *codec.Error {
	if f.op == opStruct && !f.pointer && !d.dry {
		f.body.reset(p)
	}
	return d.value(&f.valuePlan, p, f.noCopy)
}

// skipField passes over a field that began at position at and that the struct does not have (i is negative)
// or has with another type.
func (d *decoder) skipField(s *structPlan, i int, wire thriftbinary.Type, id uint16, at int, unknown *unknownFields) *codec.Error {
	if err := d.skip(wire, min(codec.SkipDepth, d.levels)); err != nil {
		if i < 0 {
			return err.AddUnknown(id)
		}
		return err.AddField(s.fields[i].name)
	}
	if unknown != nil {
		return d.keep(unknown, span{at, d.pos})
	}
	return nil
}

// reset makes the struct at p as fresh as a new one.
func (s *structPlan) reset(p unsafe.Pointer) {
	reflect.NewAt(s.typ, p).Elem().SetZero()
	s.initialize(p)
}

// checkRequired returns the error for the first required field that was not seen; at is the place of STOP.
func (d *decoder) checkRequired(s *structPlan, seen []uint64, at int) *codec.Error {
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
			err := failValue(codec.Required, at, &f.valuePlan, fmt.Errorf("field %d", f.id))
			return err.AddField(f.name)
		}
	}
	panic("BUG: reflectcodec: no required field of that number")
}
