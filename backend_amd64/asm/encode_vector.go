package asm

// isExtended reports whether the operand is a register of number 8 or above.
func (o *Operand) isExtended() bool { return o.kind == RegKind && o.number() >= 8 }

// encodeSSEMove: a load, a store, or a move between registers, which is spelled as a load.
func encodeSSEMove(e *encoder, r *row, i *Inst) {
	if i.A.kind == RegKind {
		encodeRM(e, r, i)
		return
	}
	c := r.code
	c.op = c.store
	e.legacy(i.Width, c, i.B.number(), &i.A, false)
}

// encodeRMI: the first operand in ModRM.reg, the second in ModRM.rm, and a constant of 8 bits.
func encodeRMI(e *encoder, r *row, i *Inst) {
	encodeRM(e, r, i)
	e.immediate(W8, i.C.value)
}

// encodeSSEShift: the operand in ModRM.rm, a part of the opcode in ModRM.reg, and a constant of 8 bits.
func encodeSSEShift(e *encoder, r *row, i *Inst) {
	e.legacy(i.Width, r.code, r.code.ext, &i.A, false)
	e.immediate(W8, i.B.value)
}

// encodeVexMove spells a move between registers as a store when that makes the prefix shorter.
func encodeVexMove(e *encoder, r *row, i *Inst) {
	if i.A.kind == RegKind && (i.A.isExtended() || !i.B.isExtended()) {
		encodeVexRM(e, r, i)
		return
	}
	c := r.code
	c.op = c.store
	e.vex(c, false, i.Width == W256, i.B.number(), 0, &i.A)
}

// encodeVexRM: the first operand in ModRM.reg, the second in ModRM.rm.
func encodeVexRM(e *encoder, r *row, i *Inst) {
	e.vex(r.code, false, i.Width == W256, i.A.number(), 0, &i.B)
}

// encodeVexRMI is the same with a constant of 8 bits. VPERMQ has a W of 1.
func encodeVexRMI(e *encoder, r *row, i *Inst) {
	e.vex(r.code, i.Op == VPERMQ, i.Width == W256, i.A.number(), 0, &i.B)
	e.immediate(W8, i.C.value)
}

// encodeVexInsert: three operands, and a constant of 8 bits that says which half is replaced: the upper one.
func encodeVexInsert(e *encoder, r *row, i *Inst) {
	e.vex(r.code, false, true, i.A.number(), i.B.number(), &i.C)
	e.immediate(W8, 1)
}

// encodeVexShift: the result's number stands in the prefix, a part of the opcode in ModRM.reg.
func encodeVexShift(e *encoder, r *row, i *Inst) {
	e.vex(r.code, false, i.Width == W256, r.code.ext, i.A.number(), &i.B)
	e.immediate(W8, i.C.value)
}

// encodeVexGeneral moves between a vector, which stands in ModRM.reg, and a general register.
func encodeVexGeneral(e *encoder, r *row, i *Inst) {
	vector, general := &i.A, &i.B
	if i.Op == VMOVXG {
		vector, general = general, vector
	}
	e.vex(r.code, i.Width == W64, false, vector.number(), 0, general)
}

// encodeVector: three operands, with VEX or, at 512 bits, with EVEX.
func encodeVector(e *encoder, r *row, i *Inst) {
	if i.Width == W512 {
		encodeEvexRVM(e, r, i)
		return
	}
	e.vex(r.code, false, i.Width == W256, i.A.number(), i.B.number(), &i.C)
}

func encodeVexZero(e *encoder, r *row, i *Inst) {
	e.vex(r.code, false, false, i.A.number(), i.A.number(), &i.A)
}

// encodeVzeroupper: its only operand is the opcode, so it ends before ModRM.
func encodeVzeroupper(e *encoder, r *row, _ *Inst) {
	e.byte(0xc5)
	e.byte(0xf8)
	e.byte(r.code.op)
}

// encodeEvexMove: a load, a store, or a move between registers, all with an optional mask.
func encodeEvexMove(e *encoder, r *row, i *Inst) {
	var mask uint8
	if i.C.kind == RegKind {
		mask = i.C.number()
	}
	unit := int64(i.Width.Bytes())
	if i.A.kind == RegKind {
		e.evex(r.code, i.Width, i.A.number(), 0, mask, &i.B, unit)
		return
	}
	c := r.code
	c.op = c.store
	e.evex(c, i.Width, i.B.number(), 0, mask, &i.A, unit)
}

func encodeEvexRVM(e *encoder, r *row, i *Inst) {
	e.evex(r.code, i.Width, i.A.number(), i.B.number(), 0, &i.C, int64(i.Width.Bytes()))
}

// encodeEvexBroadcast: the memory operand is 16 bytes whatever the width.
func encodeEvexBroadcast(e *encoder, r *row, i *Inst) {
	e.evex(r.code, i.Width, i.A.number(), 0, 0, &i.B, int64(W128.Bytes()))
}

// encodeKmov: the prefix and W together tell mask from general register and 32 from 64 bits.
//
//	mask, mask          32 bits: 66 W1    64 bits: no prefix, W1
//	mask and general    32 bits: f2 W0    64 bits: f2 W1
func encodeKmov(e *encoder, r *row, i *Inst) {
	c, wide := r.code, i.Width == W64
	c.m = 1
	switch {
	case i.Op != KMOV:
		c.prefix = 0xf2
	case !wide:
		c.prefix, wide = 0x66, true
	}
	e.vex(c, wide, false, i.A.number(), 0, &i.B)
}
