package arm64

import (
	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/regalloc"
	"github.com/tagwire/tagwire/jit/abi"
)

// --- Checks. To fail is to jump to the end of the function, and from there to the routine that leaves for good.

// failIf goes to fail if the decision is yes.
func (w *lowering) failIf(d decision) {
	w.fails = true
	w.Steps.Next().Set(d.op, d.cond, d.width(), d.operands(To(w.fail))...)
	w.Steps.Add(w.View, NoReg)
}

// failOn goes to fail if the flags say so.
func (w *lowering) failOn(c Cond) { w.failIf(decision{op: Bcc, cond: c}) }

// LowerCheck lowers CheckBounds, CheckBoundsN, FailIf and Narrow64to32.
//
//	CheckBounds cursor, end, #n      add t, cursor, #n ; cmp t, end ; b.hi fail
//	CheckBoundsN cursor, end, c, #n  add t, cursor, c ; add t, t, #n ; cmp t, end ; b.hi fail         c is small
//	                               left = end - cursor - n ; b.lt fail ; cmp c, left ; b.hi fail
//	FailIf                         decide, branch
//	Narrow64to32 v                 cmp v, w, sxtw ; b.ne fail ; the result is v
//
// Addresses end far below 2^63 - 2^31, so sums do not wrap, not even with a count that is known to be small. The last
// comparison is unsigned: a negative count is larger than anything that is left.
func (w *lowering) LowerCheck(i *ir.Inst) {
	switch i.Op {
	case ir.CheckBounds:
		cursor, end := w.Reg(i.Args[0]), w.Reg(i.Args[1])
		t := w.sum(cursor, i.Imm)
		w.emit(CMP, W64, RegOperand(t), RegOperand(end))
		w.failOn(CondHI)
	case ir.CheckBoundsN:
		w.lowerCheckCount(i)
	case ir.FailIf:
		w.failIf(w.decide(i))
	case ir.Narrow64to32:
		wide := w.Reg(i.Args[0])
		w.emit(CMP, W64, RegOperand(wide), Extended(wide, ExtendSW, 0))
		w.failOn(CondNE)
		w.Alias(i.Result(), i.Args[0])
	}
}

func (w *lowering) lowerCheckCount(i *ir.Inst) {
	cursor, end, count := w.Reg(i.Args[0]), w.Reg(i.Args[1]), w.Reg(i.Args[2])
	if lower.IsSmall(i.Args[2]) {
		t := w.Temp()
		w.emit(ADD, W64, RegOperand(t), RegOperand(cursor), RegOperand(count))
		if i.Imm != 0 {
			t = w.sum(t, i.Imm)
		}
		w.emit(CMP, W64, RegOperand(t), RegOperand(end))
		w.failOn(CondHI)
		return
	}
	room, left := w.Temp(), w.Temp()
	w.emit(SUB, W64, RegOperand(room), RegOperand(end), RegOperand(cursor))
	if FitsSum(i.Imm) {
		w.emit(SUBS, W64, RegOperand(left), RegOperand(room), Imm(i.Imm))
	} else {
		w.emit(SUBS, W64, RegOperand(left), RegOperand(room), RegOperand(w.constantInto(i.Imm)))
	}
	w.failOn(CondLT)
	w.emit(CMP, W64, RegOperand(count), RegOperand(left))
	w.failOn(CondHI)
}

// --- Exit: arguments to the Frame, leave, results from the Frame.

func (w *lowering) LowerExit(i *ir.Inst) {
	for n := range i.Args {
		w.emit(STR, W64, w.operand(i, n), word(abi.Argument(n)))
	}
	w.Exit(abi.ExitCode(i.Imm))
	for n, v := range i.Results {
		w.emit(LDR, W64, RegOperand(w.Define(v, 0).Reg()), word(abi.Argument(n)))
	}
}

// --- Branches.

// LowerBranch decides and branches.
func (w *lowering) LowerBranch(i *ir.Inst) {
	d := w.decide(i)
	var looksAt []regalloc.Operand
	if d.op != Bcc {
		looksAt = append(looksAt, regalloc.Use(lower.Virtual(d.v)))
	}
	w.Branch(i, func(f *finisher, inverted bool, to *ir.Block) {
		d := d
		if inverted {
			d = d.not()
		}
		if d.op != Bcc {
			d.v = f.operand(0).Reg()
		}
		f.out.EmitCond(d.op, d.cond, d.width(), d.operands(f.to(to))...)
	}, looksAt...)
}

// LowerSwitch jumps through a table of distances, after the index has been compared with its length.
//
//	cmp   index, #n
//	b.hs  default
//	adr   x16, table
//	ldrsw x17, [x16, index, uxtw #2]
//	add   x16, x16, x17
//	br    x16
func (w *lowering) LowerSwitch(i *ir.Inst) {
	index := w.Reg(i.Args[0])
	table := table32{label: w.out.NewLabel()}
	for _, e := range i.Edges[1:] {
		table.targets = append(table.targets, e.To)
	}
	w.tables = append(w.tables, table)
	other := i.Edges[0].To
	if n := int64(len(table.targets)); FitsSum(n) {
		w.emit(CMP, W32, RegOperand(index), Imm(n))
	} else {
		w.emit(CMP, W32, RegOperand(index), RegOperand(w.constantInto(n)))
	}
	w.Sequence(0, func(f *finisher) {
		const base, distance = spare, AssemblerReg
		f.out.EmitCond(Bcc, CondHS, W64, f.to(other))
		f.out.Emit(ADR, W64, R(base), At(table.label))
		f.out.Emit(LDRSW, W64, R(distance), Indexed(base.Reg(), f.operand(0).Reg(), ExtendUW, 2))
		f.out.Emit(ADD, W64, R(base), R(base), R(distance))
		f.out.Emit(BR, W64, R(base))
	}, regalloc.Use(lower.Virtual(index)))
}

// --- Bulk ops: calls of routines that keep all registers but their own. Short copies are done in place.
//
//	   short copy, or else other
//	done:
//	   ...
//	other:
//	   shorter copy
//	   bl routine
//	   b done

// CallBulk calls the routine of a bulk op.
func (f *finisher) CallBulk(op ir.Op, routine Symbol) {
	if op == ir.CopyBytes || op == ir.CopyASCII {
		f.copyBytes(op, routine)
		return
	}
	f.out.Emit(BL, W64, Far(routine))
}

func (f *finisher) copyBytes(op ir.Op, routine Symbol) {
	other, done := f.out.NewLabel(), f.out.NewLabel()
	emitShortCopy(f.out, op, other)
	f.out.Bind(done)
	f.aside = append(f.aside, func() {
		f.out.Bind(other)
		emitShorterCopy(f.out, op, done)
		f.out.Emit(BL, W64, Far(routine))
		f.out.Emit(B, W64, To(done))
	})
}
