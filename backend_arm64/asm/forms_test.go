package asm

import "slices"

// OperandLists says which operands an enumeration of forms tries.
type OperandLists struct {
	General, Vector []PReg
	Memory          []Operand
	Modified        []Operand // shifted and extended registers, elements, lists
	Constants       []int64
}

func (l *OperandLists) registers(c Class) []PReg {
	if c == Vector {
		return l.Vector
	}
	return l.General
}

// candidates returns the operands of the lists that are possible where the specification stands.
func (l *OperandLists) candidates(spec *operandSpec, i *Inst) []Operand {
	var found []Operand
	if spec.allow.has(RegKind) {
		for _, p := range l.registers(spec.class) {
			if p != SP || spec.stack {
				found = append(found, R(p))
			}
		}
	}
	if spec.allow.has(ZeroKind) {
		found = append(found, Zero)
	}
	for _, o := range slices.Concat(l.Modified, l.Memory) {
		if spec.allow.has(o.kind) && o.check(spec, i) == nil {
			found = append(found, o)
		}
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
	General: []PReg{R0, R7, R16, R30, SP},
	Vector:  []PReg{V0, V9, V31},
	Memory: []Operand{
		M(R1.Reg(), 0), M(SP.Reg(), 16), M(R9.Reg(), 8), M(R30.Reg(), -256), M(R2.Reg(), 255), M(R2.Reg(), 4095), M(R2.Reg(), 4095*2),
		M(R3.Reg(), 4095*4), M(R3.Reg(), 4095*8), M(R3.Reg(), 4095*16), M(R4.Reg(), -64*4), M(R4.Reg(), 63*8), M(R4.Reg(), -64*16),
		M(R4.Reg(), -8), PreIndexed(R5, -16), PreIndexed(SP, 240), PostIndexed(R6, 16), PostIndexed(SP, -32), PostIndexed(R6, 1),
		PostIndexed(R6, 2), PostIndexed(R6, 4), PostIndexed(R6, 8), PostIndexed(R6, 24), PostIndexed(R6, 32), PostIndexed(R6, 48),
		PostIndexed(R6, 64), Indexed(R7.Reg(), R8.Reg(), ExtendX, 0), Indexed(SP.Reg(), R8.Reg(), ExtendUW, 0),
		Indexed(R7.Reg(), R30.Reg(), ExtendSW, 0), Indexed(R7.Reg(), R30.Reg(), ExtendSX, 0), Indexed(R7.Reg(), R8.Reg(), ExtendX, 1),
		Indexed(R7.Reg(), R8.Reg(), ExtendUW, 2), Indexed(R7.Reg(), R8.Reg(), ExtendX, 3), Indexed(R7.Reg(), R8.Reg(), ExtendSW, 4),
	},
	Modified: []Operand{
		Shifted(R3.Reg(), ShiftLSL, 1), Shifted(R30.Reg(), ShiftLSR, 31), Shifted(R3.Reg(), ShiftASR, 63), Shifted(R3.Reg(), ShiftROR, 17),
		Extended(R3.Reg(), ExtendUB, 0), Extended(R30.Reg(), ExtendUH, 4), Extended(R3.Reg(), ExtendUW, 2), Extended(R3.Reg(), ExtendX, 3),
		Extended(R3.Reg(), ExtendSB, 1), Extended(R3.Reg(), ExtendSH, 0), Extended(R3.Reg(), ExtendSW, 4), Extended(R3.Reg(), ExtendSX, 0),
		Element(V3.Reg(), 0), Element(V31.Reg(), 1), Element(V8.Reg(), 3), Element(V8.Reg(), 7), Element(V8.Reg(), 15),
		List(V2.Reg(), 1), List(V5.Reg(), 2), List(V12.Reg(), 3), List(V16.Reg(), 4), List(V30.Reg(), 3), List(V31.Reg(), 1),
	},
	Constants: []int64{0, 1, 2, 3, 5, 8, 11, 15, 16, 31, 32, 33, 48, 63, 64, 127, 128, 255, 256, 4095, 4096, 8192, 0xff0000, 65535, 0xff00, 0xfff000,
		-1, -2, -256, 0x5555555555555555, 0x55555555, 0x0f0f0f0f0f0f0f0f, 0x00ff00ff, 0x00ff00ff00ff00ff, -0x7fffffffffff8000, -1 << 63,
		1<<63 - 1, 0x7fffffff, -1 << 31, 0x80000001, 0xffff, 0x0000ffff0000ffff, -0xff01, 0x3ffc000000000000, 0xff000000},
}

// all are all registers and every shape of a memory operand.
var all = OperandLists{
	General:   registersOf(General),
	Vector:    registersOf(Vector),
	Memory:    allMemory(),
	Modified:  allModified(),
	Constants: allConstants(),
}

// mixed are all registers and few of the rest.
var mixed = OperandLists{General: all.General, Vector: all.Vector, Memory: few.Memory, Modified: all.Modified, Constants: few.Constants}

func registersOf(c Class) []PReg {
	var list []PReg
	for p := range pregCount {
		if p.Class() == c {
			list = append(list, p)
		}
	}
	return list
}

// allMemory is every base and every index, with displacements around each limit for each size of what is accessed.
func allMemory() []Operand {
	list := []Operand{M(R0.Reg(), 0)}
	for _, base := range registersOf(General) {
		list = append(list, M(base.Reg(), 0), M(base.Reg(), 16), PreIndexed(base, 16), PostIndexed(base, 16))
		if base != SP {
			list = append(list, Indexed(R1.Reg(), base.Reg(), ExtendX, 0))
		}
	}
	for size := range 5 {
		unit := int32(1) << size
		for _, units := range []int32{1, -1, 2, 63, 64, -64, -65, 127, 255, 256, -256, -257, 4095, 4096, 1000} {
			list = append(list, M(R2.Reg(), units*unit), PreIndexed(R20, units*unit), PostIndexed(R21, units*unit))
		}
		for _, x := range []Extend{ExtendX, ExtendUW, ExtendSW, ExtendSX} {
			list = append(list, Indexed(R3.Reg(), R4.Reg(), x, uint8(size)))
		}
	}
	for _, displacement := range []int32{-255, 254, 4094, 48, 96} {
		list = append(list, M(R3.Reg(), displacement), PostIndexed(R3, displacement))
	}
	return list
}

func allModified() []Operand {
	var list []Operand
	for n, p := range registersOf(General)[:31] {
		list = append(list, Shifted(p.Reg(), Shift(n%4), uint8(n)), Shifted(p.Reg(), Shift(n%3), uint8(2*n)), Extended(p.Reg(), Extend(n%8), uint8(n%5)))
	}
	for n, v := range registersOf(Vector) {
		list = append(list, Element(v.Reg(), n%16), Element(v.Reg(), n%2), List(v.Reg(), 1+n%4), List(v.Reg(), 4-n%4))
	}
	return list
}

// allConstants are the few, and all that logical instructions can repeat.
func allConstants() []int64 {
	list := slices.Clone(few.Constants)
	for n := range int64(256) {
		list = append(list, n)
	}
	for size := 2; size <= 64; size *= 2 {
		for ones := 1; ones < size; ones++ {
			for rotation := range size {
				part := uint64(1)<<ones - 1
				part = (part<<rotation | part>>(size-rotation)) & (^uint64(0) >> (64 - size))
				for n := size; n < 64; n *= 2 {
					part |= part << n
				}
				list = append(list, int64(part), int64(uint32(part)))
			}
		}
	}
	slices.Sort(list[len(few.Constants):])
	return slices.Compact(list)
}

// isPlain reports whether the instruction can be assembled without others around it.
func isPlain(r *row) bool {
	if r.encode == nil || r.effects&isData != 0 {
		return false
	}
	for n := range r.operands {
		if allow := r.operands[n].allow; allow.has(LabelKind) || allow == anyAddress {
			return false
		}
	}
	return true
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
	var choices [maxOperands][]Operand
	for n := range i.row().operands {
		if i.row().operands[n].allow != 0 {
			choices[n] = lists.candidates(&i.row().operands[n], &i)
			*i.operand(n) = choices[n][0]
		}
	}
	found := valid(i, choices, -1)
	if len(found) > 0 {
		i = found[0]
	}
	for index := range choices {
		changed := i
		for n, o := range choices[index] {
			if n > 0 {
				*changed.operand(index) = o
				found = append(found, valid(changed, choices, index)...)
			}
		}
	}
	return found
}

// valid is the instruction, or, if it is none as it stands, the first that becomes one by changing another operand than the one
// with an index: a load of a pair has no form with the same register twice.
func valid(i Inst, choices [maxOperands][]Operand, index int) []Inst {
	if i.check() == nil {
		return []Inst{i}
	}
	for other := range choices {
		if other == index {
			continue
		}
		changed := i
		for _, o := range choices[other] {
			*changed.operand(other) = o
			if changed.check() == nil {
				return []Inst{changed}
			}
		}
	}
	return nil
}
