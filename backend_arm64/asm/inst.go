package asm

import (
	"fmt"

	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/regalloc"
)

// Inst is one machine instruction: a row of the instruction table with its operands, the written one first, but for stores, whose
// last operand is memory.
type Inst struct {
	Op         Op
	Width      Width // of the operands whose row gives them no width of their own
	Cond       Cond  // of Bcc, CSEL and what is like it, CCMP, CCMN
	A, B, C, D Operand
}

// Set makes an instruction of i, which is zero. operands are at most four; the condition counts where the instruction has
// one.
func (i *Inst) Set(op Op, c Cond, w Width, operands ...Operand) {
	i.Op, i.Width, i.Cond = op, w, c
	for place, o := range operands {
		*i.operand(place) = o
	}
}

// What an instruction does with a register operand.
const (
	use  = lower.Use
	def  = lower.Def
	both = lower.Both
)

// Cond is a condition on the flags, by its number in machine code.
type Cond uint8

// The conditions. HS, LO, HI, LS compare unsigned; GE, LT, GT, LE signed.
const (
	CondEQ Cond = iota
	CondNE
	CondHS
	CondLO
	CondMI
	CondPL
	CondVS
	CondVC
	CondHI
	CondLS
	CondGE
	CondLT
	CondGT
	CondLE
	condCount
)

