package ir

import (
	"slices"
	"sync"
)

// memory is what the parts of a function are cut from.
type memory struct {
	insts  slab[Inst]
	values slab[Value]
	blocks slab[Block]
	lists  slab[*Value]
	edges  slab[Edge]
	code   slab[*Inst]
}

// analyses is what analyses of a function have found, and the memory that they use again and again.
type analyses struct {
	// What is known, until control flow changes.
	hasPredecessors, hasIncoming, hasOrder, hasDominators bool

	predecessors lists[*Block]
	targetOf     []int32 // by block ID; see eachTarget
	verified     verifierMemory
	depths       []int32 // by block ID; see LoopDepths
	inLoop       []BlockID
	loopWork     []*Block
	incoming     lists[*Edge]
	order        order
	picked       order // by a pick of its own
	dominators   Dominators
	now          Substitution
	scratch      any // see Scratch
}

// memories and knowledge are those that no function uses.
var (
	memories  = sync.Pool{New: func() any { return new(memory) }}
	knowledge = sync.Pool{New: func() any { return new(analyses) }}
)

// own returns the memory of f.
func (f *Func) own() *memory {
	if f.memory == nil {
		f.memory = memories.Get().(*memory)
	}
	return f.memory
}

// known returns what is known of f.
func (f *Func) known() *analyses {
	if f.analyses == nil {
		f.analyses = knowledge.Get().(*analyses)
	}
	return f.analyses
}

// Scratch returns the place where package pass keeps what it uses for one function after the other.
func (f *Func) Scratch() *any { return &f.known().scratch }

// Rewired says that blocks or edges have changed. Whatever changes them must call it, but for the methods of Func and Builder, and
// where nothing but the arguments of edges has changed.
func (f *Func) Rewired() {
	if k := f.analyses; k != nil {
		k.hasPredecessors, k.hasIncoming, k.hasOrder, k.hasDominators = false, false, false, false
	}
}

// Forget gives the memory of analyses to other functions: to be called when the last pass is done. What analyses of f have
// returned must not be used any more.
func (f *Func) Forget() {
	if f.analyses != nil {
		f.Rewired()
		knowledge.Put(f.analyses)
		f.analyses = nil
	}
}

// Release gives the memory of f to functions that are built later. Nothing of f may be used any more: no block, no
// instruction, no value. A function that is never released is left to the garbage collector.
func (f *Func) Release() {
	f.Forget()
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

// NewList returns n values, to be set, for a list of arguments.
func (f *Func) NewList(n int) []*Value { return f.own().lists.take(n) }

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
	if n := len(b.Insts); n == cap(b.Insts) {
		longer := m.code.take(max(firstInsts, 2*n))[:n]
		copy(longer, b.Insts)
		b.Insts = longer
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
	if cap(s) < n {
		return make([]T, n, max(n, cap(s)+cap(s)/4))
	}
	s = s[:n]
	clear(s)
	return s
}

// Grow returns s with room for n more items. It doubles the room, so that what a list of any length has been is as much memory
// as the list; append alone would take four times as much for long ones.
func Grow[T any](s []T, n int) []T {
	if cap(s)-len(s) < n {
		s = slices.Grow(s, max(n, len(s), 8))
	}
	return s
}

// Chunks is a list that grows without moving, so that a long one takes no more memory than its items. It is for lists that are read
// item by item.
type Chunks[T any] struct {
	chunks [][]T
	length int
}

const chunkBits = 8

// Len returns the number of items.
func (c *Chunks[T]) Len() int { return c.length }

// Reset empties the list.
func (c *Chunks[T]) Reset() { c.length = 0 }

// At returns the place of item n.
func (c *Chunks[T]) At(n int) *T { return &c.chunks[n>>chunkBits][n&(1<<chunkBits-1)] }

// Next appends an item and returns its place, to be set: it holds what it has held before.
func (c *Chunks[T]) Next() *T {
	n := c.length
	if n>>chunkBits == len(c.chunks) {
		c.chunks = append(c.chunks, make([]T, 1<<chunkBits))
	}
	c.length++
	return c.At(n)
}

// lists are lists of items by the ID of a block, all in one piece of memory. First the items are counted, then they are added in
// the same order.
type lists[T any] struct {
	byID    [][]T
	items   []T
	lengths []int32
}

// begin empties the lists.
func (l *lists[T]) begin(f *Func) { l.lengths = Resize(l.lengths, f.BlockIDs()) }

// count makes room for an item in a block's list.
func (l *lists[T]) count(to *Block) { l.lengths[to.ID]++ }

// counted is called between the last count and the first add.
func (l *lists[T]) counted() {
	sum := 0
	for _, length := range l.lengths {
		sum += int(length)
	}
	l.items = Resize(l.items, sum)
	l.byID = Resize(l.byID, len(l.lengths))
	items := l.items
	for id, length := range l.lengths {
		l.byID[id], items = items[:0:length], items[length:]
	}
}

// add puts an item at the end of a block's list.
func (l *lists[T]) add(to *Block, item T) { l.byID[to.ID] = append(l.byID[to.ID], item) }
