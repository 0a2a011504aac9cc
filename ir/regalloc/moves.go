package regalloc

import (
	"slices"

	"github.com/tagwire/tagwire/ir"
)

// A moveSet is what has to move along one edge, all at once.
type moveSet struct {
	saves    []edgeMove // register to slot
	copies   []edgeMove // slot or constant to slot
	loads    []edgeMove // slot or constant to register
	source   [64]PReg   // by register: the register that it gets its value from
	pending  RegSet     // registers that still have to get their value from source
	readers  [64]uint8  // by register: how many of pending read it
	staying  RegSet     // registers that keep their value
	incoming RegSet     // registers that loads write
}

// An edgeMove is a move that a spill slot or a constant takes part in.
type edgeMove struct {
	class       Class
	from, to    Location
	instruction int32 // what makes the constant, if from is nowhere
}

func (m *moveSet) reset() {
	m.saves, m.copies, m.loads = m.saves[:0], m.copies[:0], m.loads[:0]
	m.pending, m.staying, m.incoming = 0, 0, 0
}

// moveRegister adds a move between registers.
func (m *moveSet) moveRegister(from, to PReg) {
	if from == to {
		m.staying |= 1 << to
		return
	}
	if m.pending == 0 {
		m.readers = [64]uint8{}
	}
	m.source[to] = from
	m.readers[from]++
	m.pending |= 1 << to
}

// sources returns the registers that pending moves read.
func (m *moveSet) sources() RegSet {
	var s RegSet
	for set := m.pending; set != 0; set &= set - 1 {
		s |= 1 << m.source[set.first()]
	}
	return s
}

// connectEdge emits what brings the values from where the edge starts to where its target expects them. The steps go
// before the terminator of a block with no other edge out, else to the start of a block with no other edge in.
func (a *Allocator) connectEdge(e int32) {
	f, m := a.f, &a.moves
	from, to := a.flow.source[e], f.Edges[e].To
	onlyEdgeOut := f.Blocks[from].Edges.Len() == 1
	onlyEdgeIn := len(a.flow.edgesTo(to)) == 1
	atStart := onlyEdgeIn && (!onlyEdgeOut || f.Blocks[to].Cold)
	a.block = from
	if atStart {
		a.block = to
	}
	m.reset()
	a.collectMoves(e, to)
	start := int32(len(a.edgeSteps))
	a.resolveMoves()
	span := Span{start, int32(len(a.edgeSteps))}
	switch {
	case span.Len() == 0:
	case atStart:
		a.heads[to] = span
	case onlyEdgeOut:
		a.tails[from] = span
	default:
		panic("BUG: regalloc: connectEdge: a critical edge carries values")
	}
}

func (a *Allocator) collectMoves(e, to int32) {
	f, l := a.f, &a.liveness
	locations := a.endLocations[a.edgeLocations[e]:]
	first := l.liveStart[to]
	live := l.liveIn(to)
	for k, v := range live {
		a.collectMove(v, v, locations[k], a.entry[first+int32(k)])
	}
	locations = locations[len(live):]
	params := f.Blocks[to].Params
	for k, v := range f.arguments(&f.Edges[e]) {
		target := params.Start + int32(k)
		a.collectMove(v, f.Params[target], locations[k], a.paramEntry[target])
	}
}

// collectMove adds what brings v from one location to another, where it is called w.
func (a *Allocator) collectMove(v, w VReg, from, to endLocation) {
	m, class := &a.moves, a.f.class(v)
	constant := a.f.Values[v].Rematerialise
	if to.saved && (v != w || !from.saved) {
		switch {
		case from.reg != noReg:
			m.saves = append(m.saves, edgeMove{class, from.reg.Location(), a.slotOf(w), 0})
		case constant:
			m.copies = append(m.copies, edgeMove{class, 0, a.slotOf(w), a.definition[v]})
		default:
			m.copies = append(m.copies, edgeMove{class, a.slotOf(v), a.slotOf(w), 0})
		}
	}
	switch {
	case to.reg == noReg:
	case from.reg != noReg:
		m.moveRegister(from.reg, to.reg)
	case constant:
		m.loads = append(m.loads, edgeMove{class, 0, to.reg.Location(), a.definition[v]})
		m.incoming |= 1 << to.reg
	default:
		m.loads = append(m.loads, edgeMove{class, a.slotOf(v), to.reg.Location(), 0})
		m.incoming |= 1 << to.reg
	}
}

// resolveMoves emits the moves in an order in which nothing is overwritten before it is read: slots are written first,
// then registers go to registers, then registers are loaded.
func (a *Allocator) resolveMoves() {
	m := &a.moves
	if len(m.saves)+len(m.copies) > 0 {
		a.copyOverwrittenSlots(m.copies)
		a.copyOverwrittenSlots(m.loads)
	}
	for _, s := range m.saves {
		a.emitEdge(Save, s.class, s.from, s.to)
	}
	for _, s := range m.copies {
		a.copySlot(s)
	}
	if m.pending != 0 {
		a.permute()
	}
	for _, s := range m.loads {
		a.emitLoad(s, s.to)
	}
}

func (a *Allocator) emitEdge(kind StepKind, c Class, from, to Location) {
	a.edgeSteps = append(ir.Grow(a.edgeSteps, 1), Step{Kind: kind, Class: c, From: from, To: to})
	if p, ok := to.Register(); ok {
		a.written |= 1 << p
	}
}

