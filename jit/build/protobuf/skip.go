package protobuf

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	emit "github.com/tagwire/tagwire/jit/build/varint"
	wire "github.com/tagwire/tagwire/wire/protobuf"
)

// skipper returns the name of the function (in, end, tag, levels) -> in that steps over the value behind a tag, with at most levels groups in
// each other.
func skipper(d *build.Translator) string {
	const name = "protobuf.skip"
	return d.Helper(name, func() *ir.Func {
		b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr, ir.I64, ir.I64}, []ir.Type{ir.Ptr})
		in, end, tag, levels := b.Param(0), b.Param(1), b.Param(2), b.Param(3)
		number := func(n int64) *ir.Value { return b.Const(ir.I64, n) }
		kind := b.And(tag, number(1<<wire.TypeBits-1))
		is := func(t wire.Type, do func()) {
			this, other := b.NewBlock(), b.NewBlock()
			b.Branch(ir.Eq, kind, number(int64(t)), ir.To(this), ir.To(other))
			b.SetBlock(this)
			do()
			b.SetBlock(other)
		}
		is(wire.Varint, func() {
			_, after := emit.Get(b, emit.Getter(d), in, end)
			b.Return(after)
		})
		is(wire.Bytes, func() {
			length, after := emit.Get(b, emit.Getter(d), in, end)
			b.FailIf(ir.UGT, length, number(wire.MaxSize))
			b.CheckBoundsN(after, end, length, 0)
			b.Return(b.PtrIndex(after, length, 1))
		})
		is(wire.Fixed32, func() {
			b.CheckBounds(in, end, 4)
			b.Return(b.PtrAdd(in, 4))
		})
		is(wire.Fixed64, func() {
			b.CheckBounds(in, end, 8)
			b.Return(b.PtrAdd(in, 8))
		})
		b.FailIf(ir.Ne, kind, number(int64(wire.StartGroup)))
		field := b.Binary(ir.Shr, tag, number(wire.TypeBits))
		b.Return(b.Call(groupSkipper(d), []ir.Type{ir.Ptr}, in, end, field, levels)[0])
		return b.Finish()
	})
}

// skipCost is what a field in a group that is skipped takes of the fuel.
const skipCost = 16

// groupSkipper returns the name of the function (in, end, number, levels) -> in that steps over the fields of a group, and its end.
//
//	loop(in):  read a tag; the end of this group -> return; the end of another -> fail; else skip -> loop
func groupSkipper(d *build.Translator) string {
	const name = "protobuf.group"
	return d.Helper(name, func() *ir.Func {
		b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr, ir.I64, ir.I64}, []ir.Type{ir.Ptr})
		in, end, group, levels := b.Param(0), b.Param(1), b.Param(2), b.Param(3)
		number := func(n int64) *ir.Value { return b.Const(ir.I64, n) }
		b.FailIf(ir.SLT, levels, number(1))
		loop, ends, more := b.NewBlock(ir.Ptr), b.NewBlock(), b.NewBlock()
		b.Jump(loop, in)
		b.SetBlock(loop)
		build.ChargeFuel(b, number(skipCost))
		tag, value := emit.Get(b, emit.Getter(d), loop.Params[0], end)
		b.FailIf(ir.UGT, tag, number(1<<32-1))
		field := b.Binary(ir.Shr, tag, number(wire.TypeBits))
		b.FailIf(ir.Eq, field, number(0))
		b.Branch(ir.Eq, b.And(tag, number(1<<wire.TypeBits-1)), number(int64(wire.EndGroup)), ir.To(ends), ir.To(more))
		b.SetBlock(ends)
		b.FailIf(ir.Ne, field, group)
		b.Return(value)
		b.SetBlock(more)
		b.Jump(loop, b.Call(skipper(d), []ir.Type{ir.Ptr}, value, end, tag, b.AddConst(levels, -1))[0])
		return b.Finish()
	})
}
