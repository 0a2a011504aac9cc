package arm64

import . "github.com/tagwire/tagwire/backend_arm64/asm"

const (
	// moveClobbers are the registers that a move of bytes destroys.
	moveClobbers = RegSet(1<<bulkRest | 1<<bulkFromHere | 1<<bulkToHere | 1<<(V3+1) - 1<<V0)

	moveTurn = 64 // bytes that are moved at a time, in V0 to V3
)

// emitMoveUp appends a move of bulkCount bytes to a place that may be among those behind them. It goes from the end to the
// begin, all loads of a turn before its stores. What is left, up to a turn, is moved at once: its first and its last pieces,
// which may overlap.
//
//	  add x16, x1, x2
//	  add x17, x0, x2
//	  subs x3, x2, #64
//	  b.ls rest
//	again:
//	  64 bytes before x16 and x17
//	  sub x16, x16, #64
//	  sub x17, x17, #64
//	  subs x3, x3, #64
//	  b.hi again
//	rest:
//	  add x3, x3, #64
//	  cmp x3, #32
//	  b.lo under
//	  32 bytes at x1 and x0, 32 before x16 and x17
//	  b done
//	under:
//	  tbz x3, #n, under              the same for 2^n bytes, from 16 down to 1
//	  ...
//	done:
func emitMoveUp(f *Function) {
	b := newBulk(f, W8)
	again, rest := b.NewLabel(), b.NewLabel()
	b.add(bulkFromHere, bulkFrom, bulkCount, b.from)
	b.add(bulkToHere, bulkTo, bulkCount, b.to)
	b.Emit(SUBS, W64, R(bulkRest), R(bulkCount), Imm(moveTurn))
	b.EmitCond(Bcc, CondLS, W64, To(rest))
	b.Bind(again)
	b.copy(bulkPiece{from: bulkFromHere, to: bulkToHere, elements: moveTurn, before: true})
	b.Emit(SUB, W64, R(bulkFromHere), R(bulkFromHere), Imm(moveTurn))
	b.Emit(SUB, W64, R(bulkToHere), R(bulkToHere), Imm(moveTurn))
	b.Emit(SUBS, W64, R(bulkRest), R(bulkRest), Imm(moveTurn))
	b.EmitCond(Bcc, CondHI, W64, To(again))

	b.Bind(rest)
	b.Emit(ADD, W64, R(bulkRest), R(bulkRest), Imm(moveTurn))
	for elements := moveTurn / 2; elements > 0; elements /= 2 {
		under := b.NewLabel()
		if elements == moveTurn/2 {
			b.Emit(CMP, W64, R(bulkRest), Imm(int64(elements)))
			b.EmitCond(Bcc, CondLO, W64, To(under))
		} else {
			b.Emit(TBZ, W64, R(bulkRest), Imm(int64(logarithm(elements))), To(under))
		}
		b.copy(bulkPiece{from: bulkFrom, to: bulkTo, elements: elements},
			bulkPiece{from: bulkFromHere, to: bulkToHere, elements: elements, before: true})
		if elements > 1 {
			b.Emit(B, W64, To(b.done))
		}
		b.Bind(under)
	}
	b.Bind(b.done)
}
