package regalloc

import "math/bits"

// VReg is a virtual register: one SSA value of the function. They are numbered from 0 without gaps.
type VReg uint32

// PReg is a physical register, 0 to 63. The numbers of all classes together are one numbering, the backend's own.
type PReg uint8

// noReg and noVReg mean "none" where a register is optional.
const (
	noReg  PReg = 0xff
	noVReg VReg = 1<<32 - 1
)

// Reg is what an operand of a machine instruction names: no register (the zero value), a physical one or a virtual one.
type Reg uint32

const firstVirtual = Reg(64) + 1

// NoReg is the absence of a register: in a memory operand without an index, for one.
const NoReg Reg = 0

// Reg returns the register as an operand names it.
func (p PReg) Reg() Reg { return Reg(p) + 1 }

// Reg returns the register as an operand names it.
func (v VReg) Reg() Reg { return firstVirtual + Reg(v) }

// Physical returns the physical register that r is, if it is one.
func (r Reg) Physical() (p PReg, ok bool) { return PReg(r - 1), r != NoReg && r < firstVirtual }

// Virtual returns the virtual register that r is, if it is one.
func (r Reg) Virtual() (v VReg, ok bool) { return VReg(r - firstVirtual), r >= firstVirtual }

// A Set is a set of physical registers; the zero value is empty. R is the type that a backend has for them.
type Set[R ~uint8] uint64

// RegSet is a set of physical registers by their numbers alone.
type RegSet = Set[PReg]

// Regs returns the set of the given registers.
func Regs[R ~uint8](registers ...R) Set[R] {
	var s Set[R]
	for _, p := range registers {
		s |= 1 << p
	}
	return s
}

// Has reports whether the register is in the set.
func (s Set[R]) Has(p R) bool { return s>>p&1 != 0 }

// Len returns the number of registers in the set.
func (s Set[R]) Len() int { return bits.OnesCount64(uint64(s)) }

// All calls yield with the registers of the set in ascending order until it returns false.
func (s Set[R]) All(yield func(R) bool) {
	for ; s != 0; s &= s - 1 {
		if !yield(s.first()) {
			return
		}
	}
}

// first returns the lowest register of a set that is not empty.
func (s Set[R]) first() R { return R(bits.TrailingZeros64(uint64(s))) }
