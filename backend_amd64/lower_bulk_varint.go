package amd64

import (
	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/ir"
)

// Lists of varints, zigzag ones or not: 7 bits of a number in each byte, the lowest first, and the top bit set in all bytes of a varint
// but its last. The routines take where to, where from and how many in the registers of all bulk ops, and in varintEnd
// where the bytes of varints must end: the bytes that are read, or the room for those that are written. They leave bulkTo
// and bulkFrom where they stop: behind the last element, or in front of one that they do not take; see the ops.

const (
	varintEnd = RDX

	varintWord  = RAX // what becomes of an element
	varintBits  = R8  // of each byte of a window, whether a varint ends there
	varintLast  = R9  // where in a window the varint before ends; also scratch
	varintNext  = R10 // where this one ends; also its length, less one
	varintHigh  = R11 // what does not fit eight bytes; also scratch
	varintWrong = RBX // gathers bits that no element may have
	varintTable = R12
)

// varintClobbers are the registers that the routines for varints change.
const varintClobbers = RegSet(1<<varintWord | 1<<varintBits | 1<<varintLast | 1<<varintNext | 1<<varintHigh | 1<<varintWrong |
	1<<varintTable | 1<<bulkTo | 1<<bulkFrom | 1<<bulkCount | 1<<X0 | 1<<X1 | 1<<X4 | 1<<X5)

// needsFastVarints is what the forms for many bytes at a time need.
const needsFastVarints = NeedsPEXT | HasBMI1 | HasLZCNT | HasAVX | HasAVX2

const (
	// varintWindow is how many bytes of varints are looked at together, and windowRoom how many are read: the end of a
	// window may be that of the last whole varint but one.
	varintWindow = 64
	windowRoom   = varintWindow + ir.VarintRoom

	continues = 0x8080808080808080 // the top bits of bytes
)

// varints is a routine being emitted.
type varints struct {
	*Function
	number  Width // of the numbers that varints stand for
	element Width // of the same in memory, where they may be wider; or narrower, if not zigzag
	zigzag  bool
	longest int // bytes of a varint
	fast    bool
	done    Label
}

func newVarints(f *Function, op ir.Op, available Features) *varints {
	bulk := op.Info().Bulk
	number, element := W32, W32
	if bulk.VarintBits > 32 {
		number = W64
	}
	if bulk.To+bulk.From == 8 {
		element = W64
	}
	return &varints{
		Function: f, number: number, element: element, zigzag: bulk.ZigZag,
		longest: (number.Bits() + 6) / 7, fast: available.Has(needsFastVarints), done: f.NewLabel(),
	}
}

// wide reports whether a varint can be longer than a register.
func (v *varints) wide() bool { return v.longest > 8 }

// sevens is memory with the low 7 bits of each byte set.
func (v *varints) sevens() Operand { return At(v.Constant(sevens, sevens)) }

// emitDecodeVarints appends the reading of varints of numbers of 32 or 64 bits into elements of as many or more.
//
//	again:
//	  a window, or else one
//	  jmp again
//	one:
//	  test rcx, rcx ; je done
//	  mov r10, rdx ; sub r10, rsi ; cmp r10, 16 ; jb done
//	  an element
//	  jmp again
//	done:
func emitDecodeVarints(f *Function, op ir.Op, available Features) {
	v := newVarints(f, op, available)
	again, one := v.NewLabel(), v.NewLabel()
	if v.fast {
		v.Emit(LEA, W64, R(varintTable), At(v.Table(v.gatherMasks()...)))
		v.Emit(ALIGN, W64, Imm(FunctionAlign))
	}
	v.Bind(again)
	if v.fast {
		v.window(again, one)
	}
	v.Bind(one)
	v.leaveUnless(bulkFrom)
	v.readOne(again)
	v.Bind(v.done)
	if v.fast {
		v.Emit(VZEROUPPER, W256)
	}
}

