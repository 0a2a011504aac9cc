package pass

import (
	"math"

	"github.com/tagwire/tagwire/ir"
)

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
	clock  int   // the run's clock there
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
	r := run{f: f, clocks: make([]int, f.ValueIDs())}
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
	for _, i := range b.Insts {
		if i.Effects().Has(ir.MayExit) {
			return false
		}
	}
	return b.Terminator().Op == ir.Fail
}

// A run is the state while going along one.
type run struct {
	f       *ir.Func
	leaders []*leader
	clock   int   // instructions and blocks seen, in this run and in those done before
	clocks  []int // by value ID: the clock at the definition; 0: not seen
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
		if r.takeOver(r.leaders[n], check) {
			return true
		}
	}
	r.leaders = append(r.leaders, &leader{inst: i, check: check, offset: offset, clock: r.clock})
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

// provedKey is a boundsCheck without its bound.
type provedKey struct{ root, end, count *ir.Value }

func (c boundsCheck) key() provedKey { return provedKey{c.root, c.end, c.count} }

// removeProved removes checks that follow from one that dominates them. What a check proves stays true: it is about
// values, which do not change.
func removeProved(f *ir.Func) {
	p := prover{proved: map[provedKey]int64{}, dominators: f.Dominators()}
	p.walk(f.Entry())
}

type prover struct {
	proved     map[provedKey]int64 // the largest bound
	dominators *ir.Dominators
}

// overwritten is what proved held before an entry was raised.
type overwritten struct {
	key   provedKey
	bound int64
}

// walk goes down the dominator tree, without recursion; undo takes back what a subtree has proved.
func (p *prover) walk(entry *ir.Block) {
	type visit struct {
		block *ir.Block
		next  int
		undo  []overwritten
	}
	stack := []visit{{block: entry, undo: p.block(entry)}}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		children := p.dominators.Children(top.block)
		if top.next < len(children) {
			child := children[top.next]
			top.next++
			stack = append(stack, visit{block: child, undo: p.block(child)})
			continue
		}
		for n := len(top.undo) - 1; n >= 0; n-- {
			p.proved[top.undo[n].key] = top.undo[n].bound
		}
		stack = stack[:len(stack)-1]
	}
}

const nothingProved = math.MinInt64

func (p *prover) bound(key provedKey) int64 {
	if bound, ok := p.proved[key]; ok {
		return bound
	}
	return nothingProved
}

func (p *prover) block(b *ir.Block) (undo []overwritten) {
	b.RemoveInsts(func(i *ir.Inst) bool {
		if !isBoundsCheck(i) {
			return false
		}
		check, _ := boundsCheckOf(i)
		if p.follows(check) {
			return true
		}
		facts := []boundsCheck{check}
		if check.count != nil { // which is >= 0 from here on
			facts = append(facts, boundsCheck{root: check.root, end: check.end, bound: check.bound})
		}
		for _, fact := range facts {
			if before := p.bound(fact.key()); before < fact.bound {
				undo = append(undo, overwritten{fact.key(), before})
				p.proved[fact.key()] = fact.bound
			}
		}
		return false
	})
	return undo
}

func (p *prover) follows(check boundsCheck) bool {
	if p.bound(check.key()) >= check.bound {
		return true
	}
	behind, ok := check.behindCount()
	return ok && p.bound(behind.key()) >= behind.bound
}
