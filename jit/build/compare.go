package build

import (
	"strconv"
	"unsafe"

	"github.com/tagwire/tagwire/ir"
)

// constant returns the symbol of a text, not empty, that code refers to by its address. The program keeps it.
func (d *Translator) constant(text string) string {
	n, known := d.constantRows[text]
	if !known {
		d.Constants = append(d.Constants, text)
		n = numberIn(d.constantRows, text)
	}
	return d.constantSymbol(int(n))
}

// constantSymbol names a constant by its task too: the modules of a type share a unit.
func (d *Module) constantSymbol(n int) string {
	return d.Task.String() + ".constant." + strconv.Itoa(n)
}

// Symbols are the addresses of what the module refers to by name: its constants, the objects of the format, and noByte, the permanent
// byte.
func (d *Module) Symbols(noByte unsafe.Pointer) map[string]uint64 {
	addresses := map[string]uint64{noByteSymbol: uint64(uintptr(noByte))}
	for n, text := range d.Constants {
		addresses[d.constantSymbol(n)] = uint64(uintptr(unsafe.Pointer(unsafe.StringData(text))))
	}
	for name, object := range d.Format.Objects() {
		addresses[name] = uint64(uintptr(unsafe.Pointer(unsafe.SliceData(object))))
	}
	return addresses
}

// comparer returns the name of the function (a, b, length) -> 1 if length bytes at a and at b are the same, else 0. length is at
// least 8.
func (d *Translator) comparer() string {
	return d.Helper("compare.bytes", func() *ir.Func { return buildCompare("compare.bytes") })
}

// buildCompare makes the comparer. The last word overlaps the one before.
//
//	loop(a, b, left):  words differ -> differ; left-8 > 8 -> loop, else -> last
//	last:              the words that end where the bytes do differ? -> differ
func buildCompare(name string) *ir.Func {
	c := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr, ir.I64}, []ir.Type{ir.I64})
	word := c.Const(ir.I64, WordBytes)
	loop, same, differ, last := c.NewBlock(ir.Ptr, ir.Ptr, ir.I64), c.NewBlock(), c.NewBlock(), c.NewBlock()
	c.Jump(loop, c.Param(0), c.Param(1), c.Param(2))

	c.SetBlock(loop)
	x, y, left := loop.Params[0], loop.Params[1], loop.Params[2]
	ChargeFuel(c, word)
	c.Branch(ir.Ne, c.LoadSource(ir.Load64, x, 0), c.LoadSource(ir.Load64, y, 0), ir.To(differ), ir.To(same))
	c.SetBlock(same)
	left = c.Sub(left, word)
	c.Branch(ir.SGT, left, word, ir.To(loop, c.PtrAdd(x, WordBytes), c.PtrAdd(y, WordBytes), left), ir.To(last))

	c.SetBlock(last)
	one, zero := c.Const(ir.I64, 1), c.Const(ir.I64, 0)
	lastWord := func(p *ir.Value) *ir.Value { return c.LoadSource(ir.Load64, c.PtrIndex(p, c.Param(2), 1), -WordBytes) }
	c.Return(c.Select(ir.Eq, lastWord(c.Param(0)), lastWord(c.Param(1)), one, zero))
	c.SetBlock(differ)
	c.Return(c.Const(ir.I64, 0))
	return c.Finish()
}
