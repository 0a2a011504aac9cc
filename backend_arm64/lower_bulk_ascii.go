package arm64

import . "github.com/tagwire/tagwire/backend_arm64/asm"

// The search for a byte that is not ASCII, which few texts have. It takes where to begin and where to end in the first two
// registers of all bulk ops, and leaves in the first one where it stops. Most texts are short and their lengths vary, so
// there are few branches that depend on the length: what may overlap is looked at twice.

const (
	asciiAt   = R0 // where the search has come to
	asciiEnd  = R1
	asciiWord = R16 // the length, then what is looked at
	asciiLast = R17 // where the last pieces of short texts are; no address of a label is computed as long as it is used

	// asciiClobbers are the registers that the search destroys, with the flags.
	asciiClobbers = RegSet(1<<asciiAt | 1<<asciiWord | 1<<asciiLast | 1<<V0 | 1<<V1 | 1<<V2 | 1<<V3)

	topBits32 = -0x7f7f7f80 // of four bytes
)

// asciiSearch is a search being emitted.
type asciiSearch struct {
	*Function
	done  Label
	found Label // the lowest bit of asciiWord that is set is the top bit of a byte from asciiAt on
	find8 Label // there is something else than ASCII in the 8 bytes or more up to the end
	find4 Label // or in the 4 bytes or more
}

// emitSkipASCII appends the search.
//
//	  sub x16, x1, x0
//	  cmp x16, #64 ; b.hs large
//	  cmp x16, #16 ; b.hs medium
//	  cmp x16, #4 ; b.lo tiny
//	  small
//	medium, tiny, large; the others
//	done:
func emitSkipASCII(f *Function) {
	a := &asciiSearch{Function: f, done: f.NewLabel(), found: f.NewLabel(), find8: f.NewLabel(), find4: f.NewLabel()}
	large, medium, tiny := f.NewLabel(), f.NewLabel(), f.NewLabel()
	f.Emit(SUB, W64, R(asciiWord), R(asciiEnd), R(asciiAt))
	f.Emit(CMP, W64, R(asciiWord), Imm(64))
	f.EmitCond(Bcc, CondHS, W64, To(large))
	f.Emit(CMP, W64, R(asciiWord), Imm(16))
	f.EmitCond(Bcc, CondHS, W64, To(medium))
	f.Emit(CMP, W64, R(asciiWord), Imm(4))
	f.EmitCond(Bcc, CondLO, W64, To(tiny))
	a.small()
	f.Bind(medium)
	a.medium()
	f.Bind(tiny)
	a.tiny()
	f.Bind(large)
	a.large()
	a.locate()
	f.Bind(a.done)
}

// none leaves: there is nothing but ASCII.
//
//	mov x0, x1
//	ret
func (a *asciiSearch) none() {
	a.Emit(MOV, W64, R(asciiAt), R(asciiEnd))
	a.Emit(RET, W64)
}

// pieces loads four pieces of N bytes: the first and the last, and of 2N bytes or more those beside them, of fewer the same
// ones again. Then it joins them in v0.
//
//	and x16, x16, #2N ; lsr x16, x16, #1
//	sub x17, x1, x16
//	ldr q0, [x0] ; ldr q1, [x0, x16] ; ldr q2, [x17, #-N] ; ldr q3, [x1, #-N]
func (a *asciiSearch) pieces(w Width) {
	size := int32(w.Bytes())
	a.Emit(AND, W64, R(asciiWord), R(asciiWord), Imm(int64(2*size)))
	a.Emit(LSR, W64, R(asciiWord), R(asciiWord), Imm(1))
	a.Emit(SUB, W64, R(asciiLast), R(asciiEnd), R(asciiWord))
	a.Emit(LDRV, w, R(V0), M(asciiAt.Reg(), 0))
	a.Emit(LDRV, w, R(V1), Indexed(asciiAt.Reg(), asciiWord.Reg(), ExtendX, 0))
	a.Emit(LDRV, w, R(V2), M(asciiLast.Reg(), -size))
	a.Emit(LDRV, w, R(V3), M(asciiEnd.Reg(), -size))
	joinFour(a.Function)
}

// unlessASCII goes to other if a byte of v0 has its top bit set: then the largest one has.
//
//	umaxv b0, v0.16b ; fmov w16, s0
//	tbnz w16, #7, other
func (a *asciiSearch) unlessASCII(other Label) {
	a.Emit(UMAXV, V16B, R(V0), R(V0))
	a.Emit(FMOVGV, W32, R(asciiWord), R(V0))
	a.Emit(TBNZ, W32, R(asciiWord), Imm(7), To(other))
}

