package amd64

import "fmt"

// Inst is one machine instruction: a row of the instruction table with its operands, the written one first.
type Inst struct {
	Op      Op
	Width   Width // of the operands whose row gives them no width of their own
	Cond    Cond  // of Jcc, SETcc, CMOVcc
	A, B, C Operand
}

// Role says what an instruction does with a register operand.
type Role uint8

// The roles. The registers of a memory operand are always used, whatever the operand's role.
const (
	Use  Role        = 1 << iota // read
	Def                          // written, without regard to what it held
	Both = Use | Def             // read, then written: the result takes the first operand's register
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
	role  Role
	allow kinds
	imm   immediate
	class Class
	own   widths // the single width of an operand that differs from the instruction's
	fixed Reg    // the only register allowed
}

// The operands of the rows. d, u, b: defined, used, both; r, m, i: register, memory, immediate.
var (
	dr    = operandSpec{role: Def, allow: anyReg}
	ur    = operandSpec{role: Use, allow: anyReg}
	br    = operandSpec{role: Both, allow: anyReg}
	drm   = operandSpec{role: Def, allow: regMem}
	urm   = operandSpec{role: Use, allow: regMem}
	brm   = operandSpec{role: Both, allow: regMem}
	um    = operandSpec{role: Use, allow: anyMem}
	uri   = operandSpec{role: Use, allow: anyReg | anyImm, imm: immExtended}
	urmi  = operandSpec{role: Use, allow: regMem | anyImm, imm: immExtended}
	wide  = operandSpec{role: Use, allow: regMem | anyImm, imm: immWide}
	full  = operandSpec{role: Use, allow: anyImm, imm: immExtended}
	count = operandSpec{role: Use, allow: anyImm, imm: immCount}
	bit   = operandSpec{role: Use, allow: anyReg | anyImm, imm: immCount}
	inCL  = operandSpec{role: Use, allow: anyReg, own: w8, fixed: ShiftCount.Reg()}
	byte8 = operandSpec{role: Use, allow: anyImm, imm: immByte}
	any64 = operandSpec{role: Use, allow: anyImm, imm: imm64}

	target  = operandSpec{role: Use, allow: anyLabel | anySymbol}
	pointer = operandSpec{role: Use, allow: regMem, own: w64}
	label   = operandSpec{role: Use, allow: anyLabel}
	address = operandSpec{role: Use, allow: anyMem} // not read from: the address is the value

	rm8  = operandSpec{role: Use, allow: regMem, own: w8}
	rm16 = operandSpec{role: Use, allow: regMem, own: w16}
	rm32 = operandSpec{role: Use, allow: regMem, own: w32}

	dv    = operandSpec{role: Def, allow: anyReg, class: Vector}
	uv    = operandSpec{role: Use, allow: anyReg, class: Vector}
	bv    = operandSpec{role: Both, allow: anyReg, class: Vector}
	dvm   = operandSpec{role: Def, allow: regMem, class: Vector}
	uvm   = operandSpec{role: Use, allow: regMem, class: Vector}
	dm    = operandSpec{role: Def, allow: anyMem, class: Vector}
	m128  = operandSpec{role: Use, allow: anyMem, class: Vector, own: w128}
	dv128 = operandSpec{role: Def, allow: anyReg, class: Vector, own: w128}
	uv128 = operandSpec{role: Use, allow: anyReg, class: Vector, own: w128}
	dr32  = operandSpec{role: Def, allow: anyReg, own: w32}
	dk    = operandSpec{role: Def, allow: anyReg, class: Mask}
	uk    = operandSpec{role: Use, allow: anyReg, class: Mask}
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

// operand returns the operand at a place; the returned pointer is into the instruction.
func (i *Inst) operand(place int) *Operand {
	switch place {
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

// RegisterOperand is one register that an instruction names.
type RegisterOperand struct {
	Reg   *Reg // within the instruction: allocation writes the physical register here
	Role  Role
	Class Class
	Fixed Reg // the only register allowed here; NoReg: any of the class
}

// Registers calls visit for each register that the instruction names, those of memory operands first. A register
// named twice is visited twice.
func (i *Inst) Registers(visit func(RegisterOperand)) {
	r := i.row()
	for place := range r.operands {
		o := i.operand(place)
		if o.kind != MemKind {
			continue
		}
		visit(RegisterOperand{Reg: &o.reg, Role: Use, Class: General})
		if o.index != NoReg {
			visit(RegisterOperand{Reg: &o.index, Role: Use, Class: General})
		}
	}
	for place := range r.operands {
		spec, o := &r.operands[place], i.operand(place)
		if o.kind == RegKind {
			visit(RegisterOperand{Reg: &o.reg, Role: spec.role, Class: spec.class, Fixed: spec.fixed})
		}
	}
}

// Clobbers returns the registers that the instruction destroys besides those it names.
func (i *Inst) Clobbers() RegSet {
	if i.row().effects&isCall == 0 {
		return 0
	}
	return allocatable[General] | allocatable[Vector] | allocatable[Mask]
}

// ReadsFlags says whether the instruction depends on the flags.
func (i *Inst) ReadsFlags() bool { return i.row().effects&readsFlags != 0 }

// WritesFlags says whether the flags are lost, or set, by the instruction.
func (i *Inst) WritesFlags() bool { return i.row().effects&(writesFlags|isCall) != 0 }

// IsCall says whether the instruction calls a native function.
func (i *Inst) IsCall() bool { return i.row().effects&isCall != 0 }

// IsJump says whether control may go to the label, symbol or address in the first operand.
func (i *Inst) IsJump() bool { return i.row().effects&isJump != 0 }

// EndsBlock says whether control never goes on to the next instruction.
func (i *Inst) EndsBlock() bool { return i.row().effects&isEnd != 0 }

// Needs returns the features of the processor without which the instruction is illegal.
func (i *Inst) Needs() Features {
	r := i.row()
	if i.Width == W512 {
		return r.needs512
	}
	return r.needs
}
