package amd64

import . "github.com/tagwire/tagwire/backend_amd64/asm"

// The search for a byte that is not ASCII, which few texts have. It takes where to begin and where to end in the first two
// registers of all bulk ops, and leaves in the first one where it stops. Most texts are short and their lengths vary, so
// there are few branches that depend on the length: what may overlap is looked at twice.

const (
	asciiAt   = RDI // where the search has come to
	asciiEnd  = RSI
	asciiWord = RAX // the length, then what is looked at
	asciiLast = RDX // where the last pieces of short texts are

	// asciiClobbers are the registers that the search destroys, with the flags.
	asciiClobbers = RegSet(1<<asciiAt | 1<<asciiWord | 1<<asciiLast | 1<<X0 | 1<<X1 | 1<<X2 | 1<<X3)

	topBits32 = -0x7f7f7f80       // of four bytes
	topBits64 = continues - 1<<64 // of eight, with a sign
)

// asciiSearch is a search being emitted.
type asciiSearch struct {
	*Function
	vector  Width // of the widest vectors used
	none    Label // there is nothing but ASCII
	done    Label
	found   Label // the lowest bit of asciiWord that is set stands for a byte from asciiAt on
	find16  Label // there is something else in the 16 bytes or more up to the end
	find4   Label // or in the 4 bytes or more
	oneByte Label // or in the bytes that there are
}

// emitSkipASCII appends the search.
//
//	  mov rax, rsi ; sub rax, rdi
//	  cmp rax, 64 ; jae large
//	  cmp rax, 16 ; jae medium
//	  cmp rax, 4 ; jb tiny
//	  small
//	none:
//	  mov rdi, rsi
//	  ret
//	medium, tiny, large; the others
//	done:
func emitSkipASCII(f *Function, available Features) {
	a := &asciiSearch{Function: f, vector: W128, none: f.NewLabel(), done: f.NewLabel(), found: f.NewLabel(),
		find16: f.NewLabel(), find4: f.NewLabel(), oneByte: f.NewLabel()}
	if available.Has(HasAVX | HasAVX2) {
		a.vector = W256
	}
	large, medium, tiny := f.NewLabel(), f.NewLabel(), f.NewLabel()
	f.Emit(MOV, W64, R(asciiWord), R(asciiEnd))
	f.Emit(SUB, W64, R(asciiWord), R(asciiAt))
	f.Emit(CMP, W64, R(asciiWord), Imm(64))
	f.EmitCond(Jcc, CondAE, W64, To(large))
	f.Emit(CMP, W32, R(asciiWord), Imm(16))
	f.EmitCond(Jcc, CondAE, W64, To(medium))
	f.Emit(CMP, W32, R(asciiWord), Imm(4))
	f.EmitCond(Jcc, CondB, W64, To(tiny))
	a.small()
	f.Bind(a.none)
	f.Emit(MOV, W64, R(asciiAt), R(asciiEnd))
	f.Emit(RET, W64)
	f.Bind(medium)
	a.medium()
	f.Bind(tiny)
	a.tiny()
	f.Bind(large)
	a.large()
	a.locate()
	f.Bind(a.done)
}

// pieces makes asciiWord how far from the begin the second of four pieces of some bytes is, and asciiLast where the last two
// but one would be if they had no bytes: of twice as many bytes or more, which half says, the pieces are disjoint on each
// side; of fewer, the first two are the same and the last two are.
//
//	and eax, 2N ; shr eax, 1
//	mov rdx, rsi ; sub rdx, rax
func (a *asciiSearch) pieces(bytes int64) {
	a.Emit(AND, W32, R(asciiWord), Imm(2*bytes))
	a.Emit(SHR, W32, R(asciiWord), Imm(1))
	a.Emit(MOV, W64, R(asciiLast), R(asciiEnd))
	a.Emit(SUB, W64, R(asciiLast), R(asciiWord))
}

// small looks at 4 to 15 bytes.
//
//	pieces of 4
//	mov eax, [rdi+rax] ; or eax, [rdi] ; or eax, [rdx-4] ; or eax, [rsi-4]
//	test eax, 80808080 ; jne find4
func (a *asciiSearch) small() {
	a.pieces(4)
	a.Emit(MOV, W32, R(asciiWord), Indexed(asciiAt.Reg(), asciiWord.Reg(), 1, 0))
	a.Emit(OR, W32, R(asciiWord), M(asciiAt.Reg(), 0))
	a.Emit(OR, W32, R(asciiWord), M(asciiLast.Reg(), -4))
	a.Emit(OR, W32, R(asciiWord), M(asciiEnd.Reg(), -4))
	a.Emit(TEST, W32, R(asciiWord), Imm(topBits32))
	a.EmitCond(Jcc, CondNE, W64, To(a.find4))
}