// leaveUnless goes to done unless there are elements and room for one from the cursor on.
func (v *varints) leaveUnless(cursor PReg) {
	v.Emit(TEST, W64, R(bulkCount), R(bulkCount))
	v.EmitCond(Jcc, CondE, W64, To(v.done))
	v.unlessRoom(cursor, ir.VarintRoom, v.done)
}

// unlessRoom goes to other if there are fewer bytes from the cursor to the end.
func (v *varints) unlessRoom(cursor PReg, bytes int64, other Label) {
	v.Emit(MOV, W64, R(varintNext), R(varintEnd))
	v.Emit(SUB, W64, R(varintNext), R(cursor))
	v.Emit(CMP, W64, R(varintNext), Imm(bytes))
	v.EmitCond(Jcc, CondB, W64, To(other))
}

// perWindow is how many varints end in a window for certain, if all in it are as short as they have to be.
func (v *varints) perWindow() int { return varintWindow / v.longest }

// The same for varints that are short: of up to 32 bits, as most are, also where they might be longer.
const (
	shortest    = 5
	shortWindow = varintWindow / shortest
)

// gatherMasks are, for each length from the longest down, which bits of the first eight bytes of a varint count, and then
// which of the two that follow.
func (v *varints) gatherMasks() (masks []uint64) {
	for n := v.longest; n > 0; n-- {
		masks = append(masks, sevens>>(64-8*min(n, 8)))
	}
	if v.wide() {
		for n := v.longest; n > 0; n-- {
			masks = append(masks, sevens&(1<<(8*max(n-8, 0))-1))
		}
	}
	return masks
}

// window reads as many varints as end in the next 64 bytes for certain. Where they end is known before what they are, so
// the processor goes on to the next window while it is at work on them. It leaves to one all that is out of order.
//
//	  room for 80, and rcx >= 6
//	  vmovdqu ymm0, [rsi] ; vmovdqu ymm1, [rsi+32]
//	  vpmovmskb r8, ymm0 ; vpmovmskb r9, ymm1 ; shl r9, 32 ; or r8, r9
//	  test r8w, r8w ; je singles
//	general:
//	  r11 = r8 ; by 1, 2: r11 &= r11 >> by            does any byte begin 4 that all have their top bit set?
//	  mov r10, r11 ; shr r10, 1 ; and r10, r11 ; jne long             or 5?
//	  cmp rcx, 12 ; jb long
//	  short varints
//	long:
//	  by 4, 2: r11 &= r11 >> by                       or 10?
//	  jne one
//	  long varints
//	  jmp again
//	singles:
//	  cmp rcx, 16 ; jb general
//	  16 single bytes
//	  test r8, r8 ; jne sixteen ; cmp rcx, 64 ; jb sixteen
//	  another 48
//	  jmp again
//	sixteen:
//	  jmp again
//
// For 32 bits there are only short ones: or 5? jne one.
func (v *varints) window(again, one Label) {
	singles, general, long := v.NewLabel(), v.NewLabel(), v.NewLabel()
	v.unlessRoom(bulkFrom, windowRoom, one)
	v.Emit(CMP, W64, R(bulkCount), Imm(int64(v.perWindow())))
	v.EmitCond(Jcc, CondB, W64, To(one))
	v.Emit(VMOVDQU, W256, R(X0), M(bulkFrom.Reg(), 0))
	v.Emit(VMOVDQU, W256, R(X1), M(bulkFrom.Reg(), 32))
	v.Emit(VPMOVMSKB, W256, R(varintBits), R(X0))
	v.Emit(VPMOVMSKB, W256, R(varintLast), R(X1))
	v.Emit(SHL, W64, R(varintLast), Imm(32))
	v.Emit(OR, W64, R(varintBits), R(varintLast))
	v.Emit(TEST, W16, R(varintBits), R(varintBits))
	v.EmitCond(Jcc, CondE, W64, To(singles))

	v.Bind(general)
	v.Emit(MOV, W64, R(varintHigh), R(varintBits))
	if v.wide() {
		v.runs(1, 2)
		v.Emit(MOV, W64, R(varintNext), R(varintHigh))
		v.Emit(SHR, W64, R(varintNext), Imm(1))
		v.Emit(AND, W64, R(varintNext), R(varintHigh))
		v.EmitCond(Jcc, CondNE, W64, To(long))
		v.Emit(CMP, W64, R(bulkCount), Imm(shortWindow))
		v.EmitCond(Jcc, CondB, W64, To(long))
		v.shortVarints(one)
		v.Emit(JMP, W64, To(again))
		v.Bind(long)
		v.runs(4, 2)
		v.EmitCond(Jcc, CondNE, W64, To(one))
		v.longVarints(one)
	} else {
		v.runs(1, 2, 1)
		v.EmitCond(Jcc, CondNE, W64, To(one))
		v.shortVarints(one)
	}
	v.Emit(JMP, W64, To(again))

	v.Bind(singles)
	v.Emit(CMP, W64, R(bulkCount), Imm(16))
	v.EmitCond(Jcc, CondB, W64, To(general))
	sixteen := v.NewLabel()
	v.readSingles(0)
	v.Emit(TEST, W64, R(varintBits), R(varintBits))
	v.EmitCond(Jcc, CondNE, W64, To(sixteen))
	v.Emit(CMP, W64, R(bulkCount), Imm(varintWindow))
	v.EmitCond(Jcc, CondB, W64, To(sixteen))
	for n := 16; n < varintWindow; n += 16 {
		v.readSingles(n)
	}
	v.step(varintWindow)
	v.Emit(ADD, W64, R(bulkFrom), Imm(varintWindow))
	v.Emit(JMP, W64, To(again))
	v.Bind(sixteen)
	v.step(16)
	v.Emit(ADD, W64, R(bulkFrom), Imm(16))
	v.Emit(JMP, W64, To(again))
}

