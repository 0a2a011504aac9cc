package amd64

import (
	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/ir"
)

// Bulk work: copies of bytes, copies of lists that reverse the bytes of each element, and copies of bools. They work in
// fixed registers, and load and store nothing outside the bytes they are told to copy. An instruction whose mask leaves
// bytes out is a hundred times slower where one of these is in a page that cannot be accessed, though it does not fault. So
// no masked access touches a page without a byte of the copy. Copies between elements of different sizes are in
// lower_bulk_enum.go.

// The registers in which a bulk copy takes its arguments. It destroys those of copyClobbers or swapClobbers and the flags.
const (
	bulkTo    = RDI // where to; the two areas do not overlap
	bulkFrom  = RSI // where from
	bulkCount = RCX // how many elements, or bytes; at least 0, and less than 2^60
)

const (
	bulkIndex   = RAX
	bulkSpare   = RDX
	bulkMask    = K1
	bulkTrue    = K2 // where bools are true
	bulkPattern = X4 // how to reverse the bytes of elements; for bools, bytes of 1
	bulkTops    = X4
	bulkUnroll  = 4 // vectors at a time, in X0 to X3
)

// copyClobbers are the registers that a copy of bytes destroys, boolClobbers and swapClobbers those of the copies of bools
// and of those that swap. The places to and from stay in their registers, since the code around goes on from there.
const (
	copyClobbers = RegSet(1<<bulkIndex | 1<<bulkSpare | 1<<bulkMask | 1<<X0 | 1<<X1 | 1<<X2 | 1<<X3)
	boolClobbers = copyClobbers | 1<<bulkPattern | 1<<bulkTrue
	swapClobbers = copyClobbers | 1<<bulkCount | 1<<bulkPattern | 1<<enumWrong
)

// needsBulk512 is what the form with 512-bit vectors needs. It does with AVX-512 BW and BMI2; VBMI stands for Ice Lake,
// Zen 4 and what came after. Servers with AVX-512 from before (Skylake and its kin) lower the clock of a core for a
// millisecond or two where vectors are that wide, and all the code around pays for it.
const needsBulk512 = NeedsAVX512 | HasBMI2 | HasAVX512VBMI

// bulk is one copy being emitted.
type bulk struct {
	*Function
	element Width // 8: bytes
	bools   bool  // bytes of 1 stay, others become 0
	looks   bool  // in the end bulkTo is 0 if no byte has its top bit set; bulkTops are all of those that were in vectors
	vector  Width // of the widest vectors used
	vex     bool  // instructions with VEX instead of SSE
	pattern Label // the constant for bulkPattern
	done    Label
}

// emitSwapCopy appends a copy of bulkCount elements of 16, 32 or 64 bits, each with its bytes reversed.
func emitSwapCopy(f *Function, element Width, available Features) {
	if !available.Has(HasSSSE3) {
		emitPlainSwap(f, element)
		return
	}
	f.Emit(SHL, W64, R(bulkCount), Imm(int64(element)))
	b := newBulk(f, element, available)
	low, high := swapPattern(element)
	b.pattern = f.Constant(low, high)
	b.emit()
}

// emitShortCopy appends a copy of bulkCount bytes where that is 16 to 64, which many strings are, and goes to other for
// another count. It needs no VZEROUPPER.
//
//	  lea rax, [rcx-16]
//	  cmp rax, 48
//	  ja other
//	  cmp rcx, 32
//	  ja four
//	  [rdi], [rdi+rcx-16] <- [rsi], [rsi+rcx-16]
//	  jmp done
//	four:
//	  [rdi], [rdi+16], [rdi+rcx-32], [rdi+rcx-16] <- the same of rsi
//	done:
func emitShortCopy(f *Function, op ir.Op, available Features, other Label) {
	b := &bulk{Function: f, element: W8, vector: W128, vex: available.Has(HasAVX2), looks: op == ir.CopyASCII, done: f.NewLabel()}
	four := f.NewLabel()
	b.Emit(LEA, W64, R(bulkIndex), M(bulkCount.Reg(), -16))
	b.Emit(CMP, W64, R(bulkIndex), Imm(48))
	b.EmitCond(Jcc, CondA, W64, To(other))
	b.clearTops()
	b.Emit(CMP, W64, R(bulkCount), Imm(32))
	b.EmitCond(Jcc, CondA, W64, To(four))
	b.vectors(W128, bulkMove{X0, NoReg, 0}, bulkMove{X1, bulkCount.Reg(), -16})
	b.Emit(JMP, W64, To(b.done))
	b.Bind(four)
	b.vectors(W128, bulkMove{X0, NoReg, 0}, bulkMove{X1, NoReg, 16},
		bulkMove{X2, bulkCount.Reg(), -32}, bulkMove{X3, bulkCount.Reg(), -16})
	b.Bind(b.done)
	b.tellTops()
}

