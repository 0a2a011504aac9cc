package regalloc

import (
	"fmt"
	"slices"
)

// Check returns an error unless the result keeps the meaning of f. It follows the allocated code over all paths and tracks which
// values each register and each word of the spill area holds; where paths meet, only what holds on all of them
// is kept, until nothing changes. Each operand must then be where the code says, and obey its constraint.
//
// It shares no code with the allocator and trusts nothing that it computed. It expects f to be as Verify demands.
func Check(f *Function, r *Result) error {
	c := checker{f: f, r: r, states: make([]state, len(f.Blocks)), seen: make([]int, len(f.Values))}
	if len(r.Operands) != len(f.Operands) || len(r.Blocks) != len(f.Blocks) {
		return fmt.Errorf("regalloc: check: the result is of another function")
	}
	for b := range f.Blocks {
		if err := c.order(b); err != nil {
			return fmt.Errorf("regalloc: check: block%d: %w", b, err)
		}
	}
	c.states[0] = make(state, 64+r.SlotWords)
	for work := []int32{0}; len(work) > 0; {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		s := slices.Clone(c.states[b])
		c.begin(s)
		steps := r.BlockSteps(int(b))
		for n := range steps {
			if err := c.step(s, &steps[n]); err != nil {
				return fmt.Errorf("regalloc: check: block%d: step %d: %w", b, n, err)
			}
		}
		for n := range f.edges(b) {
			e := &f.edges(b)[n]
			if c.merge(e.To, c.follow(e, s)) {
				work = append(work, e.To)
			}
		}
	}
	return nil
}

type checker struct {
	f      *Function
	r      *Result
	states []state // by block: what holds at its start, nil before it is reached
	visit  int     // counts the blocks that were followed
	seen   []int   // by value: the last visit in which a location has held it
}

// begin starts to follow a block, at whose start s holds.
func (c *checker) begin(s state) {
	c.visit++
	for _, held := range s {
		for _, p := range held {
			c.seen[p.value] = c.visit
		}
	}
}

// A state says what each location holds: registers first, then the words of the spill area.
type state []contents

// contents are the values that one location holds, sorted: several if one value has several names. They are never
// changed in place. A part is one 8-byte word of a value; registers are said to hold part 0 when they hold it all.
type contents []part

type part struct {
	value VReg
	word  int
}

func comparePart(a, b part) int {
	if a.value != b.value {
		return int(a.value) - int(b.value)
	}
	return a.word - b.word
}

func (c contents) has(v VReg) bool { return slices.Contains(c, part{v, 0}) }

// without returns the contents that belong to none of the values.
func (c contents) without(values ...VReg) contents {
	gone := func(p part) bool { return slices.Contains(values, p.value) }
	if !slices.ContainsFunc(c, gone) {
		return c
	}
	return slices.DeleteFunc(slices.Clone(c), gone)
}

// order checks that the instructions of a block are all there, once and in order, constants aside.
func (c *checker) order(b int) error {
	next, end := c.f.Blocks[b].Instructions.Start, c.f.Blocks[b].Instructions.End
	for _, s := range c.r.BlockSteps(b) {
		if s.Kind != Original {
			if next == end {
				return fmt.Errorf("a step follows the terminator")
			}
			continue
		}
		for next < s.Instruction && c.isConstant(next) {
			next++
		}
		if next != s.Instruction || next == end {
			return fmt.Errorf("instruction %d comes where %d should", s.Instruction, next)
		}
		next++
	}
	if next != end {
		return fmt.Errorf("instruction %d is missing", next)
	}
	return nil
}

// isConstant reports whether the instruction defines a value that can be rematerialised.
func (c *checker) isConstant(i int32) bool {
	operands := c.f.instructionOperands(i)
	return len(operands) == 1 && operands[0].Role != UseRole && c.f.Values[operands[0].Reg].Rematerialise
}

