package pass

import "github.com/tagwire/tagwire/ir"

// scratch is memory that passes use again and again.
type scratch struct {
	out     []*ir.Inst
	known   knownTable
	ends    []epochs
	clocks  []int32
	leaders []leader
	facts   factTable
	used    []bool
	work    []*ir.Value
	visits  []visit
	stores  storeScratch
	bytes   byteTable
	cold    []bool
	blocks  []*ir.Block
	edges   []ir.Edge
}

// A visit is a block on the path of a walk down the dominator tree.
type visit struct {
	block *ir.Block
	next  int // child
	mark  int // how much was known before the block
}

// scratchOf returns what has come with the memory of f.
func scratchOf(f *ir.Func) *scratch {
	place := f.Scratch()
	if *place == nil {
		*place = new(scratch)
	}
	return (*place).(*scratch)
}

// walkTree goes down the dominator tree of f, without recursion. mark tells how much is known; what was found in blocks that do
// not dominate the next one is forgotten before that. It returns stack, whose memory it uses.
func walkTree(f *ir.Func, stack []visit, look func(*ir.Block), mark func() int, forget func(int)) []visit {
	dominators := f.Dominators()
	stack = append(stack[:0], visit{block: f.Entry(), mark: mark()})
	look(f.Entry())
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		children := dominators.Children(top.block)
		if top.next == len(children) {
			forget(top.mark)
			stack = stack[:len(stack)-1]
			continue
		}
		child := children[top.next]
		top.next++
		stack = append(ir.Grow(stack, 1), visit{block: child, mark: mark()})
		look(child)
	}
	return stack
}
