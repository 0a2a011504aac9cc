package arm64

import (
	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
)

// accessWidth is how much a load or store accesses.
func accessWidth(op ir.Op) Width {
	switch op {
	case ir.Load8, ir.Store8:
		return W8
	case ir.Load16, ir.Store16, ir.LoadBE16, ir.StoreBE16:
		return W16
	case ir.Load32, ir.Store32, ir.LoadBE32, ir.StoreBE32:
		return W32
	}
	return W64
}

// loadOps and storeOps are the instructions that access a width, and the width to give them.
var (
	loadOps  = map[Width]Op{W8: LDRB, W16: LDRH, W32: LDR, W64: LDR}
	storeOps = map[Width]Op{W8: STRB, W16: STRH, W32: STR, W64: STR}
)

// memory is the address of a load or store: its pointer and constant distances joined where they fit.
func (w *lowering) memory(i *ir.Inst) Operand {
	wide := accessWidth(i.Op)
	if v := i.Args[0]; v.Def != nil && v.Def.Op == ir.PtrAdd {
		if base, displacement, ok := distanceFrom(v, i.Imm, wide); ok {
			return M(w.Reg(base), displacement)
		}
	}
	base := w.Reg(i.Args[0])
	if FitsDisplacement(wide, i.Imm) {
		return M(base, int32(i.Imm))
	}
	return M(w.sum(base, i.Imm), 0)
}

// sum returns a register that holds a plus a constant.
func (w *lowering) sum(a Reg, c int64) Reg {
	r := w.Temp()
	w.addTo(r, a, c)
	return r
}

// addTo makes r the sum of a and a constant.
//
//	add r, a, #c               or sub
//	add r, a, #high ; add r, r, #low
//	set t, c ; add r, a, t     elsewhere
func (w *lowering) addTo(r, a Reg, c int64) {
	op, magnitude := ADD, c
	if c < 0 {
		op, magnitude = SUB, -c
	}
	switch {
	case FitsSum(magnitude):
		w.emit(op, W64, RegOperand(r), RegOperand(a), Imm(magnitude))
	case magnitude < 1<<24 && magnitude >= 0:
		high := w.Temp()
		w.emit(op, W64, RegOperand(high), RegOperand(a), Imm(magnitude&^0xfff))
		w.emit(op, W64, RegOperand(r), RegOperand(high), Imm(magnitude&0xfff))
	default:
		w.emit(ADD, W64, RegOperand(r), RegOperand(a), RegOperand(w.constantInto(c)))
	}
}

// --- Loads. Bits above what is loaded become zeros.
//
//	ldrb, ldrh, ldr r, [m]
//	ldrh r, [m] ; rev16 r, r      big-endian
//	ldr r, [m] ; rev r, r

func (w *lowering) LowerLoad(i *ir.Inst) {
	m, access := w.memory(i), accessWidth(i.Op)
	wide := max(access, W32)
	if i.Op < ir.LoadBE16 {
		w.emit(loadOps[access], wide, RegOperand(w.Result(i)), m)
		return
	}
	raw := w.Temp()
	w.emit(loadOps[access], wide, RegOperand(raw), m)
	w.emit(onlyIf(access == W16, REV16, REV), wide, RegOperand(w.Result(i)), RegOperand(raw))
}

// --- Stores. A constant that is stored in big-endian order is set with its bytes in that order.
//
//	strb, strh, str r, [m]
//	rev16 t, r ; strh t, [m]      big-endian
//	rev t, r ; str t, [m]

func (w *lowering) LowerStore(i *ir.Inst) {
	m, value, access := w.memory(i), w.operand(i, 1), accessWidth(i.Op)
	wide := max(access, W32)
	switch {
	case value.Kind() == ImmKind:
		value = RegOperand(w.constantInto(constantOf(lower.SwapBytes(value.Value(), i.Args[1].Type), access)))
	case i.Op >= ir.StoreBE16 && value.Kind() == RegKind:
		swapped := RegOperand(w.Temp())
		w.emit(onlyIf(access == W16, REV16, REV), wide, swapped, value)
		value = swapped
	}
	w.emit(storeOps[access], wide, value, m)
}

// constantOf is a constant of a width without the bits above, which makes it no longer to set.
func constantOf(c int64, w Width) int64 {
	if w == W64 {
		return c
	}
	return c & (1<<w.Bits() - 1)
}

// --- Frame words: ldr and str of [x19 + offset].

func (w *lowering) LowerFrame(i *ir.Inst) {
	m := word(int(i.Imm))
	if len(i.Results) > 0 {
		w.emit(LDR, W64, RegOperand(w.Result(i)), m)
	} else {
		w.emit(STR, W64, w.operand(i, 0), m)
	}
}
