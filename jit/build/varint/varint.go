// Package varint emits the numbers of variable length that Thrift Compact and Protobuf share.
package varint

import (
	"math"
	"unsafe"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
)

// A varint has seven bits of a number in each byte, the low ones first; the top bit says that more bytes follow. Up to eight
// bytes are handled at once, by one load or store of eight bytes; what is longer, or too close to the end, is left to functions.
const (
	Continues  = 0x80                // the bit of a byte
	eighth     = -0x7f7f7f7f7f7f7f80 // that bit in each of eight bytes, as an int64
	eighthBits = 0x8080808080808080  // and as it is
	inEight    = 56                  // the bits of a number that eight bytes hold
)

// Put writes z, an I64, to out, and returns the end of what it wrote, in the block that it continues in. wide: z may
// need more than eight bytes. roomy: there is room for eight.
//
//	end-out < 8, or z >= 2^56 -> slow: a function; else
//	seven bits in each byte, the top bits set in all below the last byte that is not zero
func Put(b *ir.Builder, put string, out, end, z *ir.Value, wide, roomy bool) *ir.Value {
	slow, done := b.NewColdBlock(), b.NewBlock(ir.Ptr)
	if !roomy {
		eight := b.NewBlock()
		b.Branch(ir.SLT, b.PtrDiff(end, out), b.Const(ir.I64, 8), ir.To(slow), ir.To(eight))
		b.SetBlock(eight)
	}
	if wide {
		narrow := b.NewBlock()
		b.Branch(ir.ULT, z, b.Const(ir.I64, 1<<inEight), ir.To(narrow), ir.To(slow))
		b.SetBlock(narrow)
	}
	b.Jump(done, Store(b, out, z))
	b.SetBlock(slow)
	b.Jump(done, b.Call(put, []ir.Type{ir.Ptr}, out, end, z)[0])
	b.SetBlock(done)
	return done.Params[0]
}

// Store writes z, less than 2^56, to out, where there is room for eight bytes, and returns the end of what it wrote.
func Store(b *ir.Builder, out, z *ir.Value) *ir.Value {
	row := LengthsOf(b, z)
	b.Store(ir.Store64, out, 0, b.Or(b.Spread7(z), b.Load(ir.Load64, row, LengthsTops)))
	return b.PtrIndex(out, b.Load(ir.Load64, row, LengthsSize), 1)
}

// StoreWide writes z to out, where there is room for ten bytes, and returns the end of what it wrote. The last two bytes are those of the
// bits above 2^56, the upper of which moves up by one.
func StoreWide(b *ir.Builder, out, z *ir.Value) *ir.Value {
	row := LengthsOf(b, z)
	b.Store(ir.Store64, out, 0, b.Or(b.Spread7(z), b.Load(ir.Load64, row, LengthsTops)))
	rest := b.Binary(ir.Shr, z, b.Const(ir.I64, inEight))
	top := b.And(rest, b.Const(ir.I64, Continues))
	b.Store(ir.Store16, out, 8, b.Convert(ir.Trunc64to16, b.Add(rest, b.Add(top, top))))
	return b.PtrIndex(out, b.Load(ir.Load64, row, LengthsSize), 1)
}

// lengths is two tables, indexed by the number of leading zero bits of a number. The first has the length of the number's varint in
// bytes; the second has the top bits of all bytes of it but the last, as a word of eight bytes.
var lengths = func() (table [2 * lengthsRows]uint64) {
	for zeros := range lengthsRows {
		n := max(1, (64-zeros+6)/7)
		table[zeros] = uint64(n)
		table[lengthsRows+zeros] = eighthBits & (1<<(8*(n-1)) - 1)
	}
	return table
}()

// LengthsSize and LengthsTops are the offsets of the two in a row; see LengthsOf.
const (
	LengthsSize = 0
	LengthsTops = 8 * lengthsRows
)

