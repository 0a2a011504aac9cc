package asm

import "github.com/tagwire/tagwire/ir/regalloc"

// The registers of each class, and of all.
const (
	AllGeneral = RegSet(1<<V0 - 1<<R0)
	AllVector  = ^AllGeneral
	AllRegs    = AllGeneral | AllVector
)

// V is a virtual register as an operand.
func V(v VReg) Operand { return Operand{kind: RegKind, reg: v.Reg()} }

// ReadsFlags reports whether the instruction depends on the flags.
func (i *Inst) ReadsFlags() bool { return i.row().effects&readsFlags != 0 }

// WritesFlags reports whether the flags are lost, or set, by the instruction.
func (i *Inst) WritesFlags() bool { return i.row().effects&(writesFlags|isCall) != 0 }

// IsCall reports whether the instruction calls a native function.
func (i *Inst) IsCall() bool { return i.row().effects&isCall != 0 }

// IsJump reports whether control may go to the label, symbol or address in the last operand.
func (i *Inst) IsJump() bool { return i.row().effects&isJump != 0 }

// EndsBlock reports whether control never goes on to the next instruction.
func (i *Inst) EndsBlock() bool { return i.row().effects&isEnd != 0 }

// VReg is a virtual register: a value that has no register yet.
type VReg = regalloc.VReg
