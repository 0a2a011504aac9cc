package protobuf

import (
	"fmt"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	emit "github.com/tagwire/tagwire/jit/build/varint"
	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/protobuf"
)

// list writes the list at p, of count > 0 elements.
func (e *encoder) list(f *schema.Field, p build.MemRef, count *ir.Value) {
	t, data := f.Type.Elem, e.PointerAt(p)
	switch size := fixedSize(t); {
	case f.Packed && size > 0:
		bytes := count
		if size > 1 {
			bytes = e.MulConst(count, size)
		}
		e.FailIf(ir.UGT, bytes, e.Const(ir.I64, wire.MaxSize))
		e.bytes(tagOf(f))
		e.length(bytes)
		e.Elements(build.Copier{Name: fmt.Sprint("copy.bytes", size), Op: ir.CopyBytes, To: size, From: size}, data, count)
	case f.Packed:
		e.bytes(tagOf(f))
		e.measured(func() {
			writer := listWriter(e.Translator, t)
			e.Start(e.Call(writer, []ir.Type{ir.Ptr}, e.Settle(), e.Limit, data, count)[0])
		})
	default:
		cost := e.Translator.ValueCost(t) + 2
		e.Start(e.EachElement(data, count, int64(t.Go.Size()), cost, e.Settle(), func(element build.MemRef, out *ir.Value) *ir.Value {
			e.Start(out)
			e.single(f, element)
			return e.Settle()
		}))
	}
}

// numberName names a kind of varints.
func numberName(t *schema.Type) string {
	if t.Form == schema.Zigzag {
		return fmt.Sprint("zigzag", 8*memorySize(t))
	}
	return t.Kind.String()
}

// listWriter returns the name of the function (out, end, data, count) -> out that writes count > 0 varints.
func listWriter(d *build.Translator, t *schema.Type) string {
	name := "protobuf.write." + numberName(t)
	return d.Helper(name, func() *ir.Func {
		b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr, ir.Ptr, ir.I64}, []ir.Type{ir.Ptr})
		put := emit.Putter(d)
		b.Return(emit.Each(b, b.Param(0), b.Param(2), b.Param(3), memorySize(t), func(out, at *ir.Value) *ir.Value {
			return emit.Put(b, put, out, b.Param(1), numberAt(b, t, build.MemRef{Base: at}), isWide(t), false)
		}))
		return b.Finish()
	})
}

// listSizer returns the name of the function (data, count) -> bytes that sizes count > 0 varints.
func listSizer(d *build.Translator, t *schema.Type) string {
	name := "protobuf.size." + numberName(t)
	return d.Helper(name, func() *ir.Func {
		b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.I64}, []ir.Type{ir.I64})
		b.Return(emit.Each(b, b.Const(ir.I64, 0), b.Param(0), b.Param(1), memorySize(t), func(sum, at *ir.Value) *ir.Value {
			return b.Add(sum, emit.Size(b, numberAt(b, t, build.MemRef{Base: at})))
		}))
		return b.Finish()
	})
}

// strideBytes is the number of bytes that a loop handles between two charges of the fuel.
const strideBytes = 16 << 10

// mover returns the name of the function (start, out, end) -> out that writes the length of what lies between start and out, which
// takes more than the byte in front of start that was kept for it: so it moves all that, from its end on. What may be moved is limited: a
// message in many others would be moved once for each, and the plain codec moves nothing.
//
//	move(left):   stride = min(left, most); charge; lowest = left - stride -> eight(left)
//	eight(left):  left - lowest < 8 -> one(left); eight bytes, left - 8 -> eight
//	one(left):    left == lowest -> after; a byte, left - 1 -> one
//	after:        lowest != 0 -> move(lowest); else write the length
func mover(d *build.Translator) string {
	const name = "protobuf.move"
	return d.Helper(name, func() *ir.Func {
		b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr, ir.Ptr}, []ir.Type{ir.Ptr})
		start, out, end := b.Param(0), b.Param(1), b.Param(2)
		n, zero := b.PtrDiff(out, start), b.Const(ir.I64, 0)
		b.FailIf(ir.UGT, n, b.Const(ir.I64, wire.MaxSize))
		by := b.AddConst(emit.Size(b, n), -1)
		b.CheckBoundsN(out, end, by, 0)
		moves := b.Sub(b.FrameLoad(ir.I64, abi.FrameAllocation), n)
		b.FailIf(ir.SLT, moves, zero)
		b.FrameStore(abi.FrameAllocation, moves)
		to := b.PtrIndex(start, by, 1)
		move, eight, eights, one := b.NewBlock(ir.I64), b.NewBlock(ir.I64), b.NewBlock(), b.NewBlock(ir.I64)
		single, after, done := b.NewBlock(), b.NewBlock(), b.NewBlock()
		b.Jump(move, n)

		b.SetBlock(move)
		most := b.Const(ir.I64, strideBytes)
		stride := b.Select(ir.ULT, move.Params[0], most, move.Params[0], most)
		build.ChargeFuel(b, stride)
		lowest := b.Sub(move.Params[0], stride)
		b.Jump(eight, move.Params[0])

		b.SetBlock(eight)
		left := eight.Params[0]
		b.Branch(ir.ULT, b.Sub(left, lowest), b.Const(ir.I64, 8), ir.To(one, left), ir.To(eights))
		b.SetBlock(eights)
		left = b.AddConst(left, -8)
		b.Store(ir.Store64, b.PtrIndex(to, left, 1), 0, b.Load(ir.Load64, b.PtrIndex(start, left, 1), 0))
		b.Jump(eight, left)

		b.SetBlock(one)
		left = one.Params[0]
		b.Branch(ir.Eq, left, lowest, ir.To(after), ir.To(single))
		b.SetBlock(single)
		left = b.AddConst(left, -1)
		b.Store(ir.Store8, b.PtrIndex(to, left, 1), 0, b.Load(ir.Load8, b.PtrIndex(start, left, 1), 0))
		b.Jump(one, left)

		b.SetBlock(after)
		b.Branch(ir.Ne, lowest, zero, ir.To(move, lowest), ir.To(done))
		b.SetBlock(done)
		b.Call(emit.Putter(d), []ir.Type{ir.Ptr}, b.PtrAdd(start, -1), to, n)
		b.Return(b.PtrIndex(out, by, 1))
		return b.Finish()
	})
}
