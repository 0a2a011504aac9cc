package arm64

import (
	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/ir"
)

// Lists of varints, zigzag ones or not: 7 bits of a number in each byte, the lowest first, and the top bit set in all bytes of a varint
// but its last. The routines take where to, where from and how many in the registers of all bulk ops, and in varintEnd
// where the bytes of varints must end: the bytes that are read, or the room for those that are written. They leave bulkTo
// and bulkFrom where they stop: behind the last element, or in front of one that they do not take; see the ops.
//
// General registers find where a varint ends, and vectors move the bits of several elements at once.

const (
	varintEnd = R3

	varintWord  = R4 // the first eight bytes of a varint
	varintLast  = R5 // of those, the top bits that are not set; also scratch
	varintMask  = R6 // the bits up to the first of these; also scratch
	varintAt    = R7 // where the next varint of a group begins
	varintWrong = R8 // gathers bits that no element may have; what does not fit eight bytes
	varintTops  = R9 // the top bits of bytes; in the writer all ones
	varintSpare = R16

	varintData  = V0 // two elements each, or four
	varintData2 = V1
	varintHigh  = V2 // what does not fit eight bytes, or 28 bits
	varintHigh2 = V3
	varintOther = V4
	varintSum   = V5
	varintOnes  = V6 // 1 in each element
	varintBytes = V7 // 1 in each byte; in the writer 127
)

// varintClobbers are the registers that the routines for varints change.
const varintClobbers = RegSet(1<<varintWord | 1<<varintLast | 1<<varintMask | 1<<varintAt | 1<<varintWrong | 1<<varintTops |
	1<<varintSpare | 1<<bulkTo | 1<<bulkFrom | 1<<bulkCount | 1<<varintData | 1<<varintData2 | 1<<varintHigh | 1<<varintHigh2 |
	1<<varintOther | 1<<varintSum | 1<<varintOnes | 1<<varintBytes)

const (
	varintGroup = 4 // elements that are read or written together

	continues = -0x7f7f7f7f7f7f7f80 // the top bits of bytes
)

// varints is a routine being emitted.
type varints struct {
	*Function
	number  Width // of the numbers that varints stand for
	element Width // of the same in memory, where they may be wider; or narrower, if not zigzag
	zigzag  bool
	longest int // bytes of a varint
	again   Label
	done    Label
	aside   []func() // what stands behind the loop
}

func newVarints(f *Function, op ir.Op) *varints {
	bulk := op.Info().Bulk
	number, element := W32, W32
	if bulk.VarintBits > 32 {
		number = W64
	}
	if bulk.To+bulk.From == 8 {
		element = W64
	}
	return &varints{Function: f, number: number, element: element, zigzag: bulk.ZigZag,
		longest: (number.Bits() + 6) / 7, again: f.NewLabel(), done: f.NewLabel()}
}

// wide reports whether a varint can be longer than a register.
func (v *varints) wide() bool { return v.longest > 8 }

// loop appends a loop over groups, and over single elements where there is no room for a group.
//
//	again:
//	  sub x16, x3, cursor ; cmp x16, 46 ; ccmp x2, 4, 0, hs ; b.lo one      32 bits: 32
//	  a group
//	  b again
//	one:
//	  cbz x2, done
//	  sub x16, x3, cursor ; cmp x16, 16 ; b.lo done
//	  an element
//	  b again
//	  what stands aside
//	done:
func (v *varints) loop(cursor PReg, work func(count int, other Label)) {
	one := v.NewLabel()
	// Eight bytes are read of each, and gone over before it is seen that they are too many.
	room := max((varintGroup-1)*v.longest+ir.VarintRoom, varintGroup*8)
	v.Bind(v.again)
	v.Emit(SUB, W64, R(varintSpare), R(varintEnd), R(cursor))
	v.Emit(CMP, W64, R(varintSpare), Imm(int64(room)))
	v.EmitCond(CCMP, CondHS, W64, R(bulkCount), Imm(varintGroup), Imm(0))
	v.EmitCond(Bcc, CondLO, W64, To(one))
	work(varintGroup, one)
	v.Emit(B, W64, To(v.again))
	v.Bind(one)
	v.Emit(CBZ, W64, R(bulkCount), To(v.done))
	v.Emit(SUB, W64, R(varintSpare), R(varintEnd), R(cursor))
	v.Emit(CMP, W64, R(varintSpare), Imm(ir.VarintRoom))
	v.EmitCond(Bcc, CondLO, W64, To(v.done))
	work(1, v.done)
	v.Emit(B, W64, To(v.again))
	for _, write := range v.aside {
		write()
	}
	v.Bind(v.done)
}

