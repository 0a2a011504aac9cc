package ir

import "math/bits"

// A ValueSet is a set of values by ID, one bit each.
type ValueSet []uint64

// NewValueSet returns an empty set for the values of f.
func NewValueSet(f *Func) ValueSet { return make(ValueSet, (f.ValueIDs()+63)/64) }

// Has reports whether v is in s.
func (s ValueSet) Has(v *Value) bool { return s[v.ID/64]&(1<<(v.ID%64)) != 0 }

// Add puts v into s.
func (s ValueSet) Add(v *Value) { s[v.ID/64] |= 1 << (v.ID % 64) }

// Remove takes v out of s.
func (s ValueSet) Remove(v *Value) { s[v.ID/64] &^= 1 << (v.ID % 64) }

// Union puts all of other into s, and reports whether s grew.
func (s ValueSet) Union(other ValueSet) (grew bool) {
	for n, word := range other {
		if word&^s[n] != 0 {
			s[n] |= word
			grew = true
		}
	}
	return grew
}

// Copy makes s equal to other.
func (s ValueSet) Copy(other ValueSet) { copy(s, other) }

// Len returns the number of values in s.
func (s ValueSet) Len() int {
	n := 0
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

// Each calls visit with the IDs in s, ascending.
func (s ValueSet) Each(visit func(ValueID)) {
	for n, word := range s {
		for ; word != 0; word &= word - 1 {
			visit(ValueID(n*64 + bits.TrailingZeros64(word)))
		}
	}
}

// Liveness tells which values are still needed at the borders of the blocks. It holds while the function stays as it is.
type Liveness struct {
	in, out []ValueSet // by block ID
}

// NewLiveness computes the liveness of f. An argument of an edge is used at the end of the block that the edge leaves;
// a parameter is defined at the start of its block.
func NewLiveness(f *Func) *Liveness {
	l := &Liveness{in: make([]ValueSet, f.BlockIDs()), out: make([]ValueSet, f.BlockIDs())}
	defined := make([]ValueSet, f.BlockIDs())
	for _, b := range f.Blocks {
		l.in[b.ID], l.out[b.ID], defined[b.ID] = NewValueSet(f), NewValueSet(f), NewValueSet(f)
		local(b, l.in[b.ID], defined[b.ID])
	}
	predecessors := f.Predecessors()
	work := f.ReversePostorder() // taken from the end, so that users come before definers
	queued := make([]bool, f.BlockIDs())
	for _, b := range work {
		queued[b.ID] = true
	}
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		queued[b.ID] = false
		in, out := l.in[b.ID], l.out[b.ID]
		for n := range in {
			in[n] |= out[n] &^ defined[b.ID][n]
		}
		for _, p := range predecessors[b.ID] {
			if l.out[p.ID].Union(in) && !queued[p.ID] {
				queued[p.ID] = true
				work = append(work, p)
			}
		}
	}
	return l
}

// local finds what b uses of others, and what it defines.
func local(b *Block, used, defined ValueSet) {
	for _, p := range b.Params {
		defined.Add(p)
	}
	for _, i := range b.Insts {
		i.EachUse(func(use **Value) {
			if !defined.Has(*use) {
				used.Add(*use)
			}
		})
		for _, r := range i.Results {
			defined.Add(r)
		}
	}
}

// StepBack turns live, the values needed after i, into those needed before it.
func StepBack(live ValueSet, i *Inst) {
	for _, r := range i.Results {
		live.Remove(r)
	}
	i.EachUse(func(use **Value) { live.Add(*use) })
}

// In returns the values needed at the start of b, its parameters not among them. It must not be changed.
func (l *Liveness) In(b *Block) ValueSet { return l.in[b.ID] }

// Out returns the values needed behind the end of b; the arguments of its edges are not among them, unless needed in
// another way too. It must not be changed.
func (l *Liveness) Out(b *Block) ValueSet { return l.out[b.ID] }
