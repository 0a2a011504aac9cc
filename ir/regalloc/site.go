package regalloc

import "github.com/tagwire/tagwire/ir"

// site is the instruction that is being allocated, between its first operand and its emission. All moves, saves and
// reloads that it needs are emitted before it, in the order in which they are decided.
type site struct {
	operands  []Operand
	locations []Location // beside operands, in the result
	after     []int32    // beside operands: the next use behind the instruction
	clobbers  RegSet
	fixedUses RegSet
	fixedDefs RegSet
	pinned    RegSet // registers that the instruction reads: they keep their contents until it does
	copies    RegSet // registers of pinned that no value has as its home: copies for this instruction alone
	taken     RegSet // registers that the instruction defines
	hasTies   bool
}

// destroyed returns the registers whose values do not outlive the instruction.
func (s *site) destroyed() RegSet { return s.clobbers | s.fixedDefs }

func (a *Allocator) instruction(i int32) {
	f := a.f
	span := f.Instructions[i].Operands
	a.site = site{
		operands:  f.Operands[span.Start:span.End],
		locations: a.operands[span.Start:span.End],
		after:     a.liveness.nextAfter[span.Start:span.End],
		clobbers:  f.Instructions[i].Clobbers & a.all,
	}
	s := &a.site
	if len(s.operands) == 1 && s.operands[0].Role != UseRole && f.Values[s.operands[0].Reg].Rematerialise {
		a.defineConstant()
		return
	}
	for k := range s.operands {
		switch o := &s.operands[k]; {
		case o.Constraint == TiedToUse:
			s.hasTies = true
		case o.Constraint != InFixed:
		case o.Role == UseRole:
			s.fixedUses |= 1 << o.Fixed
		default:
			s.fixedDefs |= 1 << o.Fixed
		}
	}
	if s.fixedUses != 0 {
		a.placeFixedUses()
	}
	a.placeUses()
	if s.hasTies {
		a.placeTies()
	}
	if s.destroyed() != 0 {
		a.evacuate()
	}
	a.placeDefs()
	a.written |= s.destroyed()
	a.steps = append(ir.Grow(a.steps, 1), Step{Kind: Original, Instruction: i})
	a.finishDefs()
	a.now += addedDistance(s.clobbers, &a.registers)
}

// defineConstant leaves the instruction out: the value is made where a register is first asked for.
func (a *Allocator) defineConstant() {
	v := a.site.operands[0].Reg
	a.home[v] = noReg
	a.saved[v] = true
	a.next[v] = a.site.after[0]
	a.now++
}

// placeFixedUses brings values to the registers in which the instruction wants them.
func (a *Allocator) placeFixedUses() {
	s := &a.site
	for k := range s.operands {
		o := &s.operands[k]
		if o.Role != UseRole || o.Constraint != InFixed {
			continue
		}
		v, p := o.Reg, o.Fixed
		s.locations[k] = p.Location()
		if a.home[v] != p && !s.copies.Has(p) {
			if a.occupant[p] != noVReg {
				a.vacateFor(p)
			}
			a.bring(v, p, s.after[k] == unused)
		}
		s.pinned |= 1 << p
	}
}

// vacateFor makes room for a fixed use.
func (a *Allocator) vacateFor(p PReg) {
	s := &a.site
	avoid := s.pinned | s.fixedUses
	if a.next[a.occupant[p]] > a.now {
		avoid |= s.destroyed()
	}
	a.vacate(p, avoid)
}

// bring puts v into the free register p. If v is used later it keeps its home and p gets a copy.
func (a *Allocator) bring(v VReg, p PReg, lastUse bool) {
	s := &a.site
	switch {
	case a.home[v] == noReg:
		a.reload(v, p)
	case lastUse && !s.pinned.Has(a.home[v]):
		a.move(v, p)
	default:
		a.emit(Move, a.f.class(v), a.home[v].Location(), p.Location())
		a.makeCopy(p)
	}
}

func (a *Allocator) makeCopy(p PReg) {
	a.site.copies |= 1 << p
	a.free &^= 1 << p
	a.written |= 1 << p
}