// medium looks at 16 to 63 bytes.
//
//	pieces of 16
//	[rdi], [rdi+rax], [rdx-16], [rsi-16]
//	jne find16
//	mov rdi, rsi ; ret
func (a *asciiSearch) medium() {
	a.pieces(16)
	a.look(W128, M(asciiAt.Reg(), 0), Indexed(asciiAt.Reg(), asciiWord.Reg(), 1, 0), M(asciiLast.Reg(), -16), M(asciiEnd.Reg(), -16))
	a.EmitCond(Jcc, CondNE, W64, To(a.find16))
	a.Emit(MOV, W64, R(asciiAt), R(asciiEnd))
	a.Emit(RET, W64)
}

// tiny looks at the first byte, the one in the middle and the last one of up to three.
//
//	test eax, eax ; je done
//	shr eax, 1
//	movzx eax, byte [rdi+rax] ; or al, [rdi] ; or al, [rsi-1]
//	test al, 80 ; je none
//	jmp oneByte
func (a *asciiSearch) tiny() {
	a.Emit(TEST, W32, R(asciiWord), R(asciiWord))
	a.EmitCond(Jcc, CondE, W64, To(a.done))
	a.Emit(SHR, W32, R(asciiWord), Imm(1))
	a.Emit(MOVZX8, W32, R(asciiWord), Indexed(asciiAt.Reg(), asciiWord.Reg(), 1, 0))
	a.Emit(OR, W8, R(asciiWord), M(asciiAt.Reg(), 0))
	a.Emit(OR, W8, R(asciiWord), M(asciiEnd.Reg(), -1))
	a.Emit(TEST, W8, R(asciiWord), Imm(0x80))
	a.EmitCond(Jcc, CondE, W64, To(a.none))
	a.Emit(JMP, W64, To(a.oneByte))
}

// large looks at 64 bytes or more: at a turn of four vectors of V bytes as long as there are more, then at the last ones.
//
//	  cmp rax, 128 ; jb fewer             if V is 32
//	  lea rdx, [rsi-4*V]                  where the last turn begins
//	  jmp check
//	again:
//	  [rdi+0..3*V] ; jne wide
//	  add rdi, 4*V
//	check:
//	  cmp rdi, rdx ; jb again
//	  mov rdi, rdx
//	  [rdi+0..3*V] ; jne wide
//	ascii:
//	  mov rdi, rsi ; vzeroupper ; ret
//	fewer:
//	  [rdi], [rdi+32], [rsi-64], [rsi-32] ; je ascii
//	wide:
//	  vzeroupper
func (a *asciiSearch) large() {
	size := int32(a.vector.Bytes())
	again, check, ascii, fewer, wide := a.NewLabel(), a.NewLabel(), a.NewLabel(), a.NewLabel(), a.NewLabel()
	turn := []Operand{M(asciiAt.Reg(), 0), M(asciiAt.Reg(), size), M(asciiAt.Reg(), 2*size), M(asciiAt.Reg(), 3*size)}
	if a.vector == W256 {
		a.Emit(CMP, W64, R(asciiWord), Imm(int64(4*size)))
		a.EmitCond(Jcc, CondB, W64, To(fewer))
	}
	a.Emit(LEA, W64, R(asciiLast), M(asciiEnd.Reg(), -4*size))
	a.Emit(JMP, W64, To(check))
	a.Emit(ALIGN, W64, Imm(FunctionAlign))
	a.Bind(again)
	a.look(a.vector, turn...)
	a.EmitCond(Jcc, CondNE, W64, To(wide))
	a.Emit(ADD, W64, R(asciiAt), Imm(int64(4*size)))
	a.Bind(check)
	a.Emit(CMP, W64, R(asciiAt), R(asciiLast))
	a.EmitCond(Jcc, CondB, W64, To(again))
	a.Emit(MOV, W64, R(asciiAt), R(asciiLast))
	a.look(a.vector, turn...)
	a.EmitCond(Jcc, CondNE, W64, To(wide))
	a.Bind(ascii)
	a.Emit(MOV, W64, R(asciiAt), R(asciiEnd))
	a.zeroUpper()
	a.Emit(RET, W64)
	if a.vector == W256 {
		a.Bind(fewer)
		a.look(W256, M(asciiAt.Reg(), 0), M(asciiAt.Reg(), size), M(asciiEnd.Reg(), -2*size), M(asciiEnd.Reg(), -size))
		a.EmitCond(Jcc, CondE, W64, To(ascii))
	}
	a.Bind(wide)
	a.zeroUpper()
}

