package ir

import "math/bits"

// The rules of FoldConstants, by kind of op.

// same returns the older value that i is equal to, or nil.
func (o *folder) same(i *Inst) *Value {
	switch i.Op {
	case Add, Sub, Or, Xor, Shl, Shr, Sar, And:
		return sameInteger(i)
	case MulConst:
		if i.Imm == 1 {
			return i.Args[0]
		}
	case PtrAdd:
		if i.Imm == 0 {
			return i.Args[0]
		}
	case PtrIndex:
		if n, ok := i.Args[1].constant(); ok && n == 0 {
			return i.Args[0]
		}
	case Narrow64to32:
		if from := i.Args[0].Def; from != nil && from.Op == SignExt32to64 {
			return from.Args[0]
		}
	case Select:
		if i.Args[2] == i.Args[3] {
			return i.Args[2]
		}
		if holds, known := i.condition(); known && holds {
			return i.Args[2]
		} else if known {
			return i.Args[3]
		}
	}
	if to := conversions[i.Op]; to.known && !to.widens {
		// A value that was widened and is cut back to where it came from.
		if from := i.Args[0].Def; from != nil && conversions[from.Op].widens && from.Args[0].Type == i.Results[0].Type {
			return from.Args[0]
		}
	}
	return nil
}

// sameInteger knows the identities x+0, x-0, x|0, x^0, x<<0, x>>0, x&-1, x&x, x|x.
func sameInteger(i *Inst) *Value {
	x := i.Args[0]
	n, constant := i.Args[1].constant()
	switch {
	case constant && n == 0 && i.Op != And:
		return x
	case constant && n == -1 && i.Op == And:
		return x
	case x == i.Args[1] && (i.Op == And || i.Op == Or):
		return x
	}
	return nil
}

// vanishes reports whether i is a check that never fails.
func (o *folder) vanishes(i *Inst) bool {
	if i.Op != FailIf {
		return false
	}
	holds, known := i.condition()
	return known && !holds
}

// condition returns whether the condition of i holds, if that is known.
func (i *Inst) condition() (holds, known bool) {
	if i.Args[0] == i.Args[1] {
		return i.Cond.holds(0, 0), true
	}
	x, okX := i.Args[0].constant()
	y, okY := i.Args[1].constant()
	if okX && okY {
		return i.Cond.holds(x, y), true
	}
	return false, false
}

// integer folds an op on integers.
func (o *folder) integer(i *Inst) {
	t := i.Args[0].Type
	x, okX := i.Args[0].constant()
	var y int64
	okY := true
	if len(i.Args) == 2 {
		y, okY = i.Args[1].constant()
	}
	switch {
	case okX && okY:
		o.constant(i, foldInteger(i.Op, t, x, y, i.Imm))
	case len(i.Args) == 2 && i.Args[0] == i.Args[1] && (i.Op == Sub || i.Op == Xor):
		o.constant(i, 0)
	case i.Op == And && okY && y == 0 || i.Op == MulConst && i.Imm == 0:
		o.constant(i, 0)
	case i.Op == Or && okY && y == -1:
		o.constant(i, -1)
	case i.Op == Sub && okY:
		o.become(i, Add, 0, i.Args[0], o.newConst(t, -y))
	case i.Op == Add && okY:
		o.chain(i, y)
	}
}

// chain makes (a + b) + c, b and c constant, a + (b+c).
func (o *folder) chain(i *Inst, c int64) {
	inner := i.Args[0].Def
	if inner == nil || inner.Op != Add {
		return
	}
	if b, ok := inner.Args[1].constant(); ok {
		o.become(i, Add, 0, inner.Args[0], o.newConst(i.Args[0].Type, b+c))
	}
}

// foldInteger computes an op on constants of type t; the result is cut to its type by the caller.
func foldInteger(op Op, t Type, x, y, imm int64) int64 {
	shift := uint64(y) & uint64(t.Bits()-1)
	switch op {
	case Add:
		return x + y
	case Sub:
		return x - y
	case And:
		return x & y
	case Or:
		return x | y
	case Xor:
		return x ^ y
	case Shl:
		return x << shift
	case Shr:
		return int64(zeroExtend(t, x) >> shift)
	case Sar:
		return x >> shift
	case MulConst:
		return x * imm
	case SetBit:
		return x | 1<<uint64(imm)
	case CountLeadingZeros:
		return int64(bits.LeadingZeros64(uint64(x)))
	case CountTrailingZeros:
		return int64(bits.TrailingZeros64(uint64(x)))
	case Gather7:
		return gather7(x)
	case Spread7:
		return spread7(x)
	}
	panic("BUG: ir: " + op.String() + " is not folded here")
}