// placeUses finds registers for the other uses: first for those that have one, so that no reload costs them theirs.
// From then on next holds, for all values, the next use behind the instruction.
func (a *Allocator) placeUses() {
	s := &a.site
	missing := false
	for k := range s.operands {
		o := &s.operands[k]
		if o.Role != UseRole || o.Constraint == InFixed {
			continue
		}
		p := a.home[o.Reg]
		if p == noReg {
			missing = true
			continue
		}
		s.locations[k] = p.Location()
		s.pinned |= 1 << p
	}
	if missing {
		a.reloadUses()
	}
	for k := range s.operands {
		if o := &s.operands[k]; o.Role == UseRole {
			a.next[o.Reg] = s.after[k]
		}
	}
}

func (a *Allocator) reloadUses() {
	s := &a.site
	for k := range s.operands {
		o := &s.operands[k]
		if o.Role != UseRole || o.Constraint == InFixed || s.locations[k] != 0 {
			continue
		}
		v := o.Reg
		if a.home[v] == noReg {
			disliked := RegSet(0)
			if s.after[k] != unused {
				disliked = s.destroyed()
			}
			a.reload(v, a.take(v, s.pinned, disliked))
		}
		s.locations[k] = a.home[v].Location()
		s.pinned |= 1 << a.home[v]
	}
}

// placeTies gives tied definitions the registers of their uses. A value that is needed later is copied first, so that
// the definition overwrites the copy.
func (a *Allocator) placeTies() {
	s := &a.site
	for k := range s.operands {
		o := &s.operands[k]
		if o.Constraint != TiedToUse {
			continue
		}
		v := s.operands[o.Tied].Reg
		p, _ := s.locations[o.Tied].Register()
		usable := !s.taken.Has(p) && !s.clobbers.Has(p) && !s.fixedDefs.Has(p)
		if !usable || s.after[o.Tied] != unused {
			p = a.tieSurvivor(v, o, p, usable)
		}
		s.locations[o.Tied] = p.Location()
		s.locations[k] = p.Location()
		s.taken |= 1 << p
	}
}

// tieSurvivor returns the register for a definition tied to a use of v in p, which is not to be overwritten.
func (a *Allocator) tieSurvivor(v VReg, def *Operand, p PReg, usable bool) PReg {
	s := &a.site
	avoid := s.pinned | s.taken | s.destroyed()
	full := a.free&a.registers[a.f.class(v)]&^avoid == 0
	if full && usable && a.saved[v] && a.home[v] == p {
		a.release(v)
		return p
	}
	to := a.take(def.Reg, avoid, 0)
	a.emit(Move, a.f.class(v), p.Location(), to.Location())
	a.makeCopy(to)
	s.pinned |= 1 << to
	return to
}

// evacuate moves or spills the values that outlive the instruction from the registers that do not.
func (a *Allocator) evacuate() {
	s := &a.site
	avoid := s.destroyed() | s.pinned | s.taken
	for set := s.destroyed() &^ a.free; set != 0; set &= set - 1 {
		p := set.first()
		if v := a.occupant[p]; v != noVReg && a.next[v] != unused {
			a.vacate(p, avoid)
		}
	}
}

// placeDefs finds registers for the definitions. Those of values that end here are free for all but early ones.
func (a *Allocator) placeDefs() {
	s := &a.site
	for k := range s.operands {
		if o := &s.operands[k]; o.Role == EarlyDefRole {
			p := a.take(o.Reg, s.pinned|s.taken|s.destroyed(), 0)
			s.locations[k] = p.Location()
			s.taken |= 1 << p
		}
	}
	for k := range s.operands {
		if o := &s.operands[k]; o.Role == UseRole && s.after[k] == unused && a.home[o.Reg] != noReg {
			a.release(o.Reg)
		}
	}
	a.free |= s.copies
	s.taken |= s.fixedDefs
	for k := range s.operands {
		o := &s.operands[k]
		if o.Role == UseRole {
			continue
		}
		var p PReg
		switch {
		case o.Constraint == InFixed:
			p = o.Fixed
		case s.locations[k] != 0:
			p, _ = s.locations[k].Register()
		default:
			p = a.take(o.Reg, s.taken|s.clobbers, 0)
			s.taken |= 1 << p
		}
		s.locations[k] = p.Location()
		a.define(o.Reg, p, s.after[k])
	}
}

// define makes p the home of the new value v.
func (a *Allocator) define(v VReg, p PReg, next int32) {
	a.assign(v, p)
	a.saved[v] = false
	a.next[v] = next
}

// finishDefs releases the registers of unused definitions.
func (a *Allocator) finishDefs() {
	s := &a.site
	for k := range s.operands {
		if o := &s.operands[k]; o.Role != UseRole && s.after[k] == unused {
			a.release(o.Reg)
		}
	}
}
