package pass

import (
	"math/bits"

	"github.com/tagwire/tagwire/ir"
)

// A foldRule is what FoldConstants knows of an op. Of a load or store it knows without one that a distance from its pointer
// goes into its displacement.
type foldRule struct {
	// compute is the meaning on constants, for an op whose result is a number: t is the type of the first operand, x and y
	// are the operands, y is 0 if there is one only. The result is cut to its type.
	compute func(t ir.Type, x, y, imm int64) int64
	// same returns the older value that i is equal to, or nil.
	same func(i *ir.Inst) *ir.Value
	// simplify rewrites i in place where that helps. Its operands are not all constant if there is a compute.
	simplify func(o *folder, i *ir.Inst)
}

// foldRules has a row for each op that there is something to know of. A test wants each in a file of testdata/fold.
var foldRules = [ir.OpCount]foldRule{
	ir.Add: {same: sameInteger, simplify: (*folder).sum, compute: func(_ ir.Type, x, y, _ int64) int64 { return x + y }},
	ir.Sub: {same: sameInteger, simplify: (*folder).difference, compute: func(_ ir.Type, x, y, _ int64) int64 { return x - y }},
	ir.And: {same: sameAnd, simplify: (*folder).and, compute: func(_ ir.Type, x, y, _ int64) int64 { return x & y }},
	ir.Or:  {same: sameOr, simplify: (*folder).or, compute: func(_ ir.Type, x, y, _ int64) int64 { return x | y }},
	ir.Xor: {same: sameInteger, simplify: (*folder).xor, compute: func(_ ir.Type, x, y, _ int64) int64 { return x ^ y }},
	ir.Shl: {same: sameInteger, compute: func(t ir.Type, x, y, _ int64) int64 { return x << shiftCount(t, y) }},
	ir.Shr: {same: sameInteger, compute: func(t ir.Type, x, y, _ int64) int64 { return int64(t.ZeroExtend(x) >> shiftCount(t, y)) }},
	ir.Sar: {same: sameInteger, compute: func(t ir.Type, x, y, _ int64) int64 { return x >> shiftCount(t, y) }},

	ir.MulConst: {same: sameProduct, simplify: (*folder).product, compute: func(_ ir.Type, x, _, imm int64) int64 { return x * imm }},
	ir.SetBit:   {compute: func(_ ir.Type, x, _, imm int64) int64 { return x | 1<<uint64(imm) }},

	ir.CountLeadingZeros:  {compute: func(_ ir.Type, x, _, _ int64) int64 { return int64(bits.LeadingZeros64(uint64(x))) }},
	ir.CountTrailingZeros: {compute: func(_ ir.Type, x, _, _ int64) int64 { return int64(bits.TrailingZeros64(uint64(x))) }},
	ir.Gather7:            {compute: func(_ ir.Type, x, _, _ int64) int64 { return gather7(x) }},
	ir.Spread7:            {compute: func(_ ir.Type, x, _, _ int64) int64 { return spread7(x) }},

	ir.SetCC:  {simplify: (*folder).comparison},
	ir.Select: {same: sameChoice, simplify: (*folder).comparison},
	ir.Branch: {simplify: (*folder).comparison},
	ir.FailIf: {simplify: (*folder).comparison},
	ir.Switch: {simplify: (*folder).switched},

	ir.ZeroExt8to32:  {compute: computeZeroExt},
	ir.ZeroExt8to64:  {compute: computeZeroExt},
	ir.ZeroExt16to32: {compute: computeZeroExt},
	ir.ZeroExt16to64: {compute: computeZeroExt},
	ir.ZeroExt32to64: {compute: computeZeroExt},
	ir.SignExt8to32:  {compute: computeSame},
	ir.SignExt8to64:  {compute: computeSame},
	ir.SignExt16to32: {compute: computeSame},
	ir.SignExt16to64: {compute: computeSame},
	ir.SignExt32to64: {compute: computeSame},
	ir.Trunc32to8:    {compute: computeSame, same: sameCutBack},
	ir.Trunc32to16:   {compute: computeSame, same: sameCutBack},
	ir.Trunc64to8:    {compute: computeSame, same: sameCutBack},
	ir.Trunc64to16:   {compute: computeSame, same: sameCutBack},
	ir.Trunc64to32:   {compute: computeSame, same: sameCutBack},

	ir.PtrAdd:   {same: samePtrAdd, simplify: (*folder).pointerSum},
	ir.PtrIndex: {same: samePtrIndex, simplify: (*folder).pointerIndex},
	ir.PtrDiff:  {simplify: (*folder).pointerDifference},

	ir.CheckBoundsN: {simplify: (*folder).checkBoundsN},
	ir.Narrow64to32: {same: sameNarrow, simplify: (*folder).narrow},
}

