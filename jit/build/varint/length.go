package varint

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
)

const (
	// Narrow is the first number that a varint of one byte does not hold.
	Narrow = Continues
	// Middle is the first that one of two does not.
	Middle = Continues << 7
)

// PutLength writes a length or a count. Most take a byte or two.
//
//	n < 128 -> one: a byte -> done; n < 2^14 -> two -> done; else -> more: a function -> done
func PutLength(e *build.EncodeBody, n *ir.Value) {
	out := e.Settle()
	one, longer, two, more, done := e.NewBlock(), e.NewBlock(), e.NewBlock(), e.NewColdBlock(), e.NewBlock(ir.Ptr)
	e.Branch(ir.ULT, n, e.Const(ir.I64, Narrow), ir.To(one), ir.To(longer))
	e.SetBlock(one)
	e.Store(ir.Store8, e.Out, e.Take(1), e.Convert(ir.Trunc64to8, n))
	e.Jump(done, e.Settle())
	e.SetBlock(longer)
	e.Branch(ir.ULT, n, e.Const(ir.I64, Middle), ir.To(two), ir.To(more))
	e.SetBlock(two)
	e.Start(out)
	e.Store(ir.Store16, e.Out, e.Take(2), TwoBytes(e.Builder, n))
	e.Jump(done, e.Settle())
	e.SetBlock(more)
	e.Jump(done, e.Call(Putter(e.Translator), []ir.Type{ir.Ptr}, out, e.Limit, n)[0])
	e.SetBlock(done)
	e.Start(done.Params[0])
}

// TwoBytes returns the varint of a number from Narrow to Middle-1: the high part of the number moves up by a bit.
func TwoBytes(b *ir.Builder, n *ir.Value) *ir.Value {
	high := b.And(n, b.Const(ir.I64, Middle-Narrow))
	return b.Convert(ir.Trunc64to16, b.Or(b.Add(n, high), b.Const(ir.I64, Continues)))
}
