package build

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

type binaryEncode struct{ *encodeBody }

func (e binaryEncode) Begin() {}
func (e binaryEncode) End()   { e.byte(byte(thriftbinary.Stop)) }

func (e binaryEncode) Carried() []*ir.Value              { return nil }
func (e binaryEncode) Joined(*schema.Field, []*ir.Value) {}

// kept writes what an earlier decode has kept as it came.
func (e binaryEncode) Kept(s *schema.StructType, p place) {
	kept := p.at(s.UnknownOffset)
	e.elements(copyBytes, e.pointerAt(kept), e.LoadSource(ir.Load64, kept.base, kept.offset+wordBytes))
}

func (e binaryEncode) Field(f *schema.Field) {
	if f != nil {
		e.byte(byte(wireOf(f.Type)))
		e.Store(ir.StoreBE16, e.out, e.take(thriftbinary.IDSize), e.Const(ir.I16, int64(f.ID)))
	}
}

// length writes a length or a count, which is at most thriftbinary.MaxCount.
func (e binaryEncode) Length(n *ir.Value) {
	e.Store(ir.StoreBE32, e.out, e.take(thriftbinary.CountSize), e.Convert(ir.Trunc64to32, n))
}

func (e binaryEncode) List(t *schema.Type, count *ir.Value) {
	e.byte(byte(wireOf(t.Elem)))
	e.Length(count)
}

func (e binaryEncode) Scalars(elem *schema.Type, data, count *ir.Value) {
	e.elements(copierOf(elem, Encode), data, count)
}

func (e binaryEncode) OpenMap(t *schema.Type) {
	e.byte(byte(wireOf(t.Key)))
	e.byte(byte(wireOf(t.Elem)))
}

func (e binaryEncode) EntryCount(_ *schema.Type, n *ir.Value) { e.Length(n) }

// scalar writes the value of fixed size at p.
func (e binaryEncode) Scalar(t *schema.Type, p place, f *schema.Field) {
	load := func(op ir.Op) *ir.Value { return e.LoadSource(op, p.base, p.offset) }
	if t.Kind == schema.Enum {
		v := e.Narrow(load(ir.Load64))
		e.Field(f)
		e.Store(ir.StoreBE32, e.out, e.take(4), v)
		return
	}
	e.Field(f)
	switch t.Kind {
	case schema.Bool, schema.I8:
		v := load(ir.Load8)
		e.Store(ir.Store8, e.out, e.take(1), v)
	case schema.I16:
		v := load(ir.Load16)
		e.Store(ir.StoreBE16, e.out, e.take(2), v)
	case schema.I32:
		v := load(ir.Load32)
		e.Store(ir.StoreBE32, e.out, e.take(4), v)
	case schema.I64, schema.Double:
		v := load(ir.Load64)
		e.Store(ir.StoreBE64, e.out, e.take(8), v)
	default:
		panic("BUG: jit: not a scalar: " + t.Kind.String())
	}
}

type binarySize struct{ *sizeBody }

func (z binarySize) Begin() {}
func (z binarySize) End()   { z.fixed += thriftbinary.StopSize }

func (z binarySize) Carried() []*ir.Value              { return nil }
func (z binarySize) Joined(*schema.Field, []*ir.Value) {}

func (z binarySize) Kept(s *schema.StructType, p place) {
	kept := p.at(s.UnknownOffset)
	z.add(z.LoadSource(ir.Load64, kept.base, kept.offset+wordBytes))
}

func (z binarySize) Field(f *schema.Field) {
	if f != nil {
		z.fixed += thriftbinary.FieldHeaderSize
	}
}

func (z binarySize) Scalar(t *schema.Type, _ place, f *schema.Field) {
	z.Field(f)
	z.fixed += smallestWire(t)
}

func (z binarySize) Length(*ir.Value)             { z.fixed += thriftbinary.CountSize }
func (z binarySize) List(*schema.Type, *ir.Value) { z.fixed += thriftbinary.ListHeaderSize }

func (z binarySize) Scalars(elem *schema.Type, _ place, count *ir.Value) {
	z.add(z.MulConst(count, smallestWire(elem)))
}

func (z binarySize) OpenMap(*schema.Type)               { z.fixed += thriftbinary.MapHeaderSize }
func (z binarySize) EntryCount(*schema.Type, *ir.Value) {}

func (z binarySize) FixedSize(t *schema.Type) int64 {
	if !isScalar(t) {
		return 0
	}
	return smallestWire(t)
}
