package build

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/schema"
)

// A struct whose last field is an optional pointer to a struct of its own type is the link of a chain. Encoding and measuring it are
// loops over the links, not calls: nothing but the ends of the structs is left to do after the last one.

// nextLink returns the field that leads to the next link, or nil if s is none.
func nextLink(s *schema.StructType) *schema.Field {
	if len(s.Fields) == 0 || s.HasUnknown || s.Union {
		return nil
	}
	f := &s.Fields[len(s.Fields)-1]
	if f.Requiredness != schema.Optional || f.Type.Kind != schema.Struct || !f.Type.Pointer || f.Type.Struct != s {
		return nil
	}
	return f
}

// eachLink emits a loop over the links from the one at first on, which is not nil. body handles all but the last field of the link at
// p, further the header of that one; both replace carry. The last carry is returned, and how many links followed the first.
//
//	link(p, levels, links, carry):  body; next == nil -> done(links, carry), else -> more
//	more:                           further; charge; levels-1 < 1 -> fail, else -> link(next, levels-1, links+1)
func (b *body) eachLink(s *schema.StructType, f *schema.Field, first, carry *ir.Value, body func(p MemRef, carry *ir.Value) *ir.Value,
	further func(carry *ir.Value) *ir.Value) (last, links *ir.Value) {
	levels, one := b.levels, b.Const(ir.I64, 1)
	link := b.NewBlock(ir.Ptr, ir.I64, ir.I64, carry.Type)
	more, done := b.NewBlock(), b.NewBlock(ir.I64, carry.Type)
	b.Jump(link, first, levels, b.Const(ir.I64, 0), carry)

	b.SetBlock(link)
	p := MemRef{Base: link.Params[0]}
	b.levels = link.Params[1] // what enters a container reads
	carry = body(p, link.Params[3])
	next := b.PointerAt(p.Field(f))
	b.Branch(ir.Eq, next, b.Nil(), ir.To(done, link.Params[2], carry), ir.To(more))

	b.SetBlock(more)
	carry = further(carry)
	b.ChargeFuel(b.Const(ir.I64, min(b.Translator.fuelCost(s), abi.FuelBytes)))
	left := b.AddConst(b.levels, -1)
	b.FailIf(ir.SLT, left, one)
	b.Jump(link, next, left, b.AddConst(link.Params[2], 1), carry)

	b.SetBlock(done)
	b.levels = levels
	return done.Params[1], done.Params[0]
}

// links writes the struct at p, which is not nil, and those that follow it.
func (e *EncodeBody) links(s *schema.StructType, f *schema.Field, p MemRef) {
	last, links := e.eachLink(s, f, p.Base, e.Settle(), func(p MemRef, out *ir.Value) *ir.Value {
		e.Start(out)
		e.items.Begin()
		e.fieldsBefore(s, p, len(s.Fields)-1)
		return e.Settle()
	}, func(out *ir.Value) *ir.Value {
		e.Start(out)
		e.items.Field(f)
		return e.Settle()
	})
	e.Start(last)
	e.items.End()
	ends := func(_ MemRef, out *ir.Value) *ir.Value {
		e.Start(out)
		e.items.Begin()
		e.items.End()
		return e.Settle()
	}
	e.Start(e.EachElement(p.Base, links, 0, 1, e.Settle(), ends))
}

// links adds the struct at p, which is not nil and has begun, and those that follow it, but for the end of the first.
func (z *SizeBody) links(s *schema.StructType, f *schema.Field, p MemRef) {
	last, links := z.eachLink(s, f, p.Base, z.Settle(), func(p MemRef, sum *ir.Value) *ir.Value {
		z.Start(sum)
		z.fieldsBefore(s, p, len(s.Fields)-1)
		return z.Settle()
	}, func(sum *ir.Value) *ir.Value {
		z.Start(sum)
		z.items.Field(f)
		return z.Settle()
	})
	z.Start(z.Add(last, z.MulConst(links, z.Translator.Format.StopBytes())))
}
