package amd64

import (
	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/ir"
)

// emitEncodeVarints appends the writing of elements of 32 or 64 bits as varints of numbers of as many or fewer.
//
//	again:
//	  room for 64, and rcx >= 4, or else one
//	  singles, unless zigzag
//	  narrow ones, unless zigzag
//	  4 elements
//	  add rsi, 32 ; sub rcx, 4
//	  jmp again
//	one:
//	  test rcx, rcx ; je done
//	  mov r10, rdx ; sub r10, rdi ; cmp r10, 16 ; jb done
//	  an element
//	  add rsi, 8 ; sub rcx, 1
//	  jmp again
//	done:
func emitEncodeVarints(f *Function, op ir.Op, available Features) {
	v := newVarints(f, op, available)
	again, one := v.NewLabel(), v.NewLabel()
	if v.fast {
		v.Emit(LEA, W64, R(varintTable), At(v.Table(v.lengthsAndMarks()...)))
		v.Emit(ALIGN, W64, Imm(FunctionAlign))
	}
	v.Bind(again)
	if v.fast {
		v.unlessRoom(bulkTo, togetherWritten*ir.VarintRoom, one)
		v.Emit(CMP, W64, R(bulkCount), Imm(togetherWritten))
		v.EmitCond(Jcc, CondB, W64, To(one))
		if !v.zigzag {
			v.writeSingles(again)
		}
		if v.wide() && !v.zigzag {
			v.writeNarrow(again)
		}
		v.write(togetherWritten, v.writeOneWord, one)
		v.Emit(JMP, W64, To(again))
	}
	v.Bind(one)
	v.leaveUnless(bulkTo)
	if v.fast {
		v.write(1, v.writeOneWord, v.done)
	} else {
		v.write(1, v.writeOneByBytes, v.done)
	}
	v.Emit(JMP, W64, To(again))
	v.Bind(v.done)
	if v.fast && !v.zigzag {
		v.Emit(VZEROUPPER, W256)
	}
}

// singlesWritten is how many elements are written at once if each takes a byte.
const singlesWritten = 8

// writeSingles writes eight elements that are below 128, and goes on at again, if there are such. They are more than one register has
// only if they have 64 bits. Each half of one has its bytes brought to where they belong, and these are joined.
//
//	  cmp rcx, 8 ; jb other
//	  vmovdqu ymm0, [rsi]
//	  vmovdqu ymm1, [rsi+32] ; vpor ymm4, ymm0, ymm1
//	  vptest ymm4, [ff..80] ; jne other
//	  vpshufb ymm0, ymm0, [first] ; vpshufb ymm1, ymm1, [second] ; vpor ymm0, ymm0, ymm1
//	  vpermq ymm1, ymm0, 2 ; vpor xmm0, xmm0, xmm1
//	  vmovdqu [rdi], xmm0
//	  add rdi, 8 ; add rsi, 64 ; sub rcx, 8
//	  jmp again
//	other:
func (v *varints) writeSingles(again Label) {
	size, other, all := v.element.Bytes(), v.NewLabel(), X0
	large := uint64(1<<64 - 0x80)
	v.Emit(CMP, W64, R(bulkCount), Imm(singlesWritten))
	v.EmitCond(Jcc, CondB, W64, To(other))
	v.Emit(VMOVDQU, W256, R(X0), M(bulkFrom.Reg(), 0))
	if size == 8 {
		v.Emit(VMOVDQU, W256, R(X1), M(bulkFrom.Reg(), 32))
		v.Emit(VPOR, W256, R(X4), R(X0), R(X1))
		all = X4
	} else {
		large = 0xffffff80_ffffff80
	}
	v.Emit(VPTEST, W256, R(all), At(v.Table(large, large, large, large)))
	v.EmitCond(Jcc, CondNE, W64, To(other))
	v.Emit(VPSHUFB, W256, R(X0), R(X0), At(v.Table(singlesOrder(size, 0)...)))
	if size == 8 {
		v.Emit(VPSHUFB, W256, R(X1), R(X1), At(v.Table(singlesOrder(size, 4)...)))
		v.Emit(VPOR, W256, R(X0), R(X0), R(X1))
	}
	v.Emit(VPERMQ, W256, R(X1), R(X0), Imm(2))
	v.Emit(VPOR, W128, R(X0), R(X0), R(X1))
	v.Emit(VMOVDQU, W128, M(bulkTo.Reg(), 0), R(X0))
	v.Emit(ADD, W64, R(bulkTo), Imm(singlesWritten))
	v.Emit(ADD, W64, R(bulkFrom), Imm(int64(singlesWritten*size)))
	v.Emit(SUB, W64, R(bulkCount), Imm(singlesWritten))
	v.Emit(JMP, W64, To(again))
	v.Bind(other)
}