// runs leaves in varintHigh the bits that begin longer runs: by so many bits more.
func (v *varints) runs(by ...int64) {
	for _, n := range by {
		v.Emit(MOV, W64, R(varintNext), R(varintHigh))
		v.Emit(SHR, W64, R(varintNext), Imm(n))
		v.Emit(AND, W64, R(varintHigh), R(varintNext))
	}
}

// step goes over a number of elements.
func (v *varints) step(count int) {
	v.Emit(ADD, W64, R(bulkTo), Imm(int64(count)*int64(v.element.Bytes())))
	v.Emit(SUB, W64, R(bulkCount), Imm(int64(count)))
}

// shortVarints reads varints of up to 5 bytes. The end of the last is found by itself: the next window waits for nothing else.
//
//	not r8
//	mov r11, 1<<11 ; pdep r11, r11, r8 ; tzcnt r11, r11           the 12th end
//	mov r9, -1
//	12 times, r9 and r10 taking turns:
//	  tzcnt r10, r8 ; blsr r8, r8
//	  mov rax, [rsi+r9+1]
//	  sub r9, r10                                   less its length
//	  pext rax, rax, [r12+r9*8+40]
//	  shr eax, 1 ; sbb r9d, r9d ; xor eax, r9d      zigzag
//	  mov [rdi+...], eax
//	lea rsi, [rsi+r11+1] ; add rdi, 48 ; sub rcx, 12
//
// For 32 bits also what is gathered must be no longer: xor ebx, ebx ; or rbx, rax each time ; shr rbx, 32 ; jne one.
func (v *varints) shortVarints(one Label) {
	size, masks := int32(v.element.Bytes()), int32(8*v.longest)
	v.Emit(NOT, W64, R(varintBits))
	v.SetConstant(varintHigh.Reg(), 1<<(shortWindow-1))
	v.Emit(PDEP, W64, R(varintHigh), R(varintHigh), R(varintBits))
	v.Emit(TZCNT, W64, R(varintHigh), R(varintHigh))
	v.SetConstant(varintLast.Reg(), -1)
	if !v.wide() {
		v.Emit(ZERO, W32, R(varintWrong))
	}
	last, next := varintLast, varintNext
	for n := range int32(shortWindow) {
		v.Emit(TZCNT, W64, R(next), R(varintBits))
		v.Emit(BLSR, W64, R(varintBits), R(varintBits))
		v.Emit(MOV, W64, R(varintWord), Indexed(bulkFrom.Reg(), last.Reg(), 1, 1))
		v.Emit(SUB, W64, R(last), R(next))
		v.Emit(PEXT, W64, R(varintWord), R(varintWord), Indexed(varintTable.Reg(), last.Reg(), 8, masks))
		if !v.wide() {
			v.Emit(OR, W64, R(varintWrong), R(varintWord))
		}
		v.unZigZag(last)
		v.Emit(MOV, v.element, M(bulkTo.Reg(), n*size), R(varintWord))
		last, next = next, last
	}
	if !v.wide() {
		v.Emit(SHR, W64, R(varintWrong), Imm(32))
		v.EmitCond(Jcc, CondNE, W64, To(one))
	}
	v.Emit(LEA, W64, R(bulkFrom), Indexed(bulkFrom.Reg(), varintHigh.Reg(), 1, 1))
	v.step(shortWindow)
}

