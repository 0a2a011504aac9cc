package amd64

import (
	"fmt"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
)

// foldsConstant says whether the instruction takes the constant c, its nth operand, into itself.
func foldsConstant(i *ir.Inst, n int, c int64) bool {
	switch i.Op {
	case ir.Add, ir.And, ir.Or, ir.Xor, ir.Sub:
		return n == 1 && isInt32(c)
	case ir.Shl, ir.Shr, ir.Sar:
		return n == 1
	case ir.SetCC, ir.FailIf, ir.Branch, ir.Select:
		return n == 1 && isInt32(c)
	case ir.Store8, ir.Store16, ir.Store32, ir.StoreBE16, ir.StoreBE32:
		return n == 1
	case ir.Store64, ir.StorePtr:
		return n == 1 && isInt32(c)
	case ir.StoreBE64:
		return n == 1 && isInt32(lower.SwapBytes(c, ir.I64))
	case ir.FrameStore64, ir.FrameStorePtr:
		return isInt32(c)
	}
	return false
}

// Instruction lowers one instruction. Its rules stand, by group, in the other lower files.
func (w *lowering) Instruction(i, next *ir.Inst) error {
	w.next = next
	switch i.Op {
	case ir.Const:
		w.lowerConst(i)
	case ir.Address:
		return w.lowerAddress(i)
	case ir.Add, ir.Sub, ir.And, ir.Or, ir.Xor:
		w.lowerArithmetic(i)
	case ir.Shl, ir.Shr, ir.Sar:
		w.lowerShift(i)
	case ir.MulConst:
		w.lowerMulConst(i)
	case ir.SetBit:
		w.lowerBit(i)
	case ir.CountLeadingZeros, ir.CountTrailingZeros:
		w.lowerCountZeros(i)
	case ir.Gather7:
		w.lowerGather7(i)
	case ir.Spread7:
		w.lowerSpread7(i)
	case ir.SetCC:
		w.lowerSetCC(i)
	case ir.Select:
		w.lowerSelect(i)
	case ir.PtrAdd, ir.PtrIndex, ir.PtrDiff:
		w.lowerPointer(i)
	case ir.FrameLoad64, ir.FrameLoadPtr, ir.FrameStore64, ir.FrameStorePtr:
		w.lowerFrame(i)
	case ir.CheckBounds, ir.CheckBoundsN, ir.FailIf, ir.Narrow64to32:
		w.lowerCheck(i)
	case ir.Call, ir.SkipValue:
		return w.lowerCall(i)
	case ir.Exit:
		w.lowerExit(i)
	case ir.Jump, ir.Branch, ir.Switch, ir.Return, ir.Fail:
		w.lowerTerminator(i)
	default:
		switch {
		case i.Op >= ir.ZeroExt8to32 && i.Op <= ir.Trunc64to32:
			w.lowerConversion(i)
		case i.Op >= ir.Load8 && i.Op <= ir.LoadBE64:
			w.lowerLoad(i)
		case i.Op >= ir.Store8 && i.Op <= ir.StoreBE64:
			w.lowerStore(i)
		default:
			if row := bulkRowOf(i.Op); row != nil {
				return w.lowerBulk(i, row)
			}
			return fmt.Errorf("no rule for %v", i.Op)
		}
	}
	return nil
}

// width is the width at which values of a type are computed with.
func width(t ir.Type) Width {
	switch t {
	case ir.I8:
		return W8
	case ir.I16:
		return W16
	case ir.I32:
		return W32
	}
	return W64
}

// result gives the single result of i a register.
func (w *lowering) result(i *ir.Inst) Reg {
	return w.define(i.Results[0])
}

// operand is the nth argument of i as an instruction takes it: its register, or the constant that folds.
func (w *lowering) operand(i *ir.Inst, n int) Operand {
	v := i.Args[n]
	if c, ok := v.IsConst(); ok && foldsConstant(i, n, c) {
		return Imm(c)
	}
	return RegOperand(w.reg(v))
}

// conds maps the relations of IR to the conditions on the flags after a comparison.
var conds = map[ir.Cond]Cond{
	ir.Eq: CondE, ir.Ne: CondNE, ir.ULT: CondB, ir.ULE: CondBE, ir.UGT: CondA, ir.UGE: CondAE,
	ir.SLT: CondL, ir.SLE: CondLE, ir.SGT: CondG, ir.SGE: CondGE,
}

// compare sets the flags for the first two arguments of i.
//
//	               b is 0, a was the last to be computed, and set them
//	test a, a      b is 0
//	cmp  a, b
func (w *lowering) compare(i *ir.Inst) Cond {
	a, b := RegOperand(w.reg(i.Args[0])), w.operand(i, 1)
	if w.flags == i.Args[0] && w.flagsAt == len(w.steps) && comparesWithZero(i) {
		return conds[i.Cond]
	}
	if b == Imm(0) {
		w.emit(TEST, width(i.Args[0].Type), a, a)
	} else {
		w.emit(CMP, width(i.Args[0].Type), a, b)
	}
	return conds[i.Cond]
}

// comparesWithZero reports whether i asks if its first argument is 0.
func comparesWithZero(i *ir.Inst) bool {
	c, ok := i.Args[1].IsConst()
	return ok && c == 0 && (i.Cond == ir.Eq || i.Cond == ir.Ne)
}

// decidesNext reports whether the instruction behind i is a branch that asks if the result of i is 0. Moves that the
// allocator puts between the two leave the flags alone.
func (w *lowering) decidesNext(i *ir.Inst) bool {
	next := w.next
	return next != nil && next.Op == ir.Branch && next.Args[0] == i.Result() && comparesWithZero(next)
}
