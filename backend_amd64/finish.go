package amd64

import (
	"fmt"

	"github.com/tagwire/tagwire/ir/regalloc"
	"github.com/tagwire/tagwire/jit/abi"
)

// finisher writes the final list of instructions, with physical registers.
type finisher struct {
	*lowering
	frame int32 // bytes of spill slots below the return address
	// next is the label of the block that follows in the layout, to which a jump can be left out.
	next Label
	// operands are where those of the sequence being written are.
	operands []regalloc.Location
	// grow is the place where a call that needs more stack goes on; see prologue.
	start, grow Label
	checksStack bool
	// through is, for blocks that do nothing but jump, where to.
	through map[Label]Label
	// aside writes pieces that stand behind the code of the function.
	aside []func()
}

// noLabel is no label of a function.
const noLabel Label = -1

// finish writes the function out as the allocator arranged it.
func (w *lowering) finish(r *regalloc.Result) {
	w.out.classes = nil // no virtual register is left
	f := &finisher{lowering: w, frame: int32(r.SlotWords) * abi.WordBytes}
	f.checksStack = r.SlotWords > 0 || w.leaves()
	f.prologue()
	f.findThrough(r)
	written := make([]int, 0, len(w.f.Blocks))
	for n, b := range w.f.Blocks {
		if _, through := f.through[w.blocks[b.ID]]; !through {
			written = append(written, n)
		}
	}
	for k, n := range written {
		f.next = noLabel
		if k+1 < len(written) {
			f.next = w.blocks[w.f.Blocks[written[k+1]].ID]
		}
		w.out.Bind(w.blocks[w.f.Blocks[n].ID])
		for _, s := range r.BlockSteps(n) {
			f.step(r, s)
		}
	}
	for _, write := range f.aside {
		write()
	}
	f.growStack()
	f.writeTables()
}

// findThrough finds the blocks that do nothing but jump: edges that were split and then needed no moves. They are not
// written; who would go there goes to their target.
func (f *finisher) findThrough(r *regalloc.Result) {
	f.through = map[Label]Label{}
	for n, b := range f.f.Blocks {
		steps := r.BlockSteps(n)
		if n == 0 || len(steps) != 1 || steps[0].Kind != regalloc.Original || !f.steps[steps[0].Instruction].isJump {
			continue
		}
		from, to := f.blocks[b.ID], f.target(f.steps[steps[0].Instruction].jump)
		if to != from { // else it is a loop without an end
			f.through[from] = to
		}
	}
}

// target returns where a jump to a label ends up.
func (f *finisher) target(to Label) Label {
	for {
		next, ok := f.through[to]
		if !ok {
			return to
		}
		to = next
	}
}

// leaves says whether the function calls another or exits.
func (w *lowering) leaves() bool {
	for n := range w.steps {
		if w.steps[n].clobbers == everyRegister {
			return true
		}
	}
	return false
}

func (f *finisher) step(r *regalloc.Result, s regalloc.Step) {
	switch s.Kind {
	case regalloc.Original:
		operands := f.view.Instructions[s.Instruction].Operands
		f.original(&f.steps[s.Instruction], r.Operands[operands.Start:operands.End])
	case regalloc.Move:
		f.out.Emit(MOV, W64, R(physical(s.To)), R(physical(s.From)))
	case regalloc.Swap:
		f.out.Emit(XCHG, W64, R(physical(s.To)), R(physical(s.From)))
	case regalloc.Save:
		f.out.Emit(MOV, W64, slot(s.To), R(physical(s.From)))
	case regalloc.Load:
		f.out.Emit(MOV, W64, R(physical(s.To)), slot(s.From))
	case regalloc.Rematerialise:
		i := f.steps[s.Instruction].inst
		i.A = R(physical(s.To))
		f.out.Insts = append(f.out.Insts, i)
	default:
		panic(fmt.Sprintf("BUG: amd64: step of kind %d", s.Kind))
	}
}

func physical(l regalloc.Location) PReg {
	p, ok := l.Register()
	if !ok {
		panic("BUG: amd64: an operand without a register")
	}
	return PReg(p)
}

// slot is the memory of a spill slot. Slots lie upward from the stack pointer.
func slot(l regalloc.Location) Operand {
	s, ok := l.Slot()
	if !ok {
		panic("BUG: amd64: a spill without a slot")
	}
	return M(StackReg.Reg(), int32(s)*abi.WordBytes)
}

