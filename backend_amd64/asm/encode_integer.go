package asm

import "encoding/binary"

// wideOp is 1 for all widths but 8: the lowest bit of most integer opcodes.
func wideOp(w Width) uint8 {
	if w == W8 {
		return 0
	}
	return 1
}

// encodeRM: the first operand in ModRM.reg, the second in ModRM.rm.
func encodeRM(e *encoder, r *row, i *Inst) {
	rex := i.B.hiddenByte(r.operands[1].width(i.Width)) && r.operands[1].class == General
	e.legacy(i.Width, r.code, i.A.number(), &i.B, rex)
}

// encodeMR: the second operand in ModRM.reg, the first in ModRM.rm.
func encodeMR(e *encoder, r *row, i *Inst) {
	e.legacy(i.Width, r.code, i.B.number(), &i.A, false)
}

// encodeMov has the forms
//
//	b0 imm8, b8 imm16/32    register, constant
//	REX.W c7 imm32          64-bit register, constant that sign-extends from 32 bits
//	REX.W b8 imm64          64-bit register, any other constant
//	c6/c7                   memory, constant
//	88/89, 8a/8b            to memory or register from register, from memory
func encodeMov(e *encoder, _ *row, i *Inst) {
	w := i.Width
	rex := i.A.hiddenByte(w) || i.B.hiddenByte(w)
	switch {
	case i.B.kind == RegKind:
		e.legacy(w, opcode{op: 0x88 | wideOp(w)}, i.B.number(), &i.A, rex)
	case i.B.kind != ImmKind:
		e.legacy(w, opcode{op: 0x8a | wideOp(w)}, i.A.number(), &i.B, rex)
	default:
		e.movConstant(i, rex)
	}
}

func (e *encoder) movConstant(i *Inst, rex bool) {
	w, value := i.Width, i.B.signed(i.Width)
	switch {
	case i.A.kind != RegKind || w == W64 && isInt32(value):
		e.legacy(w, opcode{op: 0xc6 | wideOp(w)}, 0, &i.A, rex)
		e.immediate(w, value)
	case w == W64:
		e.shortRegister(w, opcode{op: 0xb8}, i.A.number(), false)
		e.Bytes = binary.LittleEndian.AppendUint64(e.Bytes, uint64(value))
	default:
		e.shortRegister(w, opcode{op: 0xb0 | wideOp(w)<<3}, i.A.number(), rex)
		e.immediate(w, value)
	}
}

func encodeMovbe(e *encoder, r *row, i *Inst) {
	c := r.code
	if i.A.kind == RegKind {
		e.legacy(i.Width, c, i.A.number(), &i.B, false)
		return
	}
	c.op |= 1
	e.legacy(i.Width, c, i.B.number(), &i.A, false)
}

func encodeBswap(e *encoder, _ *row, i *Inst) {
	e.shortRegister(i.Width, opcode{m: 1, op: 0xc8}, i.A.number(), false)
}

// encodeXchg takes the form of one opcode byte when rax is one of the two. With eax for both, that byte would be a
// nop, which does not clear the upper half; with rax for both, a nop is what is wanted.
func encodeXchg(e *encoder, _ *row, i *Inst) {
	first, second := i.A.number(), i.B.number()
	switch {
	case first|second == 0 && i.Width == W64:
		e.byte(0x90)
	case first|second == 0 || first != 0 && second != 0:
		e.legacy(i.Width, opcode{op: 0x87}, second, &i.A, false)
	default:
		e.shortRegister(i.Width, opcode{op: 0x90}, first|second, false)
	}
}

func encodePushPop(e *encoder, r *row, i *Inst) {
	e.shortRegister(W32, r.code, i.A.number(), false)
}

// encodeALU has the forms, with ext the operation,
//
//	83 /ext imm8            constant that sign-extends from 8 bits
//	ext*8+4/5               al, ax, eax, rax and another constant
//	80/81 /ext              any other first operand and constant
//	ext*8+0/1, ext*8+2/3    to memory or register from register, from memory
func encodeALU(e *encoder, r *row, i *Inst) {
	w, ext := i.Width, r.code.ext
	rex := i.A.hiddenByte(w) || i.B.hiddenByte(w)
	switch {
	case i.B.kind == RegKind:
		e.legacy(w, opcode{op: ext<<3 | wideOp(w)}, i.B.number(), &i.A, rex)
		return
	case i.B.kind != ImmKind:
		e.legacy(w, opcode{op: ext<<3 | 2 | wideOp(w)}, i.A.number(), &i.B, rex)
		return
	}
	value := i.B.signed(w)
	switch {
	case w != W8 && isInt8(value):
		e.legacy(w, opcode{op: 0x83}, ext, &i.A, false)
		w = W8
	case i.A.is(RAX):
		e.shortRegister(w, opcode{op: ext<<3 | 4 | wideOp(w)}, 0, false)
	default:
		e.legacy(w, opcode{op: 0x80 | wideOp(w)}, ext, &i.A, rex)
	}
	e.immediate(w, value)
}

