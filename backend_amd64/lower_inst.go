package amd64

import (
	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
)

// constantRules says of an op whether it takes the constant c, its nth operand, into itself. What is not here takes none.
var constantRules = [ir.OpCount]func(n int, c int64) bool{
	ir.Add:    secondOf32Bits,
	ir.Sub:    secondOf32Bits,
	ir.And:    secondOf32Bits,
	ir.Or:     secondOf32Bits,
	ir.Xor:    secondOf32Bits,
	ir.Shl:    second,
	ir.Shr:    second,
	ir.Sar:    second,
	ir.SetCC:  secondOf32Bits,
	ir.Select: secondOf32Bits,
	ir.FailIf: secondOf32Bits,
	ir.Branch: secondOf32Bits,

	ir.Store8:        second,
	ir.Store16:       second,
	ir.Store32:       second,
	ir.Store64:       secondOf32Bits,
	ir.StorePtr:      secondOf32Bits,
	ir.StoreBE16:     second,
	ir.StoreBE32:     second,
	ir.StoreBE64:     func(n int, c int64) bool { return n == 1 && fitsInt32(lower.SwapBytes(c, ir.I64)) },
	ir.FrameStore64:  func(_ int, c int64) bool { return fitsInt32(c) },
	ir.FrameStorePtr: func(_ int, c int64) bool { return fitsInt32(c) },
}

func fitsInt32(n int64) bool { return n == int64(int32(n)) }

func second(n int, _ int64) bool { return n == 1 }

func secondOf32Bits(n int, c int64) bool { return n == 1 && fitsInt32(c) }

// foldsConstant reports whether the instruction takes the constant c, its nth operand, into itself.
func foldsConstant(i *ir.Inst, n int, c int64) bool {
	takes := constantRules[i.Op]
	return takes != nil && takes(n, c)
}

// Instruction lowers one instruction. Its rules stand, by group, in the other lower files.
func (w *lowering) Instruction(i, next *ir.Inst) error {
	w.next = next
	if lower.HasRule(i.Op) {
		return lower.Lower(w, i)
	}
	return w.LowerBulk(i, bulkRows.Of(i.Op).Clobbers)
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

// operand is the nth argument of i as an instruction takes it: its register, or the constant that folds.
func (w *lowering) operand(i *ir.Inst, n int) Operand {
	v := i.Args[n]
	if c, ok := v.IsConst(); ok && foldsConstant(i, n, c) {
		return Imm(c)
	}
	return RegOperand(w.Reg(v))
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
	a, b := RegOperand(w.Reg(i.Args[0])), w.operand(i, 1)
	if w.flags == i.Args[0] && w.flagsAt == w.Steps.Len() && comparesWithZero(i) {
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