func (c *checker) step(s state, step *Step) error {
	if step.Kind == Original {
		return c.original(s, step.Instruction)
	}
	if int(step.Class) >= len(c.f.Target.Classes) {
		return fmt.Errorf("class %d does not exist", step.Class)
	}
	switch step.Kind {
	case Move, Swap:
		from, err := c.register(step.From, step.Class)
		if err != nil {
			return err
		}
		to, err := c.writable(step.To, step.Class)
		if err != nil {
			return err
		}
		if step.Kind == Move {
			s[to] = s[from]
			return nil
		}
		if _, err := c.writable(step.From, step.Class); err != nil {
			return err
		}
		if !c.f.Target.Classes[step.Class].Swap {
			return fmt.Errorf("the target cannot exchange registers of class %d", step.Class)
		}
		s[from], s[to] = s[to], s[from]
	case Save:
		return c.save(s, step)
	case Load:
		return c.load(s, step)
	case Rematerialise:
		to, err := c.writable(step.To, step.Class)
		if err != nil {
			return err
		}
		if !c.isConstant(step.Instruction) {
			return fmt.Errorf("instruction %d cannot be repeated", step.Instruction)
		}
		v := c.f.instructionOperands(step.Instruction)[0].Reg
		if c.f.class(v) != step.Class {
			return fmt.Errorf("v%d is of another class", v)
		}
		s[to] = contents{{v, 0}}
		c.seen[v] = c.visit
	default:
		return fmt.Errorf("kind %d does not exist", step.Kind)
	}
	return nil
}

// save writes the words of a register to a slot.
func (c *checker) save(s state, step *Step) error {
	from, err := c.register(step.From, step.Class)
	if err != nil {
		return err
	}
	first, words, err := c.slot(step.To, step.Class)
	if err != nil {
		return err
	}
	for word := 0; word < words; word++ {
		var parts contents
		for _, p := range s[from] {
			parts = append(parts, part{p.value, word})
		}
		s[first+word] = parts
	}
	return nil
}

// load makes a register hold the values all of whose words are in the slot.
func (c *checker) load(s state, step *Step) error {
	first, _, err := c.slot(step.From, step.Class)
	if err != nil {
		return err
	}
	to, err := c.writable(step.To, step.Class)
	if err != nil {
		return err
	}
	var loaded contents
	for _, p := range s[first] {
		if p.word == 0 && c.slotHolds(s, first, p.value) {
			loaded = append(loaded, p)
		}
	}
	s[to] = loaded
	return nil
}

// slotHolds reports whether all words of v are in the slot at index first.
func (c *checker) slotHolds(s state, first int, v VReg) bool {
	for word := 0; word < c.f.Target.Classes[c.f.class(v)].SlotWords; word++ {
		if first+word >= len(s) || !slices.Contains(s[first+word], part{v, word}) {
			return false
		}
	}
	return true
}

// register returns the index of a location that must be a register of the class.
func (c *checker) register(l Location, class Class) (int, error) {
	p, ok := l.Register()
	if !ok || p > 63 || !c.f.Target.Allocatable(class).Has(p) {
		return 0, fmt.Errorf("%s is not a register of class %d", c.f.Target.location(l), class)
	}
	return int(p), nil
}

// writable is register for a location that is written.
func (c *checker) writable(l Location, class Class) (int, error) {
	p, err := c.register(l, class)
	if err == nil && !c.r.Written.Has(PReg(p)) {
		err = fmt.Errorf("%s is changed but not said to be", c.f.Target.location(l))
	}
	return p, err
}

// slot returns the index of the first word of a slot, and how many words it has.
func (c *checker) slot(l Location, class Class) (first, words int, err error) {
	slot, ok := l.Slot()
	words = c.f.Target.Classes[class].SlotWords
	if !ok || int(slot)+words > c.r.SlotWords {
		return 0, 0, fmt.Errorf("%s is not a slot of the spill area", c.f.Target.location(l))
	}
	return 64 + int(slot), words, nil
}

