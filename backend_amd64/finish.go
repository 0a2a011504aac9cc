package amd64

import (
	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/regalloc"
	"github.com/tagwire/tagwire/jit/abi"
)

// finisher writes the final list of instructions, with physical registers.
type finisher struct {
	*lowering
	frame lower.Frame
	// operands are where those of the sequence being written are.
	operands []regalloc.Location
	// grow is where a call that needs more stack goes on; see prologue.
	start, grow Label
	// aside writes pieces that stand behind the code of the function.
	aside []func()
	err   error // the first one of Take
}

// finish writes the function out as the allocator arranged it.
func (w *lowering) finish(r *regalloc.Result) error {
	f := &finisher{lowering: w, frame: lower.FrameOf(r, w.View)}
	f.prologue()
	w.Write(r, f)
	for _, write := range f.aside {
		write()
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
	if i.Op == MOV && i.B.Kind() == ImmKind && i.A.Kind() == RegKind && where[0] == 0 {
		f.out.DropLast() // a constant that is made where it is needed instead
		return
	}
	f.Steps.PutRegisters(i, where)
	if i.Op == MOV && i.Width == W64 && i.A == i.B {
		f.out.DropLast()
	}
}

// Rematerialise writes a constant again.
func (f *finisher) Rematerialise(n int, to regalloc.PReg) {
	i := f.out.Next()
	*i = *f.Steps.Instruction(n)
	i.A = R(PReg(to))
}

// Move copies a register.
func (f *finisher) Move(to, from regalloc.PReg) { f.out.Emit(MOV, W64, R(PReg(to)), R(PReg(from))) }

// Swap exchanges two registers.
func (f *finisher) Swap(a, b regalloc.PReg) { f.out.Emit(XCHG, W64, R(PReg(a)), R(PReg(b))) }

// Save copies a register to its spill slot.
func (f *finisher) Save(to regalloc.SpillSlot, from regalloc.PReg) {
	f.out.Emit(MOV, W64, f.slot(to), R(PReg(from)))
}

// Load copies a spill slot to a register.
func (f *finisher) Load(to regalloc.PReg, from regalloc.SpillSlot) {
	f.out.Emit(MOV, W64, R(PReg(to)), f.slot(from))
}

func (f *finisher) slot(s regalloc.SpillSlot) Operand {
	return M(StackReg.Reg(), int32(f.frame.Slot(s)))
}

func physical(l regalloc.Location) PReg { return PReg(lower.Physical(l)) }

// operand returns the register of the nth operand of the sequence being written.
func (f *finisher) operand(n int) PReg { return physical(f.operands[n]) }

// word is a word of the Frame.
func word(offset int) Operand { return M(FrameReg.Reg(), int32(offset)) }

// prologue makes room for the spill slots, after a look at what the native stack has left.
//
//	start:
//	    lea  r11, [rsp - frame]
//	    cmp  r11, [r15 + stackLow]
//	    jb   grow
//	    sub  rsp, frame
//
// R11 is no argument register. Not every function does it; see [lower.Frame].
func (f *finisher) prologue() {
	if !f.frame.Checked {
		return
	}
	f.start, f.grow = f.out.NewLabel(), f.out.NewLabel()
	f.out.Bind(f.start)
	f.out.Emit(LEA, W64, R(R11), M(StackReg.Reg(), -int32(f.frame.Bytes)))
	f.out.Emit(CMP, W64, R(R11), word(abi.FrameStackLow))
	f.out.EmitCond(Jcc, CondB, W64, To(f.grow))
	if f.frame.Bytes > 0 {
		f.out.Emit(LEA, W64, R(StackReg), M(StackReg.Reg(), -int32(f.frame.Bytes)))
	}
}

// growStack asks Go for a larger native stack. The arguments of the function survive on the stack, in the slack
// below its limit; Go moves them with the rest.
func (f *finisher) growStack() {
	if !f.frame.Checked {
		return
	}
	f.out.Bind(f.grow)
	arguments := machine.Convention.Arguments
	for _, p := range arguments {
		f.out.Emit(PUSH, W64, R(PReg(p)))
	}
	f.out.Emit(MOV, W64, word(abi.Argument(0)), Imm(int64(f.frame.Wanted())))
	f.Leave(abi.GrowStack)
	for n := range arguments {
		f.out.Emit(POP, W64, R(PReg(arguments[len(arguments)-1-n])))
	}
	f.out.Emit(JMP, W64, To(f.start))
}

// Leave goes to Go with an exit code and comes back behind itself. No register survives but the Frame register
// and the stack pointer.
//
//	    lea  rax, [rip + resume]
//	    mov  [r15 + resumePC], rax
//	    mov  [r15 + nativeSP], rsp
//	    mov  qword [r15 + exit], code
//	    mov  rsp, [r15 + goSP]
//	    mov  rbp, [r15 + goBP]
//	    ret
//	resume:
func (f *finisher) Leave(code abi.ExitCode) {
	resume := f.out.NewLabel()
	f.out.Emit(LEA, W64, R(RAX), At(resume))
	f.out.Emit(MOV, W64, word(abi.FrameResumePC), R(RAX))
	f.out.Emit(MOV, W64, word(abi.FrameNativeSP), R(StackReg))
	writeLeave(f.out, code)
	f.out.Bind(resume)
}

// writeLeave is the end of an exit: for an exit that does not return, this is the whole exit.
func writeLeave(out *Function, code abi.ExitCode) {
	out.Emit(MOV, W64, word(abi.FrameExit), Imm(int64(code)))
	out.Emit(MOV, W64, R(StackReg), word(abi.FrameGoSP))
	out.Emit(MOV, W64, R(FramePtr), word(abi.FrameGoBP))
	out.Emit(RET, W64)
}

// Return gives the spill slots back and returns.
func (f *finisher) Return() {
	if f.frame.Bytes > 0 {
		f.out.Emit(LEA, W64, R(StackReg), M(StackReg.Reg(), int32(f.frame.Bytes)))
	}
	if f.Leaving[f.Source.Name] {
		emitLinkedReturn(f.out)
		return
	}
	f.out.Emit(RET, W64)
}

// Fail goes to the routine that leaves for good.
func (f *finisher) Fail() { f.out.Emit(JMP, W64, Far(f.Settings.Fail)) }

// Call calls a function.
func (f *finisher) Call(function Symbol, leaving bool) { emitCall(f.out, function, leaving) }

// JumpTo goes to a block, unless it follows anyway.
func (f *finisher) JumpTo(to *ir.Block) {
	if f.Target(to) != f.Next {
		f.out.Emit(JMP, W64, f.to(to))
	}
}

// to is a block as the operand of a jump.
func (f *finisher) to(b *ir.Block) Operand { return To(f.blocks[f.Target(b).ID]) }

// writeTables writes the jump tables behind the code.
func (f *finisher) writeTables() {
	for _, t := range f.tables {
		f.out.Emit(ALIGN, W64, Imm(4))
		f.out.Bind(t.label)
		for _, to := range t.targets {
			f.out.Emit(LONGDIFF, W64, f.to(to), To(t.label))
		}
	}
}
