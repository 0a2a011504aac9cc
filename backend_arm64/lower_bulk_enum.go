package arm64

import . "github.com/tagwire/tagwire/backend_arm64/asm"

// Copies of lists whose elements have 32 bits on the wire, big-endian, and 64 in memory: enums.

// enumWrong gathers what does not fit: it is zero as long as all elements are the sign extensions of their low halves.
const enumWrong = V16

// enumResult is where the first result is, and enumHigh a vector that is neither source nor result.
const (
	enumResult = V4
	enumHigh   = V6
)

// enumTurn is how many elements are copied at a time: 32 bytes on the wire.
const enumTurn = 8

// emitSwapWiden appends a copy of bulkCount elements of 32 bits, each with its bytes reversed, to 64 bits, with the sign.
func emitSwapWiden(f *Function) {
	b := newEnumCopy(f, W32, W64)
	b.change = b.widen
	b.emit()
}

// emitSwapNarrow appends a copy of the low halves of bulkCount elements of 64 bits, each with its bytes reversed. It branches
// to fail, perhaps after it has copied some, unless all elements are the sign extensions of these halves.
//
//	  movi v16.2d, #0
//	  copy
//	done:
//	  umaxv s16, v16.4s
//	  fmov w16, s16
//	  cbnz w16, fail
//	none:
func emitSwapNarrow(f *Function, fail Operand) {
	b := newEnumCopy(f, W64, W32)
	b.none = f.NewLabel()
	b.change = b.narrow
	b.single = func() { b.narrowSingle(fail) }
	b.Emit(MOVI, V2D, R(enumWrong), Imm(0))
	b.emit()
	b.Emit(UMAXV, V4S, R(enumWrong), R(enumWrong))
	b.Emit(FMOVGV, W32, R(bulkFromHere), R(enumWrong))
	b.Emit(CBNZ, W32, R(bulkFromHere), fail)
	b.Bind(b.none)
}

func newEnumCopy(f *Function, from, to Width) *bulk {
	b := &bulk{Function: f, from: sizeOf(from), to: sizeOf(to), turn: enumTurn, piece: enumTurn, done: f.NewLabel()}
	b.none = b.done
	return b
}

// widen makes two vectors of each full one, and one of another.
//
//	rev32 v0.16b, v0.16b
//	sshll v4.2d, v0.2s, #0
//	sshll2 v5.2d, v0.4s, #0
func (b *bulk) widen(n, bytes int) PReg {
	b.reverse(W32, n, bytes)
	to := enumResult
	for v := V0; v < V0+PReg(n); v++ {
		b.Emit(SSHLL, V2S, R(to), R(v), Imm(0))
		to++
		if bytes >= 16 {
			b.Emit(SSHLL, V4S, R(to), R(v), Imm(0))
			to++
		}
	}
	return enumResult
}

// narrow makes one vector of two, or half a one of one. A high half must be -1 if the low half is negative and else 0, so
// that its sum with the highest bit of the low half is 0.
//
//	uzp1 v4.4s, v0.4s, v1.4s       low halves
//	uzp2 v6.4s, v0.4s, v1.4s       high halves
//	usra v6.4s, v4.4s, #31
//	orr v16.16b, v16.16b, v6.16b
//	rev32 v4.16b, v4.16b
func (b *bulk) narrow(n, bytes int) PReg {
	step := PReg(min(bytes, 32) / 16)
	to := enumResult
	for v := V0; v < V0+PReg(n); v += step {
		b.Emit(UZP1, V4S, R(to), R(v), R(v+step-1))
		b.Emit(UZP2, V4S, R(enumHigh), R(v), R(v+step-1))
		b.Emit(USRA, V4S, R(enumHigh), R(to), Imm(31))
		b.Emit(VORR, V16B, R(enumWrong), R(enumWrong), R(enumHigh))
		b.Emit(VREV32, V16B, R(to), R(to))
		to++
	}
	return enumResult
}

// narrowSingle does one element:
//
//	ldr x16, [x1]
//	cmp x16, w16, sxtw
//	b.ne fail
//	rev w16, w16
//	str w16, [x0]
func (b *bulk) narrowSingle(fail Operand) {
	b.Emit(LDR, W64, R(bulkFromHere), M(bulkFrom.Reg(), 0))
	b.Emit(CMP, W64, R(bulkFromHere), Extended(bulkFromHere.Reg(), ExtendSW, 0))
	b.EmitCond(Bcc, CondNE, W64, fail)
	b.Emit(REV, W32, R(bulkFromHere), R(bulkFromHere))
	b.Emit(STR, W32, R(bulkFromHere), M(bulkTo.Reg(), 0))
}
