package amd64

import . "github.com/tagwire/tagwire/backend_amd64/asm"

// Copies of lists whose elements have 32 bits on the wire, big-endian, and 64 in memory: enums. No form has vectors of
// 512 bits, since nothing has shown yet what they would gain.

// enumWrong gathers what does not fit: it is zero as long as all elements are the sign extensions of their low halves.
const enumWrong = X5

// enumOrder is, for PSHUFD, the order that brings the low halves of two elements of 64 bits together, and for VPERMQ the
// one that undoes, or does before, what unpacking makes of the two halves of a vector: first, third, second, fourth.
const enumOrder = 0b11_01_10_00

// enumCopy is one copy being emitted.
type enumCopy struct {
	*Function
	vector Width
	vex    bool // instructions with VEX instead of SSE
	// before and after stand around the steps. A step copies as many elements as a vector holds on the wire, from the
	// element bulkIndex on. last, which uses no vectors, copies the last of bulkCount elements.
	before, step, after, last func()
}

// emitSwapWiden appends a copy of bulkCount elements of 32 bits, each with its bytes reversed, to 64 bits, with the sign.
func emitSwapWiden(f *Function, available Features) {
	c := newEnumCopy(f, available)
	c.before, c.step, c.after, c.last = c.loadPattern, c.widen, c.clean, c.widenLast
	c.emit(available)
}

// emitSwapNarrow appends a copy of the low halves of bulkCount elements of 64 bits, each with its bytes reversed. It jumps
// to fail, perhaps after it has copied some, unless all elements are the sign extensions of these halves.
func emitSwapNarrow(f *Function, available Features, fail Operand) {
	c := newEnumCopy(f, available)
	c.before = func() {
		c.loadPattern()
		c.zero(enumWrong)
	}
	c.after = func() {
		c.testWrong()
		c.clean()
		c.EmitCond(Jcc, CondNE, W64, fail)
	}
	c.step, c.last = c.narrow, func() { c.narrowLast(fail) }
	c.emit(available)
}

func newEnumCopy(f *Function, available Features) *enumCopy {
	c := &enumCopy{Function: f, vector: W128}
	if available.Has(HasAVX2) {
		c.vector, c.vex = W256, true
	}
	return c
}

// emit: where there are vectors, counts of a step or more are copied by steps, of which the last may overlap the one
// before it. Fewer are copied from the last to the first.
//
//	  cmp rcx, S
//	  jb few
//	  before
//	  xor eax, eax
//	  lea rdx, [rcx-S]
//	  jmp check
//	again:
//	  step
//	  add rax, S
//	check:
//	  cmp rax, rdx
//	  jb again
//	  mov rax, rdx
//	  step
//	  after
//	  jmp done
//	few:
//	  test rcx, rcx
//	  je done
//	one:
//	  last
//	  sub rcx, 1
//	  jne one
//	done:
func (c *enumCopy) emit(available Features) {
	done, one := c.NewLabel(), c.NewLabel()
	if available.Has(HasSSSE3) {
		few, again, check := c.NewLabel(), c.NewLabel(), c.NewLabel()
		step := int64(c.vector.Bytes() / W32.Bytes())
		c.Emit(CMP, W64, R(bulkCount), Imm(step))
		c.EmitCond(Jcc, CondB, W64, To(few))
		c.before()
		c.Emit(ZERO, W32, R(bulkIndex))
		c.Emit(LEA, W64, R(bulkSpare), M(bulkCount.Reg(), int32(-step)))
		c.Emit(JMP, W64, To(check))
		c.Emit(ALIGN, W64, Imm(FunctionAlign))
		c.Bind(again)
		c.step()
		c.Emit(ADD, W64, R(bulkIndex), Imm(step))
		c.Bind(check)
		c.Emit(CMP, W64, R(bulkIndex), R(bulkSpare))
		c.EmitCond(Jcc, CondB, W64, To(again))
		c.Emit(MOV, W64, R(bulkIndex), R(bulkSpare))
		c.step()
		c.after()
		c.Emit(JMP, W64, To(done))
		c.Bind(few)
	}
	c.Emit(TEST, W64, R(bulkCount), R(bulkCount))
	c.EmitCond(Jcc, CondE, W64, To(done))
	c.Bind(one)
	c.last()
	c.Emit(SUB, W64, R(bulkCount), Imm(1))
	c.EmitCond(Jcc, CondNE, W64, To(one))
	c.Bind(done)
}