// small looks at 4 to 15 bytes.
//
//	pieces of 4
//	fmov w16, s0
//	tst w16, #0x80808080 ; b.ne find4
func (a *asciiSearch) small() {
	a.pieces(W32)
	a.Emit(FMOVGV, W32, R(asciiWord), R(V0))
	a.Emit(TST, W32, R(asciiWord), Imm(topBits32))
	a.EmitCond(Bcc, CondNE, W64, To(a.find4))
	a.none()
}

// medium looks at 16 to 63 bytes, in pieces of 16.
func (a *asciiSearch) medium() {
	a.pieces(W128)
	a.unlessASCII(a.find8)
	a.none()
}

// tiny looks at up to three bytes, one after the other.
//
//	again:
//	  cbz x16, done
//	  ldrb w17, [x0] ; tbnz w17, #7, done
//	  add x0, x0, #1 ; sub x16, x16, #1
//	  b again
func (a *asciiSearch) tiny() {
	again := a.NewLabel()
	a.Bind(again)
	a.Emit(CBZ, W64, R(asciiWord), To(a.done))
	a.Emit(LDRB, W32, R(asciiLast), M(asciiAt.Reg(), 0))
	a.Emit(TBNZ, W32, R(asciiLast), Imm(7), To(a.done))
	a.Emit(ADD, W64, R(asciiAt), R(asciiAt), Imm(1))
	a.Emit(SUB, W64, R(asciiWord), R(asciiWord), Imm(1))
	a.Emit(B, W64, To(again))
}

// large looks at 64 bytes or more: at a turn of 64 as long as there are more, then at the last ones.
//
//	  sub x17, x1, #64
//	  b check
//	again:
//	  ldp q0, q1, [x0] ; ldp q2, q3, [x0, #32] ; unless ASCII, find8
//	  add x0, x0, #64
//	check:
//	  cmp x0, x17 ; b.lo again
//	  mov x0, x17
//	  the same
//	  none
func (a *asciiSearch) large() {
	again, check := a.NewLabel(), a.NewLabel()
	turn := func() {
		a.Emit(LDPV, W128, R(V0), R(V1), M(asciiAt.Reg(), 0))
		a.Emit(LDPV, W128, R(V2), R(V3), M(asciiAt.Reg(), 32))
		joinFour(a.Function)
		a.unlessASCII(a.find8)
	}
	a.Emit(SUB, W64, R(asciiLast), R(asciiEnd), Imm(64))
	a.Emit(B, W64, To(check))
	a.Bind(again)
	turn()
	a.Emit(ADD, W64, R(asciiAt), R(asciiAt), Imm(64))
	a.Bind(check)
	a.Emit(CMP, W64, R(asciiAt), R(asciiLast))
	a.EmitCond(Bcc, CondLO, W64, To(again))
	a.Emit(MOV, W64, R(asciiAt), R(asciiLast))
	turn()
	a.none()
}

// locate finds what is known to be there: in pieces of 8 bytes or of 4, of which the last one may overlap the one before.
//
//	find8:
//	  ldr x16, [x0] ; tst x16, #0x8080.. ; b.ne found
//	  add x0, x0, #8
//	  sub x16, x1, x0 ; cmp x16, #8 ; b.hs find8
//	  sub x0, x1, #8
//	  b find8
//	find4: ...                                          the same
//	found:
//	  and x16, x16, #0x8080.. ; rbit x16, x16 ; clz x16, x16
//	  add x0, x0, x16, lsr #3
func (a *asciiSearch) locate() {
	for _, piece := range []struct {
		width Width
		tops  int64
		again Label
	}{{W64, continues, a.find8}, {W32, topBits32, a.find4}} {
		size := int64(piece.width.Bytes())
		a.Bind(piece.again)
		a.Emit(LDR, piece.width, R(asciiWord), M(asciiAt.Reg(), 0))
		a.Emit(TST, piece.width, R(asciiWord), Imm(piece.tops))
		a.EmitCond(Bcc, CondNE, W64, To(a.found))
		a.Emit(ADD, W64, R(asciiAt), R(asciiAt), Imm(size))
		a.Emit(SUB, W64, R(asciiWord), R(asciiEnd), R(asciiAt))
		a.Emit(CMP, W64, R(asciiWord), Imm(size))
		a.EmitCond(Bcc, CondHS, W64, To(piece.again))
		a.Emit(SUB, W64, R(asciiAt), R(asciiEnd), Imm(size))
		a.Emit(B, W64, To(piece.again))
	}
	a.Bind(a.found)
	a.Emit(AND, W64, R(asciiWord), R(asciiWord), Imm(continues))
	a.Emit(RBIT, W64, R(asciiWord), R(asciiWord))
	a.Emit(CLZ, W64, R(asciiWord), R(asciiWord))
	a.Emit(ADD, W64, R(asciiAt), R(asciiAt), Shifted(asciiWord.Reg(), ShiftLSR, 3))
}
