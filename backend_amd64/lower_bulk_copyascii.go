package amd64

import . "github.com/tagwire/tagwire/backend_amd64/asm"

// Copies of texts that tell whether all bytes are ASCII, which most are. What a copy loads is looked at as well.

// copyASCIIClobbers are the registers that such a copy destroys. The result is in bulkTo.
const copyASCIIClobbers = copyClobbers | 1<<bulkTo | 1<<bulkTops

// emitCopyASCII appends a copy of bulkCount bytes. Texts are too short for vectors of 512 bits.
func emitCopyASCII(f *Function, available Features) {
	b := newBulk(f, W8, available&^HasAVX512VBMI)
	b.looks = true
	b.emit()
}

// clearTops is for what noteTops will add to.
func (b *bulk) clearTops() {
	switch {
	case !b.looks:
	case b.vex:
		b.Emit(VPXORZ, W128, R(bulkTops))
	default:
		b.Emit(PXORZ, W128, R(bulkTops))
	}
}

// noteTops adds the top bits of a vector to those seen.
func (b *bulk) noteTops(w Width, v PReg) {
	if b.vex {
		b.Emit(VPOR, w, R(bulkTops), R(bulkTops), R(v))
	} else {
		b.Emit(POR, w, R(bulkTops), R(v))
	}
}

// tellTops makes the result of all top bits that were noted.
func (b *bulk) tellTops() {
	switch {
	case !b.looks:
	case b.vex:
		b.Emit(VPMOVMSKB, b.vector, R(bulkTo), R(bulkTops))
	default:
		b.Emit(PMOVMSKB, W128, R(bulkTo), R(bulkTops))
	}
}

// tellWords makes the result of two words that have been copied, in bulkIndex and bulkSpare.
//
//	or rax, rdx
//	mov rdi, 0x8080..
//	and rdi, rax
func (b *bulk) tellWords(w Width) {
	b.Emit(OR, w, R(bulkIndex), R(bulkSpare))
	if w == W64 {
		b.SetConstant(bulkTo.Reg(), topBits64)
		b.Emit(AND, W64, R(bulkTo), R(bulkIndex))
	} else {
		b.Emit(MOV, W32, R(bulkTo), R(bulkIndex))
		b.Emit(AND, W32, R(bulkTo), Imm(topBits32))
	}
}

// tellBytes makes the result of one to three bytes that have been copied, the middle one in bulkIndex.
//
//	or al, [rsi] ; or al, [rsi+rcx-1]
//	mov edi, eax ; and edi, 0x80
func (b *bulk) tellBytes() {
	b.Emit(OR, W8, R(bulkIndex), M(bulkFrom.Reg(), 0))
	b.Emit(OR, W8, R(bulkIndex), Indexed(bulkFrom.Reg(), bulkCount.Reg(), 1, -1))
	b.Emit(MOV, W32, R(bulkTo), R(bulkIndex))
	b.Emit(AND, W32, R(bulkTo), Imm(0x80))
}
