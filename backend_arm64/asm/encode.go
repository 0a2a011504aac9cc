package asm

import "github.com/tagwire/tagwire/ir/lower"

// encoder turns checked instructions into words, one after the other.
type encoder struct{ lower.Encoder }

// Where the registers stand in most instructions: rd and rt in the lowest bits, then
const (
	atN = 5
	atA = 10 // and the second of a pair
	atM = 16
)

// zero is the number of the register that reads as zero, and of SP.
const zero = 31

// sf is the bit that says that an instruction has 64 bits.
func sf(w Width) uint32 {
	if w == W64 {
		return 1 << 31
	}
	return 0
}

// arrangement is the bits for the elements of a vector and for how many there are.
func arrangement(w Width) uint32 { return w.full()<<30 | w.size()<<22 }

// number is the register's number. Only checked operands come here, so the register is a physical one.
func (o *Operand) number() uint32 {
	if o.kind == ZeroKind {
		return zero
	}
	p, _ := o.reg.Physical()
	return uint32(PReg(p).Number())
}

// is reports whether the operand is this very register.
func (o *Operand) is(r Reg) bool { return o.kind == RegKind && o.reg == r }

// encodePlain: no operands, or none that leaves a trace.
func encodePlain(e *encoder, r *row, _ *Inst) { e.Word32(r.code) }

// encodeRegisters: the general registers of the operands in the places d, n, m, a.
func encodeRegisters(e *encoder, r *row, i *Inst) {
	word := r.code
	if r.widths == wInteger {
		word |= sf(i.Width)
	}
	for place, at := range [...]int{0, atN, atM, atA} {
		if o := i.operand(place); o.kind != NoOperand {
			word |= o.number() << at
		}
	}
	e.Word32(word)
}
