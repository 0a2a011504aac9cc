package asm

import (
	"encoding/binary"

	"github.com/tagwire/tagwire/ir/lower"
)

// opcode is the part of an instruction's encoding that its row gives. Which fields count depends on the row's
// encoding function.
type opcode struct {
	prefix  uint8 // 0, 0x66, 0xf2 or 0xf3
	m       uint8 // the opcode map: 0 for one byte, 1 for 0f, 2 for 0f 38, 3 for 0f 3a
	op      uint8
	store   uint8 // in place of op when the first operand is memory
	ext     uint8 // the part of the opcode that stands in ModRM.reg
	zeroing bool  // elements that the mask leaves out become zero
}

// vexPrefix is how VEX and EVEX spell the prefix.
func (c *opcode) vexPrefix() uint8 {
	switch c.prefix {
	case 0x66:
		return 1
	case 0xf3:
		return 2
	case 0xf2:
		return 3
	}
	return 0
}

// encoder turns checked instructions into bytes, one after the other.
type encoder struct{ lower.Encoder }

func (e *encoder) byte(b uint8) { e.Bytes = append(e.Bytes, b) }

// immediate appends a constant of at most 32 bits.
func (e *encoder) immediate(w Width, value int64) {
	switch w {
	case W8:
		e.Bytes = append(e.Bytes, uint8(value))
	case W16:
		e.Bytes = binary.LittleEndian.AppendUint16(e.Bytes, uint16(value))
	default:
		e.Bytes = binary.LittleEndian.AppendUint32(e.Bytes, uint32(value))
	}
}

// number is the register's number. Only checked operands come here, so the register is a physical one.
func (o *Operand) number() uint8 {
	p, _ := o.reg.Physical()
	return PReg(p).Number()
}

// is reports whether the operand is this very register.
func (o *Operand) is(p PReg) bool { return o.kind == RegKind && o.reg == p.Reg() }

// isMem reports whether the operand is memory of either kind.
func (o *Operand) isMem() bool { return o.kind == MemKind || o.kind == LabelMem }

// extensions returns the highest bits of the numbers of the index and of the base or register.
func (o *Operand) extensions() (x, b uint8) {
	if o.kind == LabelMem {
		return 0, 0
	}
	if index, ok := o.index.Physical(); ok {
		x = PReg(index).Number() >> 3
	}
	return x, o.number() >> 3
}

// hiddenByte reports whether the operand is spl, bpl, sil or dil, which only exist with a REX prefix: without one,
// their numbers mean ah, ch, dh and bh.
func (o *Operand) hiddenByte(w Width) bool {
	if w != W8 || o.kind != RegKind {
		return false
	}
	n := o.number()
	return n >= 4 && n < 8
}

// legacy appends an instruction without VEX prefix, up to its memory operand:
//
//	[66] [prefix] [REX] [0f [38|3a]] op ModRM [SIB] [displacement]
//
// Width 16 brings the 66, width 64 REX.W. rex demands a REX prefix even if it would say nothing.
func (e *encoder) legacy(w Width, c opcode, reg uint8, rm *Operand, rex bool) {
	x, b := rm.extensions()
	e.legacyPrefixes(w, c, reg>>3, x, b, rex)
	e.opcode(c)
	e.modRM(reg, rm, 1)
}

func (e *encoder) legacyPrefixes(w Width, c opcode, r, x, b uint8, rex bool) {
	if w == W16 {
		e.byte(0x66)
	}
	if c.prefix != 0 {
		e.byte(c.prefix)
	}
	bits := r<<2 | x<<1 | b
	if w == W64 {
		bits |= 8
	}
	if bits != 0 || rex {
		e.byte(0x40 | bits)
	}
}

func (e *encoder) opcode(c opcode) {
	if c.m > 0 {
		e.byte(0x0f)
	}
	switch c.m {
	case 2:
		e.byte(0x38)
	case 3:
		e.byte(0x3a)
	}
	e.byte(c.op)
}

