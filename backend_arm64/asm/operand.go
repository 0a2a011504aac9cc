package asm

import (
	"fmt"
	"math"
)

// Width is the size of an operand, or the arrangement of a vector: the size and the number of its elements.
type Width uint8

// The widths, in bits, and the arrangements.
const (
	W8 Width = iota
	W16
	W32
	W64
	W128

	V8B
	V16B
	V4H
	V8H
	V2S
	V4S
	V1D
	V2D
	widthCount
)

// isArrangement reports whether w is one of a vector's elements.
func (w Width) isArrangement() bool { return w >= V8B }

// Bytes returns the width in bytes: that of the whole vector for an arrangement.
func (w Width) Bytes() int {
	if w.isArrangement() {
		return 8 << w.full()
	}
	return 1 << w
}

// Bits returns the width in bits, of an element for an arrangement.
func (w Width) Bits() int { return 8 << w.size() }

// size is the binary logarithm of the size in bytes, of an element for an arrangement.
func (w Width) size() uint32 {
	if w.isArrangement() {
		return uint32(w-V8B) / 2
	}
	return uint32(w)
}

// full is 1 if the arrangement fills a register of 128 bits, 0 if it fills the lower half.
func (w Width) full() uint32 { return uint32(w-V8B) & 1 }

// arrange returns the arrangement of elements of 1<<size bytes.
func arrange(size, full uint32) Width { return V8B + Width(2*size+full) }

var widthNames = [widthCount]string{"byte", "half", "word", "double", "quad",
	"8b", "16b", "4h", "8h", "2s", "4s", "1d", "2d"}

// String returns the name of a width; of an arrangement, the one that the assembler has for it.
func (w Width) String() string {
	if w < widthCount {
		return widthNames[w]
	}
	return fmt.Sprintf("width%d", uint8(w))
}

// widths is a set of widths.
type widths uint32

func (s widths) has(w Width) bool { return s>>w&1 != 0 }

const (
	w8       widths = 1 << W8
	w16      widths = 1 << W16
	w32      widths = 1 << W32
	w64      widths = 1 << W64
	w128     widths = 1 << W128
	wInteger        = w32 | w64
	wScalar         = w8 | w16 | w32 | w64 | w128
	wPair           = w32 | w64 | w128

	v8b     widths = 1 << V8B
	v16b    widths = 1 << V16B
	v4h     widths = 1 << V4H
	v8h     widths = 1 << V8H
	v2s     widths = 1 << V2S
	v4s     widths = 1 << V4S
	v1d     widths = 1 << V1D
	v2d     widths = 1 << V2D
	vBytes         = v8b | v16b
	vBH            = vBytes | v4h | v8h
	vBHS           = vBH | v2s | v4s
	vBHSD          = vBHS | v2d
	vAll           = vBHSD | v1d
	vAcross        = vBH | v4s
	vFull          = v16b | v8h | v4s | v2d
)

// Kind says what an operand is.
type Kind uint8

// The kinds of operands.
const (
	NoOperand   Kind = iota
	RegKind          // a register
	ZeroKind         // the register that reads as zero
	ShiftKind        // a register, shifted by a constant
	ExtendKind       // a register whose lowest bits are extended, and shifted left by up to 4
	ElementKind      // one element of a vector register
	ListKind         // 1 to 4 vector registers that follow each other
	MemKind          // memory at an address that its mode says
	LabelMem         // memory at a label of the same function, or its address
	ImmKind          // a constant
	LabelKind        // a label as the target of a branch
	SymbolKind       // a function of the segment as the target of a branch
)

// Operand is one operand of an instruction. Make them with R, V, RegOperand, Shifted, Extended, Element, List, M, Indexed,
// PreIndexed, PostIndexed, At, Imm, To and Far, or use Zero.
type Operand struct {
	kind  Kind
	form  uint8 // of memory its mode, of a shifted register the shift, of an extended one or an index the extension, of a list its length
	shift uint8 // of memory: the index is shifted left by this
	reg   Reg   // the register, or the base
	index Reg
	value int64 // displacement, constant, amount of a shift, number of an element or of what is named
}

// Shift is a way to shift an operand, by its number in machine code.
type Shift uint8

// The shifts. ShiftROR is one of logical operations only.
const (
	ShiftLSL Shift = iota
	ShiftLSR
	ShiftASR
	ShiftROR
	shiftCount
)

var shiftNames = [shiftCount]string{"lsl", "lsr", "asr", "ror"}

// Extend is a way to extend an operand, by its number in machine code.
type Extend uint8

// The extensions. ExtendX takes all 64 bits.
const (
	ExtendUB Extend = iota
	ExtendUH
	ExtendUW
	ExtendX
	ExtendSB
	ExtendSH
	ExtendSW
	ExtendSX
	extendCount
)

var extendNames = [extendCount]string{"uxtb", "uxth", "uxtw", "uxtx", "sxtb", "sxth", "sxtw", "sxtx"}