// emitShorterCopy appends a copy of bulkCount bytes where that is 1 to 15, which goes to done then.
//
//	  cmp rcx, 16 ; jae other
//	  cmp rcx, 8 ; jb under8
//	  [rdi], [rdi+rcx-8] <- [rsi], [rsi+rcx-8]
//	  jmp done
//	under8: ...                            the same for 4
//	under4:
//	  test ecx, ecx ; je other
//	  up to three bytes
//	  jmp done
//	other:
func emitShorterCopy(f *Function, op ir.Op, done Label) {
	b := &bulk{Function: f, element: W8, looks: op == ir.CopyASCII}
	other := f.NewLabel()
	b.Emit(CMP, W64, R(bulkCount), Imm(int64(W128.Bytes())))
	b.EmitCond(Jcc, CondAE, W64, To(other))
	for _, w := range []Width{W64, W32} {
		under := b.NewLabel()
		b.Emit(CMP, W32, R(bulkCount), Imm(int64(w.Bytes())))
		b.EmitCond(Jcc, CondB, W64, To(under))
		b.words(w)
		b.Emit(JMP, W64, To(done))
		b.Bind(under)
	}
	b.Emit(TEST, W32, R(bulkCount), R(bulkCount))
	b.EmitCond(Jcc, CondE, W64, To(other))
	b.threeBytes()
	b.Emit(JMP, W64, To(done))
	b.Bind(other)
}

// emitCopyBytes appends a copy of bulkCount bytes.
func emitCopyBytes(f *Function, available Features) {
	newBulk(f, W8, available).emit()
}

// emitCopyBools appends a copy of bulkCount bytes that are 1 where they were 1 and else 0.
func emitCopyBools(f *Function, available Features) {
	const ones = 0x0101010101010101
	b := newBulk(f, W8, available)
	b.bools, b.pattern = true, f.Constant(ones, ones)
	b.emit()
}

func newBulk(f *Function, element Width, available Features) *bulk {
	b := &bulk{Function: f, element: element, vector: W128, done: f.NewLabel()}
	switch {
	case available.Has(needsBulk512):
		b.vector, b.vex = W512, true
	case available.Has(HasAVX2):
		b.vector, b.vex = W256, true
	}
	return b
}

// swapPattern is the shuffle of 16 bytes that reverses the bytes of each element.
func swapPattern(element Width) (low, high uint64) {
	for at := range 8 {
		source := at ^ (element.Bytes() - 1)
		low |= uint64(source) << (8 * at)
		high |= uint64(source+8) << (8 * at)
	}
	return low, high
}

// emitPlainSwap is for processors that shuffle no bytes. From the last element to the first:
//
//	  test rcx, rcx
//	  je done
//	again:
//	  mov eax, [rsi+rcx*4-4]
//	  bswap eax                   16 bits: rol ax, 8
//	  mov [rdi+rcx*4-4], eax
//	  sub rcx, 1
//	  jne again
//	done:
func emitPlainSwap(f *Function, w Width) {
	again, done := f.NewLabel(), f.NewLabel()
	size := uint8(w.Bytes())
	f.Emit(TEST, W64, R(bulkCount), R(bulkCount))
	f.EmitCond(Jcc, CondE, W64, To(done))
	f.Bind(again)
	f.Emit(MOV, w, R(bulkIndex), Indexed(bulkFrom.Reg(), bulkCount.Reg(), size, -int32(size)))
	if w == W16 {
		f.Emit(ROL, w, R(bulkIndex), Imm(8))
	} else {
		f.Emit(BSWAP, w, R(bulkIndex))
	}
	f.Emit(MOV, w, Indexed(bulkTo.Reg(), bulkCount.Reg(), size, -int32(size)), R(bulkIndex))
	f.Emit(SUB, W64, R(bulkCount), Imm(1))
	f.EmitCond(Jcc, CondNE, W64, To(again))
	f.Bind(done)
}

