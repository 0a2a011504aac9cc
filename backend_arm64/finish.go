package arm64

import (
	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/regalloc"
	"github.com/tagwire/tagwire/jit/abi"
)

// finisher writes the final list of instructions, with physical registers.
type finisher struct {
	*lowering
	frame lower.Frame // its Bytes are a multiple of abi.StackAlign, and have room for LinkReg if the function calls
	// operands are where those of the sequence being written are.
	operands []regalloc.Location
	again    [1]regalloc.Location // of a constant that is made again
	// grow is where a call that needs more stack goes on; see prologue.
	start, grow Label
	// aside writes pieces that stand behind the code of the function.
	aside []func()
	err   error // the first one of Take
}

// finish writes the function out as the allocator arranged it.
func (w *lowering) finish(r *regalloc.Result) error {
	f := &finisher{lowering: w, frame: lower.FrameOf(r, w.View)}
	if w.Calls {
		f.frame.Bytes += abi.WordBytes
	}
	f.frame.Bytes = (f.frame.Bytes + abi.StackAlign - 1) &^ (abi.StackAlign - 1)
	f.prologue()
	w.Write(r, f)
	for _, write := range f.aside {
		write()
	}
	if f.fails {
		f.out.Bind(f.fail)
		f.out.Emit(B, W64, Far(f.Settings.Fail))
	}
	f.growStack()
	f.writeTables()
	f.out.EmitConstants()
	return f.err
}

// take has what has been written taken.
func (f *finisher) take() {
	if f.Take != nil && f.err == nil {
		f.err = f.Take(f.out)
		f.out.Insts = f.out.Insts[:0]
	}
}

// mostTaken is how many instructions of a block are taken at once.
const mostTaken = 1 << 7

// Block begins a block.
func (f *finisher) Block(b, next *ir.Block) {
	f.take()
	f.Next = next
	f.out.Bind(f.blocks[b.ID])
}

// Original writes an instruction that was selected.
func (f *finisher) Original(n int, where []regalloc.Location) {
	if f.operands = where; len(f.out.Insts) >= mostTaken {
		f.take()
	}
	if f.Steps.Expand(n, f) {
		return
	}
	i := f.out.Next()
	*i = *f.Steps.Instruction(n)
	f.Steps.PutRegisters(i, where)
	if i.Op == MOV && i.Width == W64 && i.A == i.B {
		f.out.DropLast()
		return
	}
	f.pair()
}

// Rematerialise writes a constant again.
func (f *finisher) Rematerialise(n int, to regalloc.PReg) {
	f.again[0] = to.Location()
	f.operands = f.again[:]
	f.Steps.Expand(n, f)
}

// setConstant sets the register that the sequence being written defines, if it does: a constant may be made where it is needed
// instead. More than two instructions are a load.
func (f *finisher) setConstant(c int64) {
	if f.operands[0] == 0 {
		return
	}
	to := f.operand(0)
	if ConstantLength(c) > 2 {
		f.out.Emit(LDR, W64, R(to), At(f.out.Table(uint64(c))))
		return
	}
	f.out.SetConstant(to.Reg(), c)
}

// Move copies a register.
func (f *finisher) Move(to, from regalloc.PReg) { f.out.Emit(MOV, W64, R(PReg(to)), R(PReg(from))) }

// Swap exchanges two registers.
func (f *finisher) Swap(a, b regalloc.PReg) {
	f.out.Emit(MOV, W64, R(spare), R(PReg(a)))
	f.out.Emit(MOV, W64, R(PReg(a)), R(PReg(b)))
	f.out.Emit(MOV, W64, R(PReg(b)), R(spare))
}

// Save copies a register to its spill slot.
func (f *finisher) Save(to regalloc.SpillSlot, from regalloc.PReg) {
	m := f.slot(to)
	f.out.Emit(STR, W64, R(PReg(from)), m)
	f.pair()
}

// Load copies a spill slot to a register.
func (f *finisher) Load(to regalloc.PReg, from regalloc.SpillSlot) {
	m := f.slot(from)
	f.out.Emit(LDR, W64, R(PReg(to)), m)
	f.pair()
}