const (
	lengthsRows   = 65 // 0 has 64 zero bits
	lengthsSymbol = "varint.lengths"
)

// lengthsBytes is the memory of lengths, which is a variable of the package and so never moves.
var lengthsBytes = unsafe.Slice((*byte)(unsafe.Pointer(&lengths)), unsafe.Sizeof(lengths))

// LengthsOf returns the row of z in lengths.
func LengthsOf(b *ir.Builder, z *ir.Value) *ir.Value {
	return b.PtrIndex(b.Address(lengthsSymbol), b.CountLeadingZeros(z), 8)
}

// buildPut makes the function (out, end, z) -> out that writes any varint. Where there is little room it stores no more bytes than the
// varint has: up to eight by two stores that overlap, what is longer byte by byte.
func buildPut(name string) *ir.Func {
	b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr, ir.I64}, []ir.Type{ir.Ptr})
	out, end, z := b.Param(0), b.Param(1), b.Param(2)
	roomy, little, short, loop := b.NewBlock(), b.NewBlock(), b.NewBlock(), b.NewBlock(ir.Ptr, ir.I64)
	b.Branch(ir.SLT, b.PtrDiff(end, out), b.Const(ir.I64, 10), ir.To(little), ir.To(roomy))

	b.SetBlock(roomy)
	b.Return(StoreWide(b, out, z))

	b.SetBlock(little)
	b.Branch(ir.ULT, z, b.Const(ir.I64, 1<<inEight), ir.To(short), ir.To(loop, out, z))
	b.SetBlock(short)
	row := LengthsOf(b, z)
	word, length := b.Or(b.Spread7(z), b.Load(ir.Load64, row, LengthsTops)), b.Load(ir.Load64, row, LengthsSize)
	b.CheckBoundsN(out, end, length, 0)
	after := b.PtrIndex(out, length, 1)
	one, more, two, four := b.NewBlock(), b.NewBlock(), b.NewBlock(), b.NewBlock()
	b.Branch(ir.Eq, length, b.Const(ir.I64, 1), ir.To(one), ir.To(more))
	b.SetBlock(one)
	b.Store(ir.Store8, out, 0, b.Convert(ir.Trunc64to8, word))
	b.Return(after)
	// tail stores the last bytes of the varint, as many as a store has.
	tail := func(store, truncate ir.Op, bytes int64) {
		shift := b.MulConst(b.AddConst(length, -bytes), 8)
		b.Store(store, after, -bytes, b.Convert(truncate, b.Binary(ir.Shr, word, shift)))
		b.Return(after)
	}
	b.SetBlock(more)
	b.Branch(ir.ULT, length, b.Const(ir.I64, 4), ir.To(two), ir.To(four))
	b.SetBlock(two)
	b.Store(ir.Store16, out, 0, b.Convert(ir.Trunc64to16, word))
	tail(ir.Store16, ir.Trunc64to16, 2)
	b.SetBlock(four)
	b.Store(ir.Store32, out, 0, b.Convert(ir.Trunc64to32, word))
	tail(ir.Store32, ir.Trunc64to32, 4)

	b.SetBlock(loop)
	at, left := loop.Params[0], loop.Params[1]
	more, last := b.NewBlock(), b.NewBlock()
	b.CheckBounds(at, end, 1)
	b.Branch(ir.ULT, left, b.Const(ir.I64, Continues), ir.To(last), ir.To(more))
	b.SetBlock(more)
	b.Store(ir.Store8, at, 0, b.Convert(ir.Trunc64to8, b.Or(left, b.Const(ir.I64, Continues))))
	b.Jump(loop, b.PtrAdd(at, 1), b.Binary(ir.Shr, left, b.Const(ir.I64, 7)))
	b.SetBlock(last)
	b.Store(ir.Store8, at, 0, b.Convert(ir.Trunc64to8, left))
	b.Return(b.PtrAdd(at, 1))
	return b.Finish()
}

