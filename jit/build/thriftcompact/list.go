package thriftcompact

import (
	emit "github.com/tagwire/tagwire/jit/build/varint"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/schema"
)

// Lists of scalars are read and written by functions, one for each kind, which charge the fuel.

var (
	copyBools   = build.Copier{Name: "copy.bools", Op: ir.CopyBools, To: 1, From: 1}
	copyDoubles = build.Copier{Name: "copy.bytes8", Op: ir.CopyBytes, To: 8, From: 8}
)

// memoryBytes returns the bytes that a scalar takes in memory.
func memoryBytes(kind schema.Kind) int64 {
	switch kind {
	case schema.Bool, schema.I8:
		return 1
	case schema.I16:
		return 2
	case schema.I32:
		return 4
	}
	return 8
}

// returnNone returns result if count is 0, and emit.Continues otherwise.
func returnNone(b *ir.Builder, count *ir.Value, result ...*ir.Value) {
	none, some := b.NewColdBlock(), b.NewBlock()
	b.Branch(ir.Eq, count, b.Const(ir.I64, 0), ir.To(none), ir.To(some))
	b.SetBlock(none)
	b.Return(result...)
	b.SetBlock(some)
}

// Bulk ops by kind. Lists of i16 are too rare to need one.
var (
	encodeOps = map[schema.Kind]ir.Op{schema.I32: ir.EncodeZigZags32, schema.I64: ir.EncodeZigZags64, schema.Enum: ir.EncodeZigZags64to32}
	decodeOps = map[schema.Kind]ir.Op{schema.I32: ir.DecodeZigZags32, schema.I64: ir.DecodeZigZags64, schema.Enum: ir.DecodeZigZags32to64}
)

// listWriter returns the name of the function (out, end, data, count) -> out that writes numbers of a kind.
func listWriter(d *build.Translator, kind schema.Kind) string {
	name := "compact.write." + kind.String()
	return d.Helper(name, func() *ir.Func {
		b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr, ir.Ptr, ir.I64}, []ir.Type{ir.Ptr})
		out, end, data, count := b.Param(0), b.Param(1), b.Param(2), b.Param(3)
		returnNone(b, count, out)
		put := emit.Putter(d)
		one := func(out, at *ir.Value) *ir.Value {
			return emit.Put(b, put, out, end, zigzagAt(b, kind, build.MemRef{Base: at}, true), kind == schema.I64, false)
		}
		if op, ok := encodeOps[kind]; ok {
			b.Return(emit.Bulk(b, op, out, end, data, count, one))
		} else {
			b.Return(emit.Each(b, out, data, count, memoryBytes(kind), one))
		}
		return b.Finish()
	})
}

// listSizer returns the name of the function (data, count) -> bytes that sizes numbers of a kind.
func listSizer(d *build.Translator, kind schema.Kind) string {
	name := "compact.size." + kind.String()
	return d.Helper(name, func() *ir.Func {
		b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.I64}, []ir.Type{ir.I64})
		zero := b.Const(ir.I64, 0)
		returnNone(b, b.Param(1), zero)
		b.Return(emit.Each(b, zero, b.Param(0), b.Param(1), memoryBytes(kind), func(sum, at *ir.Value) *ir.Value {
			return b.Add(sum, emit.Size(b, zigzagAt(b, kind, build.MemRef{Base: at}, false)))
		}))
		return b.Finish()
	})
}

// boolWriter returns the name of the function (out, data, count) that writes bools, for which there is room: 1 for true and 2 for
// false, where memory has 1 and 0. Eight of them are subtracted from eight twos at once, without a carry between bytes.
//
//	loop(out, at, left):  left < 8 -> tail; eight -> loop
//	tail(out, at, left):  left == 0 -> done; one -> tail
func boolWriter(d *build.Translator) string {
	const name = "compact.write.bool"
	return d.Helper(name, func() *ir.Func {
		b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr, ir.I64}, nil)
		types := []ir.Type{ir.Ptr, ir.Ptr, ir.I64}
		outer, loop, tail := b.NewBlock(types...), b.NewBlock(append(types, ir.I64)...), b.NewBlock(types...)
		eight, one, next, done := b.NewBlock(), b.NewBlock(), b.NewBlock(), b.NewBlock()
		b.Jump(outer, b.Param(0), b.Param(1), b.Param(2))

		b.SetBlock(outer)
		most := b.Const(ir.I64, emit.StrideElements)
		stride := b.Select(ir.ULT, outer.Params[2], most, outer.Params[2], most)
		build.ChargeFuel(b, stride)
		b.Jump(loop, outer.Params[0], outer.Params[1], outer.Params[2], stride)

		b.SetBlock(loop)
		out, at, left, stride := loop.Params[0], loop.Params[1], loop.Params[2], loop.Params[3]
		b.Branch(ir.ULT, stride, b.Const(ir.I64, 8), ir.To(next), ir.To(eight))
		b.SetBlock(eight)
		b.Store(ir.Store64, out, 0, b.Sub(b.Const(ir.I64, 0x0202020202020202), b.LoadSource(ir.Load64, at, 0)))
		b.Jump(loop, b.PtrAdd(out, 8), b.PtrAdd(at, 8), b.AddConst(left, -8), b.AddConst(stride, -8))
		b.SetBlock(next)
		b.Branch(ir.ULT, left, b.Const(ir.I64, 8), ir.To(tail, out, at, left), ir.To(outer, out, at, left))

		b.SetBlock(tail)
		out, at, left = tail.Params[0], tail.Params[1], tail.Params[2]
		b.Branch(ir.Eq, left, b.Const(ir.I64, 0), ir.To(done), ir.To(one))
		b.SetBlock(one)
		value := b.Convert(ir.ZeroExt8to32, b.LoadSource(ir.Load8, at, 0))
		b.Store(ir.Store8, out, 0, b.Convert(ir.Trunc32to8, b.Sub(b.Const(ir.I32, 2), value)))
		b.Jump(tail, b.PtrAdd(out, 1), b.PtrAdd(at, 1), b.AddConst(left, -1))
		b.SetBlock(done)
		b.Return()
		return b.Finish()
	})
}

