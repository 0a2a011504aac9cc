package asm

// encodeMove: SP is a register of additions, all others are moved by orr rd, xzr, rm.
func encodeMove(e *encoder, _ *row, i *Inst) {
	d, m := i.A.number(), i.B.number()
	if i.A.is(SP.Reg()) || i.B.is(SP.Reg()) {
		e.Word32(0x11000000 | sf(i.Width) | m<<atN | d)
		return
	}
	e.Word32(0x2a0003e0 | sf(i.Width) | m<<atM | d)
}

// encodeMoveWide: 16 bits, and their place.
func encodeMoveWide(e *encoder, r *row, i *Inst) {
	e.Word32(r.code | sf(i.Width) | uint32(i.C.value)>>4<<21 | uint32(i.B.value)<<5 | i.A.number())
}

// encodeSum: ADD, SUB, ADDS, SUBS.
func encodeSum(e *encoder, r *row, i *Inst) {
	stack := i.A.is(SP.Reg()) || i.B.is(SP.Reg())
	e.sum(r.code|i.B.number()<<atN|i.A.number(), i, &i.C, stack)
}

// encodeCompare: CMP and CMN, whose result is dropped.
func encodeCompare(e *encoder, r *row, i *Inst) {
	e.sum(r.code|i.A.number()<<atN, i, &i.B, i.A.is(SP.Reg()))
}

// sum has the forms, with op the two bits that tell the four operations,
//
//	op 01011 shift 0 rm amount rn rd         register, shifted
//	op 01011 001 rm extend amount rn rd      register, extended: sp is possible
//	op 100010 high imm12 rn rd               constant: sp is possible
func (e *encoder) sum(word uint32, i *Inst, o *Operand, stack bool) {
	word |= sf(i.Width)
	switch {
	case o.kind == ImmKind:
		value := uint32(o.value)
		word = word&^0x1f000000 | 0x11000000
		if value > 0xfff {
			word |= 1 << 22
			value >>= 12
		}
		e.Word32(word | value<<10)
	case o.kind == ExtendKind:
		e.Word32(word | 1<<21 | o.number()<<atM | uint32(o.form)<<13 | uint32(o.value)<<10)
	case o.kind == RegKind && stack:
		x := ExtendX
		if i.Width == W32 {
			x = ExtendUW
		}
		e.Word32(word | 1<<21 | o.number()<<atM | uint32(x)<<13)
	default:
		e.Word32(word | o.shifted())
	}
}

// shifted is the bits of a register or a shifted one. Of others form and value are zero.
func (o *Operand) shifted() uint32 {
	return uint32(o.form)<<22 | o.number()<<atM | uint32(o.value)<<10
}

// encodeLogic: three operands, of which the last may be a constant.
func encodeLogic(e *encoder, r *row, i *Inst) {
	e.logic(r.code|i.B.number()<<atN|i.A.number(), i.Width, &i.C)
}

// encodeTest: TST, whose result is dropped.
func encodeTest(e *encoder, r *row, i *Inst) {
	e.logic(r.code|i.A.number()<<atN, i.Width, &i.B)
}

func (e *encoder) logic(word uint32, w Width, o *Operand) {
	word |= sf(w)
	if o.kind != ImmKind {
		e.Word32(word | o.shifted())
		return
	}
	code, _ := bitmask(w, o.value)
	e.Word32(word&^0x1f000000 | 0x12000000 | code)
}

// encodeNegate: NEG and MVN, whose first operand is zero.
func encodeNegate(e *encoder, r *row, i *Inst) {
	e.Word32(r.code | sf(i.Width) | i.B.shifted() | i.A.number())
}

// Instructions that move bits, without width and registers.
const (
	sbfm = 0x13000000
	ubfm = 0x53000000
	extr = 0x13800000
)

