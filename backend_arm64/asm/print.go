package asm

import (
	"fmt"
	"strconv"
	"strings"
)

// The text form is what GNU as reads; only virtual registers are unknown to it. Goldens and dumps hold it.

// String returns the instruction's text form: one line, without a line break.
func (i *Inst) String() string {
	r := i.row()
	if r.text != nil {
		return r.text(r, i)
	}
	return r.join(r.mnemonic, i)
}

// join is a mnemonic, the operands and the condition if it is not a part of the mnemonic.
func (r *row) join(mnemonic string, i *Inst) string {
	var parts []string
	for index := range r.operands {
		o := i.operand(index)
		if o.kind == NoOperand {
			break
		}
		parts = append(parts, r.operandText(i, index))
	}
	if r.effects&isCond != 0 {
		parts = append(parts, i.Cond.String())
	}
	if len(parts) == 0 {
		return mnemonic
	}
	return mnemonic + " " + strings.Join(parts, ", ")
}

func (r *row) operandText(i *Inst, index int) string {
	return i.operand(index).text(&r.operands[index], i)
}

// text is the operand's text form in an instruction.
func (o *Operand) text(spec *operandSpec, i *Inst) string {
	w := spec.shape.of(i.Width)
	switch o.kind {
	case RegKind:
		return registerName(o.reg, spec.class, w)
	case ZeroKind:
		if w == W64 {
			return "xzr"
		}
		return "wzr"
	case ShiftKind:
		return fmt.Sprintf("%s, %s #%d", registerName(o.reg, General, w), shiftNames[o.form%uint8(shiftCount)], o.value)
	case ExtendKind:
		x := Extend(o.form % uint8(extendCount))
		return fmt.Sprintf("%s, %s #%d", registerName(o.reg, General, x.width()), extendNames[x], o.value)
	case ElementKind:
		return fmt.Sprintf("%s[%d]", vectorName(o.reg, scalarPrefix(w)), o.value)
	case ListKind:
		return o.list(w)
	case MemKind:
		return o.memoryText()
	case ImmKind:
		return "#" + strconv.FormatInt(o.value, 10)
	case LabelMem, LabelKind:
		return Label(o.value).String()
	case SymbolKind:
		return Symbol(o.value).String()
	}
	return "nothing"
}

// width is that of the name of a register that is extended.
func (x Extend) width() Width {
	if x.isWide() {
		return W64
	}
	return W32
}

// vectorName is a vector register's name with a suffix.
func vectorName(r Reg, suffix string) string {
	name := registerName(r, Vector, V16B)
	return name[:strings.IndexByte(name+".", '.')] + "." + suffix
}

func (o *Operand) list(w Width) string {
	names := []string{registerName(o.reg, Vector, w)}
	first, _ := o.reg.Physical()
	for n := range o.form {
		if n > 0 {
			names = append(names, (V0 + (PReg(first)+PReg(n))&31).name(w))
		}
	}
	return "{" + strings.Join(names, ", ") + "}"
}