// original writes an instruction of the function with its registers put in.
func (f *finisher) original(s *step, where []regalloc.Location) {
	if s.expand != nil {
		f.operands = where
		s.expand(f)
		return
	}
	i := s.inst
	if i.Op == MOV && i.B.Kind() == ImmKind && i.A.Kind() == RegKind && where[0] == 0 {
		return // a constant that is made where it is needed instead
	}
	n := 0
	i.Registers(func(o RegisterOperand) {
		if _, ok := o.Reg.Virtual(); !ok {
			return
		}
		if o.Role == Both {
			n++ // the use that the definition is tied to
		}
		*o.Reg = physical(where[n]).Reg()
		n++
	})
	if i.Op == MOV && i.Width == W64 && i.A == i.B {
		return
	}
	f.out.Insts = append(f.out.Insts, i)
}

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
// R11 is no argument register. A function that neither calls nor exits nor spills does nothing of it: what its
// routines push fits the slack below the limit.
func (f *finisher) prologue() {
	if !f.checksStack {
		return
	}
	f.start, f.grow = f.out.NewLabel(), f.out.NewLabel()
	f.out.Bind(f.start)
	f.out.Emit(LEA, W64, R(R11), M(StackReg.Reg(), -f.frame))
	f.out.Emit(CMP, W64, R(R11), word(abi.FrameStackLow))
	f.out.EmitCond(Jcc, CondB, W64, To(f.grow))
	if f.frame > 0 {
		f.out.Emit(LEA, W64, R(StackReg), M(StackReg.Reg(), -f.frame))
	}
}

// growStack asks Go for a larger native stack. The arguments of the function survive on the stack, in the slack
// below its limit; Go moves them with the rest.
func (f *finisher) growStack() {
	if !f.checksStack {
		return
	}
	f.out.Bind(f.grow)
	for _, p := range argumentRegisters {
		f.out.Emit(PUSH, W64, R(p))
	}
	f.out.Emit(MOV, W64, word(abi.Argument(0)), Imm(int64(f.frame)+abi.StackSlack))
	f.leave(abi.GrowStack)
	for n := range argumentRegisters {
		f.out.Emit(POP, W64, R(argumentRegisters[len(argumentRegisters)-1-n]))
	}
	f.out.Emit(JMP, W64, To(f.start))
}

// leave goes to Go with an exit code and comes back behind itself. No register survives but the Frame register
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
func (f *finisher) leave(code abi.ExitCode) {
	resume := f.out.NewLabel()
	f.out.Emit(LEA, W64, R(RAX), At(resume))
	f.out.Emit(MOV, W64, word(abi.FrameResumePC), R(RAX))
	f.out.Emit(MOV, W64, word(abi.FrameNativeSP), R(StackReg))
	writeLeave(f.out, code)
	f.out.Bind(resume)
}

// writeLeave is the end of an exit: the part that is also all of an exit that nobody comes back from.
func writeLeave(out *Function, code abi.ExitCode) {
	out.Emit(MOV, W64, word(abi.FrameExit), Imm(int64(code)))
	out.Emit(MOV, W64, R(StackReg), word(abi.FrameGoSP))
	out.Emit(MOV, W64, R(FramePtr), word(abi.FrameGoBP))
	out.Emit(RET, W64)
}

// epilogue gives the spill slots back and returns.
func (f *finisher) epilogue() {
	if f.frame > 0 {
		f.out.Emit(LEA, W64, R(StackReg), M(StackReg.Reg(), f.frame))
	}
	if f.Leaving[f.f.Name] {
		f.out.emitLinkedReturn()
		return
	}
	f.out.Emit(RET, W64)
}

// jump goes to a block, unless it follows anyway.
func (f *finisher) jump(to Label) {
	if to = f.target(to); to != f.next {
		f.out.Emit(JMP, W64, To(to))
	}
}

// writeTables writes the jump tables behind the code.
func (f *finisher) writeTables() {
	for _, t := range f.tables {
		f.out.Emit(ALIGN, W64, Imm(4))
		f.out.Bind(t.label)
		for _, to := range t.targets {
			f.out.Emit(LONGDIFF, W64, To(f.target(to)), To(t.label))
		}
	}
}
