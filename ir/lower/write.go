package lower

import (
	"fmt"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/regalloc"
)

// A Writer emits the machine code of an allocated function. Of its methods, only Original may change flags: the others
// come anywhere, also between a comparison and its branch.
type Writer interface {
	// Block begins a block; next is the one that follows in the layout, nil behind the last.
	Block(b, next *ir.Block)
	// Original emits the instruction that was added to View under that number; where holds the places of its operands.
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

// Write hands all that r holds to w, in the order of the code.
func (f *Function) Write(r *regalloc.Result, w Writer) {
	for n, b := range f.Source.Blocks {
		var next *ir.Block
		if n+1 < len(f.Source.Blocks) {
			next = f.Source.Blocks[n+1]
		}
		w.Block(b, next)
		for _, s := range r.BlockSteps(n) {
			f.writeStep(r, s, w)
		}
	}
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
