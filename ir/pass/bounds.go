package pass

import "github.com/tagwire/tagwire/ir"

// MergeBoundsChecks makes one check of room (CheckBounds, CheckBoundsN) out of those along a run, and then removes those
// that a check on every path to them has already proved.
//
// A run is a piece of code that is left in no other way than at its end or by failing: a block, then the block it leads
// to if nothing else leads there, and so on; a branch aside to a block that does nothing but fail keeps the run going.
// Within a run, until an instruction that may exit to Go, a check may be done as part of an earlier one of the same end,
// the earlier one asking for the larger of both sums:
//   - The merged check fails exactly where one of the two would have failed: between them the run cannot be left without
//     failing, and their cursors are constant distances apart, or apart by a count that the merged check covers.
//   - Failing earlier is not to be told from failing later. Fail is terminal and carries nothing; Go throws the native
//     frames away and does the whole call again. So stores that the original would still have made before failing do
//     not matter, made or not: the second try of the call makes them again.
//   - No access moves. Each comes after a check that covers it, as before.
//   - An exit ends the run: what Go does there must not depend on what the wire holds behind the cursor.
//
// Distances are taken in whole numbers. That is sound because no pointer of a function lies 2^62 bytes or more from an end
// it is checked against, and displacements are 32-bit.
func MergeBoundsChecks(f *ir.Func) {
	mergeRuns(f)
	removeProved(f)
}

// A boundsCheck is a check brought to a form that can be compared:
//
//	end - root >= count + bound     where count, if there is one, is >= 0
type boundsCheck struct {
	root, end, count *ir.Value // count is nil for a plain check
	bound            int64
}

func isBoundsCheck(i *ir.Inst) bool { return i.Op == ir.CheckBounds || i.Op == ir.CheckBoundsN }

// boundsCheckOf returns the form of i, with the distance of its cursor from the root.
func boundsCheckOf(i *ir.Inst) (check boundsCheck, offset int64) {
	check.root, offset = i.Args[0].Place()
	check.end = i.Args[1]
	if i.Op == ir.CheckBoundsN {
		check.count = i.Args[2]
	}
	check.bound = offset + i.Imm
	return check, offset
}

// behindCount returns c, a plain check, in terms of the pointer that its root is a count of bytes behind, if it is one.
// The count need not be >= 0 for that.
func (c boundsCheck) behindCount() (boundsCheck, bool) {
	def := c.root.Def
	if c.count != nil || def == nil || def.Op != ir.PtrIndex || def.Imm != 1 {
		return c, false
	}
	root, offset := def.Args[0].Place()
	return boundsCheck{root: root, end: c.end, count: def.Args[1], bound: c.bound + offset}, true
}

// A leader is a check that may take over later ones.
type leader struct {
	inst   *ir.Inst
	check  boundsCheck
	offset int64 // of its cursor from the root
	clock  int32 // the run's clock there
}

// raise makes the leader ask for bound, and reports whether it can.
func (l *leader) raise(bound int64) bool {
	if bound <= l.check.bound {
		return true
	}
	if !ir.ByteCount.Allows(bound-l.offset, ir.InvalidType) {
		return false
	}
	l.check.bound = bound
	l.inst.Imm = bound - l.offset
	return true
}

func mergeRuns(f *ir.Func) {
	predecessors := f.Predecessors()
	continues := make([]bool, f.BlockIDs()) // the block goes on with the run of another
	for _, b := range f.Blocks {
		if next := nextInRun(b, predecessors); next != nil {
			continues[next.ID] = true
		}
	}
	s := scratchOf(f)
	s.clocks = ir.Resize(s.clocks, f.ValueIDs())
	r := run{clocks: s.clocks, leaders: s.leaders}
	for _, b := range f.Blocks {
		if continues[b.ID] {
			continue
		}
		r.leaders = r.leaders[:0]
		for ; b != nil; b = nextInRun(b, predecessors) {
			r.define(b.Params)
			b.RemoveInsts(r.step)
		}
	}
	s.leaders = r.leaders
}

// nextInRun returns the block with which the run of b goes on, or nil.
func nextInRun(b *ir.Block, predecessors [][]*ir.Block) *ir.Block {
	var next *ir.Block
	for _, e := range b.Edges() {
		if e.To == next || onlyFails(e.To) {
			continue
		}
		if next != nil {
			return nil
		}
		next = e.To
	}
	if next == nil || len(predecessors[next.ID]) != 1 {
		return nil
	}
	return next
}

// onlyFails reports whether b fails, and does nothing before that Go could see.
func onlyFails(b *ir.Block) bool {
	if b.Terminator().Op != ir.Fail {
		return false
	}
	for _, i := range b.Insts {
		if i.Effects().Has(ir.MayExit) {
			return false
		}
	}
	return true
}

