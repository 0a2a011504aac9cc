package varint

import (
	"math/bits"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
)

// Bulk emits a loop over count > 0 elements, which lie in memory from at on. It runs the bulk op until that stops early, then one for a
// single element, and so on; close to the end of the varints, where the op does nothing, it runs one alone. It returns the position in
// the wire form after the last element. Each stride charges the fuel:
//
//	outer(wire, at, left):  stride = min(left, most); charge; stop = at + stride
//	inner(wire, at):        the op; at == stop -> after, else -> single
//	single(wire, at):       one; at == stop -> after; end-wire < room -> single, else -> inner
//	after(wire):            left-stride != 0 -> outer
func Bulk(b *ir.Builder, op ir.Op, wire, end, at, count *ir.Value, one func(wire, at *ir.Value) *ir.Value) *ir.Value {
	info := op.Info().Bulk
	size := info.To + info.From
	outer, inner, single := b.NewBlock(ir.Ptr, ir.Ptr, ir.I64), b.NewBlock(ir.Ptr, ir.Ptr), b.NewBlock(ir.Ptr, ir.Ptr)
	more, after, done := b.NewBlock(), b.NewBlock(ir.Ptr), b.NewBlock()
	b.Jump(outer, wire, at, count)

	b.SetBlock(outer)
	most := b.Const(ir.I64, StrideElements)
	stride := b.Select(ir.ULT, outer.Params[2], most, outer.Params[2], most)
	build.ChargeFuel(b, b.MulConst(stride, UsualBytes))
	left, stop := b.Sub(outer.Params[2], stride), b.PtrIndex(outer.Params[1], stride, size)
	b.Jump(inner, outer.Params[0], outer.Params[1])

	b.SetBlock(inner)
	wire, at = inner.Params[0], inner.Params[1]
	n := b.Binary(ir.Shr, b.PtrDiff(stop, at), b.Const(ir.I64, int64(bits.TrailingZeros64(uint64(size)))))
	if info.Decodes() {
		at, wire = b.Varints(op, at, wire, n, end)
	} else {
		wire, at = b.Varints(op, wire, at, n, end)
	}
	b.Branch(ir.Eq, at, stop, ir.To(after, wire), ir.To(single, wire, at))

	b.SetBlock(single)
	wire = one(single.Params[0], single.Params[1])
	at = b.PtrAdd(single.Params[1], size)
	b.Branch(ir.Eq, at, stop, ir.To(after, wire), ir.To(more))
	b.SetBlock(more)
	b.Branch(ir.SLT, b.PtrDiff(end, wire), b.Const(ir.I64, ir.VarintRoom), ir.To(single, wire, at), ir.To(inner, wire, at))

	b.SetBlock(after)
	b.Branch(ir.Ne, left, b.Const(ir.I64, 0), ir.To(outer, after.Params[0], stop, left), ir.To(done))
	b.SetBlock(done)
	return after.Params[0]
}

// BulkStart is as much of the work of Bulk as the op does before it stops for the first time. Nothing in it can fail. It returns the
// positions that it stops at, and how many elements are left.
//
//	outer(wire, at, left):  stride = min(left, most); charge; the op: n elements; n < stride -> stopped(left-n), else -> next
//	next:                   left-stride != 0 -> outer, else -> stopped(0)
func BulkStart(b *ir.Builder, op ir.Op, wire, end, at, count *ir.Value) (wireBehind, atBehind, left *ir.Value) {
	info := op.Info().Bulk
	size := info.To + info.From
	outer, next, stopped := b.NewBlock(ir.Ptr, ir.Ptr, ir.I64), b.NewBlock(), b.NewBlock(ir.Ptr, ir.Ptr, ir.I64)
	b.Jump(outer, wire, at, count)
	b.SetBlock(outer)
	wire, at, left = outer.Params[0], outer.Params[1], outer.Params[2]
	most := b.Const(ir.I64, StrideElements)
	stride := b.Select(ir.ULT, left, most, left, most)
	build.ChargeFuel(b, b.MulConst(stride, UsualBytes))
	begin := at
	if info.Decodes() {
		at, wire = b.Varints(op, at, wire, stride, end)
	} else {
		wire, at = b.Varints(op, wire, at, stride, end)
	}
	n := b.Binary(ir.Shr, b.PtrDiff(at, begin), b.Const(ir.I64, int64(bits.TrailingZeros64(uint64(size)))))
	left = b.Sub(left, n)
	b.Branch(ir.Ne, n, stride, ir.To(stopped, wire, at, left), ir.To(next))
	b.SetBlock(next)
	b.Branch(ir.Ne, left, b.Const(ir.I64, 0), ir.To(outer, wire, at, left), ir.To(stopped, wire, at, left))
	b.SetBlock(stopped)
	return stopped.Params[0], stopped.Params[1], stopped.Params[2]
}