// longVarints reads varints of up to 10 bytes.
//
//	not r8
//	mov r9, -1
//	xor ebx, ebx
//	6 times, r9 and r10 taking turns:
//	  tzcnt r10, r8 ; blsr r8, r8
//	  mov rax, [rsi+r9+1] ; movzx r11, word [rsi+r9+9]
//	  sub r9, r10                                   less its length
//	  pext rax, rax, [r12+r9*8+80] ; pext r11, r11, [r12+r9*8+160]
//	  or rbx, r11 ; shl r11, 56 ; or rax, r11
//	  shr rax, 1 ; sbb r11, r11 ; xor rax, r11      zigzag
//	  mov [rdi+...], rax
//	shr rbx, 8 ; jne one                            the tenth byte is 0 or 1
//	lea rsi, [rsi+r9+1] ; add rdi, 48 ; sub rcx, 6
func (v *varints) longVarints(one Label) {
	count, size, masks := v.perWindow(), int32(v.element.Bytes()), int32(8*v.longest)
	v.Emit(NOT, W64, R(varintBits))
	v.SetConstant(varintLast.Reg(), -1)
	v.Emit(ZERO, W32, R(varintWrong))
	last, next := varintLast, varintNext
	for n := range int32(count) {
		v.Emit(TZCNT, W64, R(next), R(varintBits))
		v.Emit(BLSR, W64, R(varintBits), R(varintBits))
		v.Emit(MOV, W64, R(varintWord), Indexed(bulkFrom.Reg(), last.Reg(), 1, 1))
		v.Emit(MOVZX16, W32, R(varintHigh), Indexed(bulkFrom.Reg(), last.Reg(), 1, 9))
		v.Emit(SUB, W64, R(last), R(next))
		v.Emit(PEXT, W64, R(varintWord), R(varintWord), Indexed(varintTable.Reg(), last.Reg(), 8, masks))
		v.Emit(PEXT, W64, R(varintHigh), R(varintHigh), Indexed(varintTable.Reg(), last.Reg(), 8, 2*masks))
		v.Emit(OR, W64, R(varintWrong), R(varintHigh))
		v.Emit(SHL, W64, R(varintHigh), Imm(56))
		v.Emit(OR, W64, R(varintWord), R(varintHigh))
		v.unZigZag(varintHigh)
		v.Emit(MOV, v.element, M(bulkTo.Reg(), n*size), R(varintWord))
		last, next = next, last
	}
	v.Emit(SHR, W64, R(varintWrong), Imm(8))
	v.EmitCond(Jcc, CondNE, W64, To(one))
	v.Emit(LEA, W64, R(bulkFrom), Indexed(bulkFrom.Reg(), last.Reg(), 1, 1))
	v.step(count)
}

