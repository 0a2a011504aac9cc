package asm

import (
	"strconv"

	"github.com/tagwire/tagwire/ir/regalloc"
)

// Class is a kind of register. Values of different classes never share registers.
type Class uint8

// The register classes.
const (
	General Class = iota // 64-bit integers and addresses: x0, and w0 for its lower half
	Vector               // 128-bit vectors: b0, h0, s0, d0 and q0 name the lowest bits of the same register
	classCount
)

var classNames = [classCount]string{General: "general", Vector: "vector"}

// String returns the class's name as the text form writes it.
func (c Class) String() string {
	if c < classCount {
		return classNames[c]
	}
	return "class" + strconv.Itoa(int(c))
}

// PReg is a physical register. Within a class the registers are in the order of their numbers in machine code.
type PReg uint8

// The physical registers. SP has the number 31 in machine code, as has the register that reads as zero, [Zero].
const (
	R0 PReg = iota
	R1
	R2
	R3
	R4
	R5
	R6
	R7
	R8
	R9
	R10
	R11
	R12
	R13
	R14
	R15
	R16
	R17
	R18
	R19
	R20
	R21
	R22
	R23
	R24
	R25
	R26
	R27
	R28
	R29
	R30
	SP
	V0
	V1
	V2
	V3
	V4
	V5
	V6
	V7
	V8
	V9
	V10
	V11
	V12
	V13
	V14
	V15
	V16
	V17
	V18
	V19
	V20
	V21
	V22
	V23
	V24
	V25
	V26
	V27
	V28
	V29
	V30
	V31
	pregCount
)

// The registers with a fixed role. Native code never allocates them.
const (
	StackReg     = SP  // the native stack
	FrameReg     = R19 // the Frame of the running call
	FramePtr     = R29 // zero while native code runs, so that a walk along frame pointers ends here
	LinkReg      = R30 // where a call returns to
	AssemblerReg = R17 // for addresses of labels that are far away; nothing else may live here
)

// Class returns the class that the register belongs to.
func (p PReg) Class() Class {
	if p < V0 {
		return General
	}
	return Vector
}

// Number is the register's number in machine code: 0 to 31.
func (p PReg) Number() uint8 { return uint8(p) & 31 }

// String returns the name of the whole register.
func (p PReg) String() string {
	if p.Class() == General {
		return p.name(W64)
	}
	return p.name(W128)
}

// name returns the name of the register's lowest bits, or of its parts if w is an arrangement.
func (p PReg) name(w Width) string {
	number := strconv.Itoa(int(p.Number()))
	switch {
	case p >= pregCount:
		return "preg" + strconv.Itoa(int(p))
	case p == SP && w == W32:
		return "wsp"
	case p == SP:
		return "sp"
	case p.Class() == General && w == W64:
		return "x" + number
	case p.Class() == General:
		return "w" + number
	case w.isArrangement():
		return "v" + number + "." + w.String()
	}
	return scalarPrefix(w) + number
}

func scalarPrefix(w Width) string {
	switch w {
	case W8:
		return "b"
	case W16:
		return "h"
	case W32:
		return "s"
	case W64:
		return "d"
	}
	return "q"
}

// RegSet is a set of physical registers; the zero value is empty.
type RegSet = regalloc.Set[PReg]

// Reg is what operands name, the same for all instruction sets: no register (the zero value), a physical one or a virtual one, for
// a value that has no register yet.
type Reg = regalloc.Reg

// NoReg is the absence of a register: a memory operand without an index, for one.
const NoReg = regalloc.NoReg

// Reg returns the register as an operand names it.
func (p PReg) Reg() Reg { return regalloc.PReg(p).Reg() }

// registerName returns the register's name at a width. Virtual registers are %0, %1, ... and what the name of a physical one
// has beside its number.
func registerName(r Reg, c Class, w Width) string {
	if p, ok := r.Physical(); ok {
		return PReg(p).name(w)
	}
	v, ok := r.Virtual()
	if !ok {
		return "noreg"
	}
	number := "%" + strconv.FormatUint(uint64(v), 10)
	switch {
	case c == General && w == W64:
		return "x" + number
	case c == General:
		return "w" + number
	case w.isArrangement():
		return "v" + number + "." + w.String()
	}
	return scalarPrefix(w) + number
}