// emitDecodeVarints appends the reading of varints of numbers of 32 or 64 bits into elements of as many or more.
//
//	mov x9, 8080808080808080
//	movi v7.8b, 1                                       zigzag
//	movi v6.4s, 1                                       64 bits: movi v6.16b, ff ; ushr v6.2d, v6.2d, 63
//	loop
func emitDecodeVarints(f *Function, op ir.Op) {
	v := newVarints(f, op)
	v.SetConstant(varintTops.Reg(), continues)
	if v.zigzag {
		v.Emit(MOVI, V8B, R(varintBytes), Imm(1))
		if v.wide() {
			v.Emit(MOVI, V16B, R(varintOnes), Imm(0xff))
			v.Emit(USHR, V2D, R(varintOnes), R(varintOnes), Imm(63))
		} else {
			v.Emit(MOVI, V4S, R(varintOnes), Imm(1))
		}
	}
	v.loop(bulkFrom, v.read)
}

// read reads elements. It leaves to other all that is out of order.
//
//	  ldr x4, [x1]
//	  tst x4, 8080808080808080 ; b.eq singles           a group
//	general:
//	  add x7, x1, 8                                     the elements that follow: ldr x4, [x7], 8
//	  bic x5, x9, x4
//	  cbz x5, long                                      64 bits
//	  sub x6, x5, 1 ; eor x6, x6, x5 ; and x4, x4, x6   the bytes up to the last one
//	  clz x5, x6 ; sub x7, x7, x5, lsr 3
//	  orr x8, x8, x4                                    32 bits
//	back:
//	  ins v0.d[0], x4
//	  ...
//	  tst x8, fffffff000000000 ; b.ne other             32 bits
//	  numbers of the bytes
//	  mov x1, x7 ; sub x2, x2, 4
func (v *varints) read(count int, other Label) {
	v.Emit(LDR, W64, R(varintWord), M(bulkFrom.Reg(), 0))
	if count == varintGroup {
		v.trySingles()
	}
	if v.wide() {
		for n := range pairs(count) {
			v.Emit(MOVI, V2D, R(varintHigh+n), Imm(0))
		}
	}
	for n := range count {
		if n == 0 {
			v.Emit(ADD, W64, R(varintAt), R(bulkFrom), Imm(8))
		} else {
			v.Emit(LDR, W64, R(varintWord), PostIndexed(varintAt, 8))
		}
		v.readBytes(n, other)
		v.putLane(varintData, n, varintWord)
	}
	if v.wide() {
		v.numbers64(count)
	} else {
		v.Emit(TST, W64, R(varintWrong), Imm(^(1<<36 - 1)))
		v.EmitCond(Bcc, CondNE, W64, To(other))
		v.numbers32(count)
	}
	v.Emit(MOV, W64, R(bulkFrom), R(varintAt))
	v.Emit(SUB, W64, R(bulkCount), R(bulkCount), Imm(int64(count)))
}

// pairs is how many vectors hold a number of words.
func pairs(count int) PReg { return PReg(count+1) / 2 }

// putLane makes a register the nth word of a row of vectors. Of each the lower half is first, and clears the upper one.
func (v *varints) putLane(row PReg, n int, from PReg) {
	if vector := row + PReg(n/2); n%2 == 0 {
		v.Emit(FMOVVG, W64, R(vector), R(from))
	} else {
		v.Emit(INSG, V2D, Element(vector.Reg(), 1), R(from))
	}
}

// takeLane makes the nth word of a row of vectors that of a register.
func (v *varints) takeLane(to, row PReg, n int) {
	if vector := row + PReg(n/2); n%2 == 0 {
		v.Emit(FMOVGV, W64, R(to), R(vector))
	} else {
		v.Emit(UMOV, V2D, R(to), Element(vector.Reg(), 1))
	}
}

