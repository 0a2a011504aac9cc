package amd64

import (
	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/ir"
)

// --- CountLeadingZeros, CountTrailingZeros: lzcnt, tzcnt. Older processors find the number of a bit instead, and where
// there is none they say so in the flags only. 63 ^ 127 is 64.
//
//	mov n, 127 ; bsr t, a ; cmove t, n ; xor t, 63
//	mov n, 64 ; bsf t, a ; cmove t, n

func (w *lowering) LowerCountZeros(i *ir.Inst) {
	a, leading := RegOperand(w.Reg(i.Args[0])), i.Op == ir.CountLeadingZeros
	if leading && w.Features.Has(HasLZCNT) {
		w.emit(LZCNT, W64, RegOperand(w.Result(i)), a)
		return
	}
	if !leading && w.Features.Has(HasBMI1) {
		w.emit(TZCNT, W64, RegOperand(w.Result(i)), a)
		return
	}
	find, none := BSF, int64(64)
	if leading {
		find, none = BSR, 127
	}
	absent, bit, r := w.Temp(), w.Temp(), w.Result(i)
	found := r
	if leading {
		found = w.Temp()
	}
	w.emit(MOV, W32, RegOperand(absent), Imm(none))
	w.emit(find, W64, RegOperand(bit), a)
	w.plain(CMOVcc, CondE, W64, bit, RegOperand(found), RegOperand(absent))
	if leading {
		w.emitTied(XOR, W64, r, found, Imm(63))
	}
}

// sevens are the low 7 bits of each byte.
const sevens = 0x7f7f7f7f7f7f7f7f

// mask is a constant of 64 bits behind the code. It takes no register.
func (w *lowering) mask(c uint64) Operand { return At(w.out.Constant(c, 0)) }

// --- Gather7: pext r, a, [sevens]. Elsewhere neighbours join, 7 bits to 14, 14 to 28, 28 to 56. Where h are the upper
// halves, x - h + h/2 is x - h/2, and x - h + h/4 is x - 3*(h/4).
//
//	mov x, a ; and x, [sevens]
//	mov h, x ; and h, [7f007f007f007f00] ; shr h, 1 ; sub x, h
//	mov h, x ; and h, [3fff00003fff0000] ; shr h, 2 ; lea h, [h+h*2] ; sub x, h
//	mov low, x32 ; shr x, 32 ; shl x, 28 ; or x, low

func (w *lowering) LowerGather7(i *ir.Inst) {
	a := w.Reg(i.Args[0])
	if w.Features.Has(NeedsPEXT) {
		w.emit(PEXT, W64, RegOperand(w.Result(i)), RegOperand(a), w.mask(sevens))
		return
	}
	x := w.change(AND, a, w.mask(sevens))
	h := w.change(SHR, w.change(AND, x, w.mask(0x7f007f007f007f00)), Imm(1))
	x = w.change(SUB, x, RegOperand(h))
	h = w.change(SHR, w.change(AND, x, w.mask(0x3fff00003fff0000)), Imm(2))
	x = w.change(SUB, x, RegOperand(w.triple(h)))
	low := w.Temp()
	w.emit(MOV, W32, RegOperand(low), RegOperand(x))
	h = w.change(SHL, w.change(SHR, x, Imm(32)), Imm(28))
	w.emitTied(OR, W64, w.Result(i), h, RegOperand(low))
}

// --- Spread7: pdep r, a, [sevens]. Elsewhere halves part, 56 bits into 28 and so on. Where h are the upper halves,
// x - h + 4*h is x + 3*h, and x - h + 2*h is x + h.
//
//	mov low, a ; and low32, 0fffffff
//	mov x, a ; shr x, 28 ; and x32, 0fffffff ; shl x, 32 ; or x, low
//	mov h, x ; and h, [0fffc0000fffc000] ; lea h, [h+h*2] ; lea x, [x+h]
//	mov h, x ; and h, [3f803f803f803f80] ; lea x, [x+h]

func (w *lowering) LowerSpread7(i *ir.Inst) {
	a := w.Reg(i.Args[0])
	if w.Features.Has(NeedsPEXT) {
		w.emit(PDEP, W64, RegOperand(w.Result(i)), RegOperand(a), w.mask(sevens))
		return
	}
	const half = 1<<28 - 1
	low := w.change(AND, a, Imm(half))
	x := w.change(SHL, w.change(AND, w.change(SHR, a, Imm(28)), Imm(half)), Imm(32))
	x = w.change(OR, x, RegOperand(low))
	h := w.triple(w.change(AND, x, w.mask(0x0fffc0000fffc000)))
	x = w.sum(w.Temp(), x, h)
	h = w.change(AND, x, w.mask(0x3f803f803f803f80))
	w.sum(w.Result(i), x, h)
}

// change returns what op makes of a.
func (w *lowering) change(op Op, a Reg, b Operand) Reg {
	r := w.Temp()
	w.emitTied(op, W64, r, a, b)
	return r
}

// triple returns 3*h.
func (w *lowering) triple(h Reg) Reg {
	r := w.Temp()
	w.emit(LEA, W64, RegOperand(r), Indexed(h, h, 2, 0))
	return r
}

// sum makes r a + b.
func (w *lowering) sum(r, a, b Reg) Reg {
	w.emit(LEA, W64, RegOperand(r), Indexed(a, b, 1, 0))
	return r
}
