package ir

// Dominators says which blocks lie on every path from the entry to a block. It holds while the blocks and edges stay as
// they are.
type Dominators struct {
	order     []*Block   // reverse postorder
	immediate []*Block   // by block ID; nil for the entry and for blocks not reached
	children  [][]*Block // by block ID
	enter     []int32    // by block ID: when a walk of the tree enters and leaves; 0: not reached
	leave     []int32

	// What makes them.
	grouped lists[*Block]
	rank    []int32 // by block ID: index in order
	stack   []treeVisit
}

// A treeVisit is a block on the path of a walk of the tree.
type treeVisit struct {
	block *Block
	next  int // child
}

// Dominators computes the dominator tree of f, by the iteration of Cooper, Harvey and Kennedy. It holds until control flow
// changes.
func (f *Func) Dominators() *Dominators {
	k := f.known()
	if !k.hasDominators {
		k.hasDominators = true
		k.dominators.compute(f)
	}
	return &k.dominators
}

func (d *Dominators) compute(f *Func) {
	d.order = f.ReversePostorder(nil)
	d.immediate = Resize(d.immediate, f.BlockIDs())
	d.enter = Resize(d.enter, f.BlockIDs())
	d.leave = Resize(d.leave, f.BlockIDs())
	d.solve(f)
	d.grouped.begin(f)
	for _, b := range d.order[1:] {
		d.grouped.count(d.immediate[b.ID])
	}
	d.grouped.counted()
	for _, b := range d.order[1:] {
		d.grouped.add(d.immediate[b.ID], b)
	}
	d.children = d.grouped.byID
	d.number(f.Entry())
}

func (d *Dominators) solve(f *Func) {
	d.rank = Resize(d.rank, f.BlockIDs())
	rank := d.rank
	for n, b := range d.order {
		rank[b.ID] = int32(n)
	}
	entry := f.Entry()
	d.immediate[entry.ID] = entry // until the iteration is done
	meet := func(a, b *Block) *Block {
		for a != b {
			for rank[a.ID] > rank[b.ID] {
				a = d.immediate[a.ID]
			}
			for rank[b.ID] > rank[a.ID] {
				b = d.immediate[b.ID]
			}
		}
		return a
	}
	predecessors := f.Predecessors()
	for changed := true; changed; {
		changed = false
		for _, b := range d.order[1:] {
			var dominator *Block
			for _, p := range predecessors[b.ID] {
				switch {
				case d.immediate[p.ID] == nil: // not reached, or not yet
				case dominator == nil:
					dominator = p
				default:
					dominator = meet(dominator, p)
				}
			}
			if d.immediate[b.ID] != dominator {
				d.immediate[b.ID] = dominator
				changed = true
			}
		}
	}
	d.immediate[entry.ID] = nil
}

// number walks the tree without recursion, which deep functions would drive far down.
func (d *Dominators) number(entry *Block) {
	clock := int32(1)
	d.enter[entry.ID] = clock
	stack := append(d.stack[:0], treeVisit{entry, 0})
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		clock++
		if top.next == len(d.children[top.block.ID]) {
			d.leave[top.block.ID] = clock
			stack = stack[:len(stack)-1]
			continue
		}
		child := d.children[top.block.ID][top.next]
		top.next++
		d.enter[child.ID] = clock
		stack = append(Grow(stack, 1), treeVisit{child, 0})
	}
	d.stack = stack
}

// Immediate returns the closest block that dominates b, other than b; nil for the entry.
func (d *Dominators) Immediate(b *Block) *Block { return d.immediate[b.ID] }

// Children returns the blocks whose immediate dominator is b.
func (d *Dominators) Children(b *Block) []*Block { return d.children[b.ID] }

// Order returns the blocks that can be reached in reverse postorder: each after the blocks that dominate it.
func (d *Dominators) Order() []*Block { return d.order }

// Reachable reports whether the entry leads to b.
func (d *Dominators) Reachable(b *Block) bool { return d.enter[b.ID] != 0 }

// Dominates reports whether every path from the entry to b goes through a. A block dominates itself.
func (d *Dominators) Dominates(a, b *Block) bool {
	return d.Reachable(a) && d.enter[a.ID] <= d.enter[b.ID] && d.leave[b.ID] <= d.leave[a.ID]
}

// LoopDepths returns, by block ID, how many natural loops a block is in: for each block that some edge leads back to
// from a block it dominates, the loop is all that reaches the edge without passing that block. They hold until they are asked
// for again.
func LoopDepths(f *Func, d *Dominators) []int32 {
	k := f.known()
	k.depths, k.inLoop = Resize(k.depths, f.BlockIDs()), Resize(k.inLoop, f.BlockIDs())
	depths := k.depths
	predecessors := f.Predecessors()
	inLoop := k.inLoop // the header (plus 1) of the loop last counted for a block
	work := k.loopWork
	for _, header := range d.order {
		work = work[:0]
		add := func(b *Block) {
			if inLoop[b.ID] != header.ID+1 {
				inLoop[b.ID] = header.ID + 1
				depths[b.ID]++
				work = append(work, b)
			}
		}
		for _, p := range predecessors[header.ID] {
			if d.Dominates(header, p) {
				add(p)
			}
		}
		if len(work) > 0 && inLoop[header.ID] != header.ID+1 {
			inLoop[header.ID] = header.ID + 1
			depths[header.ID]++
		}
		for len(work) > 0 {
			b := work[len(work)-1]
			work = work[:len(work)-1]
			if b == header {
				continue
			}
			for _, p := range predecessors[b.ID] {
				if d.Reachable(p) {
					add(p)
				}
			}
		}
	}
	k.loopWork = work
	return depths
}
