package regalloc

import (
	"math"

	"github.com/tagwire/tagwire/ir"
)

// Distances to the next use are counted in instructions, with these additions, which make a use that is not worth a
// register look far away. They only guide choices, except that unused means dead.
const (
	callDistance = 1_000   // a call lies between: no register survives it
	coldDistance = 10_000  // the use is on a cold path
	exitDistance = 100_000 // the use is behind the end of a loop, for each loop left
	far          = 1 << 24 // the most that is counted
	unused       = math.MaxInt32
)

// liveness says which values are live where, and how far away their next uses are.
type liveness struct {
	definedIn     []int32 // by value: block
	live          []VReg  // values live at the start of blocks, parameters excluded, grouped by block
	liveStart     []int32 // by block, and one more: index in live
	liveDistance  []int32 // beside live: from the start of the block to the next use
	paramDistance []int32 // beside Function.Params
	nextAfter     []int32 // beside Function.Operands: the next use behind the instruction, from the start of its block
	fixedHint     []PReg  // by value: a register that a use asks for, or noReg

	distance  []int32 // by value, while one block is scanned backwards
	crossings ir.Chunks[crossing]
	firstUse  []int32 // by value: a list in crossings
	nodes     ir.Chunks[liveNode]
	firstLive []int32 // by block: a list in nodes
	work      []int32
}

// A crossing is a use in another block than the definition.
type crossing struct{ block, next int32 }

// liveNode is one value of a block's list of live values.
type liveNode struct {
	value VReg
	next  int32
}

// liveIn returns the values live at the start of b.
func (l *liveness) liveIn(b int32) []VReg { return l.live[l.liveStart[b]:l.liveStart[b+1]] }

func (l *liveness) build(f *Function, g *flow, registers *[maxClasses]RegSet) {
	l.findCrossings(f, g)
	l.walkUses(f, g)
	l.measure(f, g, registers)
}

// findCrossings lists, by value, the blocks that use it without defining it. Definitions come before uses in the order.
func (l *liveness) findCrossings(f *Function, g *flow) {
	l.definedIn = ir.Resize(l.definedIn, len(f.Values))
	l.firstUse = ir.Resize(l.firstUse, len(f.Values))
	l.crossings.Reset()
	fill(l.firstUse, -1)
	for _, b := range g.order {
		for _, v := range f.params(b) {
			l.definedIn[v] = b
		}
		s := f.Blocks[b].Instructions
		operands := f.Operands[f.Instructions[s.Start].Operands.Start:f.Instructions[s.End-1].Operands.End]
		for k := range operands {
			if v := operands[k].Reg; operands[k].Role == UseRole {
				l.addCrossing(v, b)
			} else {
				l.definedIn[v] = b
			}
		}
		for e := range f.edges(b) {
			for _, v := range f.arguments(&f.edges(b)[e]) {
				l.addCrossing(v, b)
			}
		}
	}
}

func (l *liveness) addCrossing(v VReg, b int32) {
	first := l.firstUse[v]
	if l.definedIn[v] == b || first >= 0 && l.crossings.At(int(first)).block == b {
		return
	}
	l.firstUse[v] = int32(l.crossings.Len())
	*l.crossings.Next() = crossing{b, first}
}

// walkUses walks from each use back to the definition and notes the value as live on the way: work in proportion to the
// result. Values are handled one after the other, so the head of a block's list shows whether the walk was there.
func (l *liveness) walkUses(f *Function, g *flow) {
	l.firstLive = ir.Resize(l.firstLive, len(f.Blocks))
	fill(l.firstLive, -1)
	l.nodes.Reset()
	for value := range f.Values {
		v := VReg(value)
		for use := l.firstUse[v]; use >= 0; {
			where := l.crossings.At(int(use))
			use = where.next
			l.work = append(l.work[:0], where.block)
			for len(l.work) > 0 {
				b := l.work[len(l.work)-1]
				l.work = l.work[:len(l.work)-1]
				first := l.firstLive[b]
				if first >= 0 && l.nodes.At(int(first)).value == v {
					continue
				}
				l.firstLive[b] = int32(l.nodes.Len())
				*l.nodes.Next() = liveNode{v, first}
				for _, e := range g.edgesTo(b) {
					if p := g.source[e]; p != l.definedIn[v] {
						l.work = append(l.work, p)
					}
				}
			}
		}
	}
	l.live = ir.Resize(l.live, l.nodes.Len())[:0]
	l.liveStart = ir.Resize(l.liveStart, len(f.Blocks)+1)
	for b := range f.Blocks {
		l.liveStart[b] = int32(len(l.live))
		for n := l.firstLive[b]; n >= 0; {
			node := l.nodes.At(int(n))
			l.live = append(l.live, node.value)
			n = node.next
		}
	}
	l.liveStart[len(f.Blocks)] = int32(len(l.live))
}

