package arm64

import . "github.com/tagwire/tagwire/backend_arm64/asm"

// Copies of texts that tell whether all bytes are ASCII, which most are. What a copy loads is looked at as well.

// bulkTops are the top bits of what was copied.
const bulkTops = V16

// copyASCIIClobbers are the registers that such a copy destroys. The result is in bulkTo.
const copyASCIIClobbers = copyClobbers | 1<<bulkTo | 1<<bulkTops

// emitCopyASCII appends a copy of bulkCount bytes.
//
//	  eor v16.16b, v16.16b, v16.16b
//	  copy, with v16 |= each vector
//	done:
//	  tell v16
func emitCopyASCII(f *Function) {
	b := newBulk(f, W8)
	b.Emit(VEOR, V16B, R(bulkTops), R(bulkTops), R(bulkTops))
	b.change = func(n, _ int) PReg {
		for v := V0; v < V0+PReg(n); v++ {
			b.Emit(VORR, V16B, R(bulkTops), R(bulkTops), R(v))
		}
		return V0
	}
	b.emit()
	tellTops(f, bulkTops)
}

// joinFour is v0 | v1 | v2 | v3, in v0.
func joinFour(f *Function) {
	f.Emit(VORR, V16B, R(V0), R(V0), R(V1))
	f.Emit(VORR, V16B, R(V2), R(V2), R(V3))
	f.Emit(VORR, V16B, R(V0), R(V0), R(V2))
}

// tellTops makes the result of a vector: the top bit of the largest byte.
//
//	umaxv b0, v.16b ; fmov w0, s0
//	and w0, w0, #0x80
func tellTops(f *Function, v PReg) {
	f.Emit(UMAXV, V16B, R(V0), R(v))
	f.Emit(FMOVGV, W32, R(bulkTo), R(V0))
	f.Emit(AND, W32, R(bulkTo), R(bulkTo), Imm(0x80))
}
