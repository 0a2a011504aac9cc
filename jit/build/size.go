package build

import (
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// A sizeBody builds a function that adds up the bytes of a value's encoding. The sum so far is sum + fixed: what every
// value takes is added when the function is built.
type sizeBody struct {
	*body
	sum   *ir.Value
	fixed int64
}

// buildSize makes the function (value) -> size of the struct at value, or of an absent one if that is nil.
//
//	entry:   value == nil -> done(0)
//	fields:  ...
//	done(n): return n + 1
func buildSize(d *translator, s *schema.StructType) *ir.Func {
	z := &sizeBody{body: newBody(d, s, []ir.Type{ir.Ptr}, []ir.Type{ir.I64})}
	z.start(z.Const(ir.I64, 0))
	z.structFields(s, place{base: z.Param(0)}, true)
	return z.finish(z.settle())
}

// start continues the sum with n.
func (z *sizeBody) start(n *ir.Value) { z.sum, z.fixed = n, 0 }

// settle returns the sum as one value.
func (z *sizeBody) settle() *ir.Value {
	z.start(z.AddConst(z.sum, z.fixed))
	return z.sum
}

func (z *sizeBody) add(n *ir.Value) { z.sum = z.Add(z.sum, n) }

// structFields adds the fields of the struct at p, none if that may be nil and is, and STOP.
func (z *sizeBody) structFields(s *schema.StructType, p place, nilable bool) {
	if nilable {
		present, done := z.NewBlock(), z.NewBlock(ir.I64)
		z.Branch(ir.Eq, p.base, z.Nil(), ir.To(done, z.settle()), ir.To(present))
		z.SetBlock(present)
		z.fields(s, p)
		z.Jump(done, z.settle())
		z.SetBlock(done)
		z.start(done.Params[0])
	} else {
		z.fields(s, p)
	}
	z.fixed += thriftbinary.StopSize
}

func (z *sizeBody) fields(s *schema.StructType, p place) {
	for i := range s.Fields {
		f := &s.Fields[i]
		z.field(s, f, p.field(f))
	}
	if s.HasUnknown {
		kept := p.at(s.UnknownOffset)
		z.add(z.LoadSource(ir.Load64, kept.base, kept.offset+wordBytes))
	}
}

// field adds the header and the value of the field at p, if it is present.
func (z *sizeBody) field(s *schema.StructType, f *schema.Field, p place) {
	if !z.mayBeAbsent(s, f) {
		z.fixed += thriftbinary.FieldHeaderSize
		z.value(f.Type, p)
		return
	}
	sum := z.settle()
	present, join := z.NewBlock(), z.NewBlock(ir.I64)
	p = z.branchAbsent(s, f, p, ir.To(join, sum), ir.To(present))
	z.SetBlock(present)
	z.fixed += thriftbinary.FieldHeaderSize
	z.value(f.Type, p)
	z.Jump(join, z.settle())
	z.SetBlock(join)
	z.start(join.Params[0])
}

func (z *sizeBody) value(t *schema.Type, p place) {
	switch t.Kind {
	case schema.String, schema.Binary:
		z.fixed += thriftbinary.CountSize
		length := z.lengthAt(z.plain(t, p))
		if z.translator.direction == SizingDirect {
			length = z.Select(ir.ULT, length, z.Const(ir.I64, codec.DirectThreshold), length, z.Const(ir.I64, 0))
		}
		z.add(length)
	case schema.Struct:
		z.structValue(t, p)
	case schema.List, schema.Set:
		z.list(t, p)
	case schema.Map:
		z.entries(t, p)
	default:
		z.fixed += smallestWire(t)
	}
}

func (z *sizeBody) structValue(t *schema.Type, p place) {
	value, nilable := z.structAt(t, p)
	if !z.translator.inlined(t.Struct) {
		z.add(z.call(t.Struct, ir.I64, z.address(value)))
		return
	}
	z.enter()
	z.structFields(t.Struct, value, nilable)
	z.leave()
}

func (z *sizeBody) list(t *schema.Type, p place) {
	z.enter()
	defer z.leave()
	count := z.lengthAt(p)
	z.fixed += thriftbinary.ListHeaderSize
	if isScalar(t.Elem) {
		z.add(z.MulConst(count, smallestWire(t.Elem)))
		return
	}
	size, cost := int64(t.Elem.Go.Size()), z.translator.valueCost(t.Elem)
	sum := z.settle()
	z.start(z.eachElement(z.pointerAt(p), count, size, cost, sum, func(element place, sum *ir.Value) *ir.Value {
		z.start(sum)
		z.value(t.Elem, element)
		return z.settle()
	}))
}
