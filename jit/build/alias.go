package build

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/schema"
)

// alias reads a string or binary that is tagged nocopy: it points into the input, which is shaded at every entry (M2).
func (d *DecodeBody) alias(t *schema.Type, p MemRef, in *ir.Value) *ir.Value {
	length, source := d.items.Length(in)
	d.CheckBoundsN(source, d.End, length, 0)
	if t.UTF8 {
		d.checkUTF8(source, length)
	}
	if t.Pointer {
		p = MemRef{Base: d.NewObject(t, p)}
	}
	d.Call(d.Translator.aliaser(kindOf(t)), nil, d.AddressOf(p), source, length)
	return d.PtrIndex(source, length, 1)
}

// aliaser returns the name of the function (slot, source, length) that makes a string or binary point into the input.
func (d *Translator) aliaser(kind int64) string {
	name := "alias.string"
	if kind == abi.KindBytes {
		name = "alias.bytes"
	}
	return d.Helper(name, func() *ir.Func { return buildAlias(name, kind) })
}

// buildAlias makes an aliaser. An empty text does not point into the input, because that could be one past its end (M5).
func buildAlias(name string, kind int64) *ir.Func {
	b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr, ir.I64}, nil)
	slot, source, length := b.Param(0), b.Param(1), b.Param(2)
	nothing := b.Nil()
	if kind == abi.KindBytes {
		nothing = b.Address(noByteSymbol)
	}
	zero := b.Const(ir.I64, 0)
	SetHeader(b, slot, b.Select(ir.Eq, length, zero, nothing, source), length, kind)
	return b.Finish()
}
