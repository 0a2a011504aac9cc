package lower

import (
	"slices"

	"github.com/tagwire/tagwire/ir"
)

// TerminatorOp returns the op of a terminator as there is need for: a Jump if all edges lead to one block, to which they
// carry nothing, or they would have been split.
func TerminatorOp(i *ir.Inst) ir.Op {
	if len(i.Edges) > 1 && !slices.ContainsFunc(i.Edges, func(e ir.Edge) bool { return e.To != i.Edges[0].To }) {
		return ir.Jump
	}
	return i.Op
}

// Ways says how a block with two successors ends when next follows in the code: with a conditional jump to taken, under
// the opposite condition if inverted is true, and then, if it is not nil, a jump to then. All blocks are targets.
func Ways(yes, no, next *ir.Block) (taken *ir.Block, inverted bool, then *ir.Block) {
	switch next {
	case yes:
		return no, true, nil
	case no:
		return yes, false, nil
	}
	return yes, false, no
}
