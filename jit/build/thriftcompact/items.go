package thriftcompact

import (
	emit "github.com/tagwire/tagwire/jit/build/varint"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftcompact"
)

func (d *decoder) Scalar(t *schema.Type, p build.MemRef, in *ir.Value) *ir.Value {
	if width := fixedSize(t); width > 0 {
		d.CheckBounds(in, d.End, width)
		switch t.Kind {
		case schema.Bool:
			d.storeBool(t, p, d.Convert(ir.ZeroExt8to32, d.LoadSource(ir.Load8, in, 0)))
		case schema.I8:
			d.StoreScalar(t, p, ir.Store8, d.LoadSource(ir.Load8, in, 0))
		default:
			d.StoreScalar(t, p, ir.Store64, d.LoadSource(ir.Load64, in, 0))
		}
		return d.PtrAdd(in, width)
	}
	value, after := emit.Get(d.Builder, emit.Getter(d.Translator), in, d.End)
	checkNumber(d.Builder, t.Kind, value)
	op, number := numberIn(d.Builder, t.Kind, value)
	d.StoreScalar(t, p, op, number)
	return after
}

func (d *decoder) Length(in *ir.Value) (length, source *ir.Value) {
	return emit.GetLength(d.Builder, emit.Getter(d.Translator), in, d.End)
}

func (d *decoder) List(in *ir.Value) (count, first *ir.Value) {
	return getListHeader(d.Builder, emit.Getter(d.Translator), in, d.End)
}

// getListHeader reads the number of elements, and returns where the first begins. Their type is in the low bits of the first byte.
func getListHeader(b *ir.Builder, get string, in, end *ir.Value) (count, first *ir.Value) {
	many, done := b.NewBlock(), b.NewBlock(ir.I64, ir.Ptr)
	b.CheckBounds(in, end, 1)
	few, behind := b.Binary(ir.Shr, build.ByteAt(b, in, 0), b.Const(ir.I64, 4)), b.PtrAdd(in, 1)
	b.Branch(ir.Ne, few, b.Const(ir.I64, thriftcompact.LongCount), ir.To(done, few, behind), ir.To(many))
	b.SetBlock(many)
	count, first = emit.GetLength(b, get, behind, end)
	b.Jump(done, count, first)
	b.SetBlock(done)
	return done.Params[0], done.Params[1]
}

func (d *decoder) SomeElements(t *schema.Type, in, count, first *ir.Value) (bytes *ir.Value) {
	header := d.Convert(ir.ZeroExt8to32, d.LoadSource(ir.Load8, in, 0))
	d.checkType(t.Elem, d.And(header, d.Const(ir.I32, 15)))
	bytes = count
	if smallest := smallestWire(t.Elem); smallest > 1 {
		bytes = d.MulConst(count, smallest)
	}
	d.CheckBoundsN(first, d.End, bytes, 0)
	return bytes
}

// checkType checks the type of elements or keys. Bools have two.
func (d *decoder) checkType(t *schema.Type, wire *ir.Value) {
	if t.Kind == schema.Bool {
		d.FailIf(ir.UGT, d.AddConst(wire, -int64(thriftcompact.True)), d.Const(ir.I32, int64(thriftcompact.False-thriftcompact.True)))
		return
	}
	d.FailIf(ir.Ne, wire, d.Const(ir.I32, wireOf(t)))
}

func (d *decoder) Scalars(t *schema.Type, p build.MemRef, first, count, bytes *ir.Value) *ir.Value {
	slot, kind := d.AddressOf(p), t.Elem.Kind
	if fixedSize(t.Elem) == 0 {
		row := d.Const(ir.I64, d.Translator.ListRow(t, abi.GrowingList))
		return d.Call(listReader(d.Translator, kind), []ir.Type{ir.Ptr}, slot, first, d.End, count, row)[0]
	}
	copier := build.CopyBytes
	switch kind {
	case schema.Bool:
		copier = copyBools
	case schema.Double:
		copier = copyDoubles
	}
	row := d.Const(ir.I64, d.Translator.ListRow(t, abi.RawList))
	d.Call(d.Translator.Lister("compact.list."+kind.String(), copier), nil, slot, first, count, row)
	return d.PtrIndex(first, bytes, 1)
}

func (d *decoder) EntryCount(in *ir.Value) (count, next *ir.Value) {
	return emit.GetLength(d.Builder, emit.Getter(d.Translator), in, d.End)
}

func (d *decoder) SomeEntries(t *schema.Type, _, count, next *ir.Value) (first *ir.Value) {
	d.CheckBounds(next, d.End, 1)
	types := d.Convert(ir.ZeroExt8to32, d.LoadSource(ir.Load8, next, 0))
	d.checkType(t.Key, d.Binary(ir.Shr, types, d.Const(ir.I32, 4)))
	d.checkType(t.Elem, d.And(types, d.Const(ir.I32, 15)))
	first = d.PtrAdd(next, 1)
	d.CheckBoundsN(first, d.End, d.MulConst(count, smallestWire(t.Key)+smallestWire(t.Elem)), 0)
	return first
}
