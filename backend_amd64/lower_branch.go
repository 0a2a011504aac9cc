package amd64

import (
	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/regalloc"
	"github.com/tagwire/tagwire/jit/abi"
)

// --- Checks. To fail is to jump to the routine that leaves for good.

// failIf jumps to the Fail routine on a condition.
func (w *lowering) failIf(c Cond) { w.emitCond(Jcc, c, W64, Far(w.Settings.Fail)) }

// LowerCheck lowers CheckBounds, CheckBoundsN, FailIf and Narrow64to32.
//
//	CheckBounds cursor, end, #n      lea t, [cursor + n] ; cmp t, end ; ja fail
//	CheckBoundsN cursor, end, c, #n  lea t, [cursor + c + n] ; cmp t, end ; ja fail            c is small
//	                               left = end - cursor - n ; jl fail ; cmp c, left ; ja fail
//	FailIf                         cmp ; jcc fail
//	Narrow64to32 v                 movsxd t, v ; cmp t, v ; jne fail ; the result is v
//
// Addresses end far below 2^63 - 2^31, so lea does not wrap, not even with a count that is known to be small. The last
// comparison is unsigned: a negative count is larger than anything that is left.
func (w *lowering) LowerCheck(i *ir.Inst) {
	switch i.Op {
	case ir.CheckBounds:
		cursor, end := w.Reg(i.Args[0]), w.Reg(i.Args[1])
		t := w.Temp()
		w.emit(LEA, W64, RegOperand(t), M(cursor, int32(i.Imm)))
		w.emit(CMP, W64, RegOperand(t), RegOperand(end))
		w.failIf(CondA)
	case ir.CheckBoundsN:
		cursor, end, count := w.Reg(i.Args[0]), w.Reg(i.Args[1]), w.Reg(i.Args[2])
		if lower.IsSmall(i.Args[2]) {
			t := w.Temp()
			w.emit(LEA, W64, RegOperand(t), Indexed(cursor, count, 1, int32(i.Imm)))
			w.emit(CMP, W64, RegOperand(t), RegOperand(end))
			w.failIf(CondA)
			return
		}
		room, left := w.Temp(), w.Temp()
		w.emitTied(SUB, W64, room, end, RegOperand(cursor))
		w.emitTied(SUB, W64, left, room, Imm(i.Imm))
		w.failIf(CondL)
		w.emit(CMP, W64, RegOperand(count), RegOperand(left))
		w.failIf(CondA)
	case ir.FailIf:
		w.failIf(w.compare(i))
	case ir.Narrow64to32:
		wide, extended := w.Reg(i.Args[0]), w.Temp()
		w.emit(MOVSXD, W64, RegOperand(extended), RegOperand(wide))
		w.emit(CMP, W64, RegOperand(extended), RegOperand(wide))
		w.failIf(CondNE)
		w.Alias(i.Result(), i.Args[0])
	}
}

// --- Exit: arguments to the Frame, leave, results from the Frame.

func (w *lowering) LowerExit(i *ir.Inst) {
	for n, v := range i.Args {
		w.emit(MOV, W64, word(abi.Argument(n)), RegOperand(w.Reg(v)))
	}
	w.Exit(abi.ExitCode(i.Imm))
	for n, v := range i.Results {
		w.emit(MOV, W64, RegOperand(w.Define(v, 0).Reg()), word(abi.Argument(n)))
	}
}

// --- Branches.

// LowerBranch compares and jumps.
func (w *lowering) LowerBranch(i *ir.Inst) {
	c := w.compare(i)
	w.Branch(i, func(f *finisher, inverted bool, to *ir.Block) {
		c := c
		if inverted {
			c = c.Not()
		}
		f.out.EmitCond(Jcc, c, W64, f.to(to))
	})
}

// LowerSwitch jumps through a table of distances, after the index has been compared with its length.
//
//	cmp    index, n
//	jae    default
//	mov    i32, index
//	lea    base, [rip + table]
//	movsxd target, [base + i*4]
//	add    target, base
//	jmp    target
func (w *lowering) LowerSwitch(i *ir.Inst) {
	index := w.Reg(i.Args[0])
	table := table32{label: w.out.NewLabel()}
	for _, e := range i.Edges[1:] {
		table.targets = append(table.targets, e.To)
	}
	w.tables = append(w.tables, table)
	other := i.Edges[0].To
	w.emit(CMP, W32, RegOperand(index), Imm(int64(len(table.targets))))
	// The index is widened before the jump that leaves, so that the block still ends in one instruction.
	wide, base, target := w.Temp(), w.Temp(), w.Temp()
	w.emit(MOV, W32, RegOperand(wide), RegOperand(index))
	w.emit(LEA, W64, RegOperand(base), At(table.label))
	w.Sequence(0, func(f *finisher) {
		wide, base, target := f.operand(0), f.operand(1), f.operand(2)
		f.out.EmitCond(Jcc, CondAE, W64, f.to(other))
		f.out.Emit(MOVSXD, W64, R(target), Indexed(base.Reg(), wide.Reg(), 4, 0))
		f.out.Emit(ADD, W64, R(target), R(base))
		f.out.Emit(JMPI, W64, R(target))
	}, regalloc.Use(lower.Virtual(wide)), regalloc.Use(lower.Virtual(base)), regalloc.DefEarly(lower.Virtual(target)))
}

// --- Bulk ops: calls of routines that keep all registers but their own. Copies of 1 to 64 bytes are done in place.
//
//	   short copy, or else other
//	done:
//	   ...
//	other:
//	   shorter copy
//	   call routine
//	   jmp done

// CallBulk calls the routine of a bulk op.
func (f *finisher) CallBulk(op ir.Op, routine Symbol) {
	if op == ir.CopyBytes || op == ir.CopyASCII {
		f.copyBytes(op, routine)
		return
	}
	f.out.Emit(CALL, W64, Far(routine))
}

func (f *finisher) copyBytes(op ir.Op, routine Symbol) {
	other, done := f.out.NewLabel(), f.out.NewLabel()
	emitShortCopy(f.out, op, f.Features, other)
	f.out.Bind(done)
	f.aside = append(f.aside, func() {
		f.out.Bind(other)
		emitShorterCopy(f.out, op, done)
		f.out.Emit(CALL, W64, Far(routine))
		f.out.Emit(JMP, W64, To(done))
	})
}