// readBytes leaves the bytes of the nth varint, up to eight, in varintWord, and goes over them.
//
//	long:
//	  ldrh w8, [x7]
//	  tbz w8, 7, nine
//	  cmp w8, 1ff ; b.hi other
//	  lsr w5, w8, 8 ; bfi w8, w5, 7, 1
//	  add x7, x7, 1
//	nine:
//	  add x7, x7, 1
//	  ins v2.d[0], x8
//	  b back
func (v *varints) readBytes(n int, other Label) {
	long, nine, back := v.NewLabel(), v.NewLabel(), v.NewLabel()
	v.Emit(BIC, W64, R(varintLast), R(varintTops), R(varintWord))
	if v.wide() {
		v.Emit(CBZ, W64, R(varintLast), To(long))
	}
	v.Emit(SUB, W64, R(varintMask), R(varintLast), Imm(1))
	v.Emit(EOR, W64, R(varintMask), R(varintMask), R(varintLast))
	v.Emit(CLZ, W64, R(varintLast), R(varintMask))
	v.Emit(SUB, W64, R(varintAt), R(varintAt), Shifted(varintLast.Reg(), ShiftLSR, 3))
	v.Emit(AND, W64, R(varintWord), R(varintWord), R(varintMask))
	if !v.wide() {
		if n == 0 {
			v.Emit(MOV, W64, R(varintWrong), R(varintWord))
		} else {
			v.Emit(ORR, W64, R(varintWrong), R(varintWrong), R(varintWord))
		}
		return
	}
	v.Bind(back)
	v.aside = append(v.aside, func() {
		v.Bind(long)
		v.Emit(LDRH, W32, R(varintWrong), M(varintAt.Reg(), 0))
		v.Emit(TBZ, W32, R(varintWrong), Imm(7), To(nine))
		v.Emit(CMP, W32, R(varintWrong), Imm(0x1ff))
		v.EmitCond(Bcc, CondHI, W64, To(other))
		v.Emit(LSR, W32, R(varintLast), R(varintWrong), Imm(8))
		v.Emit(BFI, W32, R(varintWrong), R(varintLast), Imm(7), Imm(1))
		v.Emit(ADD, W64, R(varintAt), R(varintAt), Imm(1))
		v.Bind(nine)
		v.Emit(ADD, W64, R(varintAt), R(varintAt), Imm(1))
		v.putLane(varintHigh, n, varintWrong)
		v.Emit(B, W64, To(back))
	})
}

// join joins the lower part of each element with the upper one, of which only so many bits of the lower part count.
func (v *varints) join(lanes Width, data PReg, count int64) {
	half := int64(lanes.Bits() / 2)
	v.Emit(USHR, lanes, R(varintOther), R(data), Imm(half))
	v.Emit(SLI, lanes, R(data), R(varintOther), Imm(count))
}

// numbers64 stores what words of eight bytes, and bytes behind them, stand for. Where joining leaves a top bit of a byte above
// the others, the next one overwrites it.
//
//	ushr v4.8h, v0.8h, 8  ; sli v0.8h, v4.8h, 7
//	ushr v4.4s, v0.4s, 16 ; sli v0.4s, v4.4s, 14
//	ushr v4.2d, v0.2d, 32 ; sli v0.2d, v4.2d, 28
//	sli v0.2d, v2.2d, 56
//	unZigZag
//	stp q0, q1, [x0], 32                               elements of 32 bits: uzp1 v0.4s, v0.4s, v1.4s ; str q0, [x0], 16
func (v *varints) numbers64(count int) {
	for n := range pairs(count) {
		data := varintData + n
		v.join(V8H, data, 7)
		v.join(V4S, data, 14)
		v.join(V2D, data, 28)
		v.Emit(SLI, V2D, R(data), R(varintHigh+n), Imm(56))
		v.unZigZag(V2D, data, varintOnes)
	}
	switch {
	case count == 1:
		v.Emit(STRV, v.element, R(varintData), PostIndexed(bulkTo, int32(v.element.Bytes())))
		return
	case v.element == W32:
		v.Emit(UZP1, V4S, R(varintData), R(varintData), R(varintData2))
		v.Emit(STRV, W128, R(varintData), PostIndexed(bulkTo, 16))
		return
	}
	v.Emit(STPV, W128, R(varintData), R(varintData2), PostIndexed(bulkTo, 32))
}

