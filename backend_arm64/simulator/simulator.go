package simulator

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// A State is what an instruction works on.
type State struct {
	General                         [32]uint64 // of which the last is SP
	Vector                          [32][16]byte
	Negative, Zero, Carry, Overflow bool
}

// A Simulator does in plain Go what the processor's manual says of the instructions of the bulk routines. So these run on
// hosts with another processor, too; and an access beside what a routine is given, by one byte, is a fault.
type Simulator struct {
	State
	Memory    lowertest.Memory
	targets   map[Label]int    // in the list of instructions
	constants map[Label][]byte // behind a label
}

// simulatedConstants is where the constants behind the code begin: each label has some bytes for its own.
const simulatedConstants, constantsOfLabel = 1 << 42, 1 << 16

func constantAddress(l Label) uint64 { return simulatedConstants + uint64(l)*constantsOfLabel }

// Run executes f until it returns, or branches to another function.
func (s *Simulator) Run(f *Function) (left bool, err error) {
	at := 0
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("%v: %v", &f.Insts[at], problem)
		}
	}()
	s.targets, s.constants = map[Label]int{}, map[Label][]byte{}
	last := Label(-1)
	for n := range f.Insts {
		switch i := &f.Insts[n]; i.Op {
		case LABEL:
			last = Label(i.A.Value())
			s.targets[last] = n
		case QUAD:
			s.constants[last] = binary.LittleEndian.AppendUint64(s.constants[last], uint64(i.A.Value()))
		}
	}
	for label, bytes := range s.constants {
		s.Memory = append(s.Memory, lowertest.ReadOnly(constantAddress(label), bytes))
	}
	for range 100_000 {
		i := &f.Insts[at]
		if i.Op == RET {
			return false, nil
		}
		target, taken := s.branch(i)
		switch {
		case !taken:
			if target == nil {
				s.step(i)
			}
			at++
		case target.Kind() == SymbolKind:
			return true, nil
		default:
			at = s.targets[Label(target.Value())]
		}
	}
	return false, fmt.Errorf("%s does not end", f.Name)
}

// branch returns where an instruction may branch to, nil if it is no branch, and whether it does.
func (s *Simulator) branch(i *Inst) (target *Operand, taken bool) {
	switch i.Op {
	case B:
		return &i.A, true
	case Bcc:
		return &i.A, s.holds(i.Cond)
	case CBZ:
		return &i.B, s.value(&i.A, i.Width) == 0
	case CBNZ:
		return &i.B, s.value(&i.A, i.Width) != 0
	case TBZ:
		return &i.C, s.value(&i.A, W64)>>i.B.Value()&1 == 0
	case TBNZ:
		return &i.C, s.value(&i.A, W64)>>i.B.Value()&1 != 0
	}
	return nil, false
}

func (s *Simulator) holds(c Cond) bool {
	switch c {
	case CondEQ:
		return s.Zero
	case CondHS:
		return s.Carry
	case CondMI:
		return s.Negative
	case CondVS:
		return s.Overflow
	case CondHI:
		return s.Carry && !s.Zero
	case CondGE:
		return s.Negative == s.Overflow
	case CondGT:
		return s.Negative == s.Overflow && !s.Zero
	}
	return !s.holds(c.Not())
}

// registerOf returns the register of an operand, or its base.
func registerOf(o *Operand) PReg {
	p, ok := o.Reg().Physical()
	if !ok {
		panic("no physical register")
	}
	return PReg(p)
}

// cut is the lowest n bits of v.
func cut(v uint64, n int) uint64 { return v & (^uint64(0) >> (64 - n)) }

// signed is what the lowest n bits of v stand for.
func signed(v uint64, n int) int64 { return int64(v<<(64-n)) >> (64 - n) }

// value returns a constant, or a general register as the operand takes it.
func (s *Simulator) value(o *Operand, w Width) uint64 {
	n := w.Bits()
	switch o.Kind() {
	case ZeroKind:
		return 0
	case ImmKind:
		return cut(uint64(o.Value()), n)
	case ExtendKind:
		return cut(extend(s.General[registerOf(o)], Extend(o.Form()))<<o.Value(), n)
	case ShiftKind:
		v, amount := cut(s.General[registerOf(o)], n), int(o.Value())
		switch Shift(o.Form()) {
		case ShiftLSL:
			return cut(v<<amount, n)
		case ShiftLSR:
			return v >> amount
		case ShiftASR:
			return cut(uint64(signed(v, n)>>amount), n)
		}
		return cut(v>>amount|v<<(n-amount), n)
	}
	return cut(s.General[registerOf(o)], n)
}

