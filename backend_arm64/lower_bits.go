package arm64

import (
	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/ir"
)

// --- CountLeadingZeros, CountTrailingZeros: clz r, a; with rbit t, a before it, which turns the bits around.

func (w *lowering) LowerCountZeros(i *ir.Inst) {
	a := w.Reg(i.Args[0])
	if i.Op == ir.CountTrailingZeros {
		turned := w.Temp()
		w.emit(RBIT, W64, RegOperand(turned), RegOperand(a))
		a = turned
	}
	w.emit(CLZ, W64, RegOperand(w.Result(i)), RegOperand(a))
}

// --- Gather7: neighbours join, 7 bits to 14, 14 to 28, 28 to 56.
//
//	and h, a, 7f007f007f007f00 ; and l, a, 007f007f007f007f ; orr x, l, h, lsr 1
//	and h, x, 3fff00003fff0000 ; and l, x, 00003fff00003fff ; orr x, l, h, lsr 2
//	lsr h, x, 32 ; bfi x, h, 28, 36

func (w *lowering) LowerGather7(i *ir.Inst) {
	x := w.merge(w.Reg(i.Args[0]), 0x007f007f007f007f, 0x7f007f007f007f00, ShiftLSR, 1)
	x = w.merge(x, 0x00003fff00003fff, 0x3fff00003fff0000, ShiftLSR, 2)
	high := w.Temp()
	w.emit(LSR, W64, RegOperand(high), RegOperand(x), Imm(32))
	w.emitTied(BFI, W64, w.Result(i), x, RegOperand(high), Imm(28), Imm(36))
}

// --- Spread7: halves part, 56 bits into 28 and so on. The first step leaves bits above the halves.
//
//	lsr h, a, 28 ; bfi x, h, 32, 32
//	and h, x, 0fffc0000fffc000 ; and l, x, 00003fff00003fff ; orr x, l, h, lsl 2
//	and h, x, 3f803f803f803f80 ; and l, x, 007f007f007f007f ; orr x, l, h, lsl 1

func (w *lowering) LowerSpread7(i *ir.Inst) {
	a := w.Reg(i.Args[0])
	high, x := w.Temp(), w.Temp()
	w.emit(LSR, W64, RegOperand(high), RegOperand(a), Imm(28))
	w.emitTied(BFI, W64, x, a, RegOperand(high), Imm(32), Imm(32))
	x = w.merge(x, 0x00003fff00003fff, 0x0fffc0000fffc000, ShiftLSL, 2)
	w.mergeInto(w.Result(i), x, 0x007f007f007f007f, 0x3f803f803f803f80, ShiftLSL, 1)
}

// merge returns what two masks leave of x, the second part shifted.
func (w *lowering) merge(x Reg, low, high int64, s Shift, by uint8) Reg {
	r := w.Temp()
	w.mergeInto(r, x, low, high, s, by)
	return r
}

// mergeInto does so in a register.
func (w *lowering) mergeInto(r, x Reg, low, high int64, s Shift, by uint8) {
	h, l := w.Temp(), w.Temp()
	w.emit(AND, W64, RegOperand(h), RegOperand(x), Imm(high))
	w.emit(AND, W64, RegOperand(l), RegOperand(x), Imm(low))
	w.emit(ORR, W64, RegOperand(r), RegOperand(l), Shifted(h, s, by))
}
