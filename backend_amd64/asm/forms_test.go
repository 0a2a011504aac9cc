package asm

import "github.com/tagwire/tagwire/ir/regalloc"

// OperandLists says which operands an enumeration of forms tries.
type OperandLists struct {
	General, Vector, Mask []PReg
	Memory                []Operand
	Constants             []int64
}

func (l *OperandLists) registers(c Class) []PReg {
	switch c {
	case Vector:
		return l.Vector
	case Mask:
		return l.Mask
	}
	return l.General
}

// candidates returns the operands of the lists that are possible where the specification stands.
func (l *OperandLists) candidates(spec *operandSpec, i *Inst) []Operand {
	var found []Operand
	if spec.allow.has(RegKind) {
		if p, ok := spec.fixed.Physical(); ok {
			return []Operand{R(PReg(p))}
		}
		for _, p := range l.registers(spec.class) {
			found = append(found, R(p))
		}
	}
	if spec.allow.has(MemKind) {
		found = append(found, l.Memory...)
	}
	if spec.allow.has(ImmKind) {
		for _, value := range l.Constants {
			if o := Imm(value); o.checkImmediate(spec.imm, i) == nil {
				found = append(found, o)
			}
		}
	}
	return found
}

// few are operands that reach every branch of the encoder's code.
var few = OperandLists{
	General: []PReg{RAX, RBX, RSI, R8, R15},
	Vector:  []PReg{X0, X7, X8, X15},
	Mask:    []PReg{K1, K7},
	Memory: []Operand{
		M(RAX.Reg(), 0), M(R9.Reg(), -4096), M(RSP.Reg(), 16), M(R12.Reg(), 0), M(RBP.Reg(), 0),
		M(R13.Reg(), 64), Indexed(RAX.Reg(), RCX.Reg(), 1, 0), Indexed(R13.Reg(), R12.Reg(), 2, 0),
		Indexed(RSP.Reg(), RBP.Reg(), 4, 127), Indexed(RBP.Reg(), R15.Reg(), 8, -129),
	},
	Constants: []int64{0, 1, 5, 7, 31, 63, -1, 127, 128, -128, -129, 255, 256, 32767, 32768, 65535, 65536,
		1<<31 - 1, -1 << 31, 1 << 31, 1<<32 - 1, 1 << 32, 1<<63 - 1, -1 << 63},
}

// all are all registers and every shape of a memory operand.
var all = OperandLists{
	General:   registersOf(AllGeneral),
	Vector:    registersOf(AllVector),
	Mask:      registersOf(AllMask &^ regalloc.Regs(K0)),
	Memory:    allMemory(),
	Constants: few.Constants,
}

func registersOf(s RegSet) []PReg {
	var list []PReg
	for p := range s.All {
		list = append(list, p)
	}
	return list
}

// allMemory is every base, every index and every scale, with displacements around each limit: those of EVEX
// depend on the operand's size.
func allMemory() []Operand {
	var list []Operand
	for base := range AllGeneral.All {
		for _, displacement := range []int32{0, 1, -1, 127, 128, -128, -129, 1<<31 - 1, -1 << 31,
			16, 32, 64, 16 * 127, 16 * 128, 32 * 127, 32 * 128, 64 * 127, 64 * 128, -64 * 128, -64 * 129} {
			list = append(list, M(base.Reg(), displacement))
		}
		for index := range (AllGeneral &^ regalloc.Regs(RSP)).All {
			scale := uint8(1) << (uint(base+index) % 4)
			list = append(list, Indexed(base.Reg(), index.Reg(), scale, (int32(index)-7)*32))
		}
	}
	return list
}

// isPlain reports whether the instruction can be assembled without others around it.
func isPlain(r *row) bool {
	return r.encode != nil && r.effects&isData == 0 && !r.operands[0].allow.has(LabelKind)
}

// Forms returns, for each instruction, width and condition, the first possible operands, and those that differ
// from them in one operand. Conditions but the first come with the first operands only.
func Forms(lists *OperandLists) []Inst {
	var found []Inst
	for op := range opCount {
		r := &table[op]
		for w := range widthCount {
			if !isPlain(r) || !r.widths.has(w) {
				continue
			}
			found = append(found, formsOf(lists, Inst{Op: op, Width: w})...)
			for c := Cond(1); c < condCount && r.effects&isCond != 0; c++ {
				found = append(found, formsOf(lists, Inst{Op: op, Width: w, Cond: c})[0])
			}
		}
	}
	return found
}

func formsOf(lists *OperandLists, i Inst) []Inst {
	var choices [3][]Operand
	operands := 0
	for ; operands < 3 && i.row().operands[operands].allow != 0; operands++ {
		choices[operands] = lists.candidates(&i.row().operands[operands], &i)
		*i.operand(operands) = choices[operands][0]
	}
	var found []Inst
	if i.check(AllFeatures) == nil {
		found = append(found, i)
	}
	for index := range operands {
		changed := i
		for _, o := range choices[index][1:] {
			*changed.operand(index) = o
			found = append(found, valid(changed, choices, index)...)
		}
	}
	return found
}

// valid is the instruction, or, if it is none as it stands, the first that becomes one by changing the operand
// after that one: movbe has no form with two registers.
func valid(i Inst, choices [3][]Operand, index int) []Inst {
	if i.check(AllFeatures) == nil {
		return []Inst{i}
	}
	other := 1 - index
	if other < 0 {
		return nil
	}
	for _, o := range choices[other] {
		*i.operand(other) = o
		if i.check(AllFeatures) == nil {
			return []Inst{i}
		}
	}
	return nil
}