// numbers32 does the same for words of up to five bytes, four in a vector.
//
//	uzp2 v2.4s, v0.4s, v1.4s ; uzp1 v0.4s, v0.4s, v1.4s
//	ushr v4.8h, v0.8h, 8  ; sli v0.8h, v4.8h, 7
//	ushr v4.4s, v0.4s, 16 ; sli v0.4s, v4.4s, 14
//	sli v0.4s, v2.4s, 28
//	unZigZag
//	str q0, [x0], 16                                    widened: sshll2 v1.2d, v0.4s, 0 ; sshll v0.2d, v0.2s, 0 ; stp
func (v *varints) numbers32(count int) {
	second := varintData + pairs(count) - 1
	v.Emit(UZP2, V4S, R(varintHigh), R(varintData), R(second))
	v.Emit(UZP1, V4S, R(varintData), R(varintData), R(second))
	v.join(V8H, varintData, 7)
	v.join(V4S, varintData, 14)
	v.Emit(SLI, V4S, R(varintData), R(varintHigh), Imm(28))
	v.unZigZag(V4S, varintData, varintOnes)
	if v.element == W64 {
		if count > 1 {
			v.Emit(SSHLL, V4S, R(varintData2), R(varintData), Imm(0))
		}
		v.Emit(SSHLL, V2S, R(varintData), R(varintData), Imm(0))
	}
	switch size := int32(v.element.Bytes()); {
	case count == 1:
		v.Emit(STRV, v.element, R(varintData), PostIndexed(bulkTo, size))
	case v.element == W64:
		v.Emit(STPV, W128, R(varintData), R(varintData2), PostIndexed(bulkTo, 32))
	default:
		v.Emit(STRV, W128, R(varintData), PostIndexed(bulkTo, 16))
	}
}

// unZigZag makes numbers of what stands for them, if that is another one: cmtst v4, v0, ones ; ushr v0, v0, 1 ; eor v0, v0, v4.
func (v *varints) unZigZag(lanes Width, data, ones PReg) {
	if !v.zigzag {
		return
	}
	v.Emit(CMTST, lanes, R(varintOther), R(data), R(ones))
	v.Emit(USHR, lanes, R(data), R(data), Imm(1))
	v.Emit(VEOR, V16B, R(data), R(data), R(varintOther))
}

// trySingles has eight varints of one byte in varintWord read, if that is what it holds.
//
//	singles:
//	  cmp x2, 8 ; b.lo general
//	  fmov d0, x4
//	  unZigZag
//	  sshll v0.8h, v0.8b, 0
//	  sshll2 v1.4s, v0.8h, 0 ; sshll v0.4s, v0.4h, 0
//	  stp q0, q1, [x0], 32                              64 bits: widened again, and two of these
//	  add x1, x1, 8 ; sub x2, x2, 8
//	  b again
func (v *varints) trySingles() {
	const singles = 8
	begin, general := v.NewLabel(), v.NewLabel()
	v.Emit(TST, W64, R(varintWord), Imm(continues))
	v.EmitCond(Bcc, CondEQ, W64, To(begin))
	v.Bind(general)
	v.aside = append(v.aside, func() {
		v.Bind(begin)
		v.Emit(CMP, W64, R(bulkCount), Imm(singles))
		v.EmitCond(Bcc, CondLO, W64, To(general))
		v.Emit(FMOVVG, W64, R(varintData), R(varintWord))
		v.unZigZag(V8B, varintData, varintBytes)
		v.Emit(SSHLL, V8B, R(varintData), R(varintData), Imm(0))
		v.Emit(SSHLL, V8H, R(varintData2), R(varintData), Imm(0))
		v.Emit(SSHLL, V4H, R(varintData), R(varintData), Imm(0))
		if v.element == W64 {
			v.Emit(SSHLL, V4S, R(varintSum), R(varintData2), Imm(0))
			v.Emit(SSHLL, V2S, R(varintOther), R(varintData2), Imm(0))
			v.Emit(SSHLL, V4S, R(varintData2), R(varintData), Imm(0))
			v.Emit(SSHLL, V2S, R(varintData), R(varintData), Imm(0))
		}
		v.Emit(STPV, W128, R(varintData), R(varintData2), PostIndexed(bulkTo, 32))
		if v.element == W64 {
			v.Emit(STPV, W128, R(varintOther), R(varintSum), PostIndexed(bulkTo, 32))
		}
		v.Emit(ADD, W64, R(bulkFrom), R(bulkFrom), Imm(singles))
		v.Emit(SUB, W64, R(bulkCount), R(bulkCount), Imm(singles))
		v.Emit(B, W64, To(v.again))
	})
}

// emitEncodeVarints appends the writing of elements of 32 or 64 bits as varints of numbers of as many or fewer.
//
//	mov x9, -1 ; movi v7.16b, 127
//	loop
func emitEncodeVarints(f *Function, op ir.Op) {
	v := newVarints(f, op)
	v.SetConstant(varintTops.Reg(), -1)
	v.Emit(MOVI, V16B, R(varintBytes), Imm(0x7f))
	v.loop(bulkTo, v.write)
}