// emitLoad brings a slot or a constant to a register.
func (a *Allocator) emitLoad(s edgeMove, to Location) {
	if s.from != 0 {
		a.emitEdge(Load, s.class, s.from, to)
		return
	}
	a.emitEdge(Rematerialise, s.class, 0, to)
	a.edgeSteps[len(a.edgeSteps)-1].Instruction = s.instruction
}

// copyOverwrittenSlots copies the slots that some of the moves read but others write, and makes them read the copies. It happens
// where parameters of a loop that have no registers are exchanged.
func (a *Allocator) copyOverwrittenSlots(reading []edgeMove) {
	m := &a.moves
	for n := range reading {
		r := &reading[n]
		writes := func(w edgeMove) bool { return r.from != 0 && w.to == r.from }
		if slices.ContainsFunc(m.saves, writes) || slices.ContainsFunc(m.copies, writes) {
			copied := a.extraSlot(r.class)
			a.copySlot(edgeMove{r.class, r.from, copied, 0})
			r.from = copied
		}
	}
}

// extraSlot returns a slot that belongs to no value.
func (a *Allocator) extraSlot(c Class) Location { return a.slotOf(a.slots.add(c)) }

// copySlot goes by way of a register; if none is free, one is saved and loaded again. Registers hold what they held at
// the start of the edge.
func (a *Allocator) copySlot(s edgeMove) {
	m := &a.moves
	saving := RegSet(0)
	for _, other := range m.saves {
		p, _ := other.from.Register()
		saving |= 1 << p
	}
	room := a.registers[s.class] &^ (m.staying | m.sources() | saving)
	if room != 0 {
		p := room.first().Location()
		a.emitLoad(s, p)
		a.emitEdge(Save, s.class, p, s.to)
		return
	}
	p, emergency := a.registers[s.class].first().Location(), a.extraSlot(s.class)
	a.emitEdge(Save, s.class, p, emergency)
	a.emitLoad(s, p)
	a.emitEdge(Save, s.class, p, s.to)
	a.emitEdge(Load, s.class, emergency, p)
}

// permute moves registers to registers: first those whose targets no other move reads, then, one by one, the cycles that
// are left.
func (a *Allocator) permute() {
	m := &a.moves
	for m.pending != 0 {
		for moved := true; moved; {
			moved = false
			for set := m.pending; set != 0; set &= set - 1 {
				if p := set.first(); m.readers[p] == 0 {
					a.emitRegister(p, m.source[p])
					moved = true
				}
			}
		}
		if m.pending != 0 {
			a.breakCycle(m.pending.first())
		}
	}
}

// emitRegister moves a register to p and settles p.
func (a *Allocator) emitRegister(p, from PReg) {
	m := &a.moves
	a.emitEdge(Move, a.classOf(p), from.Location(), p.Location())
	m.pending &^= 1 << p
	m.readers[m.source[p]]--
	m.staying |= 1 << p
}

// classOf returns the class of an allocatable register.
func (a *Allocator) classOf(p PReg) Class {
	for c := range a.f.Target.Classes {
		if a.registers[c].Has(p) {
			return Class(c)
		}
	}
	panic("BUG: regalloc: classOf: not an allocatable register")
}

// breakCycle emits the moves of the cycle that p is in: by way of a free register, else by exchanges, else by way of a
// slot.
func (a *Allocator) breakCycle(p PReg) {
	m := &a.moves
	c := a.classOf(p)
	first := p.Location()
	room := a.registers[c] &^ (m.staying | m.pending | m.sources())
	if room == 0 && a.f.Target.Classes[c].Swap {
		for to := p; m.source[to] != p; to = m.source[to] {
			a.emitEdge(Swap, c, m.source[to].Location(), to.Location())
			a.settle(to)
		}
		a.settle(m.lastOf(p))
		return
	}
	store, load, saved := Move, Move, Location(0)
	if room != 0 {
		saved = room.first().Location()
	} else {
		store, load, saved = Save, Load, a.extraSlot(c)
	}
	a.emitEdge(store, c, first, saved)
	to := p
	for m.source[to] != p {
		from := m.source[to]
		a.emitRegister(to, from)
		to = from
	}
	a.emitEdge(load, c, saved, to.Location())
	a.settle(to)
}

// settle notes that p has got its value.
func (a *Allocator) settle(p PReg) {
	m := &a.moves
	m.pending &^= 1 << p
	m.readers[m.source[p]]--
	m.staying |= 1 << p
}

// lastOf returns the register of the cycle that gets its value from p.
func (m *moveSet) lastOf(p PReg) PReg {
	to := p
	for m.source[to] != p {
		to = m.source[to]
	}
	return to
}

// assemble joins the bodies of blocks with what edges add to them, in layout order.
func (a *Allocator) assemble() {
	a.finalSteps = ir.Grow(a.finalSteps[:0], len(a.steps)+len(a.edgeSteps))
	a.finalSpans = ir.Resize(a.finalSpans, len(a.f.Blocks))
	for b := range a.f.Blocks {
		start := int32(len(a.finalSteps))
		head, body, tail := a.heads[b], a.bodies[b], a.tails[b]
		a.finalSteps = append(a.finalSteps, a.edgeSteps[head.Start:head.End]...)
		a.finalSteps = append(a.finalSteps, a.steps[body.Start:body.End-1]...)
		a.finalSteps = append(a.finalSteps, a.edgeSteps[tail.Start:tail.End]...)
		a.finalSteps = append(a.finalSteps, a.steps[body.End-1])
		a.finalSpans[b] = Span{start, int32(len(a.finalSteps))}
	}
}
