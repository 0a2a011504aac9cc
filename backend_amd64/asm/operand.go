package asm

import (
	"fmt"
	"math"
)

// Width is the size of an operand.
type Width uint8

// The widths, in bits.
const (
	W8 Width = iota
	W16
	W32
	W64
	W128
	W256
	W512
	widthCount
)

// Bytes returns the width in bytes.
func (w Width) Bytes() int { return 1 << w }

// Bits returns the width in bits.
func (w Width) Bits() int { return 8 << w }

var memoryNames = [widthCount]string{"byte", "word", "dword", "qword", "xmmword", "ymmword", "zmmword"}

// String returns the name that the assembler has for a memory operand of this width.
func (w Width) String() string {
	if w < widthCount {
		return memoryNames[w]
	}
	return fmt.Sprintf("width%d", uint8(w))
}

// widths is a set of widths.
type widths uint8

func (s widths) has(w Width) bool { return s>>w&1 != 0 }

const (
	w8       widths = 1 << W8
	w16      widths = 1 << W16
	w32      widths = 1 << W32
	w64      widths = 1 << W64
	w128     widths = 1 << W128
	w256     widths = 1 << W256
	w512     widths = 1 << W512
	w3264           = w32 | w64
	w163264         = w16 | w3264
	wInteger        = w8 | w163264
	wAVX            = w128 | w256
	wEVEX           = w128 | w256 | w512
)

// Kind says what an operand is.
type Kind uint8

// The kinds of operands.
const (
	NoOperand  Kind = iota
	RegKind         // a register
	MemKind         // memory at [base + index*scale + displacement]
	LabelMem        // memory at a label of the same function, addressed relative to the instruction
	ImmKind         // a constant
	LabelKind       // a label as the target of a branch
	SymbolKind      // a function of the segment as the target of a branch
)

// Operand is one operand of an instruction. Make them with R, V, RegOperand, M, Indexed,
// At, Imm, To and Far.
type Operand struct {
	kind  Kind
	scale uint8 // of index: 1, 2, 4 or 8
	reg   Reg   // the register, or the base
	index Reg
	value int64 // displacement, constant, or the number of what is named
}

// R is a physical register as an operand.
func R(p PReg) Operand { return Operand{kind: RegKind, reg: p.Reg()} }

// RegOperand is a register of either sort as an operand.
func RegOperand(r Reg) Operand { return Operand{kind: RegKind, reg: r} }

// Imm is a constant. A constant may be written signed or unsigned: at 8 bits -1 and 255 are the same.
func Imm(value int64) Operand { return Operand{kind: ImmKind, value: value} }

// M is the memory at base + displacement.
func M(base Reg, displacement int32) Operand {
	return Operand{kind: MemKind, scale: 1, reg: base, value: int64(displacement)}
}

// Indexed is the memory at base + index*scale + displacement. scale is 1, 2, 4 or 8; the index is never RSP.
func Indexed(base, index Reg, scale uint8, displacement int32) Operand {
	return Operand{kind: MemKind, scale: scale, reg: base, index: index, value: int64(displacement)}
}

// At is the memory at a label: constants and tables that the function carries behind its code.
func At(l Label) Operand { return Operand{kind: LabelMem, value: int64(l)} }

// To is a label of the same function as the target of a branch.
func To(l Label) Operand { return Operand{kind: LabelKind, value: int64(l)} }

// Far is a function of the same segment as the target of a branch or a call.
func Far(s Symbol) Operand { return Operand{kind: SymbolKind, value: int64(s)} }

// Kind says what the operand is.
func (o Operand) Kind() Kind { return o.kind }

// Reg returns the register of a register operand, or the base of a memory operand.
func (o Operand) Reg() Reg { return o.reg }

// Index returns the index of a memory operand.
func (o Operand) Index() Reg { return o.index }

// Scale returns what the index of a memory operand is multiplied by.
func (o Operand) Scale() uint8 { return o.scale }

// Value returns the displacement of a memory operand, a constant, or the number of the label or function that is named.
func (o Operand) Value() int64 { return o.value }

// Label returns the label that the operand names.
func (o Operand) Label() (l Label, ok bool) {
	return Label(o.value), o.kind == LabelKind || o.kind == LabelMem
}

// signed returns the constant sign-extended from the width, so that all ways to write it become one.
func (o Operand) signed(w Width) int64 {
	switch w {
	case W8:
		return int64(int8(o.value))
	case W16:
		return int64(int16(o.value))
	case W32:
		return int64(int32(o.value))
	}
	return o.value
}

// fits reports whether the constant has a meaning at the width, signed or unsigned.
func (o Operand) fits(w Width) bool {
	if w >= W64 {
		return true
	}
	half := int64(1) << (w.Bits() - 1)
	return o.value >= -half && o.value < 2*half
}

func isInt8(value int64) bool  { return value == int64(int8(value)) }
func isInt32(value int64) bool { return value >= math.MinInt32 && value <= math.MaxInt32 }