// elementReader returns the name of the function (to, in, end, count) -> in that reads count > 0 numbers of a kind.
func elementReader(d *build.Translator, kind schema.Kind) string {
	name := "compact.read." + kind.String()
	return d.Helper(name, func() *ir.Func {
		b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr, ir.Ptr, ir.I64}, []ir.Type{ir.Ptr})
		to, in, end, count, get := b.Param(0), b.Param(1), b.Param(2), b.Param(3), emit.Getter(d)
		one := func(in, at *ir.Value) *ir.Value {
			value, after := emit.Get(b, get, in, end)
			checkNumber(b, kind, value)
			op, number := numberIn(b, kind, value)
			b.Store(op, at, 0, number)
			return after
		}
		if op, ok := decodeOps[kind]; ok {
			b.Return(emit.Bulk(b, op, in, end, to, count, one))
		} else {
			b.Return(emit.Each(b, in, to, count, memoryBytes(kind), one))
		}
		return b.Finish()
	})
}

// listReader returns the name of the function (slot, in, end, count, row) -> in that stores a list of count > 0 numbers of a kind.
// Only reading them shows whether all of them are there, and fit the kind. So a list with memory of its own has zero memory, which
// grows as the numbers arrive. Short lists go to a chunk, and are stored when they are complete.
//
//	owned, or long -> grow(in, used): NewSlab; the numbers [used, usable); usable < count -> grow
//	else           -> chunk
func listReader(d *build.Translator, kind schema.Kind) string {
	name := "compact.list." + kind.String()
	return d.Helper(name, func() *ir.Func {
		b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr, ir.Ptr, ir.I64, ir.I64}, []ir.Type{ir.Ptr})
		slot, in, end, count, row := b.Param(0), b.Param(1), b.Param(2), b.Param(3), b.Param(4)
		reader, size, zero := elementReader(d, kind), memoryBytes(kind), b.Const(ir.I64, 0)
		bytes := b.MulConst(count, size)
		short, own, chunk := b.NewBlock(), b.NewColdBlock(), b.NewBlock()
		b.Branch(ir.UGT, bytes, b.Const(ir.I64, codec.SharedBytes), ir.To(own), ir.To(short))
		b.SetBlock(short)
		flags := b.And(b.FrameLoad(ir.I64, abi.FrameFlags), b.Const(ir.I64, abi.FlagOwnedStrings))
		b.Branch(ir.Ne, flags, zero, ir.To(own), ir.To(chunk))

		b.SetBlock(chunk)
		memory := build.TakeChunk(b, bytes, build.WordBytes)
		after := b.Call(reader, []ir.Type{ir.Ptr}, memory, in, end, count)[0]
		build.SetHeader(b, slot, memory, count, abi.KindBytes, after)

		b.SetBlock(own) // a list that may not be allocated as a whole is refused before it is begun
		b.FailIf(ir.SLT, b.FrameLoad(ir.I64, abi.FrameAllocation), bytes)
		grow, done := b.NewBlock(ir.Ptr, ir.I64), b.NewBlock()
		b.Jump(grow, in, zero)
		b.SetBlock(grow)
		at, used := grow.Params[0], grow.Params[1]
		slab := b.Exit(int64(abi.NewSlab), []ir.Type{ir.Ptr, ir.I64}, row, slot, used, count, b.PtrDiff(end, at))
		base, usable := slab[0], slab[1]
		b.FailIf(ir.SLE, usable, used)
		at = b.Call(reader, []ir.Type{ir.Ptr}, b.PtrIndex(base, b.MulConst(used, size), 1), at, end, b.Sub(usable, used))[0]
		b.Branch(ir.SLT, usable, count, ir.To(grow, at, usable), ir.To(done))
		b.SetBlock(done)
		b.Return(at)
		return b.Finish()
	})
}

// checkNumber refuses a varint that does not fit the kind.
func checkNumber(b *ir.Builder, kind schema.Kind, value *ir.Value) {
	switch kind {
	case schema.I16:
		b.FailIf(ir.UGT, value, b.Const(ir.I64, most16))
	case schema.I32, schema.Enum:
		b.FailIf(ir.UGT, value, b.Const(ir.I64, most32))
	}
}

// numberIn returns the number whose zigzag form is value, which fits the kind, and the op that stores it.
func numberIn(b *ir.Builder, kind schema.Kind, value *ir.Value) (store ir.Op, n *ir.Value) {
	if kind == schema.I64 {
		return ir.Store64, b.UnZigZag(value)
	}
	switch n := b.UnZigZag(b.Convert(ir.Trunc64to32, value)); kind {
	case schema.I16:
		return ir.Store16, b.Convert(ir.Trunc32to16, n)
	case schema.I32:
		return ir.Store32, n
	case schema.Enum:
		return ir.Store64, b.Convert(ir.SignExt32to64, n)
	}
	panic("BUG: jit: no varint: " + kind.String())
}