// singlesOrder says for each byte of both halves of a register which byte of the half it is: the lowest ones of the elements, the first
// of which goes to a place, and no byte elsewhere.
func singlesOrder(size, place int) []uint64 {
	const none = 0x8080808080808080
	order := []uint64{none, none, none, none}
	for n := range 32 / size {
		half, from := n*size/16, n*size%16
		shift := 8 * (place + n)
		order[2*half] = order[2*half]&^(0xff<<shift) | uint64(from)<<shift
	}
	return order
}

// writeNarrow writes elements in a row that take up to eight bytes each, and goes on at again, if they are such.
//
//	  mov rax, [rsi] ; or rax, [rsi+...] ; shr rax, 56 ; jne other       32 bits: shr eax, 31
//	  4 elements
//	  jmp again
//	other:
func (v *varints) writeNarrow(again Label) {
	other, bits := v.NewLabel(), int64(56)
	if v.element == W32 {
		bits = 31
	}
	v.Emit(MOV, v.element, R(varintWord), M(bulkFrom.Reg(), 0))
	for n := int32(1); n < togetherWritten; n++ {
		v.Emit(OR, v.element, R(varintWord), M(bulkFrom.Reg(), n*int32(v.element.Bytes())))
	}
	v.Emit(SHR, v.element, R(varintWord), Imm(bits))
	v.EmitCond(Jcc, CondNE, W64, To(other))
	v.write(togetherWritten, v.writeEightBytes, other)
	v.Emit(JMP, W64, To(again))
	v.Bind(other)
}

// write writes elements in a row, if all of them fit; else it goes to other.
//
//	mov r9, [rsi+...] ; movsxd rax, r9d ; cmp rax, r9 ; jne other      each, where elements are wider
//	mov r9, [rsi+...]                                                  mov or movsxd rax, [rsi+...] unless zigzag
//	lea rax, [r9+r9] ; sar r9, 63 ; xor rax, r9
//	writeOne
//	...
func (v *varints) write(count int, writeOne func(), other Label) {
	size := int32(v.element.Bytes())
	if v.element > v.number {
		for n := range int32(count) {
			v.Emit(MOV, W64, R(varintLast), M(bulkFrom.Reg(), n*size))
			v.Emit(MOVSXD, W64, R(varintWord), R(varintLast))
			v.Emit(CMP, W64, R(varintWord), R(varintLast))
			v.EmitCond(Jcc, CondNE, W64, To(other))
		}
	}
	for n := range int32(count) {
		if v.zigzag {
			v.Emit(MOV, v.number, R(varintLast), M(bulkFrom.Reg(), n*size))
			v.Emit(LEA, v.number, R(varintWord), Indexed(varintLast.Reg(), varintLast.Reg(), 1, 0))
			v.Emit(SAR, v.number, R(varintLast), Imm(int64(v.number.Bits()-1)))
			v.Emit(XOR, v.number, R(varintWord), R(varintLast))
		} else if v.element < v.number {
			v.Emit(MOVSXD, W64, R(varintWord), M(bulkFrom.Reg(), n*size))
		} else {
			v.Emit(MOV, v.number, R(varintWord), M(bulkFrom.Reg(), n*size))
		}
		writeOne()
	}
	v.Emit(ADD, W64, R(bulkFrom), Imm(int64(count)*int64(size)))
	v.Emit(SUB, W64, R(bulkCount), Imm(int64(count)))
}