// write writes elements, if all of them fit; else it goes to other.
//
//	their bytes, without top bits
//	writeBytes
//	...
//	sub x2, x2, 4
func (v *varints) write(count int, other Label) {
	if v.wide() {
		v.bytes64(count)
	} else {
		v.bytes32(count, other)
	}
	for n := range count {
		v.writeBytes(n)
	}
	v.Emit(SUB, W64, R(bulkCount), R(bulkCount), Imm(int64(count)))
}

// zigZag does the opposite of unZigZag: shl v4, v0, 1 ; sshr v0, v0, 63 ; eor v0, v0, v4.
func (v *varints) zigZag(lanes Width, data PReg) {
	if !v.zigzag {
		return
	}
	v.Emit(SHL, lanes, R(varintOther), R(data), Imm(1))
	v.Emit(SSHR, lanes, R(data), R(data), Imm(int64(lanes.Bits()-1)))
	v.Emit(VEOR, V16B, R(data), R(data), R(varintOther))
}

// part does the opposite of join: what is above so many bits goes to the upper half. It leaves bits above both halves.
func (v *varints) part(lanes Width, data PReg, count int64) {
	half := int64(lanes.Bits() / 2)
	v.Emit(USHR, lanes, R(varintOther), R(data), Imm(count))
	v.Emit(SLI, lanes, R(data), R(varintOther), Imm(half))
}

// bytes64 loads elements and makes bytes of 7 bits of the lower 56, and leaves in varintHigh what is above.
//
//	ldp q0, q1, [x1], 32                               elements of 32 bits: ldr q0, [x1], 16 ; sshll2 v1.2d, v0.4s, 0 ; sshll v0.2d, v0.2s, 0
//	zigZag
//	ushr v2.2d, v0.2d, 56
//	ushr v4.2d, v0.2d, 28 ; sli v0.2d, v4.2d, 32
//	ushr v4.4s, v0.4s, 14 ; sli v0.4s, v4.4s, 16
//	ushr v4.8h, v0.8h, 7  ; sli v0.8h, v4.8h, 8
//	and v0, v0, v7
func (v *varints) bytes64(count int) {
	switch {
	case v.element == W32:
		if count == 1 {
			v.Emit(LDRV, W32, R(varintData), PostIndexed(bulkFrom, 4))
		} else {
			v.Emit(LDRV, W128, R(varintData), PostIndexed(bulkFrom, 16))
			v.Emit(SSHLL, V4S, R(varintData2), R(varintData), Imm(0))
		}
		v.Emit(SSHLL, V2S, R(varintData), R(varintData), Imm(0))
	case count == 1:
		v.Emit(LDRV, W64, R(varintData), PostIndexed(bulkFrom, 8))
	default:
		v.Emit(LDPV, W128, R(varintData), R(varintData2), PostIndexed(bulkFrom, 32))
	}
	for n := range pairs(count) {
		data := varintData + n
		v.zigZag(V2D, data)
		v.Emit(USHR, V2D, R(varintHigh+n), R(data), Imm(56))
		v.part(V2D, data, 28)
		v.part(V4S, data, 14)
		v.part(V8H, data, 7)
		v.Emit(VAND, V16B, R(data), R(data), R(varintBytes))
	}
}

// bytes32 does the same for numbers of 32 bits, and puts the byte of what is above 28 bits behind the others.
//
//	ldr q0, [x1], 16
//	zigZag
//	ushr v2.4s, v0.4s, 28
//	ushr v4.4s, v0.4s, 14 ; sli v0.4s, v4.4s, 16
//	ushr v4.8h, v0.8h, 7  ; sli v0.8h, v4.8h, 8
//	and v0, v0, v7
//	zip2 v1.4s, v0.4s, v2.4s ; zip1 v0.4s, v0.4s, v2.4s
func (v *varints) bytes32(count int, other Label) {
	switch {
	case v.element > v.number:
		v.narrow(count, other)
	case count == 1:
		v.Emit(LDRV, W32, R(varintData), PostIndexed(bulkFrom, 4))
	default:
		v.Emit(LDRV, W128, R(varintData), PostIndexed(bulkFrom, 16))
	}
	v.zigZag(V4S, varintData)
	v.Emit(USHR, V4S, R(varintHigh), R(varintData), Imm(28))
	v.part(V4S, varintData, 14)
	v.part(V8H, varintData, 7)
	v.Emit(VAND, V16B, R(varintData), R(varintData), R(varintBytes))
	if count > 1 {
		v.Emit(ZIP2, V4S, R(varintData2), R(varintData), R(varintHigh))
	}
	v.Emit(ZIP1, V4S, R(varintData), R(varintData), R(varintHigh))
}