func extend(v uint64, x Extend) uint64 {
	n := 8 << (x & 3)
	if x < ExtendSB {
		return cut(v, n)
	}
	return uint64(signed(v, n))
}

// set writes a general register, of which the upper half becomes zero if the width is 32.
func (s *Simulator) set(o *Operand, w Width, v uint64) { s.General[registerOf(o)] = cut(v, w.Bits()) }

// accessed returns the n bytes of a memory operand, and changes its base if it does that.
func (s *Simulator) accessed(o *Operand, n int, write bool) []byte {
	if o.Kind() == LabelMem {
		return s.Memory.At(constantAddress(Label(o.Value())), n, write)
	}
	base := &s.General[registerOf(o)]
	if index, ok := o.Index().Physical(); ok {
		return s.Memory.At(*base+extend(s.General[index], Extend(o.Value()))<<o.IndexShift(), n, write)
	}
	address := *base + uint64(o.Value())
	switch before, behind := o.ChangesBase(); {
	case before:
		*base = address
	case behind:
		address, *base = *base, address
	}
	return s.Memory.At(address, n, write)
}

// accessSizes are the bytes that loads and stores access that do not access their width.
var accessSizes = map[Op]int{LDRB: 1, STRB: 1, LDRH: 2, STRH: 2}

// access does a load or a store, and reports whether the instruction is one.
func (s *Simulator) access(i *Inst) bool {
	n := i.Width.Bytes()
	if size, ok := accessSizes[i.Op]; ok {
		n = size
	}
	switch i.Op {
	case LDR, LDRB, LDRH:
		s.set(&i.A, W64, number(s.accessed(&i.B, n, false)))
	case LDP:
		b := s.accessed(&i.C, 2*n, false)
		s.set(&i.A, W64, number(b[:n]))
		s.set(&i.B, W64, number(b[n:]))
	case STR, STRB, STRH:
		v := s.value(&i.A, W64)
		copy(s.accessed(&i.B, n, true), bytesOf(v))
	case STP:
		low, high := s.value(&i.A, W64), s.value(&i.B, W64)
		b := s.accessed(&i.C, 2*n, true)
		copy(b[:n], bytesOf(low))
		copy(b[n:], bytesOf(high))
	case LDRV:
		s.setVector(&i.A, s.accessed(&i.B, n, false))
	case LDPV:
		b := s.accessed(&i.C, 2*n, false)
		s.setVector(&i.A, b[:n])
		s.setVector(&i.B, b[n:])
	case STRV:
		copy(s.accessed(&i.B, n, true), s.vector(&i.A)[:n])
	case STPV:
		b := s.accessed(&i.C, 2*n, true)
		copy(b[:n], s.vector(&i.A)[:n])
		copy(b[n:], s.vector(&i.B)[:n])
	default:
		return false
	}
	return true
}

func number(b []byte) uint64 {
	var word [8]byte
	copy(word[:], b)
	return binary.LittleEndian.Uint64(word[:])
}

func bytesOf(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }

