package regalloc

import (
	"fmt"

	"github.com/tagwire/tagwire/ir"
)

// An Allocator allocates registers for one function at a time and keeps its memory for the next one. The zero value is
// ready to use. It is not safe for concurrent use.
type Allocator struct {
	f         *Function
	registers [maxClasses]RegSet // allocatable, by class
	all       RegSet
	flow      flow
	liveness  liveness

	// What is true at the point that the scan has reached, for values that are live there.
	home     []PReg   // by value: its register, or noReg
	saved    []bool   // by value: its spill slot holds it, or it can be rematerialised
	next     []int32  // by value: its next use, from the start of the block, or unused
	occupant [64]VReg // by register: the value whose home it is
	free     RegSet   // registers without occupant that hold no temporary copy either
	now      int32    // distance from the start of the block
	block    int32

	// Wishes of values.
	last       []PReg  // by value: the register it had last
	group      []VReg  // by value: towards the representative of the values that had best share a register
	groupReg   []PReg  // by representative
	definition []int32 // by value that can be rematerialised: its instruction

	endLocations  []endLocation // by edge: of the live values at its target, then of its arguments
	edgeLocations []int32       // by edge: index in endLocations
	entry         []endLocation // beside liveness.live
	paramEntry    []endLocation // beside Function.Params

	site  site
	moves moveSet
	slots slotMap

	steps      []Step
	bodies     []Span // of steps, by block
	edgeSteps  []Step
	heads      []Span // of edgeSteps, by block: what edges put at its start
	tails      []Span // of edgeSteps, by block: what edges put before its terminator
	operands   []Location
	finalSteps []Step
	finalSpans []Span
	written    RegSet
	result     Result
}

// An endLocation is where a value is at one end of an edge. A value that can be rematerialised counts as saved.
type endLocation struct {
	reg   PReg
	saved bool
}

// Allocate allocates registers for f, which must be as Verify demands.
func (a *Allocator) Allocate(f *Function) *Result {
	a.start(f)
	for _, b := range a.flow.order {
		a.enterBlock(b)
		s := f.Blocks[b].Instructions
		start := int32(len(a.steps))
		for i := s.Start; i < s.End; i++ {
			a.instruction(i)
		}
		a.bodies[b] = Span{start, int32(len(a.steps))}
		a.leaveBlock(b)
	}
	for e := range f.Edges {
		a.connectEdge(int32(e))
	}
	words := a.assignSlots()
	a.assemble()
	a.result = Result{
		Operands:  a.operands,
		Steps:     a.finalSteps,
		Blocks:    a.finalSpans,
		SlotWords: words,
		Written:   a.written & a.all,
	}
	return &a.result
}

func (a *Allocator) start(f *Function) {
	a.f = f
	a.registers, a.all, a.written = [maxClasses]RegSet{}, 0, 0
	for c := range f.Target.Classes {
		a.registers[c] = f.Target.Allocatable(Class(c))
		a.all |= a.registers[c]
	}
	a.flow.build(f)
	if len(a.flow.order) != len(f.Blocks) {
		panic(fmt.Sprintf("BUG: regalloc: %d of %d blocks cannot be reached", len(f.Blocks)-len(a.flow.order), len(f.Blocks)))
	}
	a.liveness.build(f, &a.flow, &a.registers)

	values := len(f.Values)
	a.home = ir.Resize(a.home, values)
	fill(a.home, noReg)
	a.saved = ir.Resize(a.saved, values)
	a.next = ir.Resize(a.next, values)
	a.last = ir.Resize(a.last, values)
	fill(a.last, noReg)
	a.definition = ir.Resize(a.definition, values)
	a.groupValues()

	carried := len(f.Arguments)
	for e := range f.Edges {
		carried += len(a.liveness.liveIn(f.Edges[e].To))
	}
	a.endLocations = ir.Grow(a.endLocations[:0], carried)
	a.edgeLocations = ir.Resize(a.edgeLocations, len(f.Edges))
	a.entry = ir.Resize(a.entry, len(a.liveness.live))
	a.paramEntry = ir.Resize(a.paramEntry, len(f.Params))
	a.slots.reset(values)
	a.steps = ir.Grow(a.steps[:0], len(f.Instructions)*3/2) // most functions need no more
	a.bodies = ir.Resize(a.bodies, len(f.Blocks))
	a.edgeSteps = a.edgeSteps[:0]
	a.heads = ir.Resize(a.heads, len(f.Blocks))
	a.tails = ir.Resize(a.tails, len(f.Blocks))
	a.operands = ir.Resize(a.operands, len(f.Operands))
}

// groupValues puts values that had best share a register into groups: parameters with their arguments, tied
// definitions with their uses. It also finds where constants are defined.
func (a *Allocator) groupValues() {
	f := a.f
	a.group = ir.Resize(a.group, len(f.Values))
	a.groupReg = ir.Resize(a.groupReg, len(f.Values))
	fill(a.groupReg, noReg)
	for v := range a.group {
		a.group[v] = VReg(v)
	}
	for e := range f.Edges {
		params := f.params(f.Edges[e].To)
		for k, argument := range f.arguments(&f.Edges[e]) {
			a.join(argument, params[k])
		}
	}
	for i := range f.Instructions {
		operands := f.instructionOperands(int32(i))
		for k := range operands {
			switch o := &operands[k]; {
			case o.Constraint == TiedToUse:
				a.join(operands[o.Tied].Reg, o.Reg)
			case o.Role != UseRole && f.Values[o.Reg].Rematerialise:
				a.definition[o.Reg] = int32(i)
			}
		}
	}
}

func (a *Allocator) join(v, w VReg) {
	v, w = a.representative(v), a.representative(w)
	if !a.f.Values[v].Rematerialise && !a.f.Values[w].Rematerialise {
		a.group[w] = v
	}
}

// representative returns the value that stands for the group of v.
func (a *Allocator) representative(v VReg) VReg {
	for a.group[v] != v {
		a.group[v] = a.group[a.group[v]]
		v = a.group[v]
	}
	return v
}

// choose returns the register of candidates, which is not empty, that suits v best.
func (a *Allocator) choose(v VReg, candidates RegSet) PReg {
	if p := a.liveness.fixedHint[v]; p != noReg && candidates.Has(p) {
		return p
	}
	if p := a.last[v]; p != noReg && candidates.Has(p) {
		return p
	}
	if p := a.groupReg[a.representative(v)]; p != noReg && candidates.Has(p) {
		return p
	}
	for _, p := range a.f.Target.Classes[a.f.class(v)].Order {
		if candidates.Has(p) {
			return p
		}
	}
	panic("BUG: regalloc: choose: no candidate")
}

// assign makes the free register p the home of v.
func (a *Allocator) assign(v VReg, p PReg) {
	a.home[v] = p
	a.last[v] = p
	a.occupant[p] = v
	a.free &^= 1 << p
	a.written |= 1 << p
	if g := a.representative(v); a.groupReg[g] == noReg {
		a.groupReg[g] = p
	}
}

// release takes the home of v from it.
func (a *Allocator) release(v VReg) {
	p := a.home[v]
	a.home[v] = noReg
	a.occupant[p] = noVReg
	a.free |= 1 << p
}
