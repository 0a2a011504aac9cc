package asm

import "github.com/tagwire/tagwire/ir/lower"

// Function is the machine code of one function, as a list of instructions. Lowering writes it with virtual
// registers, allocation puts physical ones in their places, and only then it can be assembled.
type Function struct{ lower.Body[Inst] }

// NewFunction returns a function without instructions.
func NewFunction(name string) *Function { return &Function{lower.Body[Inst]{Name: name}} }

// Emit appends an instruction. operands are at most three.
func (f *Function) Emit(op Op, w Width, operands ...Operand) {
	f.EmitCond(op, 0, w, operands...)
}

// EmitCond appends an instruction with a condition. operands are at most three. It is not inlined: hundreds of lines call it.
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

// SetConstant appends the shortest instruction that sets a general register to a constant and leaves the flags
// as they are:
//
//	mov r32, imm32          0 to 2^32-1: the upper half becomes zero
//	mov r64, imm32          -2^31 to -1
//	mov r64, imm64          all others
func (f *Function) SetConstant(r Reg, value int64) {
	w := W64
	if value >= 0 && value < 1<<32 {
		w = W32
	}
	f.Emit(MOV, w, RegOperand(r), Imm(value))
}