// unZigZag turns varintWord into the number that it stands for, if that is another one: shr moves the lowest bit into the carry flag,
// and sbb makes that 0 or -1.
func (v *varints) unZigZag(scratch PReg) {
	if !v.zigzag {
		return
	}
	v.Emit(SHR, v.number, R(varintWord), Imm(1))
	v.Emit(SBB, v.number, R(scratch), R(scratch))
	v.Emit(XOR, v.number, R(varintWord), R(scratch))
	if v.element > v.number {
		v.Emit(MOVSXD, W64, R(varintWord), R(varintWord))
	}
}

// readSingles reads 16 varints of one byte, the first of which is the nth in the window.
//
//	vmovdqu xmm0, [rsi+n]
//	vmovdqu xmm4, [ones] ; vpand xmm1, xmm0, xmm4 ; vpcmpeqb xmm1, xmm1, xmm4     zigzag: all bits of the odd ones
//	vpsrad xmm0, xmm0, 1 ; vpand xmm0, xmm0, [3f...] ; vpxor xmm0, xmm0, xmm1
//	widened, 8 bytes or 4 at a time
func (v *varints) readSingles(first int) {
	const ones, halves = 0x0101010101010101, 0x3f3f3f3f3f3f3f3f
	if first > 0 {
		v.Emit(VMOVDQU, W128, R(X0), M(bulkFrom.Reg(), int32(first)))
	}
	if v.zigzag {
		v.Emit(VMOVDQU, W128, R(X4), At(v.Constant(ones, ones)))
		v.Emit(VPAND, W128, R(X1), R(X0), R(X4))
		v.Emit(VPCMPEQB, W128, R(X1), R(X1), R(X4))
		v.Emit(VPSRAD, W128, R(X0), R(X0), Imm(1))
		v.Emit(VPAND, W128, R(X0), R(X0), At(v.Constant(halves, halves)))
		v.Emit(VPXOR, W128, R(X0), R(X0), R(X1))
	}
	widen, next := VPMOVSXBD, int64(0b11_10_11_10) // the upper half comes down
	if v.element == W64 {
		widen, next = VPMOVSXBQ, 0b00_11_10_01 // the next quarter does
	}
	step := W256.Bytes() / v.element.Bytes()
	for n := 0; n < 16; n += step {
		v.Emit(widen, W256, R(X1), R(X0))
		v.Emit(VMOVDQU, W256, M(bulkTo.Reg(), int32((first+n)*v.element.Bytes())), R(X1))
		if n+step < 16 {
			v.Emit(VPSHUFD, W128, R(X0), R(X0), Imm(next))
		}
	}
}

// readOne reads one varint, of which 16 bytes may be read, and goes on at again.
func (v *varints) readOne(again Label) {
	store := v.NewLabel()
	if v.fast {
		v.readOneWord(store)
	} else {
		v.readOneByBytes(store)
	}
	v.Bind(store)
	v.unZigZag(varintHigh)
	v.Emit(MOV, v.element, M(bulkTo.Reg(), 0), R(varintWord))
	v.Emit(LEA, W64, R(bulkFrom), Indexed(bulkFrom.Reg(), varintNext.Reg(), 1, 1))
	v.step(1)
	v.Emit(JMP, W64, To(again))
}

