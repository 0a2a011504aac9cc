package protobuf

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	emit "github.com/tagwire/tagwire/jit/build/varint"
)

// utf8Checker returns the name of the function (data, length) that refuses what is not UTF-8. Most texts are ASCII, of which it looks at
// eight bytes at a time.
//
//	outer(at):    at == end -> done; stop = at + min(left, most); charge -> inner
//	inner(at):    at >= stop -> outer; end-at < 8, or not eight of ASCII -> one; else -> inner(at+8)
//	one:          ASCII -> inner(at+1); two, three or four bytes of a character -> inner behind it
func utf8Checker(d *build.Translator) string {
	const name = "protobuf.utf8"
	return d.Helper(name, func() *ir.Func { return buildUTF8(name) })
}

func buildUTF8(name string) *ir.Func {
	b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.I64}, nil)
	number := func(n int64) *ir.Value { return b.Const(ir.I64, n) }
	end := b.PtrIndex(b.Param(0), b.Param(1), 1)
	outer, stride, inner, some, done := b.NewBlock(ir.Ptr), b.NewBlock(), b.NewBlock(ir.Ptr), b.NewBlock(), b.NewBlock()
	b.Jump(outer, b.Param(0))
	b.SetBlock(outer)
	left := b.PtrDiff(end, outer.Params[0])
	b.Branch(ir.Eq, left, number(0), ir.To(done), ir.To(stride))
	b.SetBlock(stride)
	bytes := b.Select(ir.ULT, left, number(strideBytes), left, number(strideBytes))
	build.ChargeFuel(b, bytes)
	stop := b.PtrIndex(outer.Params[0], bytes, 1)
	b.Jump(inner, outer.Params[0])

	b.SetBlock(inner)
	at := inner.Params[0]
	b.Branch(ir.SLE, b.PtrDiff(stop, at), number(0), ir.To(outer, at), ir.To(some))
	b.SetBlock(some)
	eight, ascii, one := b.NewBlock(), b.NewBlock(), b.NewBlock()
	b.Branch(ir.SLT, b.PtrDiff(end, at), number(8), ir.To(one), ir.To(eight))
	b.SetBlock(eight)
	word := b.And(b.LoadSource(ir.Load64, at, 0), number(-0x7f7f7f7f7f7f7f80))
	b.Branch(ir.Eq, word, number(0), ir.To(ascii), ir.To(one))
	b.SetBlock(ascii)
	b.Jump(inner, b.PtrAdd(at, 8))

	b.SetBlock(one)
	first := emit.ByteAt(b, at, 0)
	single, longer, two, more, three, four := b.NewBlock(), b.NewBlock(), b.NewBlock(), b.NewBlock(), b.NewBlock(), b.NewBlock()
	b.Branch(ir.ULT, first, number(0x80), ir.To(single), ir.To(longer))
	b.SetBlock(single)
	b.Jump(inner, b.PtrAdd(at, 1))
	b.SetBlock(longer)
	b.FailIf(ir.ULT, first, number(0xc2))
	b.FailIf(ir.UGT, first, number(0xf4))
	// further returns the bits of the byte at a distance, one of those that go on with a character.
	further := func(distance int64) *ir.Value {
		bits := b.Xor(emit.ByteAt(b, at, distance), number(0x80))
		b.FailIf(ir.UGT, bits, number(0x3f))
		return bits
	}
	join := func(high, low *ir.Value) *ir.Value { return b.Or(b.Binary(ir.Shl, high, number(6)), low) }
	b.Branch(ir.ULT, first, number(0xe0), ir.To(two), ir.To(more))
	b.SetBlock(two)
	b.CheckBounds(at, end, 2)
	further(1)
	b.Jump(inner, b.PtrAdd(at, 2))
	b.SetBlock(more)
	b.Branch(ir.ULT, first, number(0xf0), ir.To(three), ir.To(four))
	b.SetBlock(three)
	b.CheckBounds(at, end, 3)
	character := join(join(b.And(first, number(0x0f)), further(1)), further(2))
	b.FailIf(ir.ULT, character, number(0x800))
	b.FailIf(ir.ULT, b.AddConst(character, -0xd800), number(0x800)) // a surrogate
	b.Jump(inner, b.PtrAdd(at, 3))
	b.SetBlock(four)
	b.CheckBounds(at, end, 4)
	character = join(join(join(b.And(first, number(0x07)), further(1)), further(2)), further(3))
	b.FailIf(ir.ULT, character, number(0x10000))
	b.FailIf(ir.UGT, character, number(0x10ffff))
	b.Jump(inner, b.PtrAdd(at, 4))
	b.SetBlock(done)
	b.Return()
	return b.Finish()
}
