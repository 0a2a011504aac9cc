package protobuf

import (
	"fmt"

	"github.com/tagwire/tagwire/ir"
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
		emit.PutLength(e.EncodeBody, bytes)
		e.Elements(build.Copier{Name: fmt.Sprint("copy.bytes", size), Op: ir.CopyBytes, To: size, From: size}, data, count)
	case f.Packed:
		e.bytes(tagOf(f))
		e.measured(e.packedWidth(count), func() {
			writer := listWriter(e.Translator, t)
			e.Start(e.Call(writer, []ir.Type{ir.Ptr}, e.Settle(), e.Limit, data, count)[0])
		})
	default:
		cost, carry := e.Translator.ValueCost(t)+2, []*ir.Value{e.Settle()}
		if learns(t) {
			carry = append(carry, e.firstWidth(t.Struct))
		}
		e.Start(e.EachElementOf(data, count, int64(t.Go.Size()), cost, carry, func(element build.MemRef, carry []*ir.Value) []*ir.Value {
			e.Start(carry[0])
			if !learns(t) {
				e.single(f, element)
				return []*ir.Value{e.Settle()}
			}
			width := e.element(f, element, carry[1])
			return []*ir.Value{e.Settle(), width}
		})[0])
	}
}

// numberName names a kind of varints.
func numberName(t *schema.Type) string {
	if t.Form == schema.Zigzag {
		return fmt.Sprint("zigzag", 8*memorySize(t))
	}
	return t.Kind.String()
}

// encodeOp returns the op that writes varints of a type, and decodeOp the one that reads them. Numbers of type int32 are written with
// 64 bits, and of those that are read the low 32 bits count.
func encodeOp(t *schema.Type) ir.Op {
	switch size := memorySize(t); {
	case t.Form == schema.Zigzag && size == 4:
		return ir.EncodeZigZags32
	case t.Form == schema.Zigzag:
		return ir.EncodeZigZags64
	case size == 8:
		return ir.EncodeVarints64
	case t.Kind == schema.I32:
		return ir.EncodeVarints32to64
	}
	return ir.EncodeVarints32
}

func decodeOp(t *schema.Type) ir.Op {
	switch size := memorySize(t); {
	case t.Form == schema.Zigzag && size == 4:
		return ir.DecodeZigZags32
	case t.Form == schema.Zigzag:
		return ir.DecodeZigZags64
	case size == 8:
		return ir.DecodeVarints64
	}
	return ir.DecodeVarints64to32
}

// listWriter returns the name of the function (out, end, data, count) -> out that writes count > 0 varints.
func listWriter(d *build.Translator, t *schema.Type) string {
	name := "protobuf.write." + numberName(t)
	return d.Helper(name, func() *ir.Func {
		b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr, ir.Ptr, ir.I64}, []ir.Type{ir.Ptr})
		end, put := b.Param(1), emit.Putter(d)
		b.Return(emit.Bulk(b, encodeOp(t), b.Param(0), end, b.Param(2), b.Param(3), func(out, at *ir.Value) *ir.Value {
			return emit.Put(b, put, out, end, numberAt(b, t, build.MemRef{Base: at}), isWide(t), false)
		}))
		return b.Finish()
	})
}

// sizedTogether is how many varints a turn of a loop sizes.
const sizedTogether = 4

// listSizer returns the name of the function (data, count) -> bytes that sizes count > 0 varints.
//
//	fours -> a loop; then the others -> a loop
func listSizer(d *build.Translator, t *schema.Type) string {
	name := "protobuf.size." + numberName(t)
	return d.Helper(name, func() *ir.Func {
		b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.I64}, []ir.Type{ir.I64})
		data, count, size, zero := b.Param(0), b.Param(1), memorySize(t), b.Const(ir.I64, 0)
		fours, others := b.Binary(ir.Shr, count, b.Const(ir.I64, 2)), b.And(count, b.Const(ir.I64, sizedTogether-1))
		together, last, single, done := b.NewBlock(), b.NewBlock(ir.I64, ir.Ptr), b.NewBlock(), b.NewBlock(ir.I64)
		b.Branch(ir.Eq, fours, zero, ir.To(last, zero, data), ir.To(together))
		b.SetBlock(together)
		sum := emit.Each(b, zero, data, fours, sizedTogether*size, func(sum, at *ir.Value) *ir.Value {
			for n := range sizedTogether {
				sum = b.Add(sum, emit.Size(b, numberAt(b, t, build.MemRef{Base: at, Offset: int64(n) * size})))
			}
			return sum
		})
		b.Jump(last, sum, b.PtrIndex(data, b.MulConst(fours, sizedTogether*size), 1))
		b.SetBlock(last)
		b.Branch(ir.Eq, others, zero, ir.To(done, last.Params[0]), ir.To(single))
		b.SetBlock(single)
		b.Jump(done, emit.Each(b, last.Params[0], last.Params[1], others, size, func(sum, at *ir.Value) *ir.Value {
			return b.Add(sum, emit.Size(b, numberAt(b, t, build.MemRef{Base: at})))
		}))
		b.SetBlock(done)
		b.Return(done.Params[0])
		return b.Finish()
	})
}
