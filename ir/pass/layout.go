package pass

import "github.com/tagwire/tagwire/ir"

// LayoutBlocks brings the blocks into the order in which their code will stand: the entry first, each block before those
// it leads to where that is possible, loops in one piece, cold blocks last. Cold is a block
//   - that its builder has marked so,
//   - that ends in Fail,
//   - that leads to such blocks only, or that only such blocks lead to,
//   - that is a detour to Go: there is a way around it, and it does nothing but exit and work in the Frame.
//
// The entry is never cold. The pass removes nothing and marks nothing.
func LayoutBlocks(f *ir.Func) {
	depths := ir.LoopDepths(f, f.Dominators())
	cold := coldBlocks(f)
	order := f.ReversePostorder(func(edges []ir.Edge, n int) int { return pickEdge(edges, n, depths) })
	laid := scratchOf(f).blocks[:0]
	for _, wanted := range []bool{false, true} {
		for _, b := range order {
			if cold[b.ID] == wanted {
				laid = append(ir.Grow(laid, 1), b)
			}
		}
	}
	scratchOf(f).blocks = laid
	f.SetBlocks(laid)
}

// pickEdge orders the edges of a block: of two, the one that stays in the deeper loop comes first, so that the way out of a loop
// comes behind the loop.
func pickEdge(edges []ir.Edge, n int, depths []int32) int {
	if len(edges) == 2 && depths[edges[0].To.ID] < depths[edges[1].To.ID] {
		return 1 - n
	}
	return n
}

func coldBlocks(f *ir.Func) []bool {
	s := scratchOf(f)
	s.cold = ir.Resize(s.cold, f.BlockIDs())
	cold := s.cold
	predecessors := f.Predecessors()
	for _, b := range f.Blocks[1:] {
		cold[b.ID] = b.Cold || b.Terminator().Op == ir.Fail
	}
	for changed := true; changed; {
		changed = false
		for _, b := range f.Blocks[1:] {
			if !cold[b.ID] && (leadsToCold(b, cold) || allCold(predecessors[b.ID], cold)) {
				cold[b.ID] = true
				changed = true
			}
		}
	}
	for _, b := range f.Blocks[1:] {
		cold[b.ID] = cold[b.ID] || detour(b, predecessors)
	}
	return cold
}

// detour reports whether b does nothing but exit to Go, and can be gone around.
func detour(b *ir.Block, predecessors [][]*ir.Block) bool {
	t := b.Terminator()
	if t.Op != ir.Jump || len(predecessors[t.Edges[0].To.ID]) < 2 || !branchedTo(predecessors[b.ID]) {
		return false
	}
	exits := false
	for _, i := range b.Insts {
		switch {
		case i.Op == ir.Exit:
			exits = true
		case i.Effects().Has(ir.ReadsMemory | ir.WritesMemory | ir.MayExit):
			return false
		}
	}
	return exits
}

// branchedTo reports whether all predecessors have another way to go.
func branchedTo(predecessors []*ir.Block) bool {
	for _, p := range predecessors {
		if len(p.Edges()) < 2 {
			return false
		}
	}
	return true
}

func leadsToCold(b *ir.Block, cold []bool) bool {
	edges := b.Edges()
	for _, e := range edges {
		if !cold[e.To.ID] {
			return false
		}
	}
	return len(edges) > 0
}

func allCold(blocks []*ir.Block, cold []bool) bool {
	for _, b := range blocks {
		if !cold[b.ID] {
			return false
		}
	}
	return len(blocks) > 0
}
