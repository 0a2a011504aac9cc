package varint

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
)

// UsualBytes is about what a varint takes of the fuel.
const UsualBytes = 5

// StrideElements is the number of elements that a loop handles between two charges of the fuel.
const StrideElements = 2 << 10

// Each emits a loop over count > 0 elements. turn emits the code for the element at an address, which is at for the first and
// size bytes higher for each of the next, and replaces carry; the last carry is returned. Each stride charges the fuel:
//
//	outer(carry, at, left):  stride = min(left, most); charge
//	inner(carry, at, n):     turn; n-1 != 0 -> inner
//	after:                   left-stride != 0 -> outer
func Each(b *ir.Builder, carry, at, count *ir.Value, size int64, turn func(carry, at *ir.Value) *ir.Value) *ir.Value {
	zero := b.Const(ir.I64, 0)
	outer, inner := b.NewBlock(carry.Type, ir.Ptr, ir.I64), b.NewBlock(carry.Type, ir.Ptr, ir.I64)
	after, done := b.NewBlock(), b.NewBlock()
	b.Jump(outer, carry, at, count)
	b.SetBlock(outer)
	left, most := outer.Params[2], b.Const(ir.I64, StrideElements)
	stride := b.Select(ir.ULT, left, most, left, most)
	build.ChargeFuel(b, b.MulConst(stride, UsualBytes))
	left = b.Sub(left, stride)
	b.Jump(inner, outer.Params[0], outer.Params[1], stride)
	b.SetBlock(inner)
	carry = turn(inner.Params[0], inner.Params[1])
	at = b.PtrAdd(inner.Params[1], size)
	turns := b.AddConst(inner.Params[2], -1)
	b.Branch(ir.Ne, turns, zero, ir.To(inner, carry, at, turns), ir.To(after))
	b.SetBlock(after)
	b.Branch(ir.Ne, left, zero, ir.To(outer, carry, at, left), ir.To(done))
	b.SetBlock(done)
	return carry
}
