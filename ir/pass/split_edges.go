package pass

import "github.com/tagwire/tagwire/ir"

// SplitCriticalEdges puts an empty block on each critical edge, so that an allocator finds a place for the moves that an
// edge needs. After it, for every edge, either
//   - it is the only one that leaves its block: the moves go to the end of that block, or
//   - its target has no parameters and no other block leads there: the moves, of registers only, go to the start of the
//     target.
//
// Edges of one block that lead to the same target with the same arguments share the new block.
func SplitCriticalEdges(f *ir.Func) {
	predecessors := f.Predecessors()
	s := scratchOf(f)
	for at := range len(f.Blocks) { // not those made here
		edges := f.Blocks[at].Edges()
		first := len(f.Blocks) // the blocks made for this one
		made := s.edges[:0]    // what stands in each of them
		for n, e := range edges {
			if !critical(edges, e, predecessors) {
				continue
			}
			found := -1
			for m := range made {
				if made[m].Equal(e) {
					found = m
				}
			}
			if found < 0 {
				found = len(made)
				made = append(made, e)
				middle := f.NewBlock()
				middle.Cold = e.To.Cold
				ir.BuilderAt(f, middle).Jump(e.To, e.Args...)
			}
			edges[n] = ir.Edge{To: f.Blocks[first+found]}
		}
		s.edges = made
	}
}

// critical reports whether e, one of the edges that leave a block, has to be split.
func critical(edges []ir.Edge, e ir.Edge, predecessors [][]*ir.Block) bool {
	return len(edges) > 1 && (len(e.To.Params) > 0 || len(predecessors[e.To.ID]) > 1)
}