// writeOneWord writes varintWord, and zeros behind it.
//
//	lzcnt r9, rax
//	movzx r10, byte [r12+r9]               its length
//	pdep r11, rax, [7f7f...] ; or r11, [r12+r10*8+64] ; mov [rdi], r11
//	shr rax, 56 ; pdep rax, rax, [7f7f...] ; or rax, [r12+r10*8+144] ; mov [rdi+8], ax
//	add rdi, r10
func (v *varints) writeOneWord() {
	v.firstBytes()
	if v.wide() {
		v.Emit(SHR, W64, R(varintWord), Imm(56))
		v.Emit(PDEP, W64, R(varintWord), R(varintWord), v.sevens())
		v.Emit(OR, W64, R(varintWord), Indexed(varintTable.Reg(), varintNext.Reg(), 8, v.marks()+int32(8*v.longest)))
		v.Emit(MOV, W16, M(bulkTo.Reg(), 8), R(varintWord))
	}
	v.Emit(ADD, W64, R(bulkTo), R(varintNext))
}

// writeEightBytes does the same for a number of up to 56 bits.
func (v *varints) writeEightBytes() {
	v.firstBytes()
	v.Emit(ADD, W64, R(bulkTo), R(varintNext))
}

// firstBytes writes the first eight bytes of varintWord, and leaves its length in varintNext.
func (v *varints) firstBytes() {
	v.Emit(LZCNT, v.number, R(varintLast), R(varintWord))
	v.Emit(MOVZX8, W32, R(varintNext), Indexed(varintTable.Reg(), varintLast.Reg(), 1, 0))
	v.Emit(PDEP, W64, R(varintHigh), R(varintWord), v.sevens())
	v.Emit(OR, W64, R(varintHigh), Indexed(varintTable.Reg(), varintNext.Reg(), 8, v.marks()))
	v.Emit(MOV, W64, M(bulkTo.Reg(), 0), R(varintHigh))
}

// marks is the offset of those of length 0, which there is not, in the table.
func (v *varints) marks() int32 { return int32(v.lengthBytes() - 8) }

// lengthBytes is how many bytes the lengths in the table take.
func (v *varints) lengthBytes() int { return v.number.Bits() + 8 }

// lengthsAndMarks are, a byte for each number of leading zeros, how long the varint is; then, a word for each length, the
// top bits of its first eight bytes, and then of the others.
func (v *varints) lengthsAndMarks() (table []uint64) {
	table = make([]uint64, v.lengthBytes()/8)
	for zeros := range v.number.Bits() + 1 {
		length := max(1, (v.number.Bits()-zeros+6)/7)
		table[zeros/8] |= uint64(length) << (zeros % 8 * 8)
	}
	for n := range v.longest { // bytes before the last
		table = append(table, uint64(continues)>>(64-8*min(n, 8)))
	}
	for n := range v.longest {
		table = append(table, continues&(1<<(8*max(n-8, 0))-1))
	}
	return table
}

// writeOneByBytes does the same for any processor.
//
//	more:
//	  cmp rax, 128 ; jb last
//	  mov r10, rax ; or r10, 128 ; mov [rdi], r10b
//	  add rdi, 1 ; shr rax, 7
//	  jmp more
//	last:
//	  mov [rdi], al ; add rdi, 1
func (v *varints) writeOneByBytes() {
	more, last := v.NewLabel(), v.NewLabel()
	v.Bind(more)
	v.Emit(CMP, W64, R(varintWord), Imm(0x80))
	v.EmitCond(Jcc, CondB, W64, To(last))
	v.Emit(MOV, W64, R(varintNext), R(varintWord))
	v.Emit(OR, W64, R(varintNext), Imm(0x80))
	v.Emit(MOV, W8, M(bulkTo.Reg(), 0), R(varintNext))
	v.Emit(ADD, W64, R(bulkTo), Imm(1))
	v.Emit(SHR, W64, R(varintWord), Imm(7))
	v.Emit(JMP, W64, To(more))
	v.Bind(last)
	v.Emit(MOV, W8, M(bulkTo.Reg(), 0), R(varintWord))
	v.Emit(ADD, W64, R(bulkTo), Imm(1))
}