// slot is the memory of a spill slot. They lie above LinkReg. What is too far for a displacement goes by a register.
func (f *finisher) slot(s regalloc.SpillSlot) Operand {
	offset := int64(f.frame.Slot(s))
	if f.Calls {
		offset += abi.WordBytes
	}
	if FitsDisplacement(W64, offset) {
		return M(StackReg.Reg(), int32(offset))
	}
	f.out.SetConstant(spare.Reg(), offset)
	return Indexed(StackReg.Reg(), spare.Reg(), ExtendX, 0)
}

// pair joins the last two instructions if they are loads, or stores, of two words beside each other.
//
//	ldr x0, [x1, #8] ; ldr x2, [x1, #16]
//	ldp x0, x2, [x1, #8]
func (f *finisher) pair() {
	n := len(f.out.Insts)
	if n < 2 {
		return
	}
	first, second := &f.out.Insts[n-2], &f.out.Insts[n-1]
	if first.Op != second.Op || first.Width != second.Width || !hasDisplacement(first.B) || !hasDisplacement(second.B) ||
		first.B.Reg() != second.B.Reg() {
		return
	}
	var op Op
	switch first.Op {
	case STR:
		op = STP
	case LDR:
		if op = LDP; first.A == second.A || first.A.Reg() == first.B.Reg() {
			return
		}
	default:
		return
	}
	low, high := first, second
	if high.B.Value() < low.B.Value() {
		low, high = high, low
	}
	if high.B.Value()-low.B.Value() != int64(first.Width.Bytes()) || !FitsPair(first.Width, low.B.Value()) {
		return
	}
	*first = Inst{Op: op, Width: first.Width, A: low.A, B: high.A, C: low.B}
	f.out.DropLast()
}

// hasDisplacement reports whether o is memory at a displacement from a register that does not change.
func hasDisplacement(o Operand) bool { return o.Kind() == MemKind && o == M(o.Reg(), int32(o.Value())) }

func physical(l regalloc.Location) PReg { return PReg(lower.Physical(l)) }

// operand returns the register of the nth operand of the sequence being written.
func (f *finisher) operand(n int) PReg { return physical(f.operands[n]) }

// word is a word of the Frame.
func word(offset int) Operand { return M(FrameReg.Reg(), int32(offset)) }

// mostIndexed is the largest frame that one instruction saves LinkReg in and takes.
const mostIndexed = 240

// prologue makes room for the spill slots and LinkReg, after a look at what the native stack has left.
//
//	start:
//	    sub  x16, sp, #frame
//	    ldr  x17, [x19, #stackLow]
//	    cmp  x16, x17
//	    b.lo grow
//	    str  x30, [sp, #-frame]!     or sub sp, sp, #frame ; str x30, [sp]
//
// Not every function looks; see [lower.Frame].
func (f *finisher) prologue() {
	if f.frame.Checked {
		f.start, f.grow = f.out.NewLabel(), f.out.NewLabel()
		f.out.Bind(f.start)
		f.moveStack(SUB, spare)
		f.out.Emit(LDR, W64, R(AssemblerReg), word(abi.FrameStackLow))
		f.out.Emit(CMP, W64, R(spare), R(AssemblerReg))
		f.out.EmitCond(Bcc, CondLO, W64, To(f.grow))
	}
	switch {
	case !f.Calls && f.frame.Bytes == 0:
	case f.Calls && f.frame.Bytes <= mostIndexed:
		f.out.Emit(STR, W64, R(LinkReg), PreIndexed(StackReg, -int32(f.frame.Bytes)))
	default:
		f.moveStack(SUB, StackReg)
		if f.Calls {
			f.out.Emit(STR, W64, R(LinkReg), M(StackReg.Reg(), 0))
		}
	}
}

// moveStack makes a register SP and, or without, the bytes of the frame.
func (f *finisher) moveStack(op Op, to PReg) {
	low, high := int64(f.frame.Bytes&0xfff), int64(f.frame.Bytes&^0xfff)
	from := StackReg
	if high > 0 {
		f.out.Emit(op, W64, R(to), R(from), Imm(high))
		from = to
	}
	if low > 0 || high == 0 {
		f.out.Emit(op, W64, R(to), R(from), Imm(low))
	}
}