// emit: bulkCount is in bytes now.
func (b *bulk) emit() {
	b.loadPattern()
	b.clearTops()
	b.large()
	if b.vector == W512 {
		b.smallMasked()
	}
	b.small()
	b.Bind(b.done)
	b.tellTops()
	if b.vex {
		b.Emit(VZEROUPPER, W256)
	}
}

// large copies counts of at least one vector, four vectors a turn, then one, and the rest as the last vector of
// all, which may overlap those before: stored twice, the bytes are the same.
//
//	  cmp rcx, V
//	  jb small
//	  xor eax, eax
//	  lea rdx, [rcx-4*V]
//	  cmp rcx, 4*V
//	  jb fewer
//	four:
//	  [rdi+rax+0..3*V] <- [rsi+rax+0..3*V]
//	  add rax, 4*V
//	  cmp rax, rdx
//	  jbe four
//	fewer:
//	  add rdx, 3*V                now rdx is where the last vector begins
//	  jmp check
//	one:
//	  [rdi+rax] <- [rsi+rax]
//	  add rax, V
//	check:
//	  cmp rax, rdx
//	  jb one
//	  [rdi+rdx] <- [rsi+rdx]
//	  jmp done
//	small:
func (b *bulk) large() {
	size := int32(b.vector.Bytes())
	small, four, fewer, one, check := b.NewLabel(), b.NewLabel(), b.NewLabel(), b.NewLabel(), b.NewLabel()
	b.Emit(CMP, W64, R(bulkCount), Imm(int64(size)))
	b.EmitCond(Jcc, CondB, W64, To(small))
	b.Emit(ZERO, W32, R(bulkIndex))
	b.Emit(LEA, W64, R(bulkSpare), M(bulkCount.Reg(), -bulkUnroll*size))
	b.Emit(CMP, W64, R(bulkCount), Imm(bulkUnroll*int64(size)))
	b.EmitCond(Jcc, CondB, W64, To(fewer))

	b.Emit(ALIGN, W64, Imm(FunctionAlign))
	b.Bind(four)
	var moves []bulkMove
	for n := range PReg(bulkUnroll) {
		moves = append(moves, bulkMove{X0 + n, bulkIndex.Reg(), int32(n) * size})
	}
	b.vectors(b.vector, moves...)
	b.Emit(ADD, W64, R(bulkIndex), Imm(bulkUnroll*int64(size)))
	b.Emit(CMP, W64, R(bulkIndex), R(bulkSpare))
	b.EmitCond(Jcc, CondBE, W64, To(four))

	b.Bind(fewer)
	b.Emit(ADD, W64, R(bulkSpare), Imm((bulkUnroll-1)*int64(size)))
	b.Emit(JMP, W64, To(check))
	b.Bind(one)
	b.vectors(b.vector, bulkMove{X0, bulkIndex.Reg(), 0})
	b.Emit(ADD, W64, R(bulkIndex), Imm(int64(size)))
	b.Bind(check)
	b.Emit(CMP, W64, R(bulkIndex), R(bulkSpare))
	b.EmitCond(Jcc, CondB, W64, To(one))
	b.vectors(b.vector, bulkMove{X0, bulkSpare.Reg(), 0})
	b.Emit(JMP, W64, To(b.done))
	b.Bind(small)
}

// bulkMove is what one vector register copies: the bytes at index + displacement.
type bulkMove struct {
	vector       PReg
	index        Reg
	displacement int32
}

func (m bulkMove) at(base PReg) Operand {
	if m.index == NoReg {
		return M(base.Reg(), m.displacement)
	}
	return Indexed(base.Reg(), m.index, 1, m.displacement)
}

// vectors copies vectors: all loads, then all shuffles, then all stores.
func (b *bulk) vectors(w Width, moves ...bulkMove) {
	op := MOVDQU
	switch {
	case w == W512:
		op = VMOVDQU8
	case b.vex:
		op = VMOVDQU
	}
	for _, m := range moves {
		b.Emit(op, w, R(m.vector), m.at(bulkFrom))
	}
	for _, m := range moves {
		b.change(w, m.vector)
	}
	for _, m := range moves {
		b.Emit(op, w, m.at(bulkTo), R(m.vector))
	}
}

