package regalloc

import (
	"fmt"

	"github.com/tagwire/tagwire/ir"
)

// slotOf names the spill slot of v until assignSlots gives it a number.
func (a *Allocator) slotOf(v VReg) Location {
	a.slots.note(v, a.block)
	return slotLocation(SpillSlot(v))
}

func (a *Allocator) emit(kind StepKind, c Class, from, to Location) {
	a.steps = append(ir.Grow(a.steps, 1), Step{Kind: kind, Class: c, From: from, To: to})
}

// move gives v, which has a home, another one.
func (a *Allocator) move(v VReg, to PReg) {
	a.emit(Move, a.f.class(v), a.home[v].Location(), to.Location())
	a.release(v)
	a.assign(v, to)
}

// reload brings v, which has no home, to the free register p.
func (a *Allocator) reload(v VReg, p PReg) {
	if a.f.Values[v].Rematerialise {
		a.steps = append(ir.Grow(a.steps, 1), Step{Kind: Rematerialise, Class: a.f.class(v), Instruction: a.definition[v], To: p.Location()})
	} else {
		a.emit(Load, a.f.class(v), a.slotOf(v), p.Location())
	}
	a.assign(v, p)
}

// spill takes the home of v from it, saving the value before if its slot does not hold it yet.
func (a *Allocator) spill(v VReg) {
	if !a.saved[v] {
		a.emit(Save, a.f.class(v), a.home[v].Location(), a.slotOf(v))
		a.saved[v] = true
	}
	a.release(v)
}

// score says how little v needs its register: the distance to its next use, more if nothing need be saved.
func (a *Allocator) score(v VReg) int32 {
	distance := a.next[v] - a.now
	if a.saved[v] {
		return distance * 2
	}
	return distance
}

// victim returns the value of the class, outside the registers to avoid, that needs its register least, or noVReg.
func (a *Allocator) victim(c Class, avoid RegSet) VReg {
	best, bestScore := noVReg, int32(-1)
	for s := a.registers[c] &^ a.free &^ avoid; s != 0; s &= s - 1 {
		v := a.occupant[s.first()]
		if v == noVReg {
			continue // a temporary copy
		}
		if score := a.score(v); score > bestScore {
			best, bestScore = v, score
		}
	}
	return best
}

// take returns a free register for v outside the registers to avoid, spilling another value if it must. It is none of
// disliked if it can be without a spill.
func (a *Allocator) take(v VReg, avoid, disliked RegSet) PReg {
	c := a.f.class(v)
	candidates := a.free & a.registers[c] &^ avoid
	if better := candidates &^ disliked; better != 0 {
		candidates = better
	}
	if candidates != 0 {
		return a.choose(v, candidates)
	}
	w := a.victim(c, avoid)
	if w == noVReg {
		panic(fmt.Sprintf("BUG: regalloc: an instruction of block %d needs more registers of class %s than there are",
			a.block, a.f.Target.Classes[c].Name))
	}
	p := a.home[w]
	a.spill(w)
	return p
}

// vacate makes the occupied register p free. The value moves to a register outside those to avoid, at the cost of
// another value if that needs its register less; else it is spilled.
func (a *Allocator) vacate(p PReg, avoid RegSet) {
	v := a.occupant[p]
	c := a.f.class(v)
	avoid |= 1 << p
	if candidates := a.free & a.registers[c] &^ avoid; candidates != 0 {
		a.move(v, a.choose(v, candidates))
		return
	}
	w := a.victim(c, avoid)
	if w == noVReg || a.score(w) <= a.score(v) {
		a.spill(v)
		return
	}
	to := a.home[w]
	a.spill(w)
	a.move(v, to)
}

// slotMap gives spill slots to values. Two values share one if no block needs both of their slots. Slots that belong to
// no value count as those of values behind the last one.
type slotMap struct {
	extra  []Class // of the slots that belong to no value
	blocks []int32 // by value: a list in notes
	notes  ir.Chunks[slotNote]
	masks  []uint64    // by block: which of the first 64 words are in use
	slots  []SpillSlot // by value
}

// A slotNote says that the slot of some value holds it somewhere in a block.
type slotNote struct{ block, next int32 }

// reset clears the state, for a function of n values.
func (m *slotMap) reset(values int) {
	m.extra = m.extra[:0]
	m.blocks = ir.Resize(m.blocks, values)
	fill(m.blocks, -1)
	m.notes.Reset()
}

// add makes a slot that belongs to no value and returns the number of its stand-in.
func (m *slotMap) add(c Class) VReg {
	m.extra = append(m.extra, c)
	m.blocks = append(m.blocks, -1)
	return VReg(len(m.blocks) - 1)
}

// note says that the slot of v is in use somewhere in a block.
func (m *slotMap) note(v VReg, block int32) {
	first := m.blocks[v]
	if first >= 0 && m.notes.At(int(first)).block == block {
		return
	}
	m.blocks[v] = int32(m.notes.Len())
	*m.notes.Next() = slotNote{block, first}
}

// assign gives the value a slot and returns the end of the spill area, which was at end before.
func (m *slotMap) assign(v VReg, words, end int) int {
	mask := uint64(0)
	for n := m.blocks[v]; n >= 0; n = m.notes.At(int(n)).next {
		mask |= m.masks[m.notes.At(int(n)).block]
	}
	for slot := 0; slot+words <= 64; slot++ {
		wanted := (uint64(1)<<words - 1) << slot
		if mask&wanted != 0 {
			continue
		}
		for n := m.blocks[v]; n >= 0; n = m.notes.At(int(n)).next {
			m.masks[m.notes.At(int(n)).block] |= wanted
		}
		m.slots[v] = SpillSlot(slot)
		return max(end, slot+words)
	}
	end = max(end, 64)
	m.slots[v] = SpillSlot(end)
	return end + words
}

// assignSlots numbers the slots that are in use, puts the numbers where names were, and returns how many words they take.
func (a *Allocator) assignSlots() int {
	m := &a.slots
	m.masks = ir.Resize(m.masks, len(a.f.Blocks))
	m.slots = ir.Resize(m.slots, len(m.blocks))
	values, end := len(a.f.Values), 0
	for v, first := range m.blocks {
		if first < 0 {
			continue
		}
		var class Class
		if v < values {
			class = a.f.class(VReg(v))
		} else {
			class = m.extra[v-values]
		}
		end = m.assign(VReg(v), a.f.Target.Classes[class].SlotWords, end)
	}
	if end == 0 {
		return 0
	}
	rename := func(l *Location) {
		if name, ok := l.Slot(); ok {
			*l = slotLocation(m.slots[name])
		}
	}
	for _, steps := range [2][]Step{a.steps, a.edgeSteps} {
		for n := range steps {
			rename(&steps[n].From)
			rename(&steps[n].To)
		}
	}
	return end
}
