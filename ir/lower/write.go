package lower

import (
	"fmt"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/regalloc"
)

// A Writer emits the machine code of an allocated function. Of its methods, only Original may change flags: the others
// come anywhere, also between a comparison and its branch.
type Writer interface {
	// Block begins a block; next is the one that follows in the code, nil behind the last. What leads to another block,
	// or to none because next follows, is to ask Target where that is.
	Block(b, next *ir.Block)
	// Original emits the instruction that was added to View under that number; where has the locations of its operands.
	Original(instruction int, where []regalloc.Location)
	// Rematerialise emits an instruction again, with its result in another register.
	Rematerialise(instruction int, to regalloc.PReg)
	// Move and Swap copy a register and exchange two.
	Move(to, from regalloc.PReg)
	Swap(a, b regalloc.PReg)
	// Save and Load copy a register to its spill slot and back.
	Save(to regalloc.SpillSlot, from regalloc.PReg)
	Load(to regalloc.PReg, from regalloc.SpillSlot)
}

// Write hands all that r holds to w, in the order of the code. Blocks that do nothing but jump are left out.
func (f *Function) Write(r *regalloc.Result, w Writer) {
	f.findThrough(r)
	following := make([]*ir.Block, len(f.Source.Blocks)) // by index: the next block that is written
	var next *ir.Block
	for n := len(following) - 1; n >= 0; n-- {
		following[n] = next
		if b := f.Source.Blocks[n]; f.Target(b) == b {
			next = b
		}
	}
	for n, b := range f.Source.Blocks {
		if f.Target(b) != b {
			continue
		}
		w.Block(b, following[n])
		for _, s := range r.BlockSteps(n) {
			f.writeStep(r, s, w)
		}
	}
}

// findThrough finds the blocks that do nothing but jump: edges that were split and then needed no moves.
func (f *Function) findThrough(r *regalloc.Result) {
	for n, b := range f.Source.Blocks {
		steps := r.BlockSteps(n)
		if n == 0 || len(steps) != 1 || steps[0].Kind != regalloc.Original || TerminatorOp(b.Terminator()) != ir.Jump {
			continue
		}
		if to := f.Target(b.Edges()[0].To); to != b { // else it is a loop without an end
			f.through[b.ID] = to
		}
	}
}

// Target returns the block whose code does what b does: b, or where b and others that only jump lead to. It may be asked
// while Write runs.
func (f *Function) Target(b *ir.Block) *ir.Block {
	for f.through[b.ID] != nil {
		b = f.through[b.ID]
	}
	return b
}

func (f *Function) writeStep(r *regalloc.Result, s regalloc.Step, w Writer) {
	switch s.Kind {
	case regalloc.Original:
		operands := f.View.Instructions[s.Instruction].Operands
		w.Original(int(s.Instruction), r.Operands[operands.Start:operands.End])
	case regalloc.Rematerialise:
		w.Rematerialise(int(s.Instruction), Physical(s.To))
	case regalloc.Move:
		w.Move(Physical(s.To), Physical(s.From))
	case regalloc.Swap:
		w.Swap(Physical(s.To), Physical(s.From))
	case regalloc.Save:
		w.Save(slot(s.To), Physical(s.From))
	case regalloc.Load:
		w.Load(Physical(s.To), slot(s.From))
	default:
		panic(fmt.Sprintf("BUG: lower: step of kind %d", s.Kind))
	}
}

// Physical returns the register that l is.
func Physical(l regalloc.Location) regalloc.PReg {
	p, ok := l.Register()
	if !ok {
		panic("BUG: lower: an operand without a register")
	}
	return p
}

func slot(l regalloc.Location) regalloc.SpillSlot {
	s, ok := l.Slot()
	if !ok {
		panic("BUG: lower: a spill without a slot")
	}
	return s
}