// loadPattern fills each 16 bytes of bulkPattern with the constant.
func (b *bulk) loadPattern() {
	if !b.changes() {
		return
	}
	switch pattern := At(b.pattern); b.vector {
	case W512:
		b.Emit(VBROADCASTI32X4, W512, R(bulkPattern), pattern)
	case W256:
		b.Emit(VBROADCASTI128, W256, R(bulkPattern), pattern)
	default:
		b.Emit(MOVDQU, W128, R(bulkPattern), pattern)
	}
}

// changes reports whether the bytes change on their way.
func (b *bulk) changes() bool { return b.bools || b.element != W8 }

// change reverses the bytes of the elements in a vector, or makes bools of its bytes.
func (b *bulk) change(w Width, v PReg) {
	switch {
	case b.looks:
		b.noteTops(w, v)
	case !b.changes():
	case b.bools:
		b.makeBools(w, v)
	case b.vex:
		b.Emit(VPSHUFB, w, R(v), R(v), R(bulkPattern))
	default:
		b.Emit(PSHUFB, w, R(v), R(bulkPattern))
	}
}

// makeBools keeps the bytes of a vector that are 1 and clears the others.
//
//	vpcmpeqb k2, zmm0, zmm4 ; vmovdqu8 zmm0{k2}{z}, zmm4
//	vpcmpeqb ymm0, ymm0, ymm4 ; vpand ymm0, ymm0, ymm4
//	pcmpeqb xmm0, xmm4 ; pand xmm0, xmm4
func (b *bulk) makeBools(w Width, v PReg) {
	switch {
	case w == W512:
		b.Emit(VPCMPEQBK, w, R(bulkTrue), R(v), R(bulkPattern))
		b.Emit(VMOVDQU8LK, w, R(v), R(bulkPattern), R(bulkTrue))
	case b.vex:
		b.Emit(VPCMPEQB, w, R(v), R(v), R(bulkPattern))
		b.Emit(VPAND, w, R(v), R(v), R(bulkPattern))
	default:
		b.Emit(PCMPEQB, w, R(v), R(bulkPattern))
		b.Emit(PAND, w, R(v), R(bulkPattern))
	}
}

// smallestPage is the size of the smallest pages of memory.
const smallestPage = 4 << 10

// smallMasked copies counts below 64 in one piece; a mask leaves out the bytes behind the end. That needs at least one byte,
// and from there on 64 in the same page on both sides; narrow is for the others. It has no branch that depends on the
// count, so it is several times faster than small where lengths vary.
//
//	  test ecx, ecx
//	  je done
//	  mov eax, esi ; and eax, 4095 ; cmp eax, 4096-64 ; ja narrow
//	  mov eax, edi ; and eax, 4095 ; cmp eax, 4096-64 ; ja narrow
//	  mov rax, -1
//	  bzhi rax, rax, rcx
//	  kmovq k1, rax
//	  vmovdqu8 zmm0{k1}{z}, [rsi]
//	  vpshufb zmm0, zmm0, zmm4
//	  vmovdqu8 [rdi]{k1}, zmm0
//	  jmp done
//	narrow:
func (b *bulk) smallMasked() {
	narrow := b.NewLabel()
	b.Emit(TEST, W32, R(bulkCount), R(bulkCount))
	b.EmitCond(Jcc, CondE, W64, To(b.done))
	for _, side := range []PReg{bulkFrom, bulkTo} {
		b.Emit(MOV, W32, R(bulkIndex), R(side))
		b.Emit(AND, W32, R(bulkIndex), Imm(smallestPage-1))
		b.Emit(CMP, W32, R(bulkIndex), Imm(int64(smallestPage-W512.Bytes())))
		b.EmitCond(Jcc, CondA, W64, To(narrow))
	}
	b.SetConstant(bulkIndex.Reg(), -1)
	b.Emit(BZHI, W64, R(bulkIndex), R(bulkIndex), R(bulkCount))
	b.Emit(KMOVGK, W64, R(bulkMask), R(bulkIndex))
	b.Emit(VMOVDQU8LK, W512, R(X0), M(bulkFrom.Reg(), 0), R(bulkMask))
	b.change(W512, X0)
	b.Emit(VMOVDQU8SK, W512, M(bulkTo.Reg(), 0), R(X0), R(bulkMask))
	b.Emit(JMP, W64, To(b.done))
	b.Bind(narrow)
}

