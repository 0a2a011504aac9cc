package arm64

import (
	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
)

// constantRules says of an op whether it takes the constant c, its nth operand, into itself. What is not here takes none.
var constantRules = [ir.OpCount]func(i *ir.Inst, n int, c int64) bool{
	ir.Add: secondOfSum,
	ir.Sub: func(i *ir.Inst, n int, c int64) bool {
		return secondOfSum(i, n, c) && !isZero(i.Args[0]) || n == 0 && c == 0
	},
	ir.And:    secondOfLogic,
	ir.Or:     secondOfLogic,
	ir.Xor:    func(i *ir.Inst, n int, c int64) bool { return secondOfLogic(i, n, c) || n == 1 && c == -1 },
	ir.Shl:    second,
	ir.Shr:    second,
	ir.Sar:    second,
	ir.SetCC:  secondOfSum,
	ir.Select: func(i *ir.Inst, n int, c int64) bool { return secondOfSum(i, n, c) || n >= 2 && c == 0 },
	ir.FailIf: secondOfSum,
	ir.Branch: secondOfSum,

	ir.Store8:        secondZero,
	ir.Store16:       secondZero,
	ir.Store32:       secondZero,
	ir.Store64:       secondZero,
	ir.StorePtr:      secondZero,
	ir.StoreBE16:     second,
	ir.StoreBE32:     second,
	ir.StoreBE64:     second,
	ir.FrameStore64:  zero,
	ir.FrameStorePtr: zero,
	ir.Exit:          zero,
}

func second(_ *ir.Inst, n int, _ int64) bool { return n == 1 }

// zero: there is a register that reads as zero.
func zero(_ *ir.Inst, _ int, c int64) bool { return c == 0 }

// secondZero is for stores: no address is in that register.
func secondZero(_ *ir.Inst, n int, c int64) bool { return n == 1 && c == 0 }

func secondOfSum(_ *ir.Inst, n int, c int64) bool { return n == 1 && (FitsSum(c) || FitsSum(-c)) }

func secondOfLogic(i *ir.Inst, n int, c int64) bool {
	return n == 1 && FitsLogic(width(i.Args[1].Type), c)
}

// foldsConstant reports whether the instruction takes the constant c, its nth operand, into itself.
func foldsConstant(i *ir.Inst, n int, c int64) bool {
	takes := constantRules[i.Op]
	return takes != nil && takes(i, n, c)
}

// Instruction lowers one instruction. Its rules stand, by group, in the other lower files.
func (w *lowering) Instruction(i, _ *ir.Inst) error {
	if lower.HasRule(i.Op) {
		return lower.Lower(w, i)
	}
	return w.LowerBulk(i, bulkRows.Of(i.Op).Clobbers)
}

// width is the width of the register that holds a value of a type, as much of it as counts.
func width(t ir.Type) Width {
	if t == ir.I64 || t == ir.Ptr {
		return W64
	}
	return W32
}

// operand is the nth argument of i as an instruction takes it: its register, or the constant that folds, 0 as the register that
// reads as zero.
func (w *lowering) operand(i *ir.Inst, n int) Operand {
	v := i.Args[n]
	if c, ok := v.IsConst(); ok && foldsConstant(i, n, c) {
		if c == 0 {
			return Zero
		}
		return Imm(c)
	}
	return RegOperand(w.Reg(v))
}

// conds maps the relations of IR to the conditions on the flags after a comparison.
var conds = map[ir.Cond]Cond{
	ir.Eq: CondEQ, ir.Ne: CondNE, ir.ULT: CondLO, ir.ULE: CondLS, ir.UGT: CondHI, ir.UGE: CondHS,
	ir.SLT: CondLT, ir.SLE: CondLE, ir.SGT: CondGT, ir.SGE: CondGE,
}

// compare sets the flags for the first two arguments of i.
//
//	cmp a, b
//	cmn a, -b      b is a negative constant
func (w *lowering) compare(i *ir.Inst) Cond {
	a, b := RegOperand(w.Reg(i.Args[0])), w.operand(i, 1)
	wide := width(i.Args[0].Type)
	switch {
	case b == Zero:
		w.emit(CMP, wide, a, Imm(0))
	case b.Kind() == ImmKind && b.Value() < 0:
		w.emit(CMN, wide, a, Imm(-b.Value()))
	default:
		w.emit(CMP, wide, a, b)
	}
	return conds[i.Cond]
}

// A decision is a branch on one condition: a compare and branch or a test and branch, which do without flags, or one on flags
// that have been set.
type decision struct {
	op   Op // Bcc, CBZ, CBNZ, TBZ, TBNZ
	cond Cond
	wide Width
	v    Reg // what is compared with 0 or tested
	bit  int
}

// decide compares the first two arguments of i, unless a single instruction does that and branches.
//
//	tbnz a, #bit    a & 1<<bit != 0, or a < 0
//	cbz  a          a == 0
//	cmp  a, b ; b.cond
func (w *lowering) decide(i *ir.Inst) decision {
	if a, bit, ok := testedBit(i); ok {
		return decision{op: onlyIf(i.Cond == ir.Ne, TBNZ, TBZ), wide: width(i.Args[0].Type), v: w.Reg(a), bit: bit}
	}
	if c, ok := i.Args[1].IsConst(); ok && c == 0 {
		wide := width(i.Args[0].Type)
		switch i.Cond {
		case ir.Eq, ir.Ne:
			return decision{op: onlyIf(i.Cond == ir.Ne, CBNZ, CBZ), wide: wide, v: w.Reg(i.Args[0])}
		case ir.SLT, ir.SGE:
			return decision{op: onlyIf(i.Cond == ir.SLT, TBNZ, TBZ), wide: wide, v: w.Reg(i.Args[0]), bit: wide.Bits() - 1}
		}
	}
	return decision{op: Bcc, cond: w.compare(i)}
}

func onlyIf(yes bool, op, other Op) Op {
	if yes {
		return op
	}
	return other
}

// testedBit returns the bit that a branch or a check tests, and of what: its first argument is an And with that bit, which it
// compares with 0.
func testedBit(i *ir.Inst) (a *ir.Value, bit int, ok bool) {
	if i.Op != ir.Branch && i.Op != ir.FailIf || i.Cond != ir.Eq && i.Cond != ir.Ne {
		return nil, 0, false
	}
	and := i.Args[0].Def
	if c, constant := i.Args[1].IsConst(); !constant || c != 0 || and == nil || and.Op != ir.And {
		return nil, 0, false
	}
	c, constant := and.Args[1].IsConst()
	if !constant {
		return nil, 0, false
	}
	bit, ok = singleBit(width(and.Result().Type), c)
	return and.Args[0], bit, ok
}

// not is the decision for the opposite.
func (d decision) not() decision {
	switch d.op {
	case Bcc:
		d.cond = d.cond.Not()
	case CBZ:
		d.op = CBNZ
	case CBNZ:
		d.op = CBZ
	case TBZ:
		d.op = TBNZ
	case TBNZ:
		d.op = TBZ
	}
	return d
}

// width is that of the branch: of what it looks at, if that is a register.
func (d decision) width() Width {
	if d.op == Bcc {
		return W64
	}
	return d.wide
}

// operands are those of the branch to a target.
func (d decision) operands(to Operand) []Operand {
	switch d.op {
	case Bcc:
		return []Operand{to}
	case CBZ, CBNZ:
		return []Operand{RegOperand(d.v), to}
	}
	return []Operand{RegOperand(d.v), Imm(int64(d.bit)), to}
}