// growStack asks Go for a larger native stack. The arguments of the function and LinkReg survive on the stack, in the slack
// below its limit; Go moves them with the rest.
func (f *finisher) growStack() {
	if !f.frame.Checked {
		return
	}
	f.out.Bind(f.grow)
	saved := append([]regalloc.PReg{regalloc.PReg(LinkReg)}, machine.Convention.Arguments...)
	if len(saved)%2 > 0 {
		saved = append(saved, regalloc.PReg(LinkReg))
	}
	for n := 0; n < len(saved); n += 2 {
		f.out.Emit(STP, W64, R(PReg(saved[n])), R(PReg(saved[n+1])), PreIndexed(StackReg, -abi.StackAlign))
	}
	f.out.SetConstant(spare.Reg(), int64(f.frame.Wanted()))
	f.out.Emit(STR, W64, R(spare), word(abi.Argument(0)))
	f.Leave(abi.GrowStack)
	for n := len(saved) - 2; n >= 0; n -= 2 {
		f.out.Emit(LDP, W64, R(PReg(saved[n])), R(PReg(saved[n+1])), PostIndexed(StackReg, abi.StackAlign))
	}
	f.out.Emit(B, W64, To(f.start))
}

// Leave goes to Go with an exit code and comes back behind itself. No register survives but the Frame register
// and the stack pointer.
//
//	    mov  x16, sp
//	    adr  x17, resume
//	    stp  x16, x17, [x19, #nativeSP]
//	    movz x16, #code
//	    str  x16, [x19, #exit]
//	    ldr  x16, [x19, #goSP]
//	    ldp  x29, x30, [x19, #goBP]
//	    mov  sp, x16
//	    ret
//	resume:
func (f *finisher) Leave(code abi.ExitCode) {
	resume := f.out.NewLabel()
	f.out.Emit(MOV, W64, R(spare), R(StackReg))
	f.out.Emit(ADR, W64, R(AssemblerReg), At(resume))
	f.out.Emit(STP, W64, R(spare), R(AssemblerReg), word(abi.FrameNativeSP))
	writeLeave(f.out, code)
	f.out.Bind(resume)
}

// writeLeave is the end of an exit: for an exit that does not return, this is the whole exit.
func writeLeave(out *Function, code abi.ExitCode) {
	out.SetConstant(spare.Reg(), int64(code))
	out.Emit(STR, W64, R(spare), word(abi.FrameExit))
	out.Emit(LDR, W64, R(spare), word(abi.FrameGoSP))
	out.Emit(LDP, W64, R(FramePtr), R(LinkReg), word(abi.FrameGoBP))
	out.Emit(MOV, W64, R(StackReg), R(spare))
	out.Emit(RET, W64)
}

// Return gives the frame back and returns.
func (f *finisher) Return() {
	switch {
	case !f.Calls && f.frame.Bytes == 0:
	case f.Calls && f.frame.Bytes <= mostIndexed:
		f.out.Emit(LDR, W64, R(LinkReg), PostIndexed(StackReg, int32(f.frame.Bytes)))
	default:
		if f.Calls {
			f.out.Emit(LDR, W64, R(LinkReg), M(StackReg.Reg(), 0))
		}
		f.moveStack(ADD, StackReg)
	}
	if f.Leaving[f.Source.Name] {
		emitLinkedReturn(f.out)
		return
	}
	f.out.Emit(RET, W64)
}

// Fail goes to where the function fails.
func (f *finisher) Fail() {
	f.fails = true
	f.out.Emit(B, W64, To(f.fail))
}

// Call calls a function.
func (f *finisher) Call(function Symbol, leaving bool) { emitCall(f.out, function, leaving) }

// JumpTo goes to a block, unless it follows anyway.
func (f *finisher) JumpTo(to *ir.Block) {
	if f.Target(to) != f.Next {
		f.out.Emit(B, W64, f.to(to))
	}
}

// to is a block as the operand of a jump.
func (f *finisher) to(b *ir.Block) Operand { return To(f.blocks[f.Target(b).ID]) }

// writeTables writes the jump tables behind the code.
func (f *finisher) writeTables() {
	for _, t := range f.tables {
		f.out.Bind(t.label)
		for _, to := range t.targets {
			f.out.Emit(LONGDIFF, W64, f.to(to), To(t.label))
		}
	}
}