// Get returns the number of the varint at in, an I64, and the end of the varint, in the block that it continues in.
//
//	end-in < 8, or none of eight bytes is the last -> slow: a function
//	the first is the last -> single, so that code after it does not wait for the length if the branch is predicted; else
//	the bytes up to the first without a top bit, seven bits of each
func Get(b *ir.Builder, get string, in, end *ir.Value) (value, after *ir.Value) {
	eight, single, longer, fast := b.NewBlock(), b.NewBlock(), b.NewBlock(), b.NewBlock()
	slow, done := b.NewColdBlock(), b.NewBlock(ir.I64, ir.Ptr)
	b.Branch(ir.SLT, b.PtrDiff(end, in), b.Const(ir.I64, 8), ir.To(slow), ir.To(eight))
	b.SetBlock(eight)
	word := b.LoadSource(ir.Load64, in, 0)
	b.Branch(ir.Eq, b.And(word, b.Const(ir.I64, Continues)), b.Const(ir.I64, 0), ir.To(single), ir.To(longer))
	b.SetBlock(single)
	b.Jump(done, b.And(word, b.Const(ir.I64, Continues-1)), b.PtrAdd(in, 1))
	b.SetBlock(longer)
	ends := b.And(b.Xor(word, b.Const(ir.I64, -1)), b.Const(ir.I64, eighth))
	b.Branch(ir.Eq, ends, b.Const(ir.I64, 0), ir.To(slow), ir.To(fast))
	b.SetBlock(fast)
	mask := b.Xor(ends, b.AddConst(ends, -1)) // up to the lowest bit of ends
	length := b.AddConst(b.Binary(ir.Shr, b.CountTrailingZeros(ends), b.Const(ir.I64, 3)), 1)
	b.Jump(done, b.Gather7(b.And(word, mask)), b.PtrIndex(in, length, 1))
	b.SetBlock(slow)
	found := b.Call(get, []ir.Type{ir.I64, ir.Ptr}, in, end)
	b.Jump(done, found...)
	b.SetBlock(done)
	return done.Params[0], done.Params[1]
}

// GetLength reads a length or a count, which is refused if it has more than 31 bits. Most take a byte or two.
//
//	the first is the last -> done; so is the second -> done; else -> more: a function -> done
func GetLength(b *ir.Builder, get string, in, end *ir.Value) (length, after *ir.Value) {
	longer, two, more, done := b.NewBlock(), b.NewBlock(), b.NewColdBlock(), b.NewBlock(ir.I64, ir.Ptr)
	b.CheckBounds(in, end, 1)
	first := build.ByteAt(b, in, 0)
	b.Branch(ir.ULT, first, b.Const(ir.I64, Continues), ir.To(done, first, b.PtrAdd(in, 1)), ir.To(longer))
	b.SetBlock(longer)
	b.CheckBounds(in, end, 2)
	second := build.ByteAt(b, in, 1)
	b.Branch(ir.ULT, second, b.Const(ir.I64, Continues), ir.To(two), ir.To(more))
	b.SetBlock(two)
	low := b.And(first, b.Const(ir.I64, Continues-1))
	b.Jump(done, b.Or(low, b.Binary(ir.Shl, second, b.Const(ir.I64, 7))), b.PtrAdd(in, 2))
	b.SetBlock(more)
	found := b.Call(get, []ir.Type{ir.I64, ir.Ptr}, in, end)
	b.FailIf(ir.UGT, found[0], b.Const(ir.I64, math.MaxInt32))
	b.Jump(done, found...)
	b.SetBlock(done)
	return done.Params[0], done.Params[1]
}

