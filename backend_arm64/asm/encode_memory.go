package asm

// The widths of memory accesses. Those that load or store one register end in a row whose code has the size in its highest two
// bits; LDR and STR of either class have it by their width.

// access returns the binary logarithm of the size of what is accessed, and whether that is one register by one of the modes of
// loads and stores.
func (r *row) access(i *Inst) (size uint32, single bool) {
	switch i.Op {
	case LDR, STR, LDRV, STRV:
		return i.Width.size(), true
	case LDP, STP, LDPV, STPV, LD1, ST1, LD1R, LD1E, ST1E:
		return i.Width.size(), false
	}
	return r.code >> 30, true
}

// reaches reports whether an instruction can express a displacement.
func (r *row) reaches(i *Inst, o *Operand) bool {
	size, single := r.access(i)
	unit := int64(1) << size
	switch {
	case i.Op == LD1 || i.Op == ST1:
		return o.form == modeOffset && o.value == 0 ||
			o.form == modePost && o.value == int64(i.Width.Bytes())*int64(i.A.form)
	case i.Op == LD1R || i.Op == LD1E || i.Op == ST1E:
		return o.form == modeOffset && o.value == 0 || o.form == modePost && o.value == unit
	case !single:
		return o.form < modeCount && o.value%unit == 0 && -64 <= o.value/unit && o.value/unit < 64
	case o.form == modeOffset && o.scaled(unit):
		return true
	case o.form != modeOffset && (i.Op == PRFM || i.Op == PRFMSTRM):
		return false
	}
	return o.form < modeCount && -256 <= o.value && o.value < 256
}

// scaled reports whether a displacement is a number of units that 12 bits hold.
func (o *Operand) scaled(unit int64) bool {
	return o.value >= 0 && o.value%unit == 0 && o.value/unit < 1<<12
}

// encodeLoad: the loads and stores of one general register, in the forms
//
//	size 111 v 01 opc imm12 rn rt                displacement, counted in units
//	size 111 v 00 opc 0 imm9 mode rn rt          displacement in bytes; 01 and 11 change the base, behind and before
//	size 111 v 00 opc 1 rm extend s 10 rn rt     index
//	opc 011 v 00 imm19 rt                        label
func encodeLoad(e *encoder, r *row, i *Inst) {
	word := r.code
	switch i.Op {
	case LDR, STR:
		word |= sf(i.Width) >> 1
	case LDRSB, LDRSH:
		if i.Width == W32 {
			word |= 1 << 22
		}
	}
	if i.B.kind == LabelMem {
		word = 0x18000000 | sf(i.Width)>>1
		if i.Op == LDRSW {
			word = 0x98000000
		}
		e.reference(word|i.A.number(), Label(i.B.value))
		return
	}
	size, _ := r.access(i)
	e.Word32(word | i.A.number() | i.B.memory(size))
}

// encodeLoadVector: 128 bits have the size of 8, and another bit.
func encodeLoadVector(e *encoder, r *row, i *Inst) {
	if i.B.kind == LabelMem {
		e.reference(0x1c000000|uint32(i.Width-W32)<<30|i.A.number(), Label(i.B.value))
		return
	}
	word, size := r.code, i.Width.size()
	if i.Width == W128 {
		word |= 1 << 23
	} else {
		word |= size << 30
	}
	e.Word32(word | i.A.number() | i.B.memory(size))
}

// encodePrefetch: the row says into which cache.
func encodePrefetch(e *encoder, r *row, i *Inst) { e.Word32(r.code | i.A.memory(3)) }

// memory is the bits of a memory operand of a load or store of one register of 1<<size bytes.
func (o *Operand) memory(size uint32) uint32 {
	word := o.number() << atN
	unit := int64(1) << size
	switch {
	case o.form == modeIndex:
		index, _ := o.index.Physical()
		word |= 1<<21 | uint32(PReg(index).Number())<<atM | uint32(o.value)<<13 | 1<<11
		if o.shift != 0 {
			word |= 1 << 12
		}
		return word
	case o.form == modeOffset && o.scaled(unit):
		return word | 1<<24 | uint32(o.value/unit)<<10
	}
	word |= uint32(o.value) & 0x1ff << 12
	switch o.form {
	case modePre:
		word |= 3 << 10
	case modePost:
		word |= 1 << 10
	}
	return word
}

// encodePair: the width stands in the highest two bits, for general registers as 0 and 2, for vectors as 0, 1, 2.
func encodePair(e *encoder, r *row, i *Inst) {
	word := r.code
	if r.operands[0].class == Vector {
		word |= uint32(i.Width-W32) << 30
	} else {
		word |= sf(i.Width)
	}
	switch i.C.form {
	case modePost:
		word |= 1 << 23
	case modePre:
		word |= 3 << 23
	default:
		word |= 2 << 23
	}
	units := i.C.value >> i.Width.size()
	e.Word32(word | uint32(units)&0x7f<<15 | i.B.number()<<atA | i.C.number()<<atN | i.A.number())
}

// structureCodes tell, by the number of registers less one, how many LD1 and ST1 move.
var structureCodes = [4]uint32{7, 10, 6, 2}

// encodeStructure: LD1 and ST1 of whole registers. A base that is added to has a register for what is added; 31 stands for
// what is moved.
func encodeStructure(e *encoder, r *row, i *Inst) {
	word := r.code | i.Width.full()<<30 | i.Width.size()<<10
	if i.Op != LD1R {
		word |= structureCodes[i.A.form-1] << 12
	}
	if i.B.form == modePost {
		word |= 1<<23 | 31<<atM
	}
	e.Word32(word | i.B.number()<<atN | i.A.number())
}

// encodeLane: one element. Its number stands in the bits that elements leave, from the highest down: Q, S, and two of size.
func encodeLane(e *encoder, r *row, i *Inst) {
	size := i.Width.size()
	word := r.code | min(size, 2)<<14
	if size == 3 {
		word |= 1 << 10
	}
	number := uint32(i.A.value) << size // 4 bits
	word |= number>>3<<30 | number&7<<10
	if i.B.form == modePost {
		word |= 1<<23 | 31<<atM
	}
	e.Word32(word | i.B.number()<<atN | i.A.number())
}