func (s *Simulator) step(i *Inst) {
	switch i.Op {
	case LABEL, ALIGN:
	case MOV:
		s.set(&i.A, i.Width, s.value(&i.B, i.Width))
	case MOVZ:
		s.set(&i.A, i.Width, s.value(&i.B, i.Width)<<i.C.Value())
	case MOVN:
		s.set(&i.A, i.Width, ^(s.value(&i.B, i.Width) << i.C.Value()))
	case MOVK:
		s.set(&i.A, i.Width, s.General[registerOf(&i.A)]&^(0xffff<<i.C.Value())|uint64(i.B.Value())<<i.C.Value())
	case BFI:
		mask := cut(^uint64(0), int(i.D.Value())) << i.C.Value()
		s.set(&i.A, i.Width, s.value(&i.A, W64)&^mask|s.value(&i.B, W64)<<i.C.Value()&mask)
	case CCMP:
		if s.holds(i.Cond) {
			s.sum(i, s.value(&i.A, i.Width), ^s.value(&i.B, i.Width), 1)
		} else {
			flags := i.C.Value()
			s.Negative, s.Zero, s.Carry, s.Overflow = flags&8 != 0, flags&4 != 0, flags&2 != 0, flags&1 != 0
		}
	case CMP:
		s.sum(i, s.value(&i.A, i.Width), ^s.value(&i.B, i.Width), 1)
	case TST:
		s.setLogicFlags(s.value(&i.A, i.Width)&s.value(&i.B, i.Width), i.Width)
	case ADDS:
		s.set(&i.A, i.Width, s.sum(i, s.value(&i.B, i.Width), s.value(&i.C, i.Width), 0))
	case SUBS:
		s.set(&i.A, i.Width, s.sum(i, s.value(&i.B, i.Width), ^s.value(&i.C, i.Width), 1))
	case ADD, SUB, AND, BIC, ORR, EOR, LSL, LSR:
		s.set(&i.A, i.Width, binaries[i.Op](s.value(&i.B, i.Width), s.value(&i.C, i.Width), i.Width.Bits()))
	case ADR:
		s.set(&i.A, W64, constantAddress(Label(i.B.Value())))
	case CSET:
		s.set(&i.A, i.Width, ones(s.holds(i.Cond))&1)
	case REV16:
		v := s.value(&i.B, i.Width)
		s.set(&i.A, i.Width, v&0x00ff00ff00ff00ff<<8|v>>8&0x00ff00ff00ff00ff)
	case REV:
		s.set(&i.A, i.Width, bits.ReverseBytes64(s.value(&i.B, i.Width))>>(64-i.Width.Bits()))
	case RBIT:
		s.set(&i.A, i.Width, bits.Reverse64(s.value(&i.B, i.Width))>>(64-i.Width.Bits()))
	case CLZ:
		s.set(&i.A, i.Width, uint64(bits.LeadingZeros64(s.value(&i.B, i.Width))-64+i.Width.Bits()))
	default:
		if !s.access(i) {
			s.vectorStep(i)
		}
	}
}

// sum returns a + b + carry and sets the flags.
func (s *Simulator) sum(i *Inst, a, b, carry uint64) uint64 {
	n := i.Width.Bits()
	b = cut(b, n)
	result, out := bits.Add64(a, b, carry)
	if n == 32 {
		out = result >> 32
	}
	result = cut(result, n)
	s.setLogicFlags(result, i.Width)
	s.Carry = out != 0
	s.Overflow = signed(^(a^b)&(a^result), n) < 0
	return result
}

func (s *Simulator) setLogicFlags(v uint64, w Width) {
	s.Negative, s.Zero, s.Carry, s.Overflow = signed(v, w.Bits()) < 0, v == 0, false, false
}

// binaries are what instructions make of two numbers of n bits, general registers or elements of vectors.
var binaries = func() map[Op]func(a, b uint64, n int) uint64 {
	and := func(a, b uint64, n int) uint64 { return a & b }
	or := func(a, b uint64, n int) uint64 { return a | b }
	xor := func(a, b uint64, n int) uint64 { return a ^ b }
	clear := func(a, b uint64, n int) uint64 { return a &^ b }
	add := func(a, b uint64, n int) uint64 { return a + b }
	subtract := func(a, b uint64, n int) uint64 { return a - b }
	return map[Op]func(a, b uint64, n int) uint64{
		AND: and, VAND: and, ORR: or, VORR: or, EOR: xor, VEOR: xor, BIC: clear, VBIC: clear,
		ADD: add, VADD: add, SUB: subtract, VSUB: subtract,
		LSL:   func(a, b uint64, n int) uint64 { return a << (b % uint64(n)) },
		LSR:   func(a, b uint64, n int) uint64 { return a >> (b % uint64(n)) },
		CMTST: func(a, b uint64, n int) uint64 { return ones(a&b != 0) },
	}
}()

// ones are all ones if a condition holds, else none.
func ones(holds bool) uint64 {
	if holds {
		return ^uint64(0)
	}
	return 0
}
