package thriftbinary

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

type encoder struct{ *build.EncodeBody }

func (e encoder) Begin() {}

func (e encoder) End() { e.Byte(byte(thriftbinary.Stop)) }

func (e encoder) Fork() []*ir.Value    { return nil }
func (e encoder) Carried() []*ir.Value { return nil }
func (e encoder) Joined([]*ir.Value)   {}

// Kept writes the bytes that an earlier decode has kept. Fields that another format has kept cannot be written.
//
//	length == 0 -> done; else the first byte, and all -> done
func (e encoder) Kept(s *schema.StructType, p build.MemRef) {
	kept := p.At(s.UnknownOffset)
	length := e.LoadSource(ir.Load64, kept.Base, kept.Offset+build.WordBytes)
	out := e.Settle()
	some, done := e.NewColdBlock(), e.NewBlock(ir.Ptr)
	e.Branch(ir.Eq, length, e.Const(ir.I64, 0), ir.To(done, out), ir.To(some))
	e.SetBlock(some)
	data := e.PointerAt(kept)
	first := e.Convert(ir.ZeroExt8to32, e.LoadSource(ir.Load8, data, 0))
	e.FailIf(ir.UGE, first, e.Const(ir.I32, thriftbinary.MarkBit))
	e.Elements(build.CopyBytes, data, length)
	e.Jump(done, e.Settle())
	e.SetBlock(done)
	e.Start(done.Params[0])
}

func (e encoder) Field(f *schema.Field) {
	if f != nil {
		e.Byte(byte(wireOf(f.Type)))
		e.Store(ir.StoreBE16, e.Out, e.Take(thriftbinary.IDSize), e.Const(ir.I16, int64(f.ID)))
	}
}

// Length writes a length or a count, which is at most thriftbinary.MaxCount.
func (e encoder) Length(n *ir.Value) {
	e.Store(ir.StoreBE32, e.Out, e.Take(thriftbinary.CountSize), e.Convert(ir.Trunc64to32, n))
}

func (e encoder) List(t *schema.Type, count *ir.Value) {
	e.Byte(byte(wireOf(t.Elem)))
	e.Length(count)
}

func (e encoder) Scalars(elem *schema.Type, data, count *ir.Value) {
	e.Elements(copierOf(elem, build.Encode), data, count)
}

func (e encoder) OpenMap(t *schema.Type) {
	e.Byte(byte(wireOf(t.Key)))
	e.Byte(byte(wireOf(t.Elem)))
}

func (e encoder) EntryCount(_ *schema.Type, n *ir.Value) {
	if n == nil {
		n = e.Const(ir.I64, 0)
	}
	e.Length(n)
}

// Scalar writes the value of fixed size at p.
func (e encoder) Scalar(t *schema.Type, p build.MemRef, f *schema.Field) {
	load := func(op ir.Op) *ir.Value { return e.LoadSource(op, p.Base, p.Offset) }
	if t.Kind == schema.Enum {
		v := e.Narrow(load(ir.Load64))
		e.Field(f)
		e.Store(ir.StoreBE32, e.Out, e.Take(4), v)
		return
	}
	e.Field(f)
	switch t.Kind {
	case schema.Bool, schema.I8:
		v := load(ir.Load8)
		e.Store(ir.Store8, e.Out, e.Take(1), v)
	case schema.I16:
		v := load(ir.Load16)
		e.Store(ir.StoreBE16, e.Out, e.Take(2), v)
	case schema.I32:
		v := load(ir.Load32)
		e.Store(ir.StoreBE32, e.Out, e.Take(4), v)
	case schema.I64, schema.Double:
		v := load(ir.Load64)
		e.Store(ir.StoreBE64, e.Out, e.Take(8), v)
	default:
		panic("BUG: jit: not a scalar: " + t.Kind.String())
	}
}

type sizer struct{ *build.SizeBody }

func (z sizer) Begin() {}
func (z sizer) End()   { z.Fixed += thriftbinary.StopSize }

func (z sizer) Fork() []*ir.Value    { return nil }
func (z sizer) Carried() []*ir.Value { return nil }
func (z sizer) Joined([]*ir.Value)   {}

func (z sizer) Kept(s *schema.StructType, p build.MemRef) {
	kept := p.At(s.UnknownOffset)
	z.Plus(z.LoadSource(ir.Load64, kept.Base, kept.Offset+build.WordBytes))
}

func (z sizer) Field(f *schema.Field) {
	if f != nil {
		z.Fixed += thriftbinary.FieldHeaderSize
	}
}

func (z sizer) Scalar(t *schema.Type, _ build.MemRef, f *schema.Field) {
	z.Field(f)
	z.Fixed += smallestWire(t)
}

func (z sizer) Length(*ir.Value)             { z.Fixed += thriftbinary.CountSize }
func (z sizer) List(*schema.Type, *ir.Value) { z.Fixed += thriftbinary.ListHeaderSize }

func (z sizer) Scalars(elem *schema.Type, _ build.MemRef, count *ir.Value) {
	z.Plus(z.MulConst(count, smallestWire(elem)))
}

func (z sizer) OpenMap(*schema.Type)               { z.Fixed += thriftbinary.MapHeaderSize }
func (z sizer) EntryCount(*schema.Type, *ir.Value) {}

func (z sizer) FixedSize(t *schema.Type) int64 {
	if !build.IsScalar(t) {
		return 0
	}
	return smallestWire(t)
}
