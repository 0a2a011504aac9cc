package asm

import (
	"fmt"
	"math"
)

// check says what keeps an instruction from being encoded; nil means that nothing does. Encoding relies on it.
func (i *Inst) check(available Features) error {
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
	if needs := i.Needs(); !available.Has(needs) {
		return fmt.Errorf("%s needs %v of the processor", r.mnemonic, needs&^available)
	}
	memory := 0
	for place := range r.operands {
		o := i.operand(place)
		if err := o.check(&r.operands[place], i); err != nil {
			return fmt.Errorf("operand %d of %s: %w", place+1, r.mnemonic, err)
		}
		if o.isMem() {
			memory++
		}
	}
	if memory > 1 {
		return fmt.Errorf("%s has two memory operands", r.mnemonic)
	}
	if memory == 0 && r.effects&needsMem != 0 {
		return fmt.Errorf("%s has no memory operand", r.mnemonic)
	}
	return nil
}

func (o *Operand) check(spec *operandSpec, i *Inst) error {
	if o.kind == NoOperand && spec.allow == 0 {
		return nil
	}
	if !spec.allow.has(o.kind) {
		return fmt.Errorf("%v is not possible here", o.text(spec, i.Width))
	}
	switch o.kind {
	case RegKind:
		return o.checkRegister(spec)
	case MemKind:
		return o.checkMemory()
	case ImmKind:
		return o.checkImmediate(spec.imm, i)
	}
	if o.value < 0 || o.value > math.MaxInt32 {
		return fmt.Errorf("%d is the number of no label or function", o.value)
	}
	return nil
}

func (o *Operand) checkRegister(spec *operandSpec) error {
	number, ok := o.reg.Physical()
	p := PReg(number)
	switch {
	case !ok || p >= pregCount:
		return fmt.Errorf("%s has no place yet", registerName(o.reg, W64))
	case p.Class() != spec.class:
		return fmt.Errorf("%v is not a %v register", p, spec.class)
	case spec.fixed != NoReg && o.reg != spec.fixed:
		return fmt.Errorf("%v where only %s is possible", p, registerName(spec.fixed, W64))
	case p == K0:
		return fmt.Errorf("k0 means that there is no mask")
	}
	return nil
}

func (o *Operand) checkMemory() error {
	base, ok := o.reg.Physical()
	if !ok || PReg(base).Class() != General {
		return fmt.Errorf("base %s is not a general register", registerName(o.reg, W64))
	}
	if !isInt32(o.value) {
		return fmt.Errorf("displacement %d is too large", o.value)
	}
	if o.index == NoReg {
		return nil
	}
	index, ok := o.index.Physical()
	if !ok || PReg(index).Class() != General || PReg(index) == RSP {
		return fmt.Errorf("index %s is not a general register, or is rsp", registerName(o.index, W64))
	}
	switch o.scale {
	case 1, 2, 4, 8:
		return nil
	}
	return fmt.Errorf("scale %d is none of 1, 2, 4, 8", o.scale)
}

func (o *Operand) checkImmediate(allowed immediate, i *Inst) error {
	w := i.Width
	switch allowed {
	case immCount:
		if o.value < 0 || o.value >= int64(w.Bits()) {
			return fmt.Errorf("%d is not a bit number below %d", o.value, w.Bits())
		}
		return nil
	case immByte:
		if o.value < 0 || o.value > math.MaxUint8 {
			return fmt.Errorf("%d is not from 0 to 255", o.value)
		}
		return nil
	case imm64:
		return nil
	case immWide:
		if w == W64 && i.A.kind == RegKind {
			return nil
		}
	}
	if !o.fits(w) || w == W64 && !isInt32(o.value) {
		return fmt.Errorf("%d does not fit", o.value)
	}
	return nil
}
