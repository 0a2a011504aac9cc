package lower

import (
	"github.com/tagwire/tagwire/ir/regalloc"
	"github.com/tagwire/tagwire/jit/abi"
)

// A Frame is what a function has on the native stack: its spill slots, upward from the stack pointer.
type Frame struct {
	// Bytes is its size. What the processor's calls put on the stack is not in it.
	Bytes int
	// Checked: before it takes the frame, the function has to see whether the stack has room for it, and else leave with
	// GrowStack. A function that neither calls nor exits nor spills does without: what routines push fits the slack below
	// the limit.
	Checked bool
}

// FrameOf returns the frame of an allocated function.
func FrameOf(r *regalloc.Result, view *regalloc.Function) Frame {
	return Frame{Bytes: r.SlotWords * abi.WordBytes, Checked: r.SlotWords > 0 || leaves(view)}
}

// leaves reports whether the function calls another one or exits: no register survives that.
func leaves(view *regalloc.Function) bool {
	var every regalloc.RegSet
	for c := range view.Target.Classes {
		every |= view.Target.Allocatable(regalloc.Class(c))
	}
	for n := range view.Instructions {
		if view.Instructions[n].Clobbers&every == every {
			return true
		}
	}
	return false
}

// Slot returns how many bytes above the stack pointer a spill slot lies.
func (f Frame) Slot(s regalloc.SpillSlot) int { return int(s) * abi.WordBytes }

// Wanted returns the bytes that the function asks for when it leaves with GrowStack.
func (f Frame) Wanted() int { return f.Bytes + abi.StackSlack }
