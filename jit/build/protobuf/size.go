package protobuf

import (
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	emit "github.com/tagwire/tagwire/jit/build/varint"
	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/protobuf"
)

// A sizer builds a function that adds up the bytes of the fields of a message. The lengths of messages count what is referred to, too. So
// where that is left out of the result, all sums have what is referred to in their upper half; see build.Format.
type sizer struct {
	*build.SizeBody
}

// buildSize makes the function (value) -> size of the message at value, 0 if that is nil.
func buildSize(d *build.Translator, s *schema.StructType) *ir.Func {
	z := &sizer{build.NewSizeBody(d, s)}
	z.message(s, z.Root(s), true)
	return z.Done(z.Settle())
}

// unless is that of encoder.
func (z *sizer) unless(c ir.Cond, x, y *ir.Value, present func()) {
	some, join := z.NewBlock(), z.NewBlock(ir.I64)
	z.Branch(c, x, y, ir.To(join, z.Settle()), ir.To(some))
	z.SetBlock(some)
	present()
	z.Jump(join, z.Settle())
	z.SetBlock(join)
	z.Start(join.Params[0])
}

func (z *sizer) message(s *schema.StructType, p build.MemRef, nilable bool) {
	if nilable {
		z.unless(ir.Eq, p.Base, z.Nil(), func() { z.fields(s, p) })
		return
	}
	z.fields(s, p)
}

func (z *sizer) fields(s *schema.StructType, p build.MemRef) {
	if s.Held.Computed() {
		z.computed(s.Held, p)
		return
	}
	eachField(s, func(f *schema.Field) { z.field(f, p.Field(f)) }, func(o *schema.Oneof) { z.oneof(s, o, p) })
	if s.HasUnknown {
		z.unknown(s, p.At(s.UnknownOffset))
	}
}

// oneof adds the member that is set.
func (z *sizer) oneof(s *schema.StructType, o *schema.Oneof, p build.MemRef) {
	if o.Interface == nil { // if more than one is set, encoding reports it
		sum, join := z.Settle(), z.NewBlock(ir.I64)
		for _, place := range o.Members {
			f := &s.Fields[place]
			member := p.Field(f)
			member = member.Loaded(z.PointerAt(member))
			set, other := z.NewBlock(), z.NewBlock()
			z.Branch(ir.Eq, z.PointerAt(member), z.Nil(), ir.To(other), ir.To(set))
			z.SetBlock(set)
			z.Start(sum)
			z.single(f, member)
			z.Jump(join, z.Settle())
			z.SetBlock(other)
		}
		z.Jump(join, sum)
		z.SetBlock(join)
		z.Start(join.Params[0])
		return
	}
	held := p.At(o.Offset)
	kind := z.LoadSource(ir.Load64, held.Base, held.Offset)
	z.unless(ir.Eq, kind, z.Const(ir.I64, 0), func() {
		sum := z.Settle()
		join := z.NewBlock(ir.I64)
		wrapper := build.MemRef{Base: z.LoadSource(ir.LoadPtr, held.Base, held.Offset+build.WordBytes)}
		for _, place := range o.Members {
			f := &s.Fields[place]
			member, other := z.NewBlock(), z.NewBlock()
			z.Branch(ir.Eq, kind, z.Const(ir.I64, int64(wordOf(o.Interface, f.Wrapper))), ir.To(member), ir.To(other))
			z.SetBlock(member)
			z.Start(sum)
			z.unless(ir.Eq, wrapper.Base, z.Nil(), func() { z.single(f, wrapper) })
			z.Jump(join, z.Settle())
			z.SetBlock(other)
		}
		z.Jump(join, sum)
		z.SetBlock(join)
		z.Start(join.Params[0])
	})
}

// field adds the field at p, if it is present.
func (z *sizer) field(f *schema.Field, p build.MemRef) {
	t := f.Type
	switch {
	case t.Kind == schema.List:
		count := z.LengthAt(p)
		z.unless(ir.Eq, count, z.Const(ir.I64, 0), func() { z.list(f, p, count) })
	case t.Kind == schema.Map:
		z.unless(ir.Eq, z.PointerAt(p), z.Nil(), func() { z.entries(f, p) })
	case t.Pointer, t.Kind == schema.Binary && f.Requiredness != schema.Default && f.Requiredness != schema.Implicit:
		p = p.Loaded(z.PointerAt(p))
		z.unless(ir.Eq, z.PointerAt(p), z.Nil(), func() { z.single(f, p) })
	case f.Requiredness == schema.Implicit && build.IsScalar(t):
		z.unless(ir.Eq, numberAt(z.Builder, t, p), z.Const(ir.I64, 0), func() { z.single(f, p) })
	case f.Requiredness == schema.Implicit:
		z.unless(ir.Eq, z.LengthAt(p), z.Const(ir.I64, 0), func() { z.single(f, p) })
	default:
		z.single(f, p)
	}
}