func (o *Operand) memoryText() string {
	base := registerName(o.reg, General, W64)
	switch {
	case o.form == modePost:
		return fmt.Sprintf("[%s], #%d", base, o.value)
	case o.form == modePre:
		return fmt.Sprintf("[%s, #%d]!", base, o.value)
	case o.form == modeIndex && o.value == int64(ExtendX) && o.shift == 0:
		return fmt.Sprintf("[%s, %s]", base, registerName(o.index, General, W64))
	case o.form == modeIndex:
		x := Extend(uint64(o.value) % uint64(extendCount))
		name := extendNames[x]
		if x == ExtendX {
			name = "lsl"
		}
		text := fmt.Sprintf("[%s, %s, %s", base, registerName(o.index, General, x.width()), name)
		if o.shift != 0 {
			text += fmt.Sprintf(" #%d", o.shift)
		}
		return text + "]"
	case o.value == 0:
		return "[" + base + "]"
	}
	return fmt.Sprintf("[%s, #%d]", base, o.value)
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

// textPart: the last constant is the place of the other.
func textPart(r *row, i *Inst) string {
	text := r.mnemonic + " " + r.operandText(i, 0) + ", " + r.operandText(i, 1)
	if i.C.value != 0 {
		text += ", lsl " + r.operandText(i, 2)
	}
	return text
}

// textFill: the constant is a byte and its place, or all 64 bits.
func textFill(r *row, i *Inst) string {
	text := r.mnemonic + " " + r.operandText(i, 0) + ", "
	bits := uint64(i.B.value)
	if i.Width.Bits() == 64 {
		return text + fmt.Sprintf("#%#x", bits)
	}
	shift := fillShift(bits)
	text += fmt.Sprintf("#%d", bits>>shift)
	if shift != 0 {
		text += fmt.Sprintf(", lsl #%d", shift)
	}
	return text
}

// textLogic: constants are patterns.
func textLogic(r *row, i *Inst) string {
	last := r.lastOperand()
	o := i.operand(last)
	if o.kind != ImmKind {
		return r.join(r.mnemonic, i)
	}
	text := r.mnemonic
	separator := " "
	for n := range last {
		text += separator + r.operandText(i, n)
		separator = ", "
	}
	return text + separator + fmt.Sprintf("#%#x", bitsAt(i.Width, o.value))
}

// lastOperand is the index of the last operand that the row has.
func (r *row) lastOperand() int {
	last := 0
	for n := range r.operands {
		if r.operands[n].allow != 0 {
			last = n
		}
	}
	return last
}

// textUpper: an instruction that works on the upper half of a vector ends in 2.
func textUpper(r *row, i *Inst) string {
	if i.Width.isArrangement() && i.Width.full() == 1 {
		return r.join(r.mnemonic+"2", i)
	}
	return r.join(r.mnemonic, i)
}

// textAgainstZero: the last operand is always the same.
func textAgainstZero(r *row, i *Inst) string { return r.join(r.mnemonic, i) + ", #0" }

// textLane: the list is one of an element.
func textLane(r *row, i *Inst) string {
	name, number, _ := strings.Cut(r.operandText(i, 0), "[")
	return r.mnemonic + " {" + name + "}[" + number + ", " + r.operandText(i, 1)
}

// textPrefetch: the row's mnemonic ends in what is to be done.
func textPrefetch(r *row, i *Inst) string { return r.mnemonic + ", " + r.operandText(i, 0) }

// textBranch: a branch to another function under a condition is the opposite one around another.
func textBranch(r *row, i *Inst) string {
	mnemonic, last := r.mnemonic, r.lastOperand()
	if r.effects&isCond != 0 {
		mnemonic += i.Cond.String()
	}
	to := i.operand(last)
	if to.kind != SymbolKind {
		return mnemonic + " " + r.branchOperands(i, last)
	}
	switch {
	case r.effects&isCond != 0:
		mnemonic = r.mnemonic + i.Cond.Not().String()
	case strings.Contains(mnemonic, "nz"):
		mnemonic = strings.Replace(mnemonic, "nz", "z", 1)
	default:
		mnemonic = strings.Replace(mnemonic, "z", "nz", 1)
	}
	operands := strings.TrimSuffix(r.branchOperands(i, last), Symbol(to.value).String())
	return mnemonic + " " + operands + ".+8; b " + Symbol(to.value).String()
}

func (r *row) branchOperands(i *Inst, last int) string {
	var parts []string
	for n := range last + 1 {
		parts = append(parts, r.operandText(i, n))
	}
	return strings.Join(parts, ", ")
}

var landings = [4]string{"bti", "bti c", "bti j", "bti jc"}

func textLanding(_ *row, i *Inst) string { return landings[i.A.value&3] }

func textLabel(_ *row, i *Inst) string { return Label(i.A.value).String() + ":" }

func textAlign(r *row, i *Inst) string { return fmt.Sprintf("%s %d", r.mnemonic, i.A.value) }

func textQuad(r *row, i *Inst) string { return fmt.Sprintf("%s %#x", r.mnemonic, uint64(i.A.value)) }

func textLongDiff(_ *row, i *Inst) string {
	return fmt.Sprintf(".long %v-%v", Label(i.A.value), Label(i.B.value))
}
