package thriftbinary

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// skipCost is what a field, element or entry that is skipped takes of the fuel, in wire bytes.
const skipCost = 8

// buildSkip makes the function that SkipValue calls, (in, end, wire type, levels) -> in, which steps over one value. The
// value's own struct or container is the first of the levels. An element count is not compared with what is left: each
// element takes a byte at least, so the loop ends where the input does.
//
//	entry:      switch wire type -> fixed 1, 2, 4, 8, 16 | text | struct | list | map; unknown -> Fail
func buildSkip() *ir.Func {
	b := &skipBody{Builder: ir.NewBuilder(thriftbinary.Name, []ir.Type{ir.Ptr, ir.Ptr, ir.I32, ir.I64}, []ir.Type{ir.Ptr})}
	b.in, b.end, b.levels = b.Param(0), b.Param(1), b.Param(3)
	unknown := b.NewColdBlock()
	targets := make([]ir.Edge, thriftbinary.UUID+1)
	for t := range targets {
		targets[t] = ir.To(unknown)
	}
	fixed := map[int64]*ir.Block{}
	for t := range targets {
		n, ok := fixedWires[thriftbinary.Type(t)]
		if !ok {
			continue
		}
		if fixed[n] == nil {
			fixed[n] = b.NewBlock()
		}
		targets[t] = ir.To(fixed[n])
	}
	text, structure, list, entries := b.NewBlock(), b.NewBlock(), b.NewBlock(), b.NewBlock()
	targets[thriftbinary.String], targets[thriftbinary.Struct], targets[thriftbinary.Map] = ir.To(text), ir.To(structure), ir.To(entries)
	targets[thriftbinary.List], targets[thriftbinary.Set] = ir.To(list), ir.To(list)
	b.Switch(b.Param(2), ir.To(unknown), targets...)

	b.SetBlock(unknown)
	b.Fail()
	for _, n := range []int64{1, 2, 4, 8, 16} {
		b.SetBlock(fixed[n])
		b.CheckBounds(b.in, b.end, n)
		b.Return(b.PtrAdd(b.in, n))
	}
	b.SetBlock(text)
	b.text()
	b.SetBlock(structure)
	b.structure()
	b.SetBlock(list)
	b.elements(thriftbinary.TypeSize)
	b.SetBlock(entries)
	b.elements(2 * thriftbinary.TypeSize)
	return b.Finish()
}

// fixedWires are the wire types whose values all have one size.
var fixedWires = map[thriftbinary.Type]int64{
	thriftbinary.Bool: 1, thriftbinary.I8: 1, thriftbinary.I16: 2, thriftbinary.I32: 4, thriftbinary.I64: 8, thriftbinary.Double: 8, thriftbinary.UUID: 16,
}

type skipBody struct {
	*ir.Builder
	in, end, levels *ir.Value
}

// enter opens a struct or container and returns the levels that are left for the values in it.
func (b *skipBody) enter() *ir.Value {
	b.FailIf(ir.SLT, b.levels, b.Const(ir.I64, 1))
	return b.AddConst(b.levels, -1)
}

// skip steps over a value of the given type at in.
func (b *skipBody) skip(in, wire, levels *ir.Value) *ir.Value {
	build.ChargeFuel(b.Builder, b.Const(ir.I64, skipCost))
	return b.Call(thriftbinary.Name, []ir.Type{ir.Ptr}, in, b.end, wire, levels)[0]
}

func (b *skipBody) text() {
	b.CheckBounds(b.in, b.end, thriftbinary.CountSize)
	length := wireCount(b.Builder, b.in, 0)
	b.CheckBoundsN(b.in, b.end, length, thriftbinary.CountSize)
	b.Return(b.PtrAdd(b.PtrIndex(b.in, length, 1), thriftbinary.CountSize))
}

// structure steps over fields.
//
//	loop(in):  type == STOP -> return in+1; else skip -> loop
func (b *skipBody) structure() {
	levels := b.enter()
	loop, field, stop := b.NewBlock(ir.Ptr), b.NewBlock(), b.NewBlock()
	b.Jump(loop, b.in)
	b.SetBlock(loop)
	in := loop.Params[0]
	b.CheckBounds(in, b.end, thriftbinary.TypeSize)
	wire := b.wireAt(in, 0)
	b.Branch(ir.Eq, wire, b.Const(ir.I32, int64(thriftbinary.Stop)), ir.To(stop), ir.To(field))
	b.SetBlock(field)
	b.CheckBounds(in, b.end, thriftbinary.FieldHeaderSize)
	b.Jump(loop, b.skip(b.PtrAdd(in, thriftbinary.FieldHeaderSize), wire, levels))
	b.SetBlock(stop)
	b.Return(b.PtrAdd(in, thriftbinary.StopSize))
}

// wireAt reads the type byte at a distance from in.
func (b *skipBody) wireAt(in *ir.Value, offset int64) *ir.Value {
	return b.Convert(ir.ZeroExt8to32, b.LoadSource(ir.Load8, in, offset))
}

// elements steps over a list or set, or over a map, whose header has the given number of type bytes before its count. The types
// are checked only if there are elements.
//
//	loop(in, left):  skip each type in turn; left-1 != 0 -> loop
func (b *skipBody) elements(types int64) {
	levels := b.enter()
	b.CheckBounds(b.in, b.end, types+thriftbinary.CountSize)
	count := b.Convert(ir.SignExt32to64, b.LoadSource(ir.LoadBE32, b.in, types))
	zero := b.Const(ir.I64, 0)
	b.FailIf(ir.SLT, count, zero)
	first := b.PtrAdd(b.in, types+thriftbinary.CountSize)
	loop, done := b.NewBlock(ir.Ptr, ir.I64), b.NewBlock(ir.Ptr)
	b.Branch(ir.Eq, count, zero, ir.To(done, first), ir.To(loop, first, count))
	b.SetBlock(loop)
	in := loop.Params[0]
	for n := range types {
		in = b.skip(in, b.wireAt(b.in, n), levels)
	}
	left := b.AddConst(loop.Params[1], -1)
	b.Branch(ir.Ne, left, zero, ir.To(loop, in, left), ir.To(done, in))
	b.SetBlock(done)
	b.Return(done.Params[0])
}