// buildGet makes the function (in, end) -> (value, in) that reads any varint, byte by byte where little is left. A varint of more
// than ten bytes, or of a number of more than 64 bits, is refused.
func buildGet(name string) *ir.Func {
	b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr}, []ir.Type{ir.I64, ir.Ptr})
	in, end := b.Param(0), b.Param(1)
	zero := b.Const(ir.I64, 0)
	roomy, loop := b.NewBlock(), b.NewBlock(ir.Ptr, ir.I64, ir.I64)
	b.Branch(ir.SLT, b.PtrDiff(end, in), b.Const(ir.I64, 10), ir.To(loop, in, zero, zero), ir.To(roomy))

	b.SetBlock(roomy)
	word := b.LoadSource(ir.Load64, in, 0)
	ends := b.And(b.Xor(word, b.Const(ir.I64, -1)), b.Const(ir.I64, eighth))
	long, nine, ten := b.NewBlock(), b.NewBlock(), b.NewBlock()
	b.Branch(ir.Eq, ends, zero, ir.To(long), ir.To(loop, in, zero, zero))
	b.SetBlock(long)
	low := b.Gather7(word)
	ninth := build.ByteAt(b, in, 8)
	low = b.Or(low, b.Binary(ir.Shl, b.And(ninth, b.Const(ir.I64, Continues-1)), b.Const(ir.I64, inEight)))
	b.Branch(ir.ULT, ninth, b.Const(ir.I64, Continues), ir.To(nine), ir.To(ten))
	b.SetBlock(nine)
	b.Return(low, b.PtrAdd(in, 9))
	b.SetBlock(ten)
	tenth := build.ByteAt(b, in, 9)
	b.FailIf(ir.UGT, tenth, b.Const(ir.I64, 1))
	b.Return(b.Or(low, b.Binary(ir.Shl, tenth, b.Const(ir.I64, 63))), b.PtrAdd(in, 10))

	b.SetBlock(loop)
	at, sum, shift := loop.Params[0], loop.Params[1], loop.Params[2]
	more, last := b.NewBlock(), b.NewBlock()
	b.CheckBounds(at, end, 1)
	next := build.ByteAt(b, at, 0)
	sum = b.Or(sum, b.Binary(ir.Shl, b.And(next, b.Const(ir.I64, Continues-1)), shift))
	b.Branch(ir.ULT, next, b.Const(ir.I64, Continues), ir.To(last), ir.To(more))
	b.SetBlock(more)
	shift7 := b.AddConst(shift, 7)
	b.FailIf(ir.UGT, shift7, b.Const(ir.I64, 63))
	b.Jump(loop, b.PtrAdd(at, 1), sum, shift7)
	b.SetBlock(last)
	overflow, fits := b.NewBlock(), b.NewBlock()
	b.Branch(ir.Eq, shift, b.Const(ir.I64, 63), ir.To(overflow), ir.To(fits))
	b.SetBlock(overflow)
	b.FailIf(ir.UGT, next, b.Const(ir.I64, 1))
	b.Jump(fits)
	b.SetBlock(fits)
	b.Return(sum, b.PtrAdd(at, 1))
	return b.Finish()
}

// Size returns how many bytes z, an I64, takes.
func Size(b *ir.Builder, z *ir.Value) *ir.Value {
	return b.Load(ir.Load64, LengthsOf(b, z), LengthsSize)
}

// Putter returns the name of the function that buildPut makes.
func Putter(d *build.Translator) string {
	return d.Helper("varint.put", func() *ir.Func { return buildPut("varint.put") })
}

// Getter returns the name of the function that buildGet makes.
func Getter(d *build.Translator) string {
	return d.Helper("varint.get", func() *ir.Func { return buildGet("varint.get") })
}

// Constant returns the bytes of a constant.
func Constant(n uint64) (bytes []byte) {
	for n >= Continues {
		bytes = append(bytes, byte(n)|Continues)
		n >>= 7
	}
	return append(bytes, byte(n))
}

// Objects are the package variables that the code refers to.
func Objects() map[string][]byte { return map[string][]byte{lengthsSymbol: lengthsBytes} }