// original executes an instruction of the function.
func (c *checker) original(s state, i int32) error {
	f := c.f
	span := f.Instructions[i].Operands
	operands, locations := f.Operands[span.Start:span.End], c.r.Operands[span.Start:span.End]
	if err := c.constraints(i, operands, locations); err != nil {
		return fmt.Errorf("instruction %d: %w", i, err)
	}
	for k, o := range operands {
		if o.Role != UseRole {
			continue
		}
		if p, _ := locations[k].Register(); !s[p].has(o.Reg) {
			return fmt.Errorf("instruction %d: %s does not hold v%d", i, f.Target.location(locations[k]), o.Reg)
		}
	}
	clobbers := f.Instructions[i].Clobbers
	for p := range 64 {
		if clobbers.Has(PReg(p)) {
			s[p] = nil
		}
	}
	for k, o := range operands {
		if o.Role == UseRole {
			continue
		}
		if c.seen[o.Reg] == c.visit { // of the last time round a loop
			for l := range s {
				s[l] = s[l].without(o.Reg)
			}
		}
		c.seen[o.Reg] = c.visit
		p, _ := locations[k].Register()
		s[p] = contents{{o.Reg, 0}}
	}
	return nil
}

// constraints checks all that can be said of the locations of an instruction without knowing what they hold.
func (c *checker) constraints(i int32, operands []Operand, locations []Location) error {
	f := c.f
	clobbers := f.Instructions[i].Clobbers
	var defined RegSet
	var allocatable RegSet
	for class := range f.Target.Classes {
		allocatable |= f.Target.Allocatable(Class(class))
	}
	if missing := clobbers & allocatable &^ c.r.Written; missing != 0 {
		return fmt.Errorf("it changes registers that are not said to change")
	}
	for k, o := range operands {
		l, class := locations[k], f.class(o.Reg)
		p, err := c.register(l, class)
		if err != nil {
			return err
		}
		switch {
		case o.Constraint == InFixed && PReg(p) != o.Fixed:
			return fmt.Errorf("v%d is in %s, not in its fixed register", o.Reg, f.Target.location(l))
		case o.Constraint == TiedToUse && l != locations[o.Tied]:
			return fmt.Errorf("v%d is not in the register it is tied to", o.Reg)
		}
		if o.Role == UseRole {
			continue
		}
		if defined.Has(PReg(p)) {
			return fmt.Errorf("%s is defined twice", f.Target.location(l))
		}
		defined |= Regs(PReg(p))
		if clobbers.Has(PReg(p)) && o.Constraint != InFixed {
			return fmt.Errorf("v%d is in %s, which is clobbered", o.Reg, f.Target.location(l))
		}
		if _, err := c.writable(l, class); err != nil {
			return err
		}
		if o.Role == EarlyDefRole && usesLocation(operands, locations, l) {
			return fmt.Errorf("v%d is written early to %s, which is read", o.Reg, f.Target.location(l))
		}
	}
	return nil
}

// usesLocation reports whether an instruction reads l.
func usesLocation(operands []Operand, locations []Location, l Location) bool {
	for k := range operands {
		if operands[k].Role == UseRole && locations[k] == l {
			return true
		}
	}
	return false
}

// follow returns the state behind an edge: what held an argument holds the parameter too.
func (c *checker) follow(e *Edge, s state) state {
	params, arguments := c.f.params(e.To), c.f.arguments(e)
	if len(params) == 0 {
		return s
	}
	after := slices.Clone(s)
	named := func(p part) bool { return slices.Contains(arguments, p.value) || slices.Contains(params, p.value) }
	for l, old := range s {
		if !slices.ContainsFunc(old, named) {
			continue
		}
		renamed := slices.Clone(old.without(params...))
		for _, p := range old {
			for k, argument := range arguments {
				if p.value == argument {
					renamed = append(renamed, part{params[k], p.word})
				}
			}
		}
		slices.SortFunc(renamed, comparePart)
		after[l] = renamed
	}
	return after
}

// merge keeps at the start of a block what also holds in s, and reports whether that changed anything.
func (c *checker) merge(b int32, s state) bool {
	if c.states[b] == nil {
		c.states[b] = slices.Clone(s)
		return true
	}
	changed := false
	for l, old := range c.states[b] {
		missing := func(p part) bool { return !slices.Contains(s[l], p) }
		if slices.ContainsFunc(old, missing) {
			c.states[b][l] = slices.DeleteFunc(slices.Clone(old), missing)
			changed = true
		}
	}
	return changed
}
