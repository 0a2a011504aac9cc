package asm

import (
	"math/bits"

	"github.com/tagwire/tagwire/ir/lower"
)

// Function is the machine code of one function, as a list of instructions. Lowering writes it with virtual
// registers, allocation puts physical ones in their places, and only then it can be assembled.
type Function struct{ lower.Body[Inst] }

// NewFunction returns a function without instructions.
func NewFunction(name string) *Function { return &Function{lower.Body[Inst]{Name: name}} }

// Emit appends an instruction. operands are at most four.
func (f *Function) Emit(op Op, w Width, operands ...Operand) {
	f.EmitCond(op, 0, w, operands...)
}

// EmitCond appends an instruction with a condition. operands are at most four. It is not inlined: hundreds of lines call it.
//
//go:noinline
func (f *Function) EmitCond(op Op, c Cond, w Width, operands ...Operand) {
	f.Next().Set(op, c, w, operands...)
}

// Bind gives the label the place of the next instruction.
func (f *Function) Bind(l Label) { f.Emit(LABEL, W64, To(l)) }

// Constant returns the label of a 16-byte constant, low half first, that EmitConstants will put behind the code.
func (f *Function) Constant(low, high uint64) Label { return f.Table(low, high) }

// EmitConstants appends the constants that Constant and Table were asked for. It is called once, behind the last
// instruction, where control never comes.
func (f *Function) EmitConstants() {
	if len(f.Tables()) > 0 {
		f.Emit(ALIGN, W64, Imm(16))
	}
	for _, t := range f.Tables() {
		f.Bind(t.Label)
		for _, w := range t.Words {
			f.Emit(QUAD, W64, Imm(int64(w)))
		}
	}
}

// SetConstant appends the fewest instructions that set a general register to a constant, one to four, and leave the flags as
// they are:
//
//	movz                    if at most 16 bits at one place are not zeros
//	movn                    if at most 16 bits at one place are not ones, of 64 or of the lower 32
//	orr xN, xzr, #value     bits that repeat
//	movz, movn and movk     all others: one for each 16 bits that are not zeros, or not ones
func (f *Function) SetConstant(r Reg, value int64) {
	p := planConstant(value)
	to := RegOperand(r)
	switch {
	case p.op == ORR:
		f.Emit(ORR, p.width, to, Zero, Imm(value))
		return
	case p.halves == 0:
		f.Emit(p.op, p.width, to, Imm(0), Imm(0))
		return
	}
	op := p.op
	for n := range p.width.Bits() / 16 {
		half := bitsAt(p.width, value) >> (16 * n) & 0xffff
		if half == p.skipped {
			continue
		}
		if op == MOVN {
			half ^= 0xffff
		}
		f.Emit(op, p.width, to, Imm(int64(half)), Imm(int64(16*n)))
		op = MOVK
	}
}

// ConstantLength returns how many instructions SetConstant takes for a constant.
func ConstantLength(value int64) int { return max(1, planConstant(value).halves) }

// A constantPlan is how to set a register to a constant.
type constantPlan struct {
	op      Op // ORR, or what comes first: MOVZ or MOVN
	width   Width
	skipped uint64 // the 16 bits that op leaves behind everywhere
	halves  int    // that are others
}

func planConstant(value int64) constantPlan {
	w := W64
	if uint64(value)>>32 == 0 {
		w = W32 // which clears the upper half
	}
	parts, pattern := w.Bits()/16, bitsAt(w, value)
	zeros, ones := 0, 0
	for n := range parts {
		switch pattern >> (16 * n) & 0xffff {
		case 0:
			zeros++
		case 0xffff:
			ones++
		}
	}
	switch _, ok := bitmask(w, value); {
	case ok && max(zeros, ones) < parts-1:
		return constantPlan{op: ORR, width: w}
	case ones > zeros:
		return constantPlan{op: MOVN, width: w, skipped: 0xffff, halves: parts - ones}
	}
	return constantPlan{op: MOVZ, width: w, halves: parts - zeros}
}

// bitmask returns how a logical instruction of a width, 32 or 64, spells a constant: the bits N, immr and imms in their
// places. ok is false for a constant that has no such form: 0, all ones, and what is not a power of two of equal parts, each a
// rotated run of ones.
func bitmask(w Width, value int64) (code uint32, ok bool) {
	pattern := bitsAt(w, value)
	if w == W32 {
		pattern |= pattern << 32
	}
	if pattern == 0 || pattern == ^uint64(0) {
		return 0, false
	}
	size := 64 // of the part that repeats
	for size > 2 && pattern == bits.RotateLeft64(pattern, size/2) {
		size /= 2
	}
	mask := ^uint64(0) >> (64 - size)
	part := pattern & mask
	ones := bits.OnesCount64(part)
	// The run begins at the bit that is one and has a zero below it, in a circle.
	below := (part<<1 | part>>(size-1)) & mask
	begin := part &^ below
	if bits.OnesCount64(begin) != 1 {
		return 0, false
	}
	rotation := (size - bits.TrailingZeros64(begin)) % size
	length := (^(2*uint32(size) - 1) | uint32(ones-1)) & 63
	code = uint32(rotation)<<16 | length<<10
	if size == 64 {
		code |= 1 << 22
	}
	return code, true
}
