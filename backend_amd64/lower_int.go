package amd64

import (
	"fmt"

	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/ir"
)

// --- Const, Address: mov r, imm. It changes no flags, so the allocator may repeat it anywhere.

func (w *lowering) LowerConst(i *ir.Inst) {
	if w.Needed(i.Result()) {
		w.constant(i, i.Imm)
	}
}

func (w *lowering) LowerAddress(i *ir.Inst) error {
	a, ok := w.Linkage.Address(i.Symbol)
	if !ok {
		return fmt.Errorf("nothing is called %q", i.Symbol)
	}
	w.constant(i, int64(a))
	return nil
}

func (w *lowering) constant(i *ir.Inst, c int64) {
	r := w.DefineConstant(i.Result(), 0).Reg()
	wide := W64
	if c >= 0 && c < 1<<32 {
		wide = W32
	}
	w.emit(MOV, wide, RegOperand(r), Imm(c))
}

// --- Add, Sub, And, Or, Xor. Sums go to a third register by lea; the others change their first operand, and so does a sum
// that the branch behind it compares with 0: the flags are those of the result. With BMI1, see combines.

func (w *lowering) LowerArithmetic(i *ir.Inst) {
	if !w.Needed(i.Result()) {
		return // its users take it into themselves
	}
	if op, x, index, ok := w.combines(i); ok {
		w.lowerCombined(i, op, x, index)
		return
	}
	wide, a := width(i.Result().Type), w.Reg(i.Args[0])
	b := w.operand(i, 1)
	r := w.Result(i)
	switch {
	case i.Op == ir.Add && b.Kind() == ImmKind && w.decidesNext(i):
		w.emitTied(ADD, wide, r, a, b)
		w.setsFlags(i)
	case i.Op == ir.Add && b.Kind() == ImmKind:
		w.emit(LEA, wide, RegOperand(r), M(a, int32(b.Value())))
	case i.Op == ir.Add:
		w.emit(LEA, wide, RegOperand(r), Indexed(a, b.Reg(), 1, 0))
	case i.Op == ir.Sub && b.Kind() == ImmKind && fitsInt32(-b.Value()):
		w.emit(LEA, wide, RegOperand(r), M(a, int32(-b.Value())))
	default:
		op := map[ir.Op]Op{ir.Sub: SUB, ir.And: AND, ir.Or: OR, ir.Xor: XOR}[i.Op]
		w.emitTied(op, wide, r, a, b)
		w.setsFlags(i)
	}
}

// setsFlags notes that the processor's flags compare the result of i, just computed, with 0.
func (w *lowering) setsFlags(i *ir.Inst) { w.flags, w.flagsAt = i.Result(), w.Steps.Len() }

// combines returns the instruction of BMI1 that does the work of i and of what defines one of its arguments, the one with
// that index; x is what it computes from besides the other argument.
//
//	andn r, x, y     And(Xor(x, -1), y)
//	blsr r, x        And(Add(x, -1), x)
//	blsmsk r, x      Xor(Add(x, -1), x)
func (l *Lowerer) combines(i *ir.Inst) (op Op, x *ir.Value, index int, ok bool) {
	if l.Features&HasBMI1 == 0 || i.Op != ir.And && i.Op != ir.Xor {
		return BAD, nil, 0, false
	}
	for index, v := range i.Args {
		other := i.Args[1-index]
		if v.Def == nil || len(v.Def.Args) != 2 {
			continue
		}
		if c, constant := v.Def.Args[1].IsConst(); !constant || c != -1 {
			continue
		}
		switch x := v.Def.Args[0]; {
		case v.Def.Op == ir.Add && x == other && i.Op == ir.And:
			return BLSR, x, index, true
		case v.Def.Op == ir.Add && x == other:
			return BLSMSK, x, index, true
		case v.Def.Op == ir.Xor && i.Op == ir.And && !foldsArgument(i, 1-index):
			return ANDN, x, index, true
		}
	}
	return BAD, nil, 0, false
}

// foldsArgument reports whether the nth argument of i is a constant that is part of the instruction.
func foldsArgument(i *ir.Inst, n int) bool {
	c, constant := i.Args[n].IsConst()
	return constant && foldsConstant(i, n, c)
}

func (w *lowering) lowerCombined(i *ir.Inst, op Op, x *ir.Value, index int) {
	operands := []Operand{{}, RegOperand(w.Reg(x))}
	if op == ANDN {
		operands = append(operands, RegOperand(w.Reg(i.Args[1-index])))
	}
	operands[0] = RegOperand(w.Result(i))
	w.emit(op, width(i.Result().Type), operands...)
	w.setsFlags(i)
}

// --- Shl, Shr, Sar. A constant count is an immediate; one in a register has to be in CL where the processor
// lacks BMI2. Both take it modulo the width, as IR does.

