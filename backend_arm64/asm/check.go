package asm

import (
	"fmt"
	"math"
)

// check says what keeps an instruction from being encoded; nil means that nothing does. Encoding relies on it.
func (i *Inst) check() error {
	r := i.row()
	if r.encode == nil {
		return fmt.Errorf("there is no instruction %d", i.Op)
	}
	if !r.widths.has(i.Width) {
		return fmt.Errorf("%s has no form of width %v", r.mnemonic, i.Width)
	}
	if r.effects&isCond != 0 && i.Cond >= condCount {
		return fmt.Errorf("there is no condition %d", i.Cond)
	}
	for place := range r.operands {
		o, spec := i.operand(place), &r.operands[place]
		if err := o.check(spec, i); err != nil {
			return fmt.Errorf("operand %d of %s: %w", place+1, r.mnemonic, err)
		}
	}
	if r.together != nil {
		if err := r.together(r, i); err != nil {
			return fmt.Errorf("%s: %w", r.mnemonic, err)
		}
	}
	return nil
}

func (o *Operand) check(spec *operandSpec, i *Inst) error {
	if o.kind == NoOperand && spec.allow == 0 {
		return nil
	}
	if !spec.allow.has(o.kind) {
		return fmt.Errorf("%v is not possible here", o.text(spec, i))
	}
	switch o.kind {
	case RegKind:
		return o.checkRegister(spec.class, spec.stack)
	case ShiftKind, ExtendKind:
		if err := o.checkRegister(spec.class, false); err != nil {
			return err
		}
		return o.checkModified(spec, i)
	case ElementKind:
		if o.value < 0 || o.value >= int64(16>>i.Width.size()) {
			return fmt.Errorf("there is no element %d", o.value)
		}
		return o.checkRegister(Vector, false)
	case ListKind:
		if o.form < 1 || o.form > 4 {
			return fmt.Errorf("a list of %d registers", o.form)
		}
		return o.checkRegister(Vector, false)
	case MemKind:
		return o.checkMemory(i)
	case ImmKind:
		return o.checkImmediate(spec.imm, i)
	case ZeroKind:
		return nil
	}
	if o.value < 0 || o.value > math.MaxInt32 {
		return fmt.Errorf("%d is the number of no label or function", o.value)
	}
	return nil
}

// checkRegister: SP has the number of another register, and stands only where the processor takes it for SP.
func (o *Operand) checkRegister(c Class, stack bool) error {
	number, ok := o.reg.Physical()
	p := PReg(number)
	switch {
	case !ok || p >= pregCount:
		return fmt.Errorf("%s has no place yet", registerName(o.reg, c, W64))
	case p.Class() != c:
		return fmt.Errorf("%v is not a %v register", p, c)
	case p == SP && !stack:
		return fmt.Errorf("sp is not possible here")
	}
	return nil
}

func (o *Operand) checkModified(spec *operandSpec, i *Inst) error {
	w := int64(i.Width.Bits())
	switch {
	case o.kind == ExtendKind && (o.form >= uint8(extendCount) || o.value < 0 || o.value > 4):
		return fmt.Errorf("there is no extension %d by %d", o.form, o.value)
	case o.kind == ExtendKind && Extend(o.form).isWide() && w < 64:
		return fmt.Errorf("an extension of 64 bits to 32")
	case o.kind == ExtendKind:
		return nil
	case o.form >= uint8(shiftCount) || o.value < 0 || o.value >= w:
		return fmt.Errorf("there is no shift %d by %d", o.form, o.value)
	case Shift(o.form) == ShiftROR && !spec.rotates:
		return fmt.Errorf("a rotated register is not possible here")
	}
	return nil
}

func (o *Operand) checkMemory(i *Inst) error {
	base, ok := o.reg.Physical()
	if !ok || PReg(base).Class() != General {
		return fmt.Errorf("base %s is not a general register", registerName(o.reg, General, W64))
	}
	if o.form != modeIndex {
		if o.index != NoReg {
			return fmt.Errorf("an index and a displacement")
		}
		if !i.row().reaches(i, o) {
			return fmt.Errorf("displacement %d cannot be encoded", o.value)
		}
		return nil
	}
	index, ok := o.index.Physical()
	if !ok || PReg(index).Class() != General || PReg(index) == SP {
		return fmt.Errorf("index %s is not a general register, or is sp", registerName(o.index, General, W64))
	}
	switch Extend(o.value) {
	case ExtendX, ExtendUW, ExtendSW, ExtendSX:
	default:
		return fmt.Errorf("extension %d of an index", o.value)
	}
	size, single := i.row().access(i)
	if !single {
		return fmt.Errorf("an index is not possible here")
	}
	if o.shift != 0 && uint32(o.shift) != size {
		return fmt.Errorf("an index shifted by %d", o.shift)
	}
	return nil
}

