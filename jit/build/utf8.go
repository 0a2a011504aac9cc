package build

import "github.com/tagwire/tagwire/ir"

// checkUTF8 refuses a text that is not UTF-8. Most texts are short and ASCII, of which no more is looked at here; the rest of others,
// and long ones, are checked by a function, which charges the fuel for them.
//
//	length <= free -> short, else other(data)
//	short:      stop = SkipASCII; stop == end -> done, else other(stop)
//	other(at):  check(at, end-at) -> done
func (b *body) checkUTF8(data, length *ir.Value) {
	short, other, done := b.NewBlock(), b.NewColdBlock(ir.Ptr), b.NewBlock()
	end := b.PtrIndex(data, length, 1)
	b.Branch(ir.ULE, length, b.Const(ir.I64, FreeCopyBytes), ir.To(short), ir.To(other, data))
	b.SetBlock(short)
	stop := b.SkipASCII(data, end)
	b.Branch(ir.Eq, stop, end, ir.To(done), ir.To(other, stop))
	b.SetBlock(other)
	b.Call(b.Translator.utf8Checker(), nil, other.Params[0], b.PtrDiff(end, other.Params[0]))
	b.Jump(done)
	b.SetBlock(done)
}

// checkOdd is checkUTF8 for a text that is long, or not ASCII.
func (b *body) checkOdd(data, length *ir.Value) {
	b.Call(b.Translator.utf8Checker(), nil, data, length)
}

// utf8Checker returns the name of the function (data, length) that refuses what is not UTF-8.
//
//	outer(at):  at == end -> done; stop = at + min(left, most); charge -> run(at)
//	run(at):    at = SkipASCII(at, stop); at == stop -> outer, else one
//	one(at):    two, three or four bytes of a character -> next behind it
//	next(at):   at >= stop -> outer; no ASCII -> one; end-at < 8, or eight of ASCII -> run; else one behind what is ASCII
func (d *Translator) utf8Checker() string {
	const name = "utf8"
	return d.Helper(name, func() *ir.Func { return buildUTF8(name) })
}

func buildUTF8(name string) *ir.Func {
	b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.I64}, nil)
	number := func(n int64) *ir.Value { return b.Const(ir.I64, n) }
	end := b.PtrIndex(b.Param(0), b.Param(1), 1)
	outer, stride, run, one := b.NewBlock(ir.Ptr), b.NewBlock(), b.NewBlock(ir.Ptr), b.NewBlock(ir.Ptr)
	next, done := b.NewBlock(ir.Ptr), b.NewBlock()
	b.Jump(outer, b.Param(0))
	b.SetBlock(outer)
	left := b.PtrDiff(end, outer.Params[0])
	b.Branch(ir.Eq, left, number(0), ir.To(done), ir.To(stride))
	b.SetBlock(stride)
	bytes := b.Select(ir.ULT, left, number(strideBytes), left, number(strideBytes))
	ChargeFuel(b, bytes)
	stop := b.PtrIndex(outer.Params[0], bytes, 1)
	b.Jump(run, outer.Params[0])
	b.SetBlock(run)
	ascii := b.SkipASCII(run.Params[0], stop)
	b.Branch(ir.Eq, ascii, stop, ir.To(outer, ascii), ir.To(one, ascii))

	b.SetBlock(next)
	at := next.Params[0]
	some, single, eight, mixed := b.NewBlock(), b.NewBlock(), b.NewBlock(), b.NewBlock()
	b.Branch(ir.SLE, b.PtrDiff(stop, at), number(0), ir.To(outer, at), ir.To(some))
	b.SetBlock(some)
	b.Branch(ir.UGE, ByteAt(b, at, 0), number(0x80), ir.To(one, at), ir.To(single))
	b.SetBlock(single)
	b.Branch(ir.SLT, b.PtrDiff(end, at), number(8), ir.To(run, at), ir.To(eight))
	b.SetBlock(eight)
	word := b.And(b.LoadSource(ir.Load64, at, 0), number(-0x7f7f7f7f7f7f7f80))
	b.Branch(ir.Eq, word, number(0), ir.To(run, at), ir.To(mixed))
	b.SetBlock(mixed)
	b.Jump(one, b.PtrIndex(at, b.Binary(ir.Shr, b.CountTrailingZeros(word), number(3)), 1))

	b.SetBlock(one)
	at = one.Params[0]
	first := ByteAt(b, at, 0)
	two, more, three, four := b.NewBlock(), b.NewBlock(), b.NewBlock(), b.NewBlock()
	b.FailIf(ir.ULT, first, number(0xc2))
	b.FailIf(ir.UGT, first, number(0xf4))
	// further returns the bits of the byte at a distance, one of those that go on with a character.
	further := func(distance int64) *ir.Value {
		bits := b.Xor(ByteAt(b, at, distance), number(0x80))
		b.FailIf(ir.UGT, bits, number(0x3f))
		return bits
	}
	join := func(high, low *ir.Value) *ir.Value { return b.Or(b.Binary(ir.Shl, high, number(6)), low) }
	b.Branch(ir.ULT, first, number(0xe0), ir.To(two), ir.To(more))
	b.SetBlock(two)
	b.CheckBounds(at, end, 2)
	further(1)
	b.Jump(next, b.PtrAdd(at, 2))
	b.SetBlock(more)
	b.Branch(ir.ULT, first, number(0xf0), ir.To(three), ir.To(four))
	b.SetBlock(three)
	b.CheckBounds(at, end, 3)
	character := join(join(b.And(first, number(0x0f)), further(1)), further(2))
	b.FailIf(ir.ULT, character, number(0x800))
	b.FailIf(ir.ULT, b.AddConst(character, -0xd800), number(0x800)) // a surrogate
	b.Jump(next, b.PtrAdd(at, 3))
	b.SetBlock(four)
	b.CheckBounds(at, end, 4)
	character = join(join(join(b.And(first, number(0x07)), further(1)), further(2)), further(3))
	b.FailIf(ir.ULT, character, number(0x10000))
	b.FailIf(ir.UGT, character, number(0x10ffff))
	b.Jump(next, b.PtrAdd(at, 4))
	b.SetBlock(done)
	b.Return()
	return b.Finish()
}