var condNames = [condCount]string{"eq", "ne", "hs", "lo", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le"}

// String returns the name that the assembler has for the condition.
func (c Cond) String() string {
	if c < condCount {
		return condNames[c]
	}
	return fmt.Sprintf("cond%d", uint8(c))
}

// Not returns the condition that holds when c does not.
func (c Cond) Not() Cond { return c ^ 1 }

// effect is what an instruction does besides writing its operands.
type effect uint8

const (
	readsFlags effect = 1 << iota
	writesFlags
	isCall // registers do not survive it
	isEnd  // control never goes on to the next instruction
	isJump // its target is the last operand
	isCond // the instruction has a condition
	isData // no instruction: labels, alignment, constants behind the code
)

// kinds is a set of operand kinds.
type kinds uint16

const (
	anyReg     kinds = 1 << RegKind
	anyZero    kinds = 1 << ZeroKind
	anyShift   kinds = 1 << ShiftKind
	anyExtend  kinds = 1 << ExtendKind
	anyElement kinds = 1 << ElementKind
	anyList    kinds = 1 << ListKind
	anyMem     kinds = 1 << MemKind
	anyAddress kinds = 1 << LabelMem
	anyImm     kinds = 1 << ImmKind
	anyLabel   kinds = 1 << LabelKind
	anySymbol  kinds = 1 << SymbolKind
)

func (s kinds) has(k Kind) bool { return s>>k&1 != 0 }

// immediate says which constants an operand takes.
type immediate uint8

const (
	immNone    immediate = iota
	immAdd               // 0 to 4095, or such a number times 4096
	immLogical           // bits that repeat, in each part one run of ones
	imm16                // 0 to 65535
	immPart              // 0, 16, and at 64 bits 32 and 48: the place of 16 bits
	immBit               // a bit number: 0 to width-1, of an element for an arrangement
	immCount             // a number of bits: 1 to width, of an element for an arrangement
	imm5                 // 0 to 31
	immFlags             // 0 to 15: negative, zero, carry, overflow
	immByte              // 0 to 15 or 0 to 7: a byte of a vector
	immFill              // what MOVI takes: a byte at some place of the element; at 64 bits, bytes of ones and of zeros
	immLanding           // 0 to 3: which branches may land here
	immAlign             // a multiple of 4; the rest is checked when the code is laid out
	imm64                // any
)

// shape says how the width of an operand follows from the instruction's.
type shape uint8

const (
	shapeSame    shape = iota
	shape32            // a word
	shape64            // a double word
	shapeElement       // a scalar as wide as an element
	shapeGeneral       // a general register that holds an element
	shape16B           // 16 bytes
	shapeWide          // a full vector, whose elements have twice the size
	shapeLong          // as many bits in elements of twice the size
	shapeSum           // a scalar of twice the size of an element
)

// of returns the width of an operand whose instruction has width w.
func (s shape) of(w Width) Width {
	switch {
	case s == shape32:
		return W32
	case s == shape64:
		return W64
	case s == shape16B:
		return V16B
	case s == shapeSame || !w.isArrangement():
		return w
	case s == shapeElement:
		return Width(w.size())
	case s == shapeGeneral:
		return max(W32, Width(w.size()))
	case s == shapeWide:
		return arrange(w.size()+1, 1)
	case s == shapeLong:
		return arrange(w.size()+1, w.full())
	}
	return Width(w.size() + 1)
}

// operandSpec is what a row says of one operand.
type operandSpec struct {
	role    lower.Role
	allow   kinds
	imm     immediate
	class   Class
	shape   shape
	stack   bool // the register may be SP
	rotates bool // a shifted register may be rotated
}

// The operands of the rows. d, u, b: defined, used, both; r, g, v: a general register, a vector.
var (
	dr       = operandSpec{role: def, allow: anyReg}
	ur       = operandSpec{role: use, allow: anyReg | anyZero}
	br       = operandSpec{role: both, allow: anyReg}
	drs      = operandSpec{role: def, allow: anyReg, stack: true}
	urs      = operandSpec{role: use, allow: anyReg, stack: true}
	move     = operandSpec{role: use, allow: anyReg | anyZero, stack: true}
	added    = operandSpec{role: use, allow: anyReg | anyShift | anyExtend | anyImm, imm: immAdd}
	logic    = operandSpec{role: use, allow: anyReg | anyShift | anyImm, imm: immLogical, rotates: true}
	logicReg = operandSpec{role: use, allow: anyReg | anyShift, rotates: true}
	shifty   = operandSpec{role: use, allow: anyReg | anyShift}
	bitNum   = operandSpec{role: use, allow: anyImm, imm: immBit}
	count    = operandSpec{role: use, allow: anyImm, imm: immCount}
	amount   = operandSpec{role: use, allow: anyReg | anyImm, imm: immBit}
	half     = operandSpec{role: use, allow: anyImm, imm: imm16}
	part     = operandSpec{role: use, allow: anyImm, imm: immPart}
	small    = operandSpec{role: use, allow: anyReg | anyImm, imm: imm5}
	nzcv     = operandSpec{role: use, allow: anyImm, imm: immFlags}
	land     = operandSpec{role: use, allow: anyImm, imm: immLanding}
	align    = operandSpec{role: use, allow: anyImm, imm: immAlign}
	any64    = operandSpec{role: use, allow: anyImm, imm: imm64}
	dr64     = operandSpec{role: def, allow: anyReg, shape: shape64}
	ur32     = operandSpec{role: use, allow: anyReg | anyZero, shape: shape32}
	ur64     = operandSpec{role: use, allow: anyReg, shape: shape64}

	target  = operandSpec{role: use, allow: anyLabel | anySymbol}
	label   = operandSpec{role: use, allow: anyLabel}
	address = operandSpec{role: use, allow: anyAddress, shape: shape64} // not read from: the address is the value
	mem     = operandSpec{role: use, allow: anyMem}
	memAt   = operandSpec{role: use, allow: anyMem | anyAddress}

	dv        = operandSpec{role: def, allow: anyReg, class: Vector}
	uv        = operandSpec{role: use, allow: anyReg, class: Vector}
	bv        = operandSpec{role: both, allow: anyReg, class: Vector}
	dl        = operandSpec{role: def, allow: anyList, class: Vector}
	ul        = operandSpec{role: use, allow: anyList, class: Vector}
	table16   = operandSpec{role: use, allow: anyList, class: Vector, shape: shape16B}
	be        = operandSpec{role: both, allow: anyElement, class: Vector, shape: shapeElement}
	ue        = operandSpec{role: use, allow: anyElement, class: Vector, shape: shapeElement}
	dg        = operandSpec{role: def, allow: anyReg, shape: shapeGeneral}
	ug        = operandSpec{role: use, allow: anyReg | anyZero, shape: shapeGeneral}
	dvElement = operandSpec{role: def, allow: anyReg, class: Vector, shape: shapeElement}
	dvSum     = operandSpec{role: def, allow: anyReg, class: Vector, shape: shapeSum}
	dvWide    = operandSpec{role: def, allow: anyReg, class: Vector, shape: shapeWide}
	uvWide    = operandSpec{role: use, allow: anyReg, class: Vector, shape: shapeWide}
	dvLong    = operandSpec{role: def, allow: anyReg, class: Vector, shape: shapeLong}
	filled    = operandSpec{role: use, allow: anyImm, imm: immFill}
	byteNum   = operandSpec{role: use, allow: anyImm, imm: immByte}
)

// maxOperands is how many operands an instruction can have.
const maxOperands = 4

// row is all that is known of an instruction. Lowering, register allocation, checks, text and encoding read it.
type row struct {
	mnemonic string
	widths   widths
	operands [maxOperands]operandSpec // unused ones are zero
	effects  effect
	encode   func(*encoder, *row, *Inst)
	code     uint32                   // the bits that are the same in all forms
	text     func(*row, *Inst) string // nil: the mnemonic and the operands
	together func(*row, *Inst) error  // what the operands must be in view of each other; nil: anything
}

func (i *Inst) row() *row {
	if i.Op < opCount {
		return &table[i.Op]
	}
	return &table[BAD]
}

// operand returns the operand with an index from 0; the returned pointer is into the instruction.
func (i *Inst) operand(index int) *Operand {
	switch index {
	case 0:
		return &i.A
	case 1:
		return &i.B
	case 2:
		return &i.C
	}
	return &i.D
}

// Registers appends the registers that the instruction names to a list, those of memory operands first. A register named
// twice is there twice. Of a list of vectors, which are physical registers, only the first is there.
func (i *Inst) Registers(list []lower.RegisterOperand) []lower.RegisterOperand {
	r := i.row()
	for place := range r.operands {
		o := i.operand(place)
		if o.kind != MemKind {
			continue
		}
		role := use
		if o.writesBase() {
			role = both
		}
		list = append(list, lower.RegisterOperand{Reg: &o.reg, Role: role})
		if o.index != NoReg {
			list = append(list, lower.RegisterOperand{Reg: &o.index, Role: use})
		}
	}
	for place := range r.operands {
		spec, o := &r.operands[place], i.operand(place)
		switch o.kind {
		case RegKind, ShiftKind, ExtendKind, ElementKind, ListKind:
			list = append(list, lower.RegisterOperand{Reg: &o.reg, Role: spec.role, Class: regalloc.Class(spec.class)})
		}
	}
	return list
}