func (o *Operand) checkImmediate(allowed immediate, i *Inst) error {
	w, value := i.Width, o.value
	within := func(low, high int64) error {
		if value < low || value > high {
			return fmt.Errorf("%d is not from %d to %d", value, low, high)
		}
		return nil
	}
	switch allowed {
	case immAdd:
		if value < 0 || value > 0xfff && value&^0xfff000 != 0 {
			return fmt.Errorf("%d is no number of 12 bits, nor 4096 times one", value)
		}
	case immLogical:
		if _, ok := bitmask(w, value); !ok || w == W32 && !fits32(value) {
			return fmt.Errorf("%#x is no repeated run of bits", value)
		}
	case imm16:
		return within(0, 1<<16-1)
	case immPart:
		if value&15 != 0 || value < 0 || value >= int64(w.Bits()) {
			return fmt.Errorf("there is no part at bit %d", value)
		}
	case immBit:
		return within(0, int64(w.Bits()-1))
	case immCount:
		return within(1, int64(w.Bits()))
	case imm5:
		return within(0, 31)
	case immFlags:
		return within(0, 15)
	case immByte:
		return within(0, int64(w.Bytes()-1))
	case immLanding:
		return within(0, 3)
	case immFill:
		if _, ok := filling(w, value); !ok {
			return fmt.Errorf("%#x cannot be repeated", value)
		}
	case immAlign:
		if value&3 != 0 {
			return fmt.Errorf("%d is no multiple of an instruction", value)
		}
	}
	return nil
}

// checkField: the bits are all of the register's.
func checkField(_ *row, i *Inst) error {
	if i.C.value+i.D.value > int64(i.Width.Bits()) {
		return fmt.Errorf("%d bits from bit %d on", i.D.value, i.C.value)
	}
	return nil
}

// checkPair: a pair is loaded into two registers, and a base that changes is none of those that are moved.
func checkPair(r *row, i *Inst) error {
	if r.operands[0].role == def && i.A.reg == i.B.reg {
		return fmt.Errorf("two values for %s", registerName(i.A.reg, r.operands[0].class, i.Width))
	}
	if r.operands[0].class == General && i.C.writesBase() && (i.A.is(i.C.reg) || i.B.is(i.C.reg)) {
		return fmt.Errorf("the base is moved, and changes")
	}
	return nil
}

// checkBase: a base that changes is not what is loaded or stored.
func checkBase(_ *row, i *Inst) error {
	if i.B.writesBase() && i.A.is(i.B.reg) {
		return fmt.Errorf("the base is moved, and changes")
	}
	return nil
}

// checkMove: what moves to SP is an addition, whose zero would be SP.
func checkMove(_ *row, i *Inst) error {
	if i.A.is(SP.Reg()) && i.B.kind == ZeroKind {
		return fmt.Errorf("sp and zero have the same number")
	}
	return nil
}

// checkLoad is checkBase, and there are no labels for loads of 8 or 16 bits.
func checkLoad(r *row, i *Inst) error {
	if i.B.kind == LabelMem && i.Width < W32 {
		return fmt.Errorf("no load of %d bits from a label", i.Width.Bits())
	}
	return checkBase(r, i)
}

// checkCompare is checkSum for instructions without a result.
func checkCompare(_ *row, i *Inst) error {
	if i.A.is(SP.Reg()) && i.B.kind == ShiftKind {
		return fmt.Errorf("sp and a shifted register")
	}
	return nil
}

// checkSingle: the list has one register.
func checkSingle(_ *row, i *Inst) error {
	if i.A.form != 1 {
		return fmt.Errorf("a list of %d registers", i.A.form)
	}
	return nil
}

// checkSum: SP has no form with a shifted register.
func checkSum(_ *row, i *Inst) error {
	if i.C.kind == ExtendKind || !i.A.is(SP.Reg()) && !i.B.is(SP.Reg()) {
		return nil
	}
	if i.C.kind == ShiftKind {
		return fmt.Errorf("sp and a shifted register")
	}
	return nil
}