func fitsDisplacement(n int64) bool { return ir.Displacement.Allows(n, ir.InvalidType) }

func shiftCount(t ir.Type, n int64) uint64 { return uint64(n) & uint64(t.Bits()-1) }

func computeZeroExt(t ir.Type, x, _, _ int64) int64 { return int64(t.ZeroExtend(x)) }

// computeSame: constants are kept sign-extended, and cut to their type when made.
func computeSame(_ ir.Type, x, _, _ int64) int64 { return x }

// widens reports whether op is an extension.
func widens(op ir.Op) bool { return op >= ir.ZeroExt8to32 && op <= ir.SignExt32to64 }

// sameCutBack knows a value that was widened and is cut back to where it came from.
func sameCutBack(i *ir.Inst) *ir.Value {
	if from := i.Args[0].Def; from != nil && widens(from.Op) && from.Args[0].Type == i.Results[0].Type {
		return from.Args[0]
	}
	return nil
}

func sameProduct(i *ir.Inst) *ir.Value {
	if i.Imm == 1 {
		return i.Args[0]
	}
	return nil
}

func samePtrAdd(i *ir.Inst) *ir.Value {
	if i.Imm == 0 {
		return i.Args[0]
	}
	return nil
}

func samePtrIndex(i *ir.Inst) *ir.Value {
	if n, ok := i.Args[1].IsConst(); ok && n == 0 {
		return i.Args[0]
	}
	return nil
}

func sameNarrow(i *ir.Inst) *ir.Value {
	if from := i.Args[0].Def; from != nil && from.Op == ir.SignExt32to64 {
		return from.Args[0]
	}
	return nil
}

func sameChoice(i *ir.Inst) *ir.Value {
	if i.Args[2] == i.Args[3] {
		return i.Args[2]
	}
	switch holds, known := condition(i); {
	case known && holds:
		return i.Args[2]
	case known:
		return i.Args[3]
	}
	return nil
}

// sameInteger knows x+0, x-0, x|0, x^0, x<<0, x>>0.
func sameInteger(i *ir.Inst) *ir.Value {
	if n, ok := i.Args[1].IsConst(); ok && n == 0 {
		return i.Args[0]
	}
	return nil
}

// sameAnd knows x&-1, x&x.
func sameAnd(i *ir.Inst) *ir.Value {
	if n, ok := i.Args[1].IsConst(); ok && n == -1 || i.Args[0] == i.Args[1] {
		return i.Args[0]
	}
	return nil
}

// sameOr knows x|0, x|x.
func sameOr(i *ir.Inst) *ir.Value {
	if i.Args[0] == i.Args[1] {
		return i.Args[0]
	}
	return sameInteger(i)
}

// vanishes reports whether i is a check that never fails.
func (o *folder) vanishes(i *ir.Inst) bool {
	if i.Op != ir.FailIf {
		return false
	}
	holds, known := condition(i)
	return known && !holds
}

// condition returns whether the condition of i holds, if that is known.
func condition(i *ir.Inst) (holds, known bool) {
	if i.Args[0] == i.Args[1] {
		return i.Cond.Holds(0, 0), true
	}
	x, okX := i.Args[0].IsConst()
	y, okY := i.Args[1].IsConst()
	if okX && okY {
		return i.Cond.Holds(x, y), true
	}
	return false, false
}

// constants makes i what compute says, if its operands are constants.
func (o *folder) constants(i *ir.Inst, compute func(t ir.Type, x, y, imm int64) int64) bool {
	var operands [2]int64
	for n, a := range i.Args {
		c, ok := a.IsConst()
		if !ok {
			return false
		}
		operands[n] = c
	}
	o.constant(i, compute(i.Args[0].Type, operands[0], operands[1], i.Imm))
	return true
}