// readOneWord leaves the number in varintWord and its length less one in varintNext.
//
//	  mov rax, [rsi]
//	  andn r10, rax, [8080...]
//	  je long
//	  blsmsk r11, r10 ; and rax, r11 ; pext rax, rax, [7f7f...]
//	  tzcnt r10, r10 ; shr r10, 3
//	  32 bits: cmp r10, 4 ; ja done ; mov r11, rax ; shr r11, 32 ; jne done
//	  64 bits: jmp store
//	long:
//	  pext rax, rax, [7f7f...]
//	  movzx r11, word [rsi+8]
//	  mov r10, 8 ; test r11b, 128 ; je top
//	  mov r10, 9 ; cmp r11, 1ff ; ja done
//	  pext r11, r11, [7f7f...]
//	top:
//	  shl r11, 56 ; or rax, r11
func (v *varints) readOneWord(store Label) {
	long, top := v.NewLabel(), v.NewLabel()
	v.Emit(MOV, W64, R(varintWord), M(bulkFrom.Reg(), 0))
	v.Emit(ANDN, W64, R(varintNext), R(varintWord), At(v.Constant(continues, continues)))
	if !v.wide() {
		v.EmitCond(Jcc, CondE, W64, To(v.done))
	} else {
		v.EmitCond(Jcc, CondE, W64, To(long))
	}
	v.Emit(BLSMSK, W64, R(varintHigh), R(varintNext))
	v.Emit(AND, W64, R(varintWord), R(varintHigh))
	v.Emit(PEXT, W64, R(varintWord), R(varintWord), v.sevens())
	v.Emit(TZCNT, W64, R(varintNext), R(varintNext))
	v.Emit(SHR, W64, R(varintNext), Imm(3))
	if !v.wide() {
		v.Emit(CMP, W64, R(varintNext), Imm(int64(v.longest-1)))
		v.EmitCond(Jcc, CondA, W64, To(v.done))
		v.Emit(MOV, W64, R(varintHigh), R(varintWord))
		v.Emit(SHR, W64, R(varintHigh), Imm(32))
		v.EmitCond(Jcc, CondNE, W64, To(v.done))
		return
	}
	v.Emit(JMP, W64, To(store))
	v.Bind(long)
	v.Emit(PEXT, W64, R(varintWord), R(varintWord), v.sevens())
	v.Emit(MOVZX16, W32, R(varintHigh), M(bulkFrom.Reg(), 8))
	v.SetConstant(varintNext.Reg(), 8)
	v.Emit(TEST, W8, R(varintHigh), Imm(0x80))
	v.EmitCond(Jcc, CondE, W64, To(top))
	v.SetConstant(varintNext.Reg(), 9)
	v.Emit(CMP, W32, R(varintHigh), Imm(0x1ff))
	v.EmitCond(Jcc, CondA, W64, To(v.done))
	v.Emit(PEXT, W64, R(varintHigh), R(varintHigh), v.sevens())
	v.Bind(top)
	v.Emit(SHL, W64, R(varintHigh), Imm(56))
	v.Emit(OR, W64, R(varintWord), R(varintHigh))
}

// readOneByBytes does the same for any processor.
//
//	xor eax, eax
//	movzx r11, byte [rsi+n]                           for n = 0, 1 and so on
//	mov r9, r11 ; and r9, 127 ; shl r9, 7*n ; or rax, r9
//	mov r10, n ; test r11b, 128 ; je store
//	...
//	mov r10, 9 ; movzx r11, byte [rsi+9]
//	cmp r11, 1 ; ja done                              32 bits: mov r10, 4 ; ... cmp r11, 15
//	shl r11, 63 ; or rax, r11
func (v *varints) readOneByBytes(store Label) {
	v.Emit(ZERO, W32, R(varintWord))
	last := v.longest - 1
	for n := range last {
		v.Emit(MOVZX8, W32, R(varintHigh), M(bulkFrom.Reg(), int32(n)))
		v.Emit(MOV, W32, R(varintLast), R(varintHigh))
		v.Emit(AND, W32, R(varintLast), Imm(0x7f))
		v.Emit(SHL, W64, R(varintLast), Imm(int64(7*n)))
		v.Emit(OR, W64, R(varintWord), R(varintLast))
		v.SetConstant(varintNext.Reg(), int64(n))
		v.Emit(TEST, W8, R(varintHigh), Imm(0x80))
		v.EmitCond(Jcc, CondE, W64, To(store))
	}
	v.SetConstant(varintNext.Reg(), int64(last))
	v.Emit(MOVZX8, W32, R(varintHigh), M(bulkFrom.Reg(), int32(last)))
	v.Emit(CMP, W32, R(varintHigh), Imm(1<<(v.number.Bits()-7*last)-1))
	v.EmitCond(Jcc, CondA, W64, To(v.done))
	v.Emit(SHL, W64, R(varintHigh), Imm(int64(7*last)))
	v.Emit(OR, W64, R(varintWord), R(varintHigh))
}

// togetherWritten is how many elements are written in a row where there is room for them.
const togetherWritten = 4
