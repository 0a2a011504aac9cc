package ir

import "math/bits"

// A foldRule is what FoldConstants knows of an op. Of a load or store it knows without one that a distance from its pointer
// goes into its displacement.
type foldRule struct {
	// compute is the meaning on constants, for an op whose result is a number: t is the type of the first operand, x and y
	// are the operands, y is 0 if there is one only. The result is cut to its type.
	compute func(t Type, x, y, imm int64) int64
	// same returns the older value that i is equal to, or nil.
	same func(i *Inst) *Value
	// simplify rewrites i in place where that helps. Its operands are not all constant if there is a compute.
	simplify func(o *folder, i *Inst)
}

// foldRules has a row for each op that there is something to know of. A test wants each in a file of testdata/pass/fold.
var foldRules = [OpCount]foldRule{
	Add: {same: sameInteger, simplify: (*folder).sum, compute: func(_ Type, x, y, _ int64) int64 { return x + y }},
	Sub: {same: sameInteger, simplify: (*folder).difference, compute: func(_ Type, x, y, _ int64) int64 { return x - y }},
	And: {same: sameAnd, simplify: (*folder).and, compute: func(_ Type, x, y, _ int64) int64 { return x & y }},
	Or:  {same: sameOr, simplify: (*folder).or, compute: func(_ Type, x, y, _ int64) int64 { return x | y }},
	Xor: {same: sameInteger, simplify: (*folder).xor, compute: func(_ Type, x, y, _ int64) int64 { return x ^ y }},
	Shl: {same: sameInteger, compute: func(t Type, x, y, _ int64) int64 { return x << shiftCount(t, y) }},
	Shr: {same: sameInteger, compute: func(t Type, x, y, _ int64) int64 { return int64(zeroExtend(t, x) >> shiftCount(t, y)) }},
	Sar: {same: sameInteger, compute: func(t Type, x, y, _ int64) int64 { return x >> shiftCount(t, y) }},

	MulConst: {same: sameProduct, simplify: (*folder).product, compute: func(_ Type, x, _, imm int64) int64 { return x * imm }},
	SetBit:   {compute: func(_ Type, x, _, imm int64) int64 { return x | 1<<uint64(imm) }},

	CountLeadingZeros:  {compute: func(_ Type, x, _, _ int64) int64 { return int64(bits.LeadingZeros64(uint64(x))) }},
	CountTrailingZeros: {compute: func(_ Type, x, _, _ int64) int64 { return int64(bits.TrailingZeros64(uint64(x))) }},
	Gather7:            {compute: func(_ Type, x, _, _ int64) int64 { return gather7(x) }},
	Spread7:            {compute: func(_ Type, x, _, _ int64) int64 { return spread7(x) }},

	SetCC:  {simplify: (*folder).comparison},
	Select: {same: sameChoice, simplify: (*folder).comparison},
	Branch: {simplify: (*folder).comparison},
	FailIf: {simplify: (*folder).comparison},
	Switch: {simplify: (*folder).switched},

	ZeroExt8to32:  {compute: computeZeroExt},
	ZeroExt8to64:  {compute: computeZeroExt},
	ZeroExt16to32: {compute: computeZeroExt},
	ZeroExt16to64: {compute: computeZeroExt},
	ZeroExt32to64: {compute: computeZeroExt},
	SignExt8to32:  {compute: computeSame},
	SignExt8to64:  {compute: computeSame},
	SignExt16to32: {compute: computeSame},
	SignExt16to64: {compute: computeSame},
	SignExt32to64: {compute: computeSame},
	Trunc32to8:    {compute: computeSame, same: sameCutBack},
	Trunc32to16:   {compute: computeSame, same: sameCutBack},
	Trunc64to8:    {compute: computeSame, same: sameCutBack},
	Trunc64to16:   {compute: computeSame, same: sameCutBack},
	Trunc64to32:   {compute: computeSame, same: sameCutBack},

	PtrAdd:   {same: samePtrAdd, simplify: (*folder).pointerSum},
	PtrIndex: {same: samePtrIndex, simplify: (*folder).pointerIndex},
	PtrDiff:  {simplify: (*folder).pointerDifference},

	CheckBoundsN: {simplify: (*folder).checkRoomN},
	Narrow64to32: {same: sameNarrow, simplify: (*folder).narrow},
}

func shiftCount(t Type, n int64) uint64 { return uint64(n) & uint64(t.Bits()-1) }

func computeZeroExt(t Type, x, _, _ int64) int64 { return int64(zeroExtend(t, x)) }

// computeSame: constants are kept sign-extended, and cut to their type when made.
func computeSame(_ Type, x, _, _ int64) int64 { return x }

// widens reports whether op is an extension.
func widens(op Op) bool { return op >= ZeroExt8to32 && op <= SignExt32to64 }