// widen is a step to 64 bits, four elements or eight.
//
//	vpermq ymm0, [rsi+rax*4], 0xd8     0 1 4 5 | 2 3 6 7; with 128 bits as they come
//	vpshufb ymm0, ymm0, ymm4
//	vpsrad ymm2, ymm0, 31              the upper halves
//	vpunpckldq ymm1, ymm0, ymm2        0 1 | 2 3
//	vpunpckhdq ymm0, ymm0, ymm2        4 5 | 6 7
//	[rdi+rax*8], [rdi+rax*8+32] <- ymm1, ymm0
func (c *enumCopy) widen() {
	source := Indexed(bulkFrom.Reg(), bulkIndex.Reg(), 4, 0)
	if c.vex {
		c.Emit(VPERMQ, W256, R(X0), source, Imm(enumOrder))
	} else {
		c.Emit(MOVDQU, W128, R(X0), source)
	}
	c.combine(PSHUFB, VPSHUFB, X0, X0, bulkPattern)
	c.signs(X2, X0)
	c.combine(PUNPCKLDQ, VPUNPCKLDQ, X1, X0, X2)
	c.combine(PUNPCKHDQ, VPUNPCKHDQ, X0, X0, X2)
	c.store(Indexed(bulkTo.Reg(), bulkIndex.Reg(), 8, 0), X1)
	c.store(Indexed(bulkTo.Reg(), bulkIndex.Reg(), 8, int32(c.vector.Bytes())), X0)
}

// widenLast does the last element:
//
//	mov eax, [rsi+rcx*4-4]
//	bswap eax
//	movsxd rax, eax
//	mov [rdi+rcx*8-8], rax
func (c *enumCopy) widenLast() {
	c.Emit(MOV, W32, R(bulkIndex), Indexed(bulkFrom.Reg(), bulkCount.Reg(), 4, -4))
	c.Emit(BSWAP, W32, R(bulkIndex))
	c.Emit(MOVSXD, W64, R(bulkIndex), R(bulkIndex))
	c.Emit(MOV, W64, Indexed(bulkTo.Reg(), bulkCount.Reg(), 8, -8), R(bulkIndex))
}

// narrow is a step to 32 bits, four elements or eight.
//
//	vpshufd ymm0, [rsi+rax*8], 0xd8       low halves of 0 1, high halves | 2 3
//	vpshufd ymm1, [rsi+rax*8+32], 0xd8    4 5 | 6 7
//	vpunpcklqdq ymm2, ymm0, ymm1          low halves of 0 1 4 5 | 2 3 6 7
//	vpunpckhqdq ymm0, ymm0, ymm1          high halves
//	vpsrad ymm3, ymm2, 31                 what the high halves should be
//	vpxor ymm3, ymm3, ymm0
//	vpor ymm5, ymm5, ymm3
//	vpermq ymm2, ymm2, 0xd8               0 1 2 3 | 4 5 6 7; not with 128 bits
//	vpshufb ymm2, ymm2, ymm4
//	[rdi+rax*4] <- ymm2
func (c *enumCopy) narrow() {
	for n, v := range []PReg{X0, X1} {
		source := Indexed(bulkFrom.Reg(), bulkIndex.Reg(), 8, int32(n*c.vector.Bytes()))
		if c.vex {
			c.Emit(VPSHUFD, W256, R(v), source, Imm(enumOrder))
		} else {
			c.Emit(MOVDQU, W128, R(v), source)
			c.Emit(PSHUFD, W128, R(v), R(v), Imm(enumOrder))
		}
	}
	c.combine(PUNPCKLQDQ, VPUNPCKLQDQ, X2, X0, X1)
	c.combine(PUNPCKHQDQ, VPUNPCKHQDQ, X0, X0, X1)
	c.signs(X3, X2)
	c.combine(PXOR, VPXOR, X3, X3, X0)
	c.combine(POR, VPOR, enumWrong, enumWrong, X3)
	if c.vex {
		c.Emit(VPERMQ, W256, R(X2), R(X2), Imm(enumOrder))
	}
	c.combine(PSHUFB, VPSHUFB, X2, X2, bulkPattern)
	c.store(Indexed(bulkTo.Reg(), bulkIndex.Reg(), 4, 0), X2)
}

