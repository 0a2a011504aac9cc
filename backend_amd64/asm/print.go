package asm

import (
	"fmt"
	"strconv"
	"strings"
)

// The text form is the Intel syntax that GNU as reads after `.intel_syntax noprefix`; only virtual registers are
// unknown to it. Goldens and dumps hold it.

// String returns the instruction's text form: one line, without a line break.
func (i *Inst) String() string {
	r := i.row()
	if r.text != nil {
		return r.text(r, i)
	}
	mnemonic := r.mnemonic
	if r.effects&isCond != 0 {
		mnemonic += i.Cond.String()
	}
	return r.join(mnemonic, i)
}

// join is a mnemonic and the operands.
func (r *row) join(mnemonic string, i *Inst) string {
	var text strings.Builder
	text.WriteString(mnemonic)
	for index := range r.operands {
		o := i.operand(index)
		if o.kind == NoOperand {
			break
		}
		if index == 0 {
			text.WriteByte(' ')
		} else {
			text.WriteString(", ")
		}
		text.WriteString(r.operandText(i, index))
	}
	return text.String()
}

// text is the operand's text form in an instruction of width w.
func (o *Operand) text(spec *operandSpec, w Width) string {
	w = spec.width(w)
	switch o.kind {
	case RegKind:
		return registerName(o.reg, registerWidth(o.reg, spec.class, w))
	case MemKind, LabelMem:
		return w.String() + " ptr " + o.address()
	case ImmKind:
		return strconv.FormatInt(o.value, 10)
	case LabelKind:
		return Label(o.value).String()
	case SymbolKind:
		return Symbol(o.value).String()
	}
	return "nothing"
}

// registerWidth is the width by which a register is called. Where a general and a vector register meet, the
// instruction's width is that of the general one; mask registers have one name for all widths.
func registerWidth(r Reg, c Class, w Width) Width {
	switch {
	case c == Vector && w < W128:
		return W128
	case c == Mask:
		return W64
	}
	return w
}

// address is a memory operand without its width.
func (o *Operand) address() string {
	if o.kind == LabelMem {
		return "[rip+" + Label(o.value).String() + "]"
	}
	text := "[" + registerName(o.reg, W64)
	if o.index != NoReg {
		text += "+" + registerName(o.index, W64) + "*" + strconv.Itoa(int(o.scale))
	}
	if o.value != 0 {
		text += fmt.Sprintf("%+d", o.value)
	}
	return text + "]"
}

// String returns the function's text form.
func (f *Function) String() string {
	var text strings.Builder
	text.WriteString("# func " + f.Name + "\n")
	for n := range f.Insts {
		i := &f.Insts[n]
		if i.Op != LABEL {
			text.WriteByte('\t')
		}
		text.WriteString(i.String())
		text.WriteByte('\n')
	}
	return text.String()
}

// Listing returns the function's text form with the offset of each instruction in its code, in hexadecimal digits, in
// front. The assembler must have kept the starts.
func (f *Function) Listing(c *Code) string {
	var text strings.Builder
	text.WriteString("# func " + f.Name + "\n")
	for n := range f.Insts {
		i := &f.Insts[n]
		if i.Op == LABEL {
			fmt.Fprintf(&text, "%s\n", i)
			continue
		}
		fmt.Fprintf(&text, "%6x\t%s\n", c.Starts[n], i)
	}
	return text.String()
}

func (r *row) operandText(i *Inst, index int) string {
	return i.operand(index).text(&r.operands[index], i.Width)
}

// textLea: an address has no width.
func textLea(r *row, i *Inst) string {
	return r.mnemonic + " " + r.operandText(i, 0) + ", " + i.B.address()
}

// textZero: the register stands for both operands.
func textZero(r *row, i *Inst) string {
	name := r.operandText(i, 0)
	return r.mnemonic + " " + name + ", " + name
}

// textVectorZero: the register stands for all three operands.
func textVectorZero(r *row, i *Inst) string {
	return textZero(r, i) + ", " + r.operandText(i, 0)
}

// textUpperHalf: the constant is always the same.
func textUpperHalf(r *row, i *Inst) string { return r.join(r.mnemonic, i) + ", 1" }

// textSuffix: the mnemonic ends in the width of the general register, or of the part of the mask.
func textSuffix(r *row, i *Inst) string {
	if i.Width == W64 {
		return r.join(r.mnemonic+"q", i)
	}
	return r.join(r.mnemonic+"d", i)
}

func textMaskedLoad(r *row, i *Inst) string {
	return fmt.Sprintf("%s %s{%s}{z}, %s", r.mnemonic, r.operandText(i, 0), r.operandText(i, 2), r.operandText(i, 1))
}

func textMaskedStore(r *row, i *Inst) string {
	return fmt.Sprintf("%s %s{%s}, %s", r.mnemonic, r.operandText(i, 0), r.operandText(i, 2), r.operandText(i, 1))
}

func textLabel(_ *row, i *Inst) string { return Label(i.A.value).String() + ":" }

func textQuad(r *row, i *Inst) string { return fmt.Sprintf("%s %#x", r.mnemonic, uint64(i.A.value)) }

func textLongDiff(_ *row, i *Inst) string {
	return fmt.Sprintf(".long %v-%v", Label(i.A.value), Label(i.B.value))
}