// narrow loads elements of 64 bits, if all are the sign extensions of their lower halves.
//
//	ldp q0, q1, [x1]
//	uzp2 v2.4s, v0.4s, v1.4s ; uzp1 v0.4s, v0.4s, v1.4s
//	sshr v4.4s, v0.4s, 31 ; eor v4, v4, v2 ; umaxv s4, v4.4s ; fmov w16, s4 ; cbnz w16, other
//	add x1, x1, 32
func (v *varints) narrow(count int, other Label) {
	second := varintData + pairs(count) - 1
	if count == 1 {
		v.Emit(LDRV, W64, R(varintData), M(bulkFrom.Reg(), 0))
	} else {
		v.Emit(LDPV, W128, R(varintData), R(varintData2), M(bulkFrom.Reg(), 0))
	}
	v.Emit(UZP2, V4S, R(varintHigh), R(varintData), R(second))
	v.Emit(UZP1, V4S, R(varintData), R(varintData), R(second))
	v.Emit(SSHR, V4S, R(varintOther), R(varintData), Imm(31))
	v.Emit(VEOR, V16B, R(varintOther), R(varintOther), R(varintHigh))
	v.Emit(UMAXV, V4S, R(varintOther), R(varintOther))
	v.Emit(FMOVGV, W32, R(varintSpare), R(varintOther))
	v.Emit(CBNZ, W32, R(varintSpare), To(other))
	v.Emit(ADD, W64, R(bulkFrom), R(bulkFrom), Imm(int64(8*count)))
}

// writeBytes writes the nth varint, and zeros behind it.
//
//	  fmov x4, d0                               or umov
//	  fmov x8, d2 ; cbnz x8, long               64 bits
//	  orr x5, x4, 1 ; clz x5, x5                how many bits are above the highest one
//	  lsr x6, x9, x5 ; and x6, x6, 8080808080808080 ; orr x4, x4, x6
//	  str x4, [x0], 8 ; sub x0, x0, x5, lsr 3
//	back:
//
//	long:
//	  orr x4, x4, 8080808080808080
//	  str x4, [x0], 9
//	  lsr x5, x8, 7 ; add x8, x8, x5, lsl 8     whose top bit is set where another one follows
//	  strh w8, [x0, -1] ; add x0, x0, x5
//	  b back
func (v *varints) writeBytes(n int) {
	long, back := v.NewLabel(), v.NewLabel()
	v.takeLane(varintWord, varintData, n)
	if v.wide() {
		v.takeLane(varintWrong, varintHigh, n)
		v.Emit(CBNZ, W64, R(varintWrong), To(long))
	}
	v.Emit(ORR, W64, R(varintLast), R(varintWord), Imm(1))
	v.Emit(CLZ, W64, R(varintLast), R(varintLast))
	v.Emit(LSR, W64, R(varintMask), R(varintTops), R(varintLast))
	v.Emit(AND, W64, R(varintMask), R(varintMask), Imm(continues))
	v.Emit(ORR, W64, R(varintWord), R(varintWord), R(varintMask))
	v.Emit(STR, W64, R(varintWord), PostIndexed(bulkTo, 8))
	v.Emit(SUB, W64, R(bulkTo), R(bulkTo), Shifted(varintLast.Reg(), ShiftLSR, 3))
	if !v.wide() {
		return
	}
	v.Bind(back)
	v.aside = append(v.aside, func() {
		v.Bind(long)
		v.Emit(ORR, W64, R(varintWord), R(varintWord), Imm(continues))
		v.Emit(STR, W64, R(varintWord), PostIndexed(bulkTo, 9))
		v.Emit(LSR, W64, R(varintLast), R(varintWrong), Imm(7))
		v.Emit(ADD, W64, R(varintWrong), R(varintWrong), Shifted(varintLast.Reg(), ShiftLSL, 8))
		v.Emit(STRH, W32, R(varintWrong), M(bulkTo.Reg(), -1))
		v.Emit(ADD, W64, R(bulkTo), R(bulkTo), R(varintLast))
		v.Emit(B, W64, To(back))
	})
}
