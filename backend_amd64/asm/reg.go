package asm

import (
	"strconv"

	"github.com/tagwire/tagwire/ir/regalloc"
)

// Class is a kind of register. Values of different classes never share registers.
type Class uint8

// The register classes.
const (
	General Class = iota // 64-bit integers and addresses
	Vector               // 128, 256 and 512-bit vectors: xmm, ymm and zmm name parts of the same register
	Mask                 // AVX-512 mask registers
	classCount
)

var classNames = [classCount]string{General: "general", Vector: "vector", Mask: "mask"}

// String returns the class's name as the text form writes it.
func (c Class) String() string {
	if c < classCount {
		return classNames[c]
	}
	return "class" + strconv.Itoa(int(c))
}

// PReg is a physical register. Within a class the registers are in the order of their numbers in machine code.
type PReg uint8

// The physical registers.
const (
	RAX PReg = iota
	RCX
	RDX
	RBX
	RSP
	RBP
	RSI
	RDI
	R8
	R9
	R10
	R11
	R12
	R13
	R14
	R15
	X0
	X1
	X2
	X3
	X4
	X5
	X6
	X7
	X8
	X9
	X10
	X11
	X12
	X13
	X14
	X15
	K0
	K1
	K2
	K3
	K4
	K5
	K6
	K7
	pregCount
)

// The registers with a fixed role. Native code never allocates them.
const (
	StackReg   = RSP // the native stack, which CALL, RET and spill slots use
	FrameReg   = R15 // the Frame of the running call
	FramePtr   = RBP // zero while native code runs, so that a walk along frame pointers ends here
	ShiftCount = RCX // the count of a shift that takes it from a register (without BMI2)
)

// Class returns the class that the register belongs to.
func (p PReg) Class() Class {
	switch {
	case p < X0:
		return General
	case p < K0:
		return Vector
	default:
		return Mask
	}
}

// Number is the register's number in machine code: 0 to 15, for masks 0 to 7.
func (p PReg) Number() uint8 {
	switch {
	case p < X0:
		return uint8(p)
	case p < K0:
		return uint8(p - X0)
	default:
		return uint8(p - K0)
	}
}

// String returns the name of the whole register.
func (p PReg) String() string {
	switch p.Class() {
	case General:
		return p.name(W64)
	case Vector:
		return p.name(W128)
	}
	return p.name(W64)
}

var generalNames = [16]string{"ax", "cx", "dx", "bx", "sp", "bp", "si", "di",
	"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"}

// name returns the name of the register's lowest bits: rax, eax, ax and al are one register.
func (p PReg) name(w Width) string {
	number := p.Number()
	switch {
	case p >= pregCount:
		return "preg" + strconv.Itoa(int(p))
	case p.Class() == Mask:
		return "k" + strconv.Itoa(int(number))
	case p.Class() == Vector:
		return vectorPrefix(w) + strconv.Itoa(int(number))
	case p >= R8:
		return generalNames[number] + numberedSuffix(w)
	}
	name := generalNames[number]
	switch w {
	case W8:
		if number < 4 {
			return name[:1] + "l"
		}
		return name + "l"
	case W16:
		return name
	case W32:
		return "e" + name
	}
	return "r" + name
}

func vectorPrefix(w Width) string {
	switch w {
	case W256:
		return "ymm"
	case W512:
		return "zmm"
	}
	return "xmm"
}

// numberedSuffix is what the name of a numbered register ends in when only its low bits are meant.
func numberedSuffix(w Width) string {
	switch w {
	case W8:
		return "b"
	case W16:
		return "w"
	case W32:
		return "d"
	}
	return ""
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

// registerName returns the register's name at a width. Virtual registers are v0, v1, ... with the suffix that the
// numbered registers have, or x, y, z for the vector widths.
func registerName(r Reg, w Width) string {
	if p, ok := r.Physical(); ok {
		return PReg(p).name(w)
	}
	v, ok := r.Virtual()
	if !ok {
		return "noreg"
	}
	name := "v" + strconv.FormatUint(uint64(v), 10)
	if w >= W128 {
		return name + vectorPrefix(w)[:1]
	}
	return name + numberedSuffix(w)
}