// sameCutBack knows a value that was widened and is cut back to where it came from.
func sameCutBack(i *Inst) *Value {
	if from := i.Args[0].Def; from != nil && widens(from.Op) && from.Args[0].Type == i.Results[0].Type {
		return from.Args[0]
	}
	return nil
}

func sameProduct(i *Inst) *Value {
	if i.Imm == 1 {
		return i.Args[0]
	}
	return nil
}

func samePtrAdd(i *Inst) *Value {
	if i.Imm == 0 {
		return i.Args[0]
	}
	return nil
}

func samePtrIndex(i *Inst) *Value {
	if n, ok := i.Args[1].constant(); ok && n == 0 {
		return i.Args[0]
	}
	return nil
}

func sameNarrow(i *Inst) *Value {
	if from := i.Args[0].Def; from != nil && from.Op == SignExt32to64 {
		return from.Args[0]
	}
	return nil
}

func sameChoice(i *Inst) *Value {
	if i.Args[2] == i.Args[3] {
		return i.Args[2]
	}
	switch holds, known := i.condition(); {
	case known && holds:
		return i.Args[2]
	case known:
		return i.Args[3]
	}
	return nil
}

// sameInteger knows x+0, x-0, x|0, x^0, x<<0, x>>0.
func sameInteger(i *Inst) *Value {
	if n, ok := i.Args[1].constant(); ok && n == 0 {
		return i.Args[0]
	}
	return nil
}

// sameAnd knows x&-1, x&x.
func sameAnd(i *Inst) *Value {
	if n, ok := i.Args[1].constant(); ok && n == -1 || i.Args[0] == i.Args[1] {
		return i.Args[0]
	}
	return nil
}

// sameOr knows x|0, x|x.
func sameOr(i *Inst) *Value {
	if i.Args[0] == i.Args[1] {
		return i.Args[0]
	}
	return sameInteger(i)
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

// constants makes i what compute says, if its operands are constants.
func (o *folder) constants(i *Inst, compute func(t Type, x, y, imm int64) int64) bool {
	var operands [2]int64
	for n, a := range i.Args {
		c, ok := a.constant()
		if !ok {
			return false
		}
		operands[n] = c
	}
	o.constant(i, compute(i.Args[0].Type, operands[0], operands[1], i.Imm))
	return true
}

// difference makes x - x 0, and x - c, c constant, x + -c.
func (o *folder) difference(i *Inst) {
	if i.Args[0] == i.Args[1] {
		o.constant(i, 0)
	} else if c, ok := i.Args[1].constant(); ok {
		t := i.Args[0].Type
		o.become(i, Add, 0, i.Args[0], o.newConst(t, -c))
	}
}

// sum makes (a + b) + c, b and c constant, a + (b+c).
func (o *folder) sum(i *Inst) {
	c, ok := i.Args[1].constant()
	inner := i.Args[0].Def
	if !ok || inner == nil || inner.Op != Add {
		return
	}
	if b, ok := inner.Args[1].constant(); ok {
		o.become(i, Add, 0, inner.Args[0], o.newConst(i.Args[0].Type, b+c))
	}
}

// and makes x & 0 0.
func (o *folder) and(i *Inst) {
	if c, ok := i.Args[1].constant(); ok && c == 0 {
		o.constant(i, 0)
	}
}

// or makes x | -1 -1.
func (o *folder) or(i *Inst) {
	if c, ok := i.Args[1].constant(); ok && c == -1 {
		o.constant(i, -1)
	}
}

// xor makes x ^ x 0.
func (o *folder) xor(i *Inst) {
	if i.Args[0] == i.Args[1] {
		o.constant(i, 0)
	}
}

// product makes x * 0 0.
func (o *folder) product(i *Inst) {
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

// pointerSum gathers the distances of a sum of sums.
func (o *folder) pointerSum(i *Inst) {
	root, offset := i.Args[0].place()
	if root != i.Args[0] && fitsInt32(offset+i.Imm) {
		o.become(i, PtrAdd, offset+i.Imm, root)
	}
}

// pointerIndex makes a constant index a distance.
func (o *folder) pointerIndex(i *Inst) {
	if n, ok := i.Args[1].constant(); ok && fitsInt32(n) && fitsInt32(n*i.Imm) {
		o.become(i, PtrAdd, n*i.Imm, i.Args[0])
	}
}

// pointerDifference knows the distance of two pointers that are distances from one.
func (o *folder) pointerDifference(i *Inst) {
	root, offset := i.Args[0].place()
	if other, otherOffset := i.Args[1].place(); other == root {
		o.constant(i, offset-otherOffset)
	}
}

// narrow makes a constant of one that fits.
func (o *folder) narrow(i *Inst) {
	if n, ok := i.Args[0].constant(); ok && fitsInt32(n) {
		o.constant(i, n)
	}
}