func (a *asciiSearch) zeroUpper() {
	if a.vector == W256 {
		a.Emit(VZEROUPPER, W256)
	}
}

// look compares the top bits of vectors in memory with zero. They are in asciiWord then, if there is one vector.
//
//	vmovdqu ymm0, [..] ; vpor ymm0, ymm0, [..] ; vmovdqu ymm1, [..] ; vpor ymm1, ymm1, [..] ; vpor ymm0, ymm0, ymm1
//	vpmovmskb eax, ymm0 ; test eax, eax
func (a *asciiSearch) look(w Width, vectors ...Operand) {
	if a.vector == W128 {
		for n, v := range vectors {
			a.Emit(MOVDQU, W128, R(X0+PReg(n)), v)
		}
		if len(vectors) > 1 {
			a.Emit(POR, W128, R(X0), R(X1))
			a.Emit(POR, W128, R(X2), R(X3))
			a.Emit(POR, W128, R(X0), R(X2))
		}
		a.Emit(PMOVMSKB, W128, R(asciiWord), R(X0))
	} else {
		for n := 0; n < len(vectors); n += 2 {
			v := X0 + PReg(n/2)
			a.Emit(VMOVDQU, w, R(v), vectors[n])
			if n+1 < len(vectors) {
				a.Emit(VPOR, w, R(v), R(v), vectors[n+1])
			}
		}
		if len(vectors) > 1 {
			a.Emit(VPOR, w, R(X0), R(X0), R(X1))
		}
		a.Emit(VPMOVMSKB, w, R(asciiWord), R(X0))
	}
	a.Emit(TEST, W32, R(asciiWord), R(asciiWord))
}

// locate finds what is known to be there: in pieces of 16 bytes or of 4, of which the last one may overlap the one before.
//
//	find16:
//	  [rdi] ; jne found
//	  next piece
//	find4:
//	  mov eax, [rdi] ; and eax, 80808080 ; jne first
//	  next piece
//	next:
//	  bsf eax, eax ; shr eax, 3 ; add rdi, rax
//	  ret
//	oneByte:
//	  movzx eax, byte [rdi] ; test al, 80 ; jne done
//	  add rdi, 1
//	  jmp oneByte
//	found:
//	  bsf eax, eax ; add rdi, rax
func (a *asciiSearch) locate() {
	a.Bind(a.find16)
	a.look(W128, M(asciiAt.Reg(), 0))
	a.EmitCond(Jcc, CondNE, W64, To(a.found))
	a.nextPiece(16, a.find16)

	first := a.NewLabel()
	a.Bind(a.find4)
	a.Emit(MOV, W32, R(asciiWord), M(asciiAt.Reg(), 0))
	a.Emit(AND, W32, R(asciiWord), Imm(topBits32))
	a.EmitCond(Jcc, CondNE, W64, To(first))
	a.nextPiece(4, a.find4)
	a.Bind(first)
	a.Emit(BSF, W32, R(asciiWord), R(asciiWord))
	a.Emit(SHR, W32, R(asciiWord), Imm(3))
	a.Emit(ADD, W64, R(asciiAt), R(asciiWord))
	a.Emit(RET, W64)

	a.Bind(a.oneByte)
	a.Emit(MOVZX8, W32, R(asciiWord), M(asciiAt.Reg(), 0))
	a.Emit(TEST, W8, R(asciiWord), Imm(0x80))
	a.EmitCond(Jcc, CondNE, W64, To(a.done))
	a.Emit(ADD, W64, R(asciiAt), Imm(1))
	a.Emit(JMP, W64, To(a.oneByte))

	a.Bind(a.found)
	a.Emit(BSF, W32, R(asciiWord), R(asciiWord))
	a.Emit(ADD, W64, R(asciiAt), R(asciiWord))
}

// nextPiece goes on to the next piece, or to the last.
//
//	add rdi, N
//	mov rax, rsi ; sub rax, rdi ; cmp rax, N ; jae again
//	lea rdi, [rsi-N]
//	jmp again
func (a *asciiSearch) nextPiece(bytes int32, again Label) {
	a.Emit(ADD, W64, R(asciiAt), Imm(int64(bytes)))
	a.Emit(MOV, W64, R(asciiWord), R(asciiEnd))
	a.Emit(SUB, W64, R(asciiWord), R(asciiAt))
	a.Emit(CMP, W64, R(asciiWord), Imm(int64(bytes)))
	a.EmitCond(Jcc, CondAE, W64, To(again))
	a.Emit(LEA, W64, R(asciiAt), M(asciiEnd.Reg(), -bytes))
	a.Emit(JMP, W64, To(again))
}