// single adds a field that has one value, or an element of a list.
func (z *sizer) single(f *schema.Field, p build.MemRef) {
	t := f.Type
	if t.Kind == schema.List {
		t = t.Elem
	}
	z.Fixed += int64(wire.TagSize(f.ID))
	if t.Form == schema.Group {
		z.Fixed += int64(wire.TagSize(f.ID))
	}
	z.value(t, z.Plain(t, p))
}

// value adds the value at p, with its length if it has one.
func (z *sizer) value(t *schema.Type, p build.MemRef) {
	switch {
	case t.Kind == schema.String, t.Kind == schema.Binary:
		length := z.LengthAt(p)
		z.Plus(emit.Size(z.Builder, length))
		z.Plus(length)
		if z.Translator.Direct {
			z.check()
			zero := z.Const(ir.I64, 0)
			referred := z.Select(ir.ULT, length, z.Const(ir.I64, codec.DirectThreshold), zero, length)
			z.Plus(z.Binary(ir.Shl, referred, z.Const(ir.I64, build.ReferredShift)))
		}
	case t.Kind == schema.Struct:
		z.structure(t, p)
	case fixedSize(t) > 0:
		z.Fixed += fixedSize(t)
	default:
		z.Plus(emit.Size(z.Builder, numberAt(z.Builder, t, p)))
	}
}

// structure adds the message at p.
func (z *sizer) structure(t *schema.Type, p build.MemRef) {
	value, nilable := z.StructAt(t, p)
	sum := z.Settle()
	var n *ir.Value
	if z.Translator.Inlined(t.Struct) {
		z.Enter()
		z.Start(z.Const(ir.I64, 0))
		z.message(t.Struct, value, nilable)
		n = z.Settle()
		z.Leave()
	} else {
		n = z.CallBody(t.Struct, ir.I64, z.AddressOf(value))
	}
	z.Start(z.Add(sum, n))
	if t.Form != schema.Group {
		z.Plus(emit.Size(z.Builder, z.whole(n)))
	}
	z.check()
}

// whole returns how many bytes a sum stands for.
func (z *sizer) whole(n *ir.Value) *ir.Value {
	if !z.Translator.Direct {
		return n
	}
	return z.And(n, z.Const(ir.I64, 1<<build.ReferredShift-1))
}

// check sees to it that the lower half of the sum does not run over. What is added between two checks is less than 2^31.
func (z *sizer) check() {
	if z.Translator.Direct {
		z.FailIf(ir.UGT, z.whole(z.Settle()), z.Const(ir.I64, wire.MaxSize))
	}
}

// list adds the list at p, of count > 0 elements.
func (z *sizer) list(f *schema.Field, p build.MemRef, count *ir.Value) {
	t := f.Type.Elem
	if f.Packed {
		bytes := count
		switch size := fixedSize(t); {
		case size > 1:
			bytes = z.MulConst(count, size)
		case size == 0:
			bytes = z.Call(listSizer(z.Translator, t), []ir.Type{ir.I64}, z.PointerAt(p), count)[0]
		}
		z.FailIf(ir.UGT, bytes, z.Const(ir.I64, wire.MaxSize))
		z.Fixed += int64(wire.TagSize(f.ID))
		z.Plus(bytes)
		z.check()
		z.Plus(emit.Size(z.Builder, bytes))
		return
	}
	cost := z.Translator.ValueCost(t) + 2
	z.Start(z.EachElement(z.PointerAt(p), count, int64(t.Go.Size()), cost, z.Settle(), func(element build.MemRef, sum *ir.Value) *ir.Value {
		z.Start(sum)
		z.single(f, element)
		z.check()
		return z.Settle()
	}))
}

// unknown adds the unknown fields at p, without the mark if there is one. If that is missing, encoding reports it.
func (z *sizer) unknown(s *schema.StructType, p build.MemRef) {
	length := z.LengthAt(p)
	defer z.check()
	if s.UnknownName != schema.UnknownFieldsName {
		z.Plus(length)
		return
	}
	z.unless(ir.Eq, length, z.Const(ir.I64, 0), func() {
		mark := build.ByteAt(z.Builder, z.PointerAt(p), 0)
		z.Plus(z.Select(ir.Eq, mark, z.Const(ir.I64, wire.KeptMark), z.AddConst(length, -1), length))
	})
}