// bits appends an instruction that moves bits.
func (e *encoder) bits(word uint32, i *Inst, immr, imms uint32) {
	word |= sf(i.Width)
	if i.Width == W64 {
		word |= 1 << 22
	}
	e.Word32(word | immr<<16 | imms<<10 | i.B.number()<<atN | i.A.number())
}

// encodeShift: by a register, or by a constant, which is a move of bits.
func encodeShift(e *encoder, r *row, i *Inst) {
	if i.C.kind == RegKind {
		encodeRegisters(e, r, i)
		return
	}
	n, last := uint32(i.C.value), uint32(i.Width.Bits()-1)
	switch i.Op {
	case LSL:
		e.bits(ubfm, i, -n&last, last-n)
	case LSR:
		e.bits(ubfm, i, n, last)
	case ASR:
		e.bits(sbfm, i, n, last)
	default:
		e.bits(extr|i.B.number()<<atM, i, 0, n)
	}
}

// encodeBits: UBFM, SBFM, BFM with their numbers as they are.
func encodeBits(e *encoder, r *row, i *Inst) {
	e.bits(r.code, i, uint32(i.C.value), uint32(i.D.value))
}

// encodeExtract: bits from a place on move to the bottom.
func encodeExtract(e *encoder, r *row, i *Inst) {
	e.bits(r.code, i, uint32(i.C.value), uint32(i.C.value+i.D.value-1))
}

// encodeInsert: the bottom bits move to a place.
func encodeInsert(e *encoder, r *row, i *Inst) {
	e.bits(r.code, i, uint32(-i.C.value)&uint32(i.Width.Bits()-1), uint32(i.D.value-1))
}

// encodeWiden: the bottom 8, 16 or 32 bits, extended.
func encodeWiden(e *encoder, r *row, i *Inst) {
	imms := uint32(31)
	switch i.Op {
	case UXTB, SXTB:
		imms = 7
	case UXTH, SXTH:
		imms = 15
	}
	e.bits(r.code, i, 0, imms)
}

// encodeExtr: a part of two registers in a row.
func encodeExtr(e *encoder, _ *row, i *Inst) {
	e.bits(extr|i.C.number()<<atM, i, 0, uint32(i.D.value))
}

// encodeReverse: REV reverses as many bytes as the width says.
func encodeReverse(e *encoder, r *row, i *Inst) {
	word := r.code | sf(i.Width) | i.B.number()<<atN | i.A.number()
	if i.Width == W64 {
		word |= 1 << 10
	}
	e.Word32(word)
}

func encodeSelect(e *encoder, r *row, i *Inst) {
	e.Word32(r.code | sf(i.Width) | uint32(i.Cond)<<12 | i.C.number()<<atM | i.B.number()<<atN | i.A.number())
}

// encodeSet: CSET and CSETM choose between two results that come from zero, under the opposite condition.
func encodeSet(e *encoder, r *row, i *Inst) {
	e.Word32(r.code | sf(i.Width) | uint32(i.Cond.Not())<<12 | i.A.number())
}

// encodeCondCompare: the flags of a comparison, or those given if the condition does not hold.
func encodeCondCompare(e *encoder, r *row, i *Inst) {
	word := r.code | sf(i.Width) | uint32(i.Cond)<<12 | i.A.number()<<atN | uint32(i.C.value)
	if i.B.kind == ImmKind {
		word |= 1<<11 | uint32(i.B.value)<<atM
	} else {
		word |= i.B.number() << atM
	}
	e.Word32(word)
}

// encodeIndirect: BR and BLR.
func encodeIndirect(e *encoder, r *row, i *Inst) { e.Word32(r.code | i.A.number()<<atN) }

// encodeBreak: the constant is for the debugger.
func encodeBreak(e *encoder, r *row, i *Inst) { e.Word32(r.code | uint32(i.A.value)<<5) }

func encodeLanding(e *encoder, r *row, i *Inst) { e.Word32(r.code | uint32(i.A.value)<<6) }
