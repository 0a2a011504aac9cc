package ir

import (
	"slices"
	"sync"
)

// memory is what the parts of a function are cut from, and what analyses of it use again and again.
type memory struct {
	insts  slab[Inst]
	values slab[Value]
	blocks slab[Block]
	lists  slab[*Value]
	edges  slab[Edge]
	code   slab[*Inst]

	predecessors lists[*Block]
	incoming     lists[*Edge]
	order        order
	dominators   Dominators
	now          Substitution
	scratch      any // see Scratch
}

// memories are those that no function uses.
var memories = sync.Pool{New: func() any { return new(memory) }}

// own returns the memory of f.
func (f *Func) own() *memory {
	if f.memory == nil {
		f.memory = memories.Get().(*memory)
	}
	return f.memory
}

// Scratch returns the place where package pass keeps what it uses for one function after the other.
func (f *Func) Scratch() *any { return &f.own().scratch }

// Release gives the memory of f to functions that are built later. Nothing of f may be used any more: no block, no
// instruction, no value. A function that is never released is left to the garbage collector.
func (f *Func) Release() {
	m := f.memory
	*f = Func{Name: f.Name}
	if m == nil {
		return
	}
	m.insts.reset()
	m.values.reset()
	m.blocks.reset()
	m.lists.reset()
	m.edges.reset()
	m.code.reset()
	memories.Put(m)
}

// list returns a copy of values.
func (m *memory) list(values []*Value) []*Value {
	if len(values) == 0 {
		return nil
	}
	list := m.lists.take(len(values))
	copy(list, values)
	return list
}

// firstInsts is how many instructions a block has room for at first. Most blocks are short.
const firstInsts = 4

// appendTo puts i at the end of b.
func (m *memory) appendTo(b *Block, i *Inst) {
	if b.Insts == nil {
		b.Insts = m.code.take(firstInsts)[:0]
	}
	b.Insts = append(b.Insts, i)
}

// A slab cuts small pieces from large ones, so that what a function consists of takes few allocations.
type slab[T any] struct {
	large [][]T
	used  int // of large
	left  []T // of the last one used
}

// The lengths of large pieces: the first one, and the one that they do not grow beyond for a small piece's sake.
const (
	firstSlab   = 16
	largestSlab = 128
)

// take returns n zeroed items. The capacity is n too, so appending to them moves them elsewhere.
func (s *slab[T]) take(n int) []T {
	for n > len(s.left) {
		if s.used == len(s.large) {
			length := firstSlab
			if s.used > 0 {
				length = min(2*len(s.large[s.used-1]), largestSlab)
			}
			s.large = append(s.large, make([]T, max(n, length)))
		}
		s.left = s.large[s.used]
		s.used++
	}
	piece := s.left[:n:n]
	s.left = s.left[n:]
	return piece
}

// one returns a zeroed item.
func (s *slab[T]) one() *T { return &s.take(1)[0] }

// reset takes all pieces back.
func (s *slab[T]) reset() {
	for _, piece := range s.large[:s.used] {
		clear(piece)
	}
	s.used, s.left = 0, nil
}

// Resize returns a zeroed slice of n items that uses the memory of s again.
func Resize[T any](s []T, n int) []T {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}

// lists are lists of items by the ID of a block, all in one piece of memory. Between begin and end, items are added.
type lists[T any] struct {
	byID    [][]T
	items   []T
	lengths []int32
	added   []addition[T]
}

type addition[T any] struct {
	to   BlockID
	item T
}

// begin empties the lists.
func (l *lists[T]) begin(f *Func) {
	l.byID, l.lengths, l.added = Resize(l.byID, f.BlockIDs()), Resize(l.lengths, f.BlockIDs()), l.added[:0]
}

// add puts an item at the end of a block's list.
func (l *lists[T]) add(to *Block, item T) {
	l.lengths[to.ID]++
	l.added = append(l.added, addition[T]{to.ID, item})
}

// end returns the lists.
func (l *lists[T]) end() [][]T {
	l.items = Resize(l.items, len(l.added))
	items := l.items
	for id, length := range l.lengths {
		l.byID[id], items = items[:0:length], items[length:]
	}
	for _, a := range l.added {
		l.byID[a.to] = append(l.byID[a.to], a.item)
	}
	return l.byID
}