// small copies counts below one vector: for each smaller size, a count of at least that much is copied as its
// first and its last bytes, which may overlap.
//
//	  cmp rcx, 16
//	  jb under16
//	  [rdi], [rdi+rcx-16] <- [rsi], [rsi+rcx-16]
//	  jmp done
//	under16: ...
func (b *bulk) small() {
	for w := b.vector - 1; w >= max(b.element, W32); w-- {
		under := b.NewLabel()
		b.Emit(CMP, W64, R(bulkCount), Imm(int64(w.Bytes())))
		b.EmitCond(Jcc, CondB, W64, To(under))
		if w >= W128 {
			b.vectors(w, bulkMove{X0, NoReg, 0}, bulkMove{X1, bulkCount.Reg(), -int32(w.Bytes())})
		} else {
			b.words(w)
		}
		if w < W128 && b.looks {
			b.Emit(RET, W64) // the result is that of the words
		} else {
			b.Emit(JMP, W64, To(b.done))
		}
		b.Bind(under)
	}
	switch b.element {
	case W8:
		b.upToThreeBytes()
	case W16:
		b.upToOneElement()
	}
}

// words copies the first and the last word by general registers; a change is made in vector registers.
func (b *bulk) words(w Width) {
	last := int32(-w.Bytes())
	b.Emit(MOV, w, R(bulkIndex), M(bulkFrom.Reg(), 0))
	b.Emit(MOV, w, R(bulkSpare), Indexed(bulkFrom.Reg(), bulkCount.Reg(), 1, last))
	if b.changes() {
		in, out := MOVGX, MOVXG
		if b.vex {
			in, out = VMOVGX, VMOVXG
		}
		b.Emit(in, w, R(X0), R(bulkIndex))
		b.Emit(in, w, R(X1), R(bulkSpare))
		b.change(W128, X0)
		b.change(W128, X1)
		b.Emit(out, w, R(bulkIndex), R(X0))
		b.Emit(out, w, R(bulkSpare), R(X1))
	}
	b.Emit(MOV, w, M(bulkTo.Reg(), 0), R(bulkIndex))
	b.Emit(MOV, w, Indexed(bulkTo.Reg(), bulkCount.Reg(), 1, last), R(bulkSpare))
	if b.looks {
		b.tellWords(w)
	}
}

// upToOneElement copies one element of 16 bits, or none.
func (b *bulk) upToOneElement() {
	b.Emit(TEST, W32, R(bulkCount), R(bulkCount))
	b.EmitCond(Jcc, CondE, W64, To(b.done))
	b.Emit(MOVZX16, W32, R(bulkIndex), M(bulkFrom.Reg(), 0))
	b.Emit(ROL, W16, R(bulkIndex), Imm(8))
	b.Emit(MOV, W16, M(bulkTo.Reg(), 0), R(bulkIndex))
}

// upToThreeBytes copies them, if there are any.
func (b *bulk) upToThreeBytes() {
	b.Emit(TEST, W32, R(bulkCount), R(bulkCount))
	b.EmitCond(Jcc, CondE, W64, To(b.done))
	b.threeBytes()
	if b.looks {
		b.Emit(RET, W64)
	}
}

// threeBytes copies the first, the last and the middle byte, which with three bytes are all of them and with fewer the same ones
// again.
func (b *bulk) threeBytes() {
	b.moveByte(NoReg, 0)
	b.moveByte(bulkCount.Reg(), -1)
	b.Emit(MOV, W32, R(bulkSpare), R(bulkCount))
	b.Emit(SHR, W32, R(bulkSpare), Imm(1))
	b.moveByte(bulkSpare.Reg(), 0)
	if b.looks {
		b.tellBytes()
	}
}

func (b *bulk) moveByte(index Reg, displacement int32) {
	m := bulkMove{index: index, displacement: displacement}
	b.Emit(MOVZX8, W32, R(bulkIndex), m.at(bulkFrom))
	if b.bools {
		b.Emit(CMP, W8, R(bulkIndex), Imm(1))
		b.EmitCond(SETcc, CondE, W8, R(bulkIndex))
	}
	b.Emit(MOV, W8, m.at(bulkTo), R(bulkIndex))
}
