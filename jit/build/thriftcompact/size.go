package thriftcompact

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	emit "github.com/tagwire/tagwire/jit/build/varint"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftcompact"
	"github.com/tagwire/tagwire/wire/varint"
)

type sizer struct {
	*build.SizeBody
	path path
}

func (z *sizer) Begin() { z.path.push() }

func (z *sizer) End() {
	z.Fixed += 1
	z.path.pop()
}

func (z *sizer) Fork() []*ir.Value         { return z.path.fork(z.Builder) }
func (z *sizer) Carried() []*ir.Value      { return z.path.carried(z.Builder) }
func (z *sizer) Joined(params []*ir.Value) { z.path.joined(params) }

// Kept adds the size of the kept fields without the mark of the format. If that mark is missing, encoding reports it.
func (z *sizer) Kept(s *schema.StructType, p build.MemRef) {
	kept := p.At(s.UnknownOffset)
	length := z.LoadSource(ir.Load64, kept.Base, kept.Offset+build.WordBytes)
	some, done := z.NewColdBlock(), z.NewBlock(ir.I64)
	z.Branch(ir.Eq, length, z.Const(ir.I64, 0), ir.To(done, length), ir.To(some))
	z.SetBlock(some)
	mark := build.ByteAt(z.Builder, z.PointerAt(kept), 0)
	z.Jump(done, z.Select(ir.Eq, mark, z.Const(ir.I64, thriftcompact.KeptMark), z.AddConst(length, -1), length))
	z.SetBlock(done)
	z.Plus(done.Params[0])
}

func (z *sizer) Field(f *schema.Field) {
	if f == nil {
		return
	}
	id := idOf(f)
	last := z.path.last()
	far := int64(1 + len(emit.Constant(varint.Zigzag(int64(id)))))
	switch last.form(id) {
	case short:
		z.Fixed += 1
	case long:
		z.Fixed += far
	case mixed:
		b := z.Builder
		distance := b.AddConst(last.distance(b, id), -idUnit)
		z.Plus(b.Select(ir.ULE, distance, b.Const(ir.I32, (thriftcompact.MaxDelta-1)*idUnit), b.Const(ir.I64, 1), b.Const(ir.I64, far)))
	}
	z.path.wrote(id)
}

func (z *sizer) Scalar(t *schema.Type, p build.MemRef, f *schema.Field) {
	z.Field(f)
	switch {
	case t.Kind == schema.Bool && f != nil: // in the header
	case fixedSize(t) > 0:
		z.Fixed += fixedSize(t)
	default:
		z.Plus(emit.Size(z.Builder, zigzagAt(z.Builder, t.Kind, p, false)))
	}
}

func (z *sizer) Length(n *ir.Value) { z.Plus(emit.Size(z.Builder, n)) }

func (z *sizer) List(_ *schema.Type, count *ir.Value) {
	z.Fixed += 1
	few := z.Const(ir.I64, thriftcompact.LongCount)
	z.Plus(z.Select(ir.ULT, count, few, z.Const(ir.I64, 0), emit.Size(z.Builder, count)))
}

func (z *sizer) Scalars(elem *schema.Type, p build.MemRef, count *ir.Value) {
	if n := fixedSize(elem); n > 0 {
		z.Plus(z.MulConst(count, n))
		return
	}
	z.Plus(z.Call(listSizer(z.Translator, elem.Kind), []ir.Type{ir.I64}, z.PointerAt(p), count)[0])
}

func (z *sizer) OpenMap(*schema.Type) { z.Fixed += 1 }

// EntryCount adds what a map with entries needs besides the byte of an empty map: the types, and a longer number.
func (z *sizer) EntryCount(_ *schema.Type, n *ir.Value) {
	zero := z.Const(ir.I64, 0)
	z.Plus(z.Select(ir.Eq, n, zero, zero, emit.Size(z.Builder, n)))
}

func (z *sizer) FixedSize(t *schema.Type) int64 { return fixedSize(t) }
