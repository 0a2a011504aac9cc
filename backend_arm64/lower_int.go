package arm64

import (
	"fmt"
	"math/bits"

	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/regalloc"
)

// --- Const, Address: up to two instructions or a load from behind the code. None changes flags, so the allocator may repeat
// them anywhere.

func (w *lowering) LowerConst(i *ir.Inst) {
	if w.Needed(i.Result()) {
		w.constant(i, constantOf(i.Imm, width(i.Result().Type)))
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
	w.Sequence(0, func(f *finisher) { f.setConstant(c) }, regalloc.Def(w.DefineConstant(i.Result(), 0)))
}

// constantInto returns a register that holds a constant.
func (w *lowering) constantInto(c int64) Reg {
	r := w.Temp()
	w.Sequence(0, func(f *finisher) { f.setConstant(c) }, regalloc.Def(lower.Virtual(r)))
	return r
}

// --- Add, Sub, And, Or, Xor. One argument may be a constant, shifted by a constant, or, of the last three, inverted.
//
//	add r, a, b
//	add r, a, #c
//	add r, a, x, lsl #n
//	bic r, a, x
//	neg r, b            0 - b
//	mvn r, a            a ^ -1

func (w *lowering) LowerArithmetic(i *ir.Inst) {
	if !w.Needed(i.Result()) {
		return // its users take it into themselves
	}
	wide := width(i.Result().Type)
	if op, x, index, ok := invertedArgument(i); ok {
		a, b := w.Reg(i.Args[1-index]), w.Reg(x)
		w.emit(op, wide, RegOperand(w.Result(i)), RegOperand(a), RegOperand(b))
		return
	}
	op := arithmeticOps[i.Op]
	if index, ok := shiftedArgument(i); ok {
		b := w.shifted(i.Args[index])
		if other := i.Args[1-index]; isZero(other) && i.Op == ir.Sub {
			w.emit(NEG, wide, RegOperand(w.Result(i)), b)
		} else {
			a := w.Reg(other)
			w.emit(op, wide, RegOperand(w.Result(i)), RegOperand(a), b)
		}
		return
	}
	if i.Op == ir.Sub && isZero(i.Args[0]) {
		b := w.Reg(i.Args[1])
		w.emit(NEG, wide, RegOperand(w.Result(i)), RegOperand(b))
		return
	}
	a, b := RegOperand(w.Reg(i.Args[0])), w.operand(i, 1)
	c, constant := i.Args[1].IsConst()
	r := RegOperand(w.Result(i))
	switch {
	case i.Op == ir.Xor && constant && c == -1:
		w.emit(MVN, wide, r, a)
	case b == Zero:
		w.emit(op, wide, r, a, Imm(0))
	case b.Kind() == ImmKind && b.Value() < 0 && (i.Op == ir.Add || i.Op == ir.Sub):
		w.emit(ADD+SUB-op, wide, r, a, Imm(-b.Value()))
	default:
		w.emit(op, wide, r, a, b)
	}
}

var arithmeticOps = map[ir.Op]Op{ir.Add: ADD, ir.Sub: SUB, ir.And: AND, ir.Or: ORR, ir.Xor: EOR}

func isZero(v *ir.Value) bool {
	c, ok := v.IsConst()
	return ok && c == 0
}

// invertedArgument returns the instruction that does the work of i and inverts one of its arguments, the one with that
// index, which is the inverse of x.
func invertedArgument(i *ir.Inst) (op Op, x *ir.Value, index int, ok bool) {
	switch i.Op {
	case ir.And:
		op = BIC
	case ir.Or:
		op = ORN
	case ir.Xor:
		op = EON
	default:
		return BAD, nil, 0, false
	}
	for index, v := range i.Args {
		if foldsArgument(i, 1-index) || v.Def == nil || v.Def.Op != ir.Xor {
			continue
		}
		if c, constant := v.Def.Args[1].IsConst(); constant && c == -1 {
			return op, v.Def.Args[0], index, true
		}
	}
	return BAD, nil, 0, false
}

// foldsArgument reports whether the nth argument of i is a constant that is part of the instruction.
func foldsArgument(i *ir.Inst, n int) bool {
	c, constant := i.Args[n].IsConst()
	return constant && foldsConstant(i, n, c)
}

// shiftedArgument returns the argument of i, a sum or the like, that i shifts by a constant itself.
func shiftedArgument(i *ir.Inst) (index int, ok bool) {
	if arithmeticOps[i.Op] == BAD {
		return 0, false
	}
	if _, _, _, inverted := invertedArgument(i); inverted {
		return 0, false
	}
	for index := 1; index >= 0; index-- {
		if index == 0 && (i.Op == ir.Sub || foldsArgument(i, 1)) {
			continue
		}
		if _, _, ok := constantShift(i.Args[index]); ok {
			return index, true
		}
	}
	return 0, false
}

// constantShift reports that v is x shifted by a constant.
func constantShift(v *ir.Value) (x *ir.Value, count int64, ok bool) {
	if v.Def == nil || v.Def.Op != ir.Shl && v.Def.Op != ir.Shr && v.Def.Op != ir.Sar {
		return nil, 0, false
	}
	count, ok = v.Def.Args[1].IsConst()
	return v.Def.Args[0], count & int64(width(v.Type).Bits()-1), ok
}

// shifted is a value that is a shift by a constant, as an operand.
func (w *lowering) shifted(v *ir.Value) Operand {
	x, count, _ := constantShift(v)
	return Shifted(w.Reg(x), map[ir.Op]Shift{ir.Shl: ShiftLSL, ir.Shr: ShiftLSR, ir.Sar: ShiftASR}[v.Def.Op], uint8(count))
}

// --- Shl, Shr, Sar: lsl, lsr, asr. The processor takes a count in a register modulo the width, as IR does.

func (w *lowering) LowerShift(i *ir.Inst) {
	if !w.Needed(i.Result()) {
		return
	}
	wide, a := width(i.Result().Type), w.Reg(i.Args[0])
	op := map[ir.Op]Op{ir.Shl: LSL, ir.Shr: LSR, ir.Sar: ASR}[i.Op]
	if _, count, ok := constantShift(i.Result()); ok {
		w.emit(op, wide, RegOperand(w.Result(i)), RegOperand(a), Imm(count))
		return
	}
	count := w.Reg(i.Args[1])
	w.emit(op, wide, RegOperand(w.Result(i)), RegOperand(a), RegOperand(count))
}

// --- MulConst. There is no multiplication by a constant; most constants are sizes of elements.
//
//	lsl r, a, #n                             1<<n
//	add t, a, a, lsl #m ; lsl r, t, #n       (1<<m + 1) << n
//	lsl t, a, #m ; sub t, t, a ; lsl r, t, #n    (1<<m - 1) << n
//	set t, c ; mul r, a, t

func (w *lowering) LowerMulConst(i *ir.Inst) {
	wide, a := width(i.Result().Type), w.Reg(i.Args[0])
	c := uint64(constantOf(i.Imm, wide))
	if c == 0 {
		w.emit(MOV, wide, RegOperand(w.Result(i)), Zero)
		return
	}
	n := bits.TrailingZeros64(c)
	odd := c >> n
	above, hasAbove := singleBit(W64, int64(odd-1))
	below, hasBelow := singleBit(W64, int64(odd+1))
	switch {
	case odd == 1:
		w.emit(LSL, wide, RegOperand(w.Result(i)), RegOperand(a), Imm(int64(n)))
		return
	case hasAbove:
		t := w.resultUnless(n > 0, i)
		w.emit(ADD, wide, RegOperand(t), RegOperand(a), Shifted(a, ShiftLSL, uint8(above)))
		a = t
	case hasBelow && below < wide.Bits():
		high, t := w.Temp(), w.resultUnless(n > 0, i)
		w.emit(LSL, wide, RegOperand(high), RegOperand(a), Imm(int64(below)))
		w.emit(SUB, wide, RegOperand(t), RegOperand(high), RegOperand(a))
		a = t
	default:
		factor := w.constantInto(int64(c))
		w.emit(MUL, wide, RegOperand(w.Result(i)), RegOperand(a), RegOperand(factor))
		return
	}
	if n > 0 {
		w.emit(LSL, wide, RegOperand(w.Result(i)), RegOperand(a), Imm(int64(n)))
	}
}

// resultUnless gives the result of i a register, or returns another one.
func (w *lowering) resultUnless(not bool, i *ir.Inst) Reg {
	if not {
		return w.Temp()
	}
	return w.Result(i)
}

// singleBit returns the number of the only bit of a constant.
func singleBit(w Width, c int64) (bit int, ok bool) {
	c = constantOf(c, w)
	return bits.TrailingZeros64(uint64(c)), bits.OnesCount64(uint64(c)) == 1
}

// --- SetBit: orr r, a, #bit.

func (w *lowering) LowerBit(i *ir.Inst) {
	a := w.Reg(i.Args[0])
	w.emit(ORR, width(i.Args[0].Type), RegOperand(w.Result(i)), RegOperand(a), Imm(1<<i.Imm))
}

// --- SetCC: cmp, cset.

func (w *lowering) LowerSetCC(i *ir.Inst) {
	c := w.compare(i)
	w.emitCond(CSET, c, W32, RegOperand(w.Result(i)))
}

// --- Select: cmp, csel.

func (w *lowering) LowerSelect(i *ir.Inst) {
	c := w.compare(i)
	yes, no := w.operand(i, 2), w.operand(i, 3)
	w.emitCond(CSEL, c, width(i.Result().Type), RegOperand(w.Result(i)), yes, no)
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
	c := conversions[i.Op]
	w.emit(c.op, c.width, RegOperand(w.Result(i)), RegOperand(a))
}

// conversions are what widens. 32 bits widen with zeros when they are moved.
var conversions = map[ir.Op]struct {
	op    Op
	width Width
}{
	ir.ZeroExt8to32: {UXTB, W32}, ir.ZeroExt8to64: {UXTB, W32},
	ir.ZeroExt16to32: {UXTH, W32}, ir.ZeroExt16to64: {UXTH, W32},
	ir.ZeroExt32to64: {MOV, W32},
	ir.SignExt8to32:  {SXTB, W32}, ir.SignExt8to64: {SXTB, W64},
	ir.SignExt16to32: {SXTH, W32}, ir.SignExt16to64: {SXTH, W64},
	ir.SignExt32to64: {SXTW, W64},
}

// --- PtrAdd, PtrIndex: add. A PtrAdd that is a part of every address it leads to is no instruction. PtrDiff: sub.

func (w *lowering) LowerPointer(i *ir.Inst) {
	switch i.Op {
	case ir.PtrAdd:
		if !w.Needed(i.Result()) {
			return
		}
		root, distance := i.Result().Place()
		base := w.Reg(root)
		w.addTo(w.Result(i), base, distance)
	case ir.PtrIndex:
		a, b := w.Reg(i.Args[0]), w.Reg(i.Args[1])
		scale := uint8(bits.TrailingZeros64(uint64(i.Imm)))
		w.emit(ADD, W64, RegOperand(w.Result(i)), RegOperand(a), Shifted(b, ShiftLSL, scale))
	case ir.PtrDiff:
		a, b := w.Reg(i.Args[0]), w.Reg(i.Args[1])
		w.emit(SUB, W64, RegOperand(w.Result(i)), RegOperand(a), RegOperand(b))
	}
}