// measure finds the distances to next uses, and the pressure in loops. What a back edge brings is unknown the first
// time, so with loops the blocks are scanned twice.
func (l *liveness) measure(f *Function, g *flow, registers *[maxClasses]RegSet) {
	l.liveDistance = ir.Resize(l.liveDistance, len(l.live))
	fill(l.liveDistance, far)
	l.paramDistance = ir.Resize(l.paramDistance, len(f.Params))
	fill(l.paramDistance, far)
	l.nextAfter = ir.Resize(l.nextAfter, len(f.Operands))
	l.fixedHint = ir.Resize(l.fixedHint, len(f.Values))
	fill(l.fixedHint, noReg)
	l.distance = ir.Resize(l.distance, len(f.Values))
	fill(l.distance, unused)
	passes := 1
	if len(g.loops) > 0 {
		passes = 2
	}
	for ; passes > 0; passes-- {
		for n := len(g.order) - 1; n >= 0; n-- {
			s := scan{f: f, liveness: l, registers: registers, block: g.order[n]}
			s.run(g)
		}
	}
}

// scan goes backwards through one block.
type scan struct {
	*liveness
	f         *Function
	registers *[maxClasses]RegSet
	block     int32
	current   [maxClasses]int32 // values live
	pressure  [maxClasses]int32 // the most of them
	call      [maxClasses]bool
}

func (s *scan) run(g *flow) {
	f, b := s.f, s.block
	block := &f.Blocks[b]
	length := int32(0)
	for i := block.Instructions.Start; i < block.Instructions.End; i++ {
		length += s.addedDistance(&f.Instructions[i])
	}
	for e := block.Edges.Start; e < block.Edges.End; e++ {
		s.edge(g, &f.Edges[e], length)
	}
	s.pressure = s.current
	position := length
	for i := block.Instructions.End - 1; i >= block.Instructions.Start; i-- {
		position -= s.addedDistance(&f.Instructions[i])
		s.instruction(i, position)
	}
	for k := block.Params.Start; k < block.Params.End; k++ {
		v := f.Params[k]
		s.paramDistance[k] = s.distance[v]
		s.distance[v] = unused
	}
	for k := s.liveStart[b]; k < s.liveStart[b+1]; k++ {
		v := s.live[k]
		s.liveDistance[k] = min(s.distance[v], far)
		s.distance[v] = unused
	}
	s.addNeedsToLoops(g)
}

// addedDistance is how far apart i keeps what is before it and what is behind it.
func (s *scan) addedDistance(i *Instruction) int32 {
	if i.Clobbers == 0 {
		return 1
	}
	for c := range s.f.Target.Classes {
		s.call[c] = s.call[c] || i.Clobbers&s.registers[c] == s.registers[c]
	}
	return addedDistance(i.Clobbers, s.registers)
}

// addedDistance is what an instruction with these clobbers adds to the distance of others: integers are what calls are told by.
func addedDistance(clobbers RegSet, registers *[maxClasses]RegSet) int32 {
	if clobbers&registers[0] == registers[0] {
		return callDistance
	}
	return 1
}

// edge notes the uses behind an edge.
func (s *scan) edge(g *flow, e *Edge, length int32) {
	f := s.f
	if f.Blocks[e.To].Cold && !f.Blocks[s.block].Cold {
		length += coldDistance
	}
	if left := g.depth[s.block] - g.depth[e.To]; left > 0 {
		length += left * exitDistance
	}
	for k := s.liveStart[e.To]; k < s.liveStart[e.To+1]; k++ {
		s.use(s.live[k], min(length+s.liveDistance[k], far))
	}
	first := f.Blocks[e.To].Params.Start
	for k, v := range f.arguments(e) {
		s.use(v, min(length+min(s.paramDistance[first+int32(k)], far), far))
	}
}

// use notes a use of v.
func (s *scan) use(v VReg, position int32) {
	if s.distance[v] == unused {
		s.current[s.f.class(v)]++
	}
	s.distance[v] = min(s.distance[v], position)
}

func (s *scan) instruction(i, position int32) {
	span := s.f.Instructions[i].Operands
	operands := s.f.Operands[span.Start:span.End]
	for k := range operands {
		o := &operands[k]
		next := s.distance[o.Reg]
		s.nextAfter[span.Start+int32(k)] = next
		if o.Role != UseRole && next == unused {
			s.current[s.f.class(o.Reg)]++ // dead, but it needs a register
		}
	}
	s.notePressure()
	for k := range operands {
		if o := &operands[k]; o.Role != UseRole {
			s.distance[o.Reg] = unused
			s.current[s.f.class(o.Reg)]--
		}
	}
	for k := range operands {
		if o := &operands[k]; o.Role == UseRole {
			s.use(o.Reg, position)
			if o.Constraint == InFixed {
				s.fixedHint[o.Reg] = o.Fixed
			}
		}
	}
	s.notePressure()
}

func (s *scan) notePressure() {
	for c := range s.f.Target.Classes {
		s.pressure[c] = max(s.pressure[c], s.current[c])
	}
}

// addNeedsToLoops adds what the block needs to the loops around it. Cold blocks do not count, save in cold loops.
func (s *scan) addNeedsToLoops(g *flow) {
	for n := g.loopOf[s.block]; n >= 0; n = g.loops[n].parent {
		l := &g.loops[n]
		if s.f.Blocks[s.block].Cold && !s.f.Blocks[l.header].Cold {
			continue
		}
		for c := range l.pressure {
			l.pressure[c] = max(l.pressure[c], s.pressure[c])
			l.call[c] = l.call[c] || s.call[c]
		}
	}
}