// A run is the state while going along one.
type run struct {
	leaders []leader
	clock   int32   // instructions and blocks seen, in this run and in those done before
	clocks  []int32 // by value ID: the clock at the definition; 0: not seen
}

// define notes where values come to be.
func (r *run) define(values []*ir.Value) {
	r.clock++
	for _, v := range values {
		r.clocks[v.ID] = r.clock
	}
}

// step looks at the next instruction of the run, and reports whether it is a check that an earlier one has taken over.
func (r *run) step(i *ir.Inst) (merged bool) {
	r.define(i.Results)
	if i.Effects().Has(ir.MayExit) {
		r.leaders = r.leaders[:0]
	}
	if !isBoundsCheck(i) {
		return false
	}
	check, offset := boundsCheckOf(i)
	for n := len(r.leaders) - 1; n >= 0; n-- {
		if r.takeOver(&r.leaders[n], check) {
			return true
		}
	}
	r.leaders = append(r.leaders, leader{inst: i, check: check, offset: offset, clock: r.clock})
	return false
}

// takeOver makes the leader do the check too, and reports whether it can.
func (r *run) takeOver(l *leader, check boundsCheck) bool {
	if l.check.end != check.end {
		return false
	}
	if behind, ok := check.behindCount(); ok && l.check.count == behind.count && l.check.root == behind.root {
		return l.raise(behind.bound)
	}
	if l.check.root != check.root {
		return false
	}
	switch {
	case l.check.count == check.count:
		return l.raise(check.bound)
	case check.count == nil: // the count of the leader is >= 0
		return check.bound <= l.check.bound
	case l.check.count == nil:
		return r.addCount(l, check)
	}
	return false
}

// addCount makes l, which is plain, do a check with a count too. The count has to be known at the leader, that is,
// defined earlier in the run or outside of it, and then before it: a block that lies on every way to the check, and not
// before the run, would be in the run. And the count being >= 0, the check has to imply what the leader asked for.
func (r *run) addCount(l *leader, check boundsCheck) bool {
	known := r.clocks[check.count.ID] < l.clock
	if !known || check.bound < l.check.bound || !l.raise(check.bound) {
		return false
	}
	l.check.count = check.count
	l.inst.Op = ir.CheckBoundsN
	l.inst.Args = append(l.inst.Args[:2:2], check.count)
	return true
}

// removeProved removes checks that follow from one that dominates them. What a check proves stays true: it is about
// values, which do not change.
func removeProved(f *ir.Func) {
	s := scratchOf(f)
	t := &s.facts
	t.newest, t.facts = ir.Resize(t.newest, f.ValueIDs()), t.facts[:0]
	s.visits = walkTree(f, s.visits, t.block, func() int { return len(t.facts) }, t.shrink)
}

// A factTable is a stack of what checks have proved. Those about one root are chained, and of those that differ in nothing but the
// bound, the newest has the largest.
type factTable struct {
	newest []int32 // by value ID of a root: the index of the newest fact, plus 1; 0: none
	facts  []fact
}

type fact struct {
	boundsCheck
	before int32 // the next older fact of the root, as in newest
}

func (t *factTable) block(b *ir.Block) {
	b.RemoveInsts(func(i *ir.Inst) bool {
		if !isBoundsCheck(i) {
			return false
		}
		check, _ := boundsCheckOf(i)
		if t.follows(check) {
			return true
		}
		t.add(check)
		if check.count != nil { // which is >= 0 from here on
			check.count = nil
			t.add(check)
		}
		return false
	})
}

func (t *factTable) add(check boundsCheck) {
	if !t.proves(check) {
		newest := &t.newest[check.root.ID]
		t.facts = append(ir.Grow(t.facts, 1), fact{check, *newest})
		*newest = int32(len(t.facts))
	}
}

// shrink removes the newest facts, down to a number of them.
func (t *factTable) shrink(length int) {
	for n := len(t.facts) - 1; n >= length; n-- {
		t.newest[t.facts[n].root.ID] = t.facts[n].before
	}
	t.facts = t.facts[:length]
}

// proves reports whether there is a check that differs from this one in nothing but a bound that is no smaller.
func (t *factTable) proves(check boundsCheck) bool {
	for n := t.newest[check.root.ID]; n > 0; n = t.facts[n-1].before {
		if f := &t.facts[n-1]; f.end == check.end && f.count == check.count {
			return f.bound >= check.bound
		}
	}
	return false
}

func (t *factTable) follows(check boundsCheck) bool {
	if t.proves(check) {
		return true
	}
	behind, ok := check.behindCount()
	return ok && t.proves(behind)
}