// shortRegister appends an instruction whose opcode's last three bits are its register.
func (e *encoder) shortRegister(w Width, c opcode, number uint8, rex bool) {
	e.legacyPrefixes(w, c, 0, 0, number>>3, rex)
	c.op |= number & 7
	e.opcode(c)
}

// modRM appends ModRM, SIB and displacement. A displacement that is a multiple of unit is stored divided by it if
// that fits one byte: unit is 1 but for EVEX, where it is the size of the memory operand.
//
//	[base+disp]        rm = base; 100 means that a SIB byte follows, so rsp and r12 always have one
//	[rbp], [r13]       have no form without displacement: mod 00 with their number means something else
//	[label]            mod 00, rm 101: relative to the end of the instruction
func (e *encoder) modRM(reg uint8, rm *Operand, unit int64) {
	reg = reg & 7 << 3
	switch rm.kind {
	case RegKind:
		e.byte(0xc0 | reg | rm.number()&7)
		return
	case LabelMem:
		e.byte(reg | 5)
		e.Reference(Label(rm.value))
		return
	}

	base := rm.number() & 7
	displacement, mod := rm.value, uint8(0x80)
	switch {
	case displacement == 0 && base != 5:
		mod = 0
	case displacement%unit == 0 && isInt8(displacement/unit):
		mod = 0x40
		displacement /= unit
	}
	index, indexed := rm.index.Physical()
	switch {
	case indexed:
		e.byte(mod | reg | 4)
		e.byte(scaleBits(rm.scale) | PReg(index).Number()&7<<3 | base)
	case base == 4:
		e.byte(mod | reg | 4)
		e.byte(0x24)
	default:
		e.byte(mod | reg | base)
	}
	switch mod {
	case 0x40:
		e.immediate(W8, displacement)
	case 0x80:
		e.immediate(W32, displacement)
	}
}

func scaleBits(scale uint8) uint8 {
	switch scale {
	case 2:
		return 0x40
	case 4:
		return 0x80
	case 8:
		return 0xc0
	}
	return 0
}

// vex appends an instruction with a VEX prefix; second is the register operand that stands in the prefix, 0 if
// there is none.
//
//	c5 [~R ~second L pp] op ModRM...                       when nothing else must be said
//	c4 [~R ~X ~B map] [W ~second L pp] op ModRM...
func (e *encoder) vex(c opcode, w64, l256 bool, reg, second uint8, rm *Operand) {
	x, b := rm.extensions()
	last := ^second&15<<3 | c.vexPrefix()
	if l256 {
		last |= 4
	}
	notR := ^reg >> 3 & 1 << 7
	if c.m == 1 && !w64 && x == 0 && b == 0 {
		e.byte(0xc5)
		e.byte(notR | last)
	} else {
		e.byte(0xc4)
		e.byte(notR | (^x&1)<<6 | (^b&1)<<5 | c.m)
		if w64 {
			last |= 0x80
		}
		e.byte(last)
	}
	e.byte(c.op)
	e.modRM(reg, rm, 1)
}

// evex appends an instruction with an EVEX prefix. Only vector registers 0 to 15 are used, and W is 0 in all
// instructions of the table, so half of its bits are constant. mask 0 means all elements.
//
//	62 [~R ~X ~B 1 0 map] [0 ~second 1 pp] [z LL 0 1 mask] op ModRM...
func (e *encoder) evex(c opcode, w Width, reg, second, mask uint8, rm *Operand, unit int64) {
	x, b := rm.extensions()
	e.byte(0x62)
	e.byte((^reg>>3&1)<<7 | (^x&1)<<6 | (^b&1)<<5 | 0x10 | c.m)
	e.byte(^second&15<<3 | 4 | c.vexPrefix())
	last := uint8(w-W128)<<5 | 8 | mask
	if c.zeroing {
		last |= 0x80
	}
	e.byte(last)
	e.byte(c.op)
	e.modRM(reg, rm, unit)
}