// difference makes x - x 0, and x - c, c constant, x + -c.
func (o *folder) difference(i *ir.Inst) {
	if i.Args[0] == i.Args[1] {
		o.constant(i, 0)
	} else if c, ok := i.Args[1].IsConst(); ok {
		t := i.Args[0].Type
		o.become(i, ir.Add, 0, i.Args[0], o.newConst(t, -c))
	}
}

// sum makes (a + b) + c, b and c constant, a + (b+c).
func (o *folder) sum(i *ir.Inst) {
	c, ok := i.Args[1].IsConst()
	inner := i.Args[0].Def
	if !ok || inner == nil || inner.Op != ir.Add {
		return
	}
	if b, ok := inner.Args[1].IsConst(); ok {
		o.become(i, ir.Add, 0, inner.Args[0], o.newConst(i.Args[0].Type, b+c))
	}
}

// and makes x & 0 0.
func (o *folder) and(i *ir.Inst) {
	if c, ok := i.Args[1].IsConst(); ok && c == 0 {
		o.constant(i, 0)
	}
}

// or makes x | -1 -1.
func (o *folder) or(i *ir.Inst) {
	if c, ok := i.Args[1].IsConst(); ok && c == -1 {
		o.constant(i, -1)
	}
}

// xor makes x ^ x 0.
func (o *folder) xor(i *ir.Inst) {
	if i.Args[0] == i.Args[1] {
		o.constant(i, 0)
	}
}

// product makes x * 0 0.
func (o *folder) product(i *ir.Inst) {
	if i.Imm == 0 {
		o.constant(i, 0)
	}
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
func (o *folder) comparison(i *ir.Inst) {
	holds, known := condition(i)
	switch {
	case known && i.Op == ir.SetCC && holds:
		o.constant(i, 1)
	case known && i.Op == ir.SetCC:
		o.constant(i, 0)
	case known && i.Op == ir.FailIf: // holds, or it would have vanished
		o.fail(i)
	case known && i.Op == ir.Branch && holds:
		o.jump(i, i.Edges[0])
	case known && i.Op == ir.Branch:
		o.jump(i, i.Edges[1])
	case i.Op == ir.Branch && i.Edges[0].Equal(i.Edges[1]):
		o.jump(i, i.Edges[0])
	default:
		o.throughSetCC(i)
	}
}

// throughSetCC makes a comparison of the result of a SetCC with 0 or 1, for eq or ne, the comparison of the SetCC itself.
func (o *folder) throughSetCC(i *ir.Inst) {
	inner := i.Args[0].Def
	n, ok := i.Args[1].IsConst()
	if inner == nil || inner.Op != ir.SetCC || !ok || n != 0 && n != 1 || i.Cond != ir.Eq && i.Cond != ir.Ne {
		return
	}
	cond := inner.Cond
	if (i.Cond == ir.Eq) == (n == 0) {
		cond = cond.Negate()
	}
	i.Cond = cond
	i.Args = append([]*ir.Value{inner.Args[0], inner.Args[1]}, i.Args[2:]...)
	o.changed = true
}

// pointerSum gathers the distances of a sum of sums.
func (o *folder) pointerSum(i *ir.Inst) {
	root, offset := i.Args[0].Place()
	if root != i.Args[0] && fitsDisplacement(offset+i.Imm) {
		o.become(i, ir.PtrAdd, offset+i.Imm, root)
	}
}

// pointerIndex makes a constant index a distance.
func (o *folder) pointerIndex(i *ir.Inst) {
	if n, ok := i.Args[1].IsConst(); ok && fitsDisplacement(n) && fitsDisplacement(n*i.Imm) {
		o.become(i, ir.PtrAdd, n*i.Imm, i.Args[0])
	}
}

// pointerDifference knows the distance of two pointers that are distances from one.
func (o *folder) pointerDifference(i *ir.Inst) {
	root, offset := i.Args[0].Place()
	if other, otherOffset := i.Args[1].Place(); other == root {
		o.constant(i, offset-otherOffset)
	}
}

// narrow makes a constant of one that fits.
func (o *folder) narrow(i *ir.Inst) {
	if n, ok := i.Args[0].IsConst(); ok && fitsDisplacement(n) {
		o.constant(i, n)
	}
}