func encodeTest(e *encoder, _ *row, i *Inst) {
	w := i.Width
	rex := i.A.hiddenByte(w) || i.B.hiddenByte(w)
	switch {
	case i.B.kind == RegKind:
		e.legacy(w, opcode{op: 0x84 | wideOp(w)}, i.B.number(), &i.A, rex)
		return
	case i.A.is(RAX):
		e.shortRegister(w, opcode{op: 0xa8 | wideOp(w)}, 0, false)
	default:
		e.legacy(w, opcode{op: 0xf6 | wideOp(w)}, 0, &i.A, rex)
	}
	e.immediate(w, i.B.signed(w))
}

// encodeZero: the first operand is both operands of an instruction whose result is then zero.
func encodeZero(e *encoder, r *row, i *Inst) {
	e.legacy(i.Width, r.code, i.A.number(), &i.A, false)
}

func encodeUnary(e *encoder, r *row, i *Inst) {
	e.legacy(i.Width, opcode{op: 0xf6 | wideOp(i.Width)}, r.code.ext, &i.A, i.A.hiddenByte(i.Width))
}

func encodeImulImm(e *encoder, _ *row, i *Inst) {
	w, value := i.Width, i.C.signed(i.Width)
	if isInt8(value) {
		e.legacy(w, opcode{op: 0x6b}, i.A.number(), &i.B, false)
		e.immediate(W8, value)
		return
	}
	e.legacy(w, opcode{op: 0x69}, i.A.number(), &i.B, false)
	e.immediate(w, value)
}

// encodeShift: by one, by a constant, by CL.
func encodeShift(e *encoder, r *row, i *Inst) {
	c := opcode{op: 0xc0 | wideOp(i.Width)}
	byConstant := i.B.kind == ImmKind && i.B.value != 1
	switch {
	case i.B.kind == RegKind:
		c.op |= 0x12
	case !byConstant:
		c.op |= 0x10
	}
	e.legacy(i.Width, c, r.code.ext, &i.A, i.A.hiddenByte(i.Width))
	if byConstant {
		e.immediate(W8, i.B.value)
	}
}

func encodeBit(e *encoder, r *row, i *Inst) {
	if i.B.kind == RegKind {
		encodeMR(e, r, i)
		return
	}
	e.legacy(i.Width, opcode{m: 1, op: 0xba}, r.code.ext, &i.A, false)
	e.immediate(W8, i.B.value)
}

func encodeSetcc(e *encoder, _ *row, i *Inst) {
	e.legacy(W8, opcode{m: 1, op: 0x90 | uint8(i.Cond)}, 0, &i.A, i.A.hiddenByte(W8))
}

func encodeCmovcc(e *encoder, _ *row, i *Inst) {
	e.legacy(i.Width, opcode{m: 1, op: 0x40 | uint8(i.Cond)}, i.A.number(), &i.B, false)
}

// encodeIndirect: a branch is 64 bits wide without being told.
func encodeIndirect(e *encoder, r *row, i *Inst) {
	e.legacy(W32, r.code, r.code.ext, &i.A, false)
}

func encodePrefetch(e *encoder, r *row, i *Inst) {
	e.legacy(W8, r.code, r.code.ext, &i.A, false)
}

// encodePlain: an opcode and nothing else.
func encodePlain(e *encoder, r *row, _ *Inst) { e.opcode(r.code) }

// encodeVexRVM: the operands in ModRM.reg, the prefix, ModRM.rm.
func encodeVexRVM(e *encoder, r *row, i *Inst) {
	e.vex(r.code, i.Width == W64, false, i.A.number(), i.B.number(), &i.C)
}

// encodeVexVM: the operands in the prefix and ModRM.rm, a part of the opcode in ModRM.reg.
func encodeVexVM(e *encoder, r *row, i *Inst) {
	e.vex(r.code, i.Width == W64, false, r.code.ext, i.A.number(), &i.B)
}

// encodeVexRMV: the operands in ModRM.reg, ModRM.rm, the prefix.
func encodeVexRMV(e *encoder, r *row, i *Inst) {
	e.vex(r.code, i.Width == W64, false, i.A.number(), i.C.number(), &i.B)
}

func encodeRorx(e *encoder, r *row, i *Inst) {
	e.vex(r.code, i.Width == W64, false, i.A.number(), 0, &i.B)
	e.immediate(W8, i.C.value)
}
