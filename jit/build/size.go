package build

import (
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/schema"
)

// A SizeBody builds a function that adds up the bytes of a value's encoding. The sum so far is sum + Fixed, which counts the
// bytes that are known when the function is built.
type SizeBody struct {
	*body
	sum   *ir.Value
	Fixed int64
	// items is what the format adds.
	items SizeItems
}

// SizeItems adds what a wire format writes; see EncodeItems.
type SizeItems interface {
	Begin()
	End()
	Kept(s *schema.StructType, p MemRef)
	Field(f *schema.Field)
	Scalar(t *schema.Type, p MemRef, f *schema.Field)
	Length(n *ir.Value)
	List(t *schema.Type, count *ir.Value)
	Scalars(elem *schema.Type, p MemRef, count *ir.Value)
	OpenMap(t *schema.Type)
	EntryCount(t *schema.Type, n *ir.Value)
	// FixedSize returns the bytes that every key or element of type t takes; 0 if they do not all take the same.
	FixedSize(t *schema.Type) int64
	Fork() []*ir.Value
	Carried() []*ir.Value
	Joined(params []*ir.Value)
}

// buildSize makes the function (value) -> size of the struct at value, or of an absent one if that is nil.
//
//	entry:   value == nil -> done(0)
//	fields:  ...
//	done(n): return n + 1
func buildSize(d *Translator, s *schema.StructType, of Items) *ir.Func {
	z := NewSizeBody(d, s)
	z.items = of.SizeItems(z)
	z.structFields(s, z.Root(s), true)
	return z.Done(z.Settle())
}

// NewSizeBody begins the function (value) -> size of s.
func NewSizeBody(d *Translator, s *schema.StructType) *SizeBody {
	z := &SizeBody{body: newBody(d, s, "", []ir.Type{ir.Ptr}, []ir.Type{ir.I64})}
	z.Start(z.Const(ir.I64, 0))
	return z
}

// Start continues the sum with n.
func (z *SizeBody) Start(n *ir.Value) { z.sum, z.Fixed = n, 0 }

// Settle returns the sum as one value.
func (z *SizeBody) Settle() *ir.Value {
	if z.Fixed != 0 {
		z.Start(z.AddConst(z.sum, z.Fixed))
	}
	return z.sum
}

// Plus adds n to the sum.
func (z *SizeBody) Plus(n *ir.Value) { z.sum = z.Add(z.sum, n) }

// structFields adds the fields of the struct at p, none if that may be nil and is, and what ends them.
func (z *SizeBody) structFields(s *schema.StructType, p MemRef, nilable bool) {
	z.items.Begin()
	if nilable {
		present, done := z.NewBlock(), z.NewBlock(ir.I64)
		z.Branch(ir.Eq, p.Base, z.Nil(), ir.To(done, z.Settle()), ir.To(present))
		z.SetBlock(present)
		z.fields(s, p)
		z.Jump(done, z.Settle())
		z.SetBlock(done)
		z.Start(done.Params[0])
	} else {
		z.fields(s, p)
	}
	z.items.End()
}

func (z *SizeBody) fields(s *schema.StructType, p MemRef) {
	if f := nextLink(s); f != nil {
		z.links(s, f, p)
		return
	}
	z.fieldsBefore(s, p, len(s.Fields))
	if s.HasUnknown {
		z.items.Kept(s, p)
	}
}

// fieldsBefore adds the first n fields.
func (z *SizeBody) fieldsBefore(s *schema.StructType, p MemRef, n int) {
	for i := range n {
		f := &s.Fields[i]
		z.field(s, f, p.Field(f))
	}
}

// field adds the header and the value of the field at p, if it is present.
func (z *SizeBody) field(s *schema.StructType, f *schema.Field, p MemRef) {
	if !z.mayBeAbsent(s, f) {
		z.value(f.Type, p, f)
		return
	}
	sum := append([]*ir.Value{z.Settle()}, z.items.Fork()...)
	present, join := z.NewBlock(), z.NewBlock(typesOf(sum)...)
	p = z.branchAbsent(s, f, p, ir.To(join, sum...), ir.To(present))
	z.SetBlock(present)
	z.value(f.Type, p, f)
	z.Jump(join, append([]*ir.Value{z.Settle()}, z.items.Carried()...)...)
	z.SetBlock(join)
	z.Start(join.Params[0])
	z.items.Joined(join.Params[1:])
}

// value adds the value at p; f is its field, whose header is added too, if it is one.
func (z *SizeBody) value(t *schema.Type, p MemRef, f *schema.Field) {
	if IsScalar(t) {
		z.items.Scalar(t, z.Plain(t, p), f)
		return
	}
	z.items.Field(f)
	switch t.Kind {
	case schema.String, schema.Binary:
		length := z.LengthAt(z.Plain(t, p))
		z.items.Length(length)
		if z.Translator.Direct {
			length = z.Select(ir.ULT, length, z.Const(ir.I64, codec.DirectThreshold), length, z.Const(ir.I64, 0))
		}
		z.Plus(length)
	case schema.Struct:
		z.structValue(t, p)
	case schema.List, schema.Set:
		z.list(t, p)
	case schema.Map:
		z.entries(t, p)
	}
}

func (z *SizeBody) structValue(t *schema.Type, p MemRef) {
	value, nilable := z.StructAt(t, p)
	if !z.Translator.Inlined(t.Struct) {
		z.Plus(z.CallBody(t.Struct, ir.I64, z.AddressOf(value)))
		return
	}
	z.Enter()
	z.structFields(t.Struct, value, nilable)
	z.Leave()
}

func (z *SizeBody) list(t *schema.Type, p MemRef) {
	z.Enter()
	defer z.Leave()
	count := z.LengthAt(p)
	z.items.List(t, count)
	if IsScalar(t.Elem) {
		z.items.Scalars(t.Elem, p, count)
		return
	}
	size, cost := int64(t.Elem.Go.Size()), z.Translator.ValueCost(t.Elem)
	sum := z.Settle()
	z.Start(z.EachElement(z.PointerAt(p), count, size, cost, sum, func(element MemRef, sum *ir.Value) *ir.Value {
		z.Start(sum)
		z.value(t.Elem, element, nil)
		return z.Settle()
	}))
}
