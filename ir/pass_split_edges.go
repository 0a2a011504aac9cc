package ir

// SplitCriticalEdges puts an empty block on each critical edge, so that an allocator finds a place for the moves that an
// edge needs. After it, for every edge, either
//   - it is the only one that leaves its block: the moves go to the end of that block, or
//   - its target has no parameters and no other block leads there: the moves, of registers only, go to the start of the
//     target.
//
// Edges of one block that lead to the same target with the same arguments share the new block.
func SplitCriticalEdges(f *Func) {
	predecessors := f.predecessors()
	for _, b := range append([]*Block(nil), f.Blocks...) {
		edges := b.Edges()
		first := len(f.Blocks) // the blocks made for b
		var made []Edge        // what stands in each of them
		for n, e := range edges {
			if !critical(edges, e, predecessors) {
				continue
			}
			found := -1
			for m := range made {
				if made[m].equal(e) {
					found = m
				}
			}
			if found < 0 {
				found = len(made)
				made = append(made, e)
				middle := f.NewBlock()
				middle.Cold = e.To.Cold
				jump := f.NewInst(Jump)
				jump.Edges, jump.Block = f.own().edges.take(1), middle
				jump.Edges[0] = e
				f.own().appendTo(middle, jump)
			}
			edges[n] = Edge{To: f.Blocks[first+found]}
		}
	}
}

// critical reports whether e, one of the edges that leave a block, has to be split.
func critical(edges []Edge, e Edge, predecessors [][]*Block) bool {
	return len(edges) > 1 && (len(e.To.Params) > 0 || len(predecessors[e.To.ID]) > 1)
}
