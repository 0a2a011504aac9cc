package amd64

import (
	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
)

// memory is the address of a load or store: its pointer and constant distances joined where they fit.
func (w *lowering) memory(i *ir.Inst) Operand {
	if v := i.Args[0]; v.Def != nil && v.Def.Op == ir.PtrAdd {
		if base, displacement, ok := distanceFrom(v, i.Imm); ok {
			return M(w.Reg(base), displacement)
		}
	}
	return M(w.Reg(i.Args[0]), int32(i.Imm))
}

// --- Loads. Eight and 16 bits are widened, so that no register is written in part.
//
//	mov r, [m]
//	movzx r, [m]
//	movzx r, word [m] ; rol r16, 8     big-endian, 16 bits
//	movbe r, [m]                       big-endian, where the processor has it
//	mov r, [m] ; bswap r               big-endian elsewhere

func (w *lowering) LowerLoad(i *ir.Inst) {
	m := w.memory(i)
	switch i.Op {
	case ir.Load8:
		w.emit(MOVZX8, W32, RegOperand(w.Result(i)), m)
	case ir.Load16:
		w.emit(MOVZX16, W32, RegOperand(w.Result(i)), m)
	case ir.Load32:
		w.emit(MOV, W32, RegOperand(w.Result(i)), m)
	case ir.Load64, ir.LoadPtr:
		w.emit(MOV, W64, RegOperand(w.Result(i)), m)
	case ir.LoadBE16:
		raw := w.Temp()
		w.emit(MOVZX16, W32, RegOperand(raw), m)
		w.emitTied(ROL, W16, w.Result(i), raw, Imm(8))
	default: // LoadBE32, LoadBE64
		wide := width(i.Result().Type)
		if w.Features&HasMOVBE != 0 {
			w.emit(MOVBE, wide, RegOperand(w.Result(i)), m)
			return
		}
		raw := w.Temp()
		w.emit(MOV, wide, RegOperand(raw), m)
		w.emitTied(BSWAP, wide, w.Result(i), raw)
	}
}

// --- Stores. A constant is stored as it is, its bytes already in order.
//
//	mov   [m], r
//	movbe [m], r                big-endian, where the processor has it
//	rol/bswap t ; mov [m], t    big-endian elsewhere

func (w *lowering) LowerStore(i *ir.Inst) {
	m, value := w.memory(i), w.operand(i, 1)
	wide := width(i.Args[1].Type)
	bigEndian := i.Op >= ir.StoreBE16
	switch {
	case value.Kind() == ImmKind && bigEndian:
		w.emit(MOV, wide, m, Imm(lower.SwapBytes(value.Value(), i.Args[1].Type)))
	case !bigEndian, value.Kind() == ImmKind:
		w.emit(MOV, wide, m, value)
	case w.Features&HasMOVBE != 0:
		w.emit(MOVBE, wide, m, value)
	default:
		swapped := w.Temp()
		if wide == W16 {
			w.emitTied(ROL, W16, swapped, value.Reg(), Imm(8))
		} else {
			w.emitTied(BSWAP, wide, swapped, value.Reg())
		}
		w.emit(MOV, wide, m, RegOperand(swapped))
	}
}

// --- Frame words: mov to and from [r15 + offset].

func (w *lowering) LowerFrame(i *ir.Inst) {
	m := word(int(i.Imm))
	if len(i.Results) > 0 {
		w.emit(MOV, W64, RegOperand(w.Result(i)), m)
	} else {
		w.emit(MOV, W64, m, w.operand(i, 0))
	}
}
