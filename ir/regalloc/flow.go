package regalloc

import "github.com/tagwire/tagwire/ir"

// flow is what the allocator knows of the control flow graph.
type flow struct {
	order         []int32 // reachable blocks, each before those it leads to, back edges aside
	number        []int32 // by block: index in order, or -1
	source        []int32 // by edge: the block it leaves
	incoming      []int32 // edges, grouped by the block they lead to
	incomingStart []int32 // by block, and one more: index in incoming
	loops         []loop  // outer loops before those inside
	loopOf        []int32 // by block: innermost loop, or -1
	depth         []int32 // by block: loops around it

	stack []visit
	work  []int32
	seen  []int32
}

// A loop is a loop header and what the blocks that can reach it again need.
type loop struct {
	header   int32
	parent   int32             // the loop around this one, or -1
	pressure [maxClasses]int32 // most values live at once in its hot blocks
	call     [maxClasses]bool  // whether a hot block clobbers a whole class
}

// visit is a block on the path of the depth-first search.
type visit struct{ block, next int32 }

// fill sets every element of s.
func fill[T any](s []T, value T) {
	for i := range s {
		s[i] = value
	}
}

func (g *flow) build(f *Function) {
	g.connect(f)
	g.sort(f)
	g.findLoops(f)
}

// connect finds the edges that lead to each block.
func (g *flow) connect(f *Function) {
	g.source = ir.Resize(g.source, len(f.Edges))
	g.incoming = ir.Resize(g.incoming, len(f.Edges))
	g.incomingStart = ir.Resize(g.incomingStart, len(f.Blocks)+1)
	for b := range f.Blocks {
		s := f.Blocks[b].Edges
		for e := s.Start; e < s.End; e++ {
			g.source[e] = int32(b)
			g.incomingStart[f.Edges[e].To]++
		}
	}
	sum := int32(0)
	for b := range g.incomingStart {
		sum += g.incomingStart[b]
		g.incomingStart[b] = sum
	}
	for e := len(f.Edges) - 1; e >= 0; e-- {
		to := f.Edges[e].To
		g.incomingStart[to]--
		g.incoming[g.incomingStart[to]] = int32(e)
	}
}

// edgesTo returns the edges that lead to b.
func (g *flow) edgesTo(b int32) []int32 {
	return g.incoming[g.incomingStart[b]:g.incomingStart[b+1]]
}

// sort finds a reverse postorder in which hot paths come before the cold ones beside them: what is decided first is
// decided for the hot path.
func (g *flow) sort(f *Function) {
	g.order = ir.Resize(g.order, len(f.Blocks))[:0]
	g.number = ir.Resize(g.number, len(f.Blocks))
	fill(g.number, -1)
	g.stack = append(g.stack[:0], visit{0, 0})
	g.number[0] = 0
	for len(g.stack) > 0 {
		top := &g.stack[len(g.stack)-1]
		edges := f.edges(top.block)
		n := int32(len(edges))
		if top.next == 2*n {
			g.order = append(g.order, top.block)
			g.stack = g.stack[:len(g.stack)-1]
			continue
		}
		// A postorder is built, so cold targets are visited first, and among equals the last.
		wantCold := top.next < n
		to := edges[n-1-top.next%n].To
		top.next++
		if f.Blocks[to].Cold == wantCold && g.number[to] < 0 {
			g.number[to] = 0
			g.stack = append(g.stack, visit{to, 0})
		}
	}
	for l, r := 0, len(g.order)-1; l < r; l, r = l+1, r-1 {
		g.order[l], g.order[r] = g.order[r], g.order[l]
	}
	for n, b := range g.order {
		g.number[b] = int32(n)
	}
}

// isBack reports whether an edge leads backwards in the order: to the header of a loop.
func (g *flow) isBack(f *Function, e int32) bool {
	return g.number[g.source[e]] >= g.number[f.Edges[e].To]
}

// findLoops walks backwards from each back edge to its header. In a graph that is not reducible the walk may find too
// much; loops only serve guesses of what is worth a register, so that is safe.
func (g *flow) findLoops(f *Function) {
	g.loops = g.loops[:0]
	g.loopOf = ir.Resize(g.loopOf, len(f.Blocks))
	g.depth = ir.Resize(g.depth, len(f.Blocks))
	g.seen = ir.Resize(g.seen, len(f.Blocks))
	fill(g.loopOf, -1)
	for _, header := range g.order {
		g.work = g.work[:0]
		for _, e := range g.edgesTo(header) {
			if g.number[g.source[e]] >= 0 && g.isBack(f, e) {
				g.work = append(g.work, g.source[e])
			}
		}
		if len(g.work) == 0 {
			continue
		}
		index := int32(len(g.loops))
		g.loops = append(g.loops, loop{header: header, parent: g.loopOf[header]})
		g.addToLoop(header, index)
		for len(g.work) > 0 {
			b := g.work[len(g.work)-1]
			g.work = g.work[:len(g.work)-1]
			if g.seen[b] == index+1 {
				continue
			}
			g.addToLoop(b, index)
			for _, e := range g.edgesTo(b) {
				g.work = append(g.work, g.source[e])
			}
		}
	}
}

func (g *flow) addToLoop(b, index int32) {
	g.seen[b] = index + 1
	g.loopOf[b] = index
	g.depth[b]++
}