func (w *lowering) LowerShift(i *ir.Inst) {
	wide, a := width(i.Result().Type), w.Reg(i.Args[0])
	count := w.operand(i, 1)
	if count.Kind() == ImmKind {
		op := map[ir.Op]Op{ir.Shl: SHL, ir.Shr: SHR, ir.Sar: SAR}[i.Op]
		w.emitTied(op, wide, w.Result(i), a, Imm(count.Value()&int64(wide.Bits()-1)))
		return
	}
	if w.Features&HasBMI2 != 0 {
		op := map[ir.Op]Op{ir.Shl: SHLX, ir.Shr: SHRX, ir.Sar: SARX}[i.Op]
		r := w.Result(i)
		w.emit(op, wide, RegOperand(r), RegOperand(a), count)
		return
	}
	op := map[ir.Op]Op{ir.Shl: SHLCL, ir.Shr: SHRCL, ir.Sar: SARCL}[i.Op]
	w.emitTied(op, wide, w.Result(i), a, count)
}

// --- MulConst: imul r, a, imm.

func (w *lowering) LowerMulConst(i *ir.Inst) {
	a := w.Reg(i.Args[0])
	r := w.Result(i)
	w.emit(IMULI, width(i.Result().Type), RegOperand(r), RegOperand(a), Imm(i.Imm))
}

// --- SetBit: bts.

func (w *lowering) LowerBit(i *ir.Inst) {
	w.emitTied(BTS, width(i.Args[0].Type), w.Result(i), w.Reg(i.Args[0]), Imm(i.Imm))
}

// --- SetCC: cmp, setcc, movzx.

func (w *lowering) LowerSetCC(i *ir.Inst) { w.flag(i, w.compare(i)) }

// flag makes the result of i 1 if the condition holds, else 0.
func (w *lowering) flag(i *ir.Inst, c Cond) {
	low := w.Temp()
	w.emitCond(SETcc, c, W8, RegOperand(low))
	r := w.Result(i)
	w.emit(MOVZX8, W32, RegOperand(r), RegOperand(low))
}

// --- Select: cmp, and the second choice is replaced by the first if the condition holds.

func (w *lowering) LowerSelect(i *ir.Inst) {
	c := w.compare(i)
	yes, no := w.Reg(i.Args[2]), w.Reg(i.Args[3])
	r := w.Result(i)
	w.plain(CMOVcc, c, max(width(i.Result().Type), W32), no, RegOperand(r), RegOperand(yes))
}

// --- Conversions. Bits above the width of a value are whatever they are, so truncation is the register itself. Loads have
// widened what they load with zeros.

func (w *lowering) LowerConversion(i *ir.Inst) {
	a := w.Reg(i.Args[0])
	switch i.Op {
	case ir.Trunc32to8, ir.Trunc32to16, ir.Trunc64to8, ir.Trunc64to16, ir.Trunc64to32:
		w.Alias(i.Result(), i.Args[0])
		return
	case ir.ZeroExt8to32, ir.ZeroExt8to64, ir.ZeroExt16to32, ir.ZeroExt16to64, ir.ZeroExt32to64:
		if def := i.Args[0].Def; def != nil && def.Op >= ir.Load8 && def.Op <= ir.LoadBE64 {
			w.Alias(i.Result(), i.Args[0])
			return
		}
	}
	r := RegOperand(w.Result(i))
	switch i.Op {
	case ir.ZeroExt8to32, ir.ZeroExt8to64:
		w.emit(MOVZX8, W32, r, RegOperand(a))
	case ir.ZeroExt16to32, ir.ZeroExt16to64:
		w.emit(MOVZX16, W32, r, RegOperand(a))
	case ir.ZeroExt32to64:
		w.emit(MOV, W32, r, RegOperand(a))
	case ir.SignExt8to32:
		w.emit(MOVSX8, W32, r, RegOperand(a))
	case ir.SignExt8to64:
		w.emit(MOVSX8, W64, r, RegOperand(a))
	case ir.SignExt16to32:
		w.emit(MOVSX16, W32, r, RegOperand(a))
	case ir.SignExt16to64:
		w.emit(MOVSX16, W64, r, RegOperand(a))
	case ir.SignExt32to64:
		w.emit(MOVSXD, W64, r, RegOperand(a))
	}
}

// --- PtrAdd, PtrIndex: lea. A PtrAdd that is a part of every address it leads to is no instruction. PtrDiff: sub.

func (w *lowering) LowerPointer(i *ir.Inst) {
	switch i.Op {
	case ir.PtrAdd:
		if !w.Needed(i.Result()) {
			return
		}
		if base, displacement, ok := distanceFrom(i.Result(), 0); ok {
			a := w.Reg(base)
			w.emit(LEA, W64, RegOperand(w.Result(i)), M(a, displacement))
			return
		}
		a := w.Reg(i.Args[0])
		w.emit(LEA, W64, RegOperand(w.Result(i)), M(a, int32(i.Imm)))
	case ir.PtrIndex:
		a, b := w.Reg(i.Args[0]), w.Reg(i.Args[1])
		w.emit(LEA, W64, RegOperand(w.Result(i)), Indexed(a, b, uint8(i.Imm), 0))
	case ir.PtrDiff:
		a, b := w.Reg(i.Args[0]), w.Reg(i.Args[1])
		w.emitTied(SUB, W64, w.Result(i), a, RegOperand(b))
	}
}
