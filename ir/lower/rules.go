package lower

import (
	"slices"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/regalloc"
)

// Rules lower the ops of IR, group by group. Those of bulk ops are in BulkRows.
type Rules interface {
	LowerConst(i *ir.Inst)
	LowerAddress(i *ir.Inst) error
	LowerArithmetic(i *ir.Inst) // Add, Sub, And, Or, Xor
	LowerShift(i *ir.Inst)
	LowerMulConst(i *ir.Inst)
	LowerBit(i *ir.Inst)
	LowerCountZeros(i *ir.Inst)
	LowerGather7(i *ir.Inst)
	LowerSpread7(i *ir.Inst)
	LowerSetCC(i *ir.Inst)
	LowerSelect(i *ir.Inst)
	LowerConversion(i *ir.Inst)
	LowerPointer(i *ir.Inst)
	LowerLoad(i *ir.Inst)
	LowerStore(i *ir.Inst)
	LowerArrange(i *ir.Inst)
	LowerMatch(i *ir.Inst)
	LowerFrame(i *ir.Inst)
	LowerCheck(i *ir.Inst)
	LowerCall(i *ir.Inst) error // and SkipValue
	LowerExit(i *ir.Inst)
	LowerJump(i *ir.Inst)
	LowerBranch(i *ir.Inst)
	LowerSwitch(i *ir.Inst)
	LowerReturn(i *ir.Inst)
	LowerFail(i *ir.Inst)
}

// rules has the method that lowers an op, nil for bulk ops.
var rules = [ir.OpCount]func(r Rules, i *ir.Inst) error{
	ir.Const:   always(Rules.LowerConst),
	ir.Address: Rules.LowerAddress,

	ir.Add: always(Rules.LowerArithmetic),
	ir.Sub: always(Rules.LowerArithmetic),
	ir.And: always(Rules.LowerArithmetic),
	ir.Or:  always(Rules.LowerArithmetic),
	ir.Xor: always(Rules.LowerArithmetic),
	ir.Shl: always(Rules.LowerShift),
	ir.Shr: always(Rules.LowerShift),
	ir.Sar: always(Rules.LowerShift),

	ir.MulConst:           always(Rules.LowerMulConst),
	ir.SetBit:             always(Rules.LowerBit),
	ir.CountLeadingZeros:  always(Rules.LowerCountZeros),
	ir.CountTrailingZeros: always(Rules.LowerCountZeros),
	ir.Gather7:            always(Rules.LowerGather7),
	ir.Spread7:            always(Rules.LowerSpread7),
	ir.SetCC:              always(Rules.LowerSetCC),
	ir.Select:             always(Rules.LowerSelect),

	ir.ZeroExt8to32:  always(Rules.LowerConversion),
	ir.ZeroExt8to64:  always(Rules.LowerConversion),
	ir.ZeroExt16to32: always(Rules.LowerConversion),
	ir.ZeroExt16to64: always(Rules.LowerConversion),
	ir.ZeroExt32to64: always(Rules.LowerConversion),
	ir.SignExt8to32:  always(Rules.LowerConversion),
	ir.SignExt8to64:  always(Rules.LowerConversion),
	ir.SignExt16to32: always(Rules.LowerConversion),
	ir.SignExt16to64: always(Rules.LowerConversion),
	ir.SignExt32to64: always(Rules.LowerConversion),
	ir.Trunc32to8:    always(Rules.LowerConversion),
	ir.Trunc32to16:   always(Rules.LowerConversion),
	ir.Trunc64to8:    always(Rules.LowerConversion),
	ir.Trunc64to16:   always(Rules.LowerConversion),
	ir.Trunc64to32:   always(Rules.LowerConversion),

	ir.PtrAdd:   always(Rules.LowerPointer),
	ir.PtrIndex: always(Rules.LowerPointer),
	ir.PtrDiff:  always(Rules.LowerPointer),

	ir.Load8:     always(Rules.LowerLoad),
	ir.Load16:    always(Rules.LowerLoad),
	ir.Load32:    always(Rules.LowerLoad),
	ir.Load64:    always(Rules.LowerLoad),
	ir.LoadPtr:   always(Rules.LowerLoad),
	ir.LoadBE16:  always(Rules.LowerLoad),
	ir.LoadBE32:  always(Rules.LowerLoad),
	ir.LoadBE64:  always(Rules.LowerLoad),
	ir.Store8:    always(Rules.LowerStore),
	ir.Store16:   always(Rules.LowerStore),
	ir.Store32:   always(Rules.LowerStore),
	ir.Store64:   always(Rules.LowerStore),
	ir.StorePtr:  always(Rules.LowerStore),
	ir.StoreBE16: always(Rules.LowerStore),
	ir.StoreBE32: always(Rules.LowerStore),
	ir.StoreBE64: always(Rules.LowerStore),

	ir.Arrange: always(Rules.LowerArrange),
	ir.Match:   always(Rules.LowerMatch),

	ir.FrameLoad64:   always(Rules.LowerFrame),
	ir.FrameLoadPtr:  always(Rules.LowerFrame),
	ir.FrameStore64:  always(Rules.LowerFrame),
	ir.FrameStorePtr: always(Rules.LowerFrame),

	ir.CheckBounds:  always(Rules.LowerCheck),
	ir.CheckBoundsN: always(Rules.LowerCheck),
	ir.FailIf:       always(Rules.LowerCheck),
	ir.Narrow64to32: always(Rules.LowerCheck),

	ir.SkipValue: Rules.LowerCall,
	ir.Call:      Rules.LowerCall,
	ir.Exit:      always(Rules.LowerExit),

	ir.Jump:   always(Rules.LowerJump),
	ir.Branch: always(Rules.LowerBranch),
	ir.Switch: always(Rules.LowerSwitch),
	ir.Return: always(Rules.LowerReturn),
	ir.Fail:   always(Rules.LowerFail),
}

// always makes a rule of a method that never refuses.
func always(lower func(Rules, *ir.Inst)) func(Rules, *ir.Inst) error {
	return func(r Rules, i *ir.Inst) error {
		lower(r, i)
		return nil
	}
}

// HasRule reports whether one of Rules lowers an op.
func HasRule(op ir.Op) bool { return rules[op] != nil }

// Lower lowers an instruction whose op has a rule.
func Lower(r Rules, i *ir.Inst) error {
	op := i.Op
	if op == ir.Branch || op == ir.Switch {
		op = TerminatorOp(i)
	}
	return rules[op](r, i)
}

// A BulkRow is a bulk op: one whose work is done by a routine, which an E appends.
type BulkRow[E any] struct {
	Op       ir.Op
	Name     string          // of the routine
	Clobbers regalloc.RegSet // all registers that the routine changes
	Emit     E
}

// BulkRows has a row for each bulk op.
type BulkRows[E any] []BulkRow[E]

// Of returns the row of op, nil if it is no bulk op.
func (r BulkRows[E]) Of(op ir.Op) *BulkRow[E] {
	n := slices.IndexFunc(r, func(row BulkRow[E]) bool { return row.Op == op })
	if n < 0 {
		return nil
	}
	return &r[n]
}

// Ops returns the ops that have a row, in its order.
func (r BulkRows[E]) Ops() (ops []ir.Op) {
	for _, row := range r {
		ops = append(ops, row.Op)
	}
	return ops
}