// narrowLast does the last element:
//
//	mov rax, [rsi+rcx*8-8]
//	movsxd rdx, eax
//	cmp rdx, rax
//	jne fail
//	bswap eax
//	mov [rdi+rcx*4-4], eax
func (c *enumCopy) narrowLast(fail Operand) {
	c.Emit(MOV, W64, R(bulkIndex), Indexed(bulkFrom.Reg(), bulkCount.Reg(), 8, -8))
	c.Emit(MOVSXD, W64, R(bulkSpare), R(bulkIndex))
	c.Emit(CMP, W64, R(bulkSpare), R(bulkIndex))
	c.EmitCond(Jcc, CondNE, W64, fail)
	c.Emit(BSWAP, W32, R(bulkIndex))
	c.Emit(MOV, W32, Indexed(bulkTo.Reg(), bulkCount.Reg(), 4, -4), R(bulkIndex))
}

// testWrong sets the flags as a comparison of enumWrong with zero does.
//
//	vptest ymm5, ymm5
//	pxor xmm0, xmm0 ; pcmpeqb xmm5, xmm0 ; pmovmskb eax, xmm5 ; cmp eax, 0xffff
func (c *enumCopy) testWrong() {
	if c.vex {
		c.Emit(VPTEST, W256, R(enumWrong), R(enumWrong))
		return
	}
	c.zero(X0)
	c.Emit(PCMPEQB, W128, R(enumWrong), R(X0))
	c.Emit(PMOVMSKB, W128, R(bulkIndex), R(enumWrong))
	c.Emit(CMP, W32, R(bulkIndex), Imm(0xffff))
}

// combine is to <- op(a, b). b is another register than to.
func (c *enumCopy) combine(sse, vex Op, to, a, b PReg) {
	if c.vex {
		c.Emit(vex, c.vector, R(to), R(a), R(b))
		return
	}
	c.copyTo(to, a)
	c.Emit(sse, c.vector, R(to), R(b))
}

// signs sets all bits of each 32 of to as the highest one of a is.
func (c *enumCopy) signs(to, a PReg) {
	if c.vex {
		c.Emit(VPSRAD, c.vector, R(to), R(a), Imm(31))
		return
	}
	c.copyTo(to, a)
	c.Emit(PSRAD, c.vector, R(to), Imm(31))
}

func (c *enumCopy) copyTo(to, a PReg) {
	if to != a {
		c.Emit(MOVDQA, c.vector, R(to), R(a))
	}
}

func (c *enumCopy) zero(v PReg) {
	if c.vex {
		c.Emit(VPXORZ, W128, R(v))
	} else {
		c.Emit(PXORZ, W128, R(v))
	}
}

func (c *enumCopy) store(m Operand, v PReg) {
	op := MOVDQU
	if c.vex {
		op = VMOVDQU
	}
	c.Emit(op, c.vector, m, R(v))
}

func (c *enumCopy) loadPattern() {
	pattern := At(c.Constant(swapPattern(W32)))
	if c.vex {
		c.Emit(VBROADCASTI128, W256, R(bulkPattern), pattern)
	} else {
		c.Emit(MOVDQU, W128, R(bulkPattern), pattern)
	}
}

// clean keeps later instructions without VEX from waiting for the upper halves of registers.
func (c *enumCopy) clean() {
	if c.vex {
		c.Emit(VZEROUPPER, W256)
	}
}
