package amd64

import "slices"

// Function is the machine code of one function, as a list of instructions. Lowering writes it with virtual
// registers, allocation puts physical ones in their places, and only then it can be assembled.
type Function struct {
	Name  string
	Insts []Inst

	labels    Label   // handed out so far
	classes   []Class // of the virtual registers
	constants []constant
}

// constant is some words behind the code.
type constant struct {
	label Label
	words []uint64
}

// NewLabel returns a label that is not bound yet. Bind it with one LABEL instruction.
func (f *Function) NewLabel() Label {
	f.labels++
	return f.labels - 1
}

// NewVReg returns another virtual register.
func (f *Function) NewVReg(c Class) VReg {
	f.classes = append(f.classes, c)
	return VReg(len(f.classes) - 1)
}

// VRegs returns the number of virtual registers.
func (f *Function) VRegs() int { return len(f.classes) }

// ClassOf returns the class that the virtual register was made with.
func (f *Function) ClassOf(v VReg) Class { return f.classes[v] }

// Emit appends an instruction. operands are at most three.
func (f *Function) Emit(op Op, w Width, operands ...Operand) {
	f.EmitCond(op, 0, w, operands...)
}

// EmitCond appends an instruction with a condition. operands are at most three.
func (f *Function) EmitCond(op Op, c Cond, w Width, operands ...Operand) {
	f.Insts = append(f.Insts, Inst{Op: op, Width: w, Cond: c})
	i := &f.Insts[len(f.Insts)-1]
	for place, o := range operands {
		*i.operand(place) = o
	}
}

// Bind gives the label the place of the next instruction.
func (f *Function) Bind(l Label) { f.Emit(LABEL, W64, To(l)) }

// Constant returns the label of a 16-byte constant, low half first, that EmitConstants will put behind the code.
func (f *Function) Constant(low, high uint64) Label { return f.Table(low, high) }

// Table returns the label of words that EmitConstants will put behind the code.
func (f *Function) Table(words ...uint64) Label {
	for _, c := range f.constants {
		if slices.Equal(c.words, words) {
			return c.label
		}
	}
	f.constants = append(f.constants, constant{label: f.NewLabel(), words: words})
	return f.constants[len(f.constants)-1].label
}

// EmitConstants appends the constants that Constant was asked for. It is called once, behind the last
// instruction, where control never comes.
func (f *Function) EmitConstants() {
	if len(f.constants) > 0 {
		f.Emit(ALIGN, W64, Imm(16))
	}
	for _, c := range f.constants {
		f.Bind(c.label)
		for _, w := range c.words {
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