// gather7 packs the low 7 bits of each byte.
func gather7(x int64) (packed int64) {
	for n := range 8 {
		packed |= x >> (8 * n) & 0x7f << (7 * n)
	}
	return packed
}

// spread7 gives each byte 7 bits.
func spread7(x int64) (spread int64) {
	for n := range 8 {
		spread |= x >> (7 * n) & 0x7f << (8 * n)
	}
	return spread
}

// comparison folds the ops that carry a condition. Select on a known condition has already gone.
func (o *folder) comparison(i *Inst) {
	holds, known := i.condition()
	switch {
	case known && i.Op == SetCC && holds:
		o.constant(i, 1)
	case known && i.Op == SetCC:
		o.constant(i, 0)
	case known && i.Op == FailIf: // holds, or it would have vanished
		o.fail(i)
	case known && i.Op == Branch && holds:
		o.jump(i, i.Edges[0])
	case known && i.Op == Branch:
		o.jump(i, i.Edges[1])
	case i.Op == Branch && i.Edges[0].equal(i.Edges[1]):
		o.jump(i, i.Edges[0])
	default:
		o.throughSetCC(i)
	}
}

// throughSetCC makes a comparison of the result of a SetCC with 0 or 1, for eq or ne, the comparison of the SetCC itself.
func (o *folder) throughSetCC(i *Inst) {
	inner := i.Args[0].Def
	n, ok := i.Args[1].constant()
	if inner == nil || inner.Op != SetCC || !ok || n != 0 && n != 1 || i.Cond != Eq && i.Cond != Ne {
		return
	}
	cond := inner.Cond
	if (i.Cond == Eq) == (n == 0) {
		cond = cond.Negate()
	}
	i.Cond = cond
	i.Args = append([]*Value{inner.Args[0], inner.Args[1]}, i.Args[2:]...)
	o.changed = true
}

// pointer folds sums and differences of pointers and constants.
func (o *folder) pointer(i *Inst) {
	root, offset := i.Args[0].place()
	switch i.Op {
	case PtrAdd:
		if root != i.Args[0] && fitsInt32(offset+i.Imm) {
			o.become(i, PtrAdd, offset+i.Imm, root)
		}
	case PtrIndex:
		if n, ok := i.Args[1].constant(); ok && fitsInt32(n) && fitsInt32(n*i.Imm) {
			o.become(i, PtrAdd, n*i.Imm, i.Args[0])
		}
	case PtrDiff:
		if other, otherOffset := i.Args[1].place(); other == root {
			o.constant(i, offset-otherOffset)
		}
	}
}

// narrow makes a constant of one that fits.
func (o *folder) narrow(i *Inst) {
	if n, ok := i.Args[0].constant(); ok && fitsInt32(n) {
		o.constant(i, n)
	}
}

// A conversion tells what an extension or truncation does to a constant.
type conversion struct {
	known, widens, signed bool
}

var conversions = [OpCount]conversion{
	ZeroExt8to32:  {known: true, widens: true},
	ZeroExt8to64:  {known: true, widens: true},
	ZeroExt16to32: {known: true, widens: true},
	ZeroExt16to64: {known: true, widens: true},
	ZeroExt32to64: {known: true, widens: true},
	SignExt8to32:  {known: true, widens: true, signed: true},
	SignExt8to64:  {known: true, widens: true, signed: true},
	SignExt16to32: {known: true, widens: true, signed: true},
	SignExt16to64: {known: true, widens: true, signed: true},
	SignExt32to64: {known: true, widens: true, signed: true},
	Trunc32to8:    {known: true},
	Trunc32to16:   {known: true},
	Trunc64to8:    {known: true},
	Trunc64to16:   {known: true},
	Trunc64to32:   {known: true},
}

func (o *folder) conversion(i *Inst, c conversion) {
	n, ok := i.Args[0].constant()
	switch {
	case !ok:
	case c.widens && !c.signed:
		o.constant(i, int64(zeroExtend(i.Args[0].Type, n)))
	default: // constants are kept sign-extended, and cut to their type when made
		o.constant(i, n)
	}
}
