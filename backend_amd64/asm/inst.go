package asm

import (
	"fmt"

	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/regalloc"
)

// Inst is one machine instruction: a row of the instruction table with its operands, the written one first.
type Inst struct {
	Op      Op
	Width   Width // of the operands whose row gives them no width of their own
	Cond    Cond  // of Jcc, SETcc, CMOVcc
	A, B, C Operand
}

// Set makes an instruction of i, which is zero. operands are at most three; the condition counts where the instruction has
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

// The conditions. B, BE, A, AE compare unsigned; L, LE, G, GE signed.
const (
	CondO Cond = iota
	CondNO
	CondB
	CondAE
	CondE
	CondNE
	CondBE
	CondA
	CondS
	CondNS
	CondP
	CondNP
	CondL
	CondGE
	CondLE
	CondG
	condCount
)

var condNames = [condCount]string{"o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"}

// String returns the suffix that the condition gives to a mnemonic.
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
	isCall   // registers do not survive it
	isEnd    // control never goes on to the next instruction
	isJump   // its target is the first operand
	isCond   // the instruction has a condition, a part of its mnemonic
	needsMem // one of the first two operands is memory
	isData   // no instruction: labels, alignment, constants behind the code
)

// kinds is a set of operand kinds.
type kinds uint8

const (
	anyReg    kinds = 1 << RegKind
	anyMem    kinds = 1<<MemKind | 1<<LabelMem
	anyImm    kinds = 1 << ImmKind
	anyLabel  kinds = 1 << LabelKind
	anySymbol kinds = 1 << SymbolKind
	regMem          = anyReg | anyMem
)

func (s kinds) has(k Kind) bool { return s>>k&1 != 0 }

// immediate says which constants an operand takes.
type immediate uint8

const (
	immNone     immediate = iota
	immExtended           // as many bits as the width, but at most 32, sign-extended
	immWide               // the same, or all 64 bits when a register is written
	immCount              // a bit number: 0 to width-1
	immByte               // 0 to 255
	imm64                 // any
)

// operandSpec is what a row says of one operand.
type operandSpec struct {
	role  lower.Role
	allow kinds
	imm   immediate
	class Class
	own   widths // the single width of an operand that differs from the instruction's
	fixed Reg    // the only register allowed
}

// The operands of the rows. d, u, b: defined, used, both; r, m, i: register, memory, immediate.
var (
	dr    = operandSpec{role: def, allow: anyReg}
	ur    = operandSpec{role: use, allow: anyReg}
	br    = operandSpec{role: both, allow: anyReg}
	drm   = operandSpec{role: def, allow: regMem}
	urm   = operandSpec{role: use, allow: regMem}
	brm   = operandSpec{role: both, allow: regMem}
	um    = operandSpec{role: use, allow: anyMem}
	uri   = operandSpec{role: use, allow: anyReg | anyImm, imm: immExtended}
	urmi  = operandSpec{role: use, allow: regMem | anyImm, imm: immExtended}
	wide  = operandSpec{role: use, allow: regMem | anyImm, imm: immWide}
	full  = operandSpec{role: use, allow: anyImm, imm: immExtended}
	count = operandSpec{role: use, allow: anyImm, imm: immCount}
	bit   = operandSpec{role: use, allow: anyReg | anyImm, imm: immCount}
	inCL  = operandSpec{role: use, allow: anyReg, own: w8, fixed: ShiftCount.Reg()}
	byte8 = operandSpec{role: use, allow: anyImm, imm: immByte}
	any64 = operandSpec{role: use, allow: anyImm, imm: imm64}

	target  = operandSpec{role: use, allow: anyLabel | anySymbol}
	pointer = operandSpec{role: use, allow: regMem, own: w64}
	label   = operandSpec{role: use, allow: anyLabel}
	address = operandSpec{role: use, allow: anyMem} // not read from: the address is the value

	rm8  = operandSpec{role: use, allow: regMem, own: w8}
	rm16 = operandSpec{role: use, allow: regMem, own: w16}
	rm32 = operandSpec{role: use, allow: regMem, own: w32}

	dv    = operandSpec{role: def, allow: anyReg, class: Vector}
	uv    = operandSpec{role: use, allow: anyReg, class: Vector}
	bv    = operandSpec{role: both, allow: anyReg, class: Vector}
	dvm   = operandSpec{role: def, allow: regMem, class: Vector}
	uvm   = operandSpec{role: use, allow: regMem, class: Vector}
	dm    = operandSpec{role: def, allow: anyMem, class: Vector}
	m128  = operandSpec{role: use, allow: anyMem, class: Vector, own: w128}
	dv128 = operandSpec{role: def, allow: anyReg, class: Vector, own: w128}
	uv128 = operandSpec{role: use, allow: anyReg, class: Vector, own: w128}
	dr32  = operandSpec{role: def, allow: anyReg, own: w32}
	dk    = operandSpec{role: def, allow: anyReg, class: Mask}
	uk    = operandSpec{role: use, allow: anyReg, class: Mask}
)

// row is all that is known of an instruction. Lowering, register allocation, checks, text and encoding read it.
type row struct {
	mnemonic string
	widths   widths
	operands [3]operandSpec // unused ones are zero
	effects  effect
	needs    Features // of the processor
	needs512 Features // of the processor, in place of needs, when the width is 512
	encode   func(*encoder, *row, *Inst)
	code     opcode
	text     func(*row, *Inst) string // nil: the mnemonic and the operands
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
	}
	return &i.C
}

// width is the width of an operand whose instruction has width w.
func (s *operandSpec) width(w Width) Width {
	switch s.own {
	case w8:
		return W8
	case w16:
		return W16
	case w32:
		return W32
	case w64:
		return W64
	case w128:
		return W128
	}
	return w
}

// Registers appends the registers that the instruction names to a list, those of memory operands first. A register named
// twice is there twice.
func (i *Inst) Registers(list []lower.RegisterOperand) []lower.RegisterOperand {
	r := i.row()
	for place := range r.operands {
		o := i.operand(place)
		if o.kind != MemKind {
			continue
		}
		list = append(list, lower.RegisterOperand{Reg: &o.reg, Role: use})
		if o.index != NoReg {
			list = append(list, lower.RegisterOperand{Reg: &o.index, Role: use})
		}
	}
	for place := range r.operands {
		spec, o := &r.operands[place], i.operand(place)
		if o.kind == RegKind {
			list = append(list, lower.RegisterOperand{Reg: &o.reg, Role: spec.role, Class: regalloc.Class(spec.class), Fixed: spec.fixed})
		}
	}
	return list
}

// Needs returns the features of the processor without which the instruction is illegal.
func (i *Inst) Needs() Features {
	r := i.row()
	if i.Width == W512 {
		return r.needs512
	}
	return r.needs
}