// isWide reports whether the extended register is named by all of its bits.
func (x Extend) isWide() bool { return x == ExtendX || x == ExtendSX }

// The modes of memory operands.
const (
	modeOffset uint8 = iota // [base, #displacement]
	modeIndex               // [base, index, extend #shift]
	modePre                 // [base, #displacement]!: the base becomes the address
	modePost                // [base], #displacement: the address is the base, which is then added to
	modeCount
)

// Zero is the register that reads as zero.
var Zero = Operand{kind: ZeroKind}

// R is a physical register as an operand.
func R(p PReg) Operand { return Operand{kind: RegKind, reg: p.Reg()} }

// RegOperand is a register of either sort as an operand.
func RegOperand(r Reg) Operand { return Operand{kind: RegKind, reg: r} }

// Shifted is a register, shifted by a constant.
func Shifted(r Reg, s Shift, amount uint8) Operand {
	return Operand{kind: ShiftKind, form: uint8(s), reg: r, value: int64(amount)}
}

// Extended is a register, extended and then shifted left by up to 4 bits.
func Extended(r Reg, x Extend, amount uint8) Operand {
	return Operand{kind: ExtendKind, form: uint8(x), reg: r, value: int64(amount)}
}

// Element is one element of a vector register.
func Element(r Reg, number int) Operand {
	return Operand{kind: ElementKind, reg: r, value: int64(number)}
}

// List is 1 to 4 vector registers that follow each other; V0 follows V31. More than one must be physical registers.
func List(first Reg, count int) Operand {
	return Operand{kind: ListKind, form: uint8(count), reg: first}
}

// Imm is a constant. One of 32 bits may be written signed or unsigned.
func Imm(value int64) Operand { return Operand{kind: ImmKind, value: value} }

// M is the memory at base + displacement.
func M(base Reg, displacement int32) Operand {
	return Operand{kind: MemKind, form: modeOffset, reg: base, value: int64(displacement)}
}

// Indexed is the memory at base + index<<shift. shift is 0 or the binary logarithm of the size of what is accessed. x says which
// bits of the index count: ExtendX, ExtendUW, ExtendSW, ExtendSX.
func Indexed(base, index Reg, x Extend, shift uint8) Operand {
	return Operand{kind: MemKind, form: modeIndex, reg: base, index: index, value: int64(x), shift: shift}
}

// PreIndexed is the memory at base + displacement, which becomes the new base.
func PreIndexed(base PReg, displacement int32) Operand {
	return Operand{kind: MemKind, form: modePre, reg: base.Reg(), value: int64(displacement)}
}

// PostIndexed is the memory at base, to which the displacement is added behind the access.
func PostIndexed(base PReg, displacement int32) Operand {
	return Operand{kind: MemKind, form: modePost, reg: base.Reg(), value: int64(displacement)}
}

// At is a label as an address: constants and tables that the function carries behind its code.
func At(l Label) Operand { return Operand{kind: LabelMem, value: int64(l)} }

// To is a label of the same function as the target of a branch.
func To(l Label) Operand { return Operand{kind: LabelKind, value: int64(l)} }

// Far is a function of the same segment as the target of a branch or a call.
func Far(s Symbol) Operand { return Operand{kind: SymbolKind, value: int64(s)} }

// Kind says what the operand is.
func (o Operand) Kind() Kind { return o.kind }

// Reg returns the register of an operand, or the base of a memory operand.
func (o Operand) Reg() Reg { return o.reg }

// Index returns the index of a memory operand.
func (o Operand) Index() Reg { return o.index }

// Value returns the displacement of a memory operand, a constant, or the number of the label or function that is named.
func (o Operand) Value() int64 { return o.value }

// Form returns the Shift of a shifted register, the Extend of an extended one, and the length of a list.
func (o Operand) Form() uint8 { return o.form }

// IndexShift returns by how many bits the index of a memory operand is shifted to the left; its Value is how it is extended.
func (o Operand) IndexShift() uint8 { return o.shift }

// ChangesBase reports whether the operand is memory whose base changes, before or behind the access.
func (o Operand) ChangesBase() (before, behind bool) {
	return o.kind == MemKind && o.form == modePre, o.kind == MemKind && o.form == modePost
}

// Label returns the label that the operand names.
func (o Operand) Label() (l Label, ok bool) {
	return Label(o.value), o.kind == LabelKind || o.kind == LabelMem
}

// writesBase reports whether the operand is memory whose base changes.
func (o *Operand) writesBase() bool {
	return o.kind == MemKind && (o.form == modePre || o.form == modePost)
}

// fits32 reports whether the constant has a meaning at 32 bits, signed or unsigned.
func fits32(value int64) bool { return value >= math.MinInt32 && value <= math.MaxUint32 }

// bitsAt is the constant as the bits of a register of a width, 32 or 64.
func bitsAt(w Width, value int64) uint64 {
	if w == W32 {
		return uint64(uint32(value))
	}
	return uint64(value)
}
