package asm

// encodeVector: the operands in the places d, n, m, and the arrangement.
func encodeVector(e *encoder, r *row, i *Inst) {
	word := r.code | arrangement(i.Width) | i.A.number() | i.B.number()<<atN
	if i.C.kind == RegKind {
		word |= i.C.number() << atM
	}
	e.Word32(word)
}

// encodeVectorLogic: the same for operations on bits, where the size of an element is a part of the operation.
func encodeVectorLogic(e *encoder, r *row, i *Inst) {
	word := r.code | i.Width.full()<<30 | i.A.number() | i.B.number()<<atN
	if i.C.kind == RegKind {
		word |= i.C.number() << atM
	}
	e.Word32(word)
}

// encodeVectorMove: orr with the same register twice.
func encodeVectorMove(e *encoder, r *row, i *Inst) {
	e.Word32(r.code | i.Width.full()<<30 | i.A.number() | i.B.number()<<atN | i.B.number()<<atM)
}

// encodeShiftLeft: the amount is counted from the bits of an element up. The highest bit of the sum tells their number.
func encodeShiftLeft(e *encoder, r *row, i *Inst) {
	e.vectorShift(r, i, uint32(int64(i.Width.Bits())+i.C.value))
}

// encodeShiftRight: the amount is counted down from twice the bits of an element.
func encodeShiftRight(e *encoder, r *row, i *Inst) {
	e.vectorShift(r, i, uint32(2*int64(i.Width.Bits())-i.C.value))
}

func (e *encoder) vectorShift(r *row, i *Inst, amount uint32) {
	e.Word32(r.code | i.Width.full()<<30 | amount<<16 | i.A.number() | i.B.number()<<atN)
}

// encodeLookup: TBL and TBX. The table is a list.
func encodeLookup(e *encoder, r *row, i *Inst) {
	e.Word32(r.code | i.Width.full()<<30 | uint32(i.B.form-1)<<13 | i.A.number() | i.B.number()<<atN | i.C.number()<<atM)
}

func encodeExt(e *encoder, r *row, i *Inst) {
	e.Word32(r.code | i.Width.full()<<30 | uint32(i.D.value)<<11 | i.A.number() | i.B.number()<<atN | i.C.number()<<atM)
}

// elementBits tell the size of an element by their lowest one, and above it, which element.
func elementBits(w Width, number int64) uint32 {
	return (uint32(number)<<1 | 1) << w.size() << 16
}

// encodeDup: an element into all elements.
func encodeDup(e *encoder, r *row, i *Inst) {
	e.Word32(r.code | i.Width.full()<<30 | elementBits(i.Width, i.B.value) | i.A.number() | i.B.number()<<atN)
}

// encodeDupGeneral: a general register into all elements.
func encodeDupGeneral(e *encoder, r *row, i *Inst) {
	e.Word32(r.code | i.Width.full()<<30 | elementBits(i.Width, 0) | i.A.number() | i.B.number()<<atN)
}

// encodeInsertElement: into one element a general register, or another element, whose number has its own bits.
func encodeInsertElement(e *encoder, r *row, i *Inst) {
	word := r.code | elementBits(i.Width, i.A.value) | i.A.number() | i.B.number()<<atN
	if i.B.kind == ElementKind {
		word |= uint32(i.B.value) << i.Width.size() << 11
	}
	e.Word32(word)
}

// encodeExtractElement: an element of 64 bits needs a general register of as many.
func encodeExtractElement(e *encoder, r *row, i *Inst) {
	word := r.code | elementBits(i.Width, i.B.value) | i.A.number() | i.B.number()<<atN
	if i.Width.size() == 3 {
		word |= 1 << 30
	}
	e.Word32(word)
}

// encodeSignedElement: the element's sign comes in above it.
func encodeSignedElement(e *encoder, r *row, i *Inst) {
	e.Word32(r.code | elementBits(i.Width, i.B.value) | i.A.number() | i.B.number()<<atN)
}

// encodeFmov: bits between a general register and a vector.
func encodeFmov(e *encoder, r *row, i *Inst) {
	word := r.code | i.A.number() | i.B.number()<<atN
	if i.Width == W64 {
		word |= 1<<31 | 1<<22
	}
	e.Word32(word)
}

// encodeFill: MOVI.
func encodeFill(e *encoder, r *row, i *Inst) {
	code, _ := filling(i.Width, i.B.value)
	e.Word32(r.code | i.Width.full()<<30 | code | i.A.number())
}

// filling returns how MOVI spells an element, in the bits of the constant and in those that say what it is:
//
//	8 bits     the byte
//	16, 32     a byte at some place, the others are zero
//	64         each byte is 0 or 255, and stands for one bit
func filling(w Width, value int64) (code uint32, ok bool) {
	constant, mode := uint32(0), uint32(0)
	bits := uint64(value)
	switch w.size() {
	case 0:
		if bits > 0xff {
			return 0, false
		}
		constant, mode = uint32(bits), 0xe
	case 3:
		for n := range 8 {
			switch bits >> (8 * n) & 0xff {
			case 0:
			case 0xff:
				constant |= 1 << n
			default:
				return 0, false
			}
		}
		mode = 0x1e
	default:
		shift := fillShift(bits)
		if bits>>shift > 0xff || int(shift) >= w.Bits() {
			return 0, false
		}
		constant, mode = uint32(bits>>shift), shift/8<<1
		if w.size() == 1 {
			mode |= 8
		}
	}
	return mode>>4<<29 | constant>>5<<16 | constant&31<<5 | mode&15<<12, true
}

// fillShift is the place of the only byte that is not zero, of a value that has but one.
func fillShift(bits uint64) uint32 {
	shift := uint32(0)
	for bits > 0xff && bits&0xff == 0 {
		bits >>= 8
		shift += 8
	}
	return shift
}
