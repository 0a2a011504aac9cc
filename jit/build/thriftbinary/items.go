package thriftbinary

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

func (d *decoder) KeptTypes() []ir.Type   { return nil }
func (d *decoder) KeepExit() abi.ExitCode { return abi.KeepUnknown }

func (d *decoder) Scalar(t *schema.Type, p build.MemRef, in *ir.Value) *ir.Value {
	width := smallestWire(t)
	d.CheckBounds(in, d.End, width)
	op, value := loadScalar(d.Builder, t.Kind, in, 0)
	d.StoreScalar(t, p, op, value)
	return d.PtrAdd(in, width)
}

func (d *decoder) Length(in *ir.Value) (length, source *ir.Value) {
	d.CheckBounds(in, d.End, thriftbinary.CountSize)
	return wireCount(d.Builder, in, 0), d.PtrAdd(in, thriftbinary.CountSize)
}

func (d *decoder) List(in *ir.Value) (count, first *ir.Value) {
	d.CheckBounds(in, d.End, thriftbinary.ListHeaderSize)
	return wireCount(d.Builder, in, thriftbinary.TypeSize), d.PtrAdd(in, thriftbinary.ListHeaderSize)
}

func (d *decoder) SomeElements(t *schema.Type, in, count, first *ir.Value) (bytes *ir.Value) {
	d.checkWire(t.Elem, in, 0)
	bytes = count
	if smallest := smallestWire(t.Elem); smallest > 1 {
		bytes = d.MulConst(count, smallest)
	}
	d.CheckBoundsN(first, d.End, bytes, 0)
	return bytes
}

// checkWire checks a type byte in the header of a list or map.
func (d *decoder) checkWire(t *schema.Type, in *ir.Value, offset int64) {
	wire := d.Convert(ir.ZeroExt8to32, d.LoadSource(ir.Load8, in, offset))
	d.FailIf(ir.Ne, wire, d.Const(ir.I32, int64(wireOf(t))))
}

func (d *decoder) Scalars(t *schema.Type, p build.MemRef, first, count, bytes *ir.Value) *ir.Value {
	row := d.Const(ir.I64, d.Translator.ListRow(t, abi.RawList))
	d.Call(d.Translator.Lister("list."+t.Elem.Kind.String(), copierOf(t.Elem, build.Decode)), nil, d.AddressOf(p), first, count, row)
	return d.PtrIndex(first, bytes, 1)
}

func (d *decoder) EntryCount(in *ir.Value) (count, next *ir.Value) {
	d.CheckBounds(in, d.End, thriftbinary.MapHeaderSize)
	return wireCount(d.Builder, in, 2*thriftbinary.TypeSize), d.PtrAdd(in, thriftbinary.MapHeaderSize)
}

func (d *decoder) SomeEntries(t *schema.Type, in, count, next *ir.Value) (first *ir.Value) {
	d.checkWire(t.Key, in, 0)
	d.checkWire(t.Elem, in, thriftbinary.TypeSize)
	d.CheckBoundsN(next, d.End, d.MulConst(count, smallestWire(t.Key)+smallestWire(t.Elem)), 0)
	return next
}

// wireCount reads a length or count. A negative one becomes a number of 2^31 or more, which is larger than any input; see
// LongestInput.
func wireCount(b *ir.Builder, in *ir.Value, offset int64) *ir.Value {
	return b.Convert(ir.ZeroExt32to64, b.LoadSource(ir.LoadBE32, in, offset))
}

// loadScalar reads a scalar, and returns it with the op that stores it.
func loadScalar(b *ir.Builder, kind schema.Kind, in *ir.Value, offset int64) (store ir.Op, value *ir.Value) {
	load := func(op ir.Op) *ir.Value { return b.LoadSource(op, in, offset) }
	switch kind {
	case schema.Bool: // 1 is true and all else false: a Go bool must not be anything else
		one := b.SetCC(ir.Eq, b.Convert(ir.ZeroExt8to32, load(ir.Load8)), b.Const(ir.I32, 1))
		return ir.Store8, b.Convert(ir.Trunc32to8, one)
	case schema.I8:
		return ir.Store8, load(ir.Load8)
	case schema.I16:
		return ir.Store16, load(ir.LoadBE16)
	case schema.I32:
		return ir.Store32, load(ir.LoadBE32)
	case schema.I64, schema.Double:
		return ir.Store64, load(ir.LoadBE64)
	case schema.Enum:
		return ir.Store64, b.Convert(ir.SignExt32to64, load(ir.LoadBE32))
	}
	panic("BUG: jit: not a scalar: " + kind.String())
}
