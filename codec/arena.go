package codec

import (
	"reflect"
	"unsafe"
)

// An Arena is memory for decoded values that serves again after Reset. What it hands out is typed for ever: memory of a Pool only
// ever holds values of its type, and bytes never hold anything but numbers and text. So a value that is still in use after
// Reset has wrong contents, but every pointer, length and bool in it is one that Go may use.
//
// Whoever uses an Arena acquires it first. Its methods and fields are then for that goroutine alone.
type Arena struct {
	// Bytes is for strings, binaries and lists of numbers. Bools have a Pool: not every byte is a bool.
	Bytes Bytes
	// Engine is what the native engine keeps with the arena. Trim has it let go of memory of the arena.
	Engine interface{ Trim() }

	inUse  guard
	pools  map[poolKey]*Pool
	maps   map[reflect.Type]*MapPool
	taken  []*Pool // those with memory in use
	filled []*MapPool
	resets int
}

// poolKey tells pools of one type apart: objects are taken one by one, elements in rows.
type poolKey struct {
	elem    reflect.Type
	objects bool
}

// resetsBeforeTrim is how many messages in a row must leave memory unused before an arena gives it back to the collector.
const resetsBeforeTrim = 64

// PoisonArenas has Reset overwrite the memory and hand it to the collector, so that what is still in use shows. It is a
// switch for finding such uses, and is set before the first arena is used.
var PoisonArenas bool

// poison is what bytes are overwritten with.
const poison = 0xdb

// Acquire makes the arena the caller's own until Release. It reports false if it is in use.
func (a *Arena) Acquire() bool { return a.inUse.acquire() }

// Release ends what Acquire began.
func (a *Arena) Release() { a.inUse.release() }

// Spoil drops all memory: after a panic it is not known how much of it is in use.
func (a *Arena) Spoil() {
	a.Bytes, a.Engine, a.pools, a.maps, a.taken, a.filled = Bytes{}, nil, nil, nil, nil, nil
}

// Objects returns the pool of single values of type t.
func (a *Arena) Objects(t reflect.Type) *Pool { return a.pool(poolKey{t, true}) }

// Elements returns the pool of the lists of elements of type t.
func (a *Arena) Elements(t reflect.Type) *Pool { return a.pool(poolKey{t, false}) }

func (a *Arena) pool(key poolKey) *Pool {
	p := a.pools[key]
	if p == nil {
		if a.pools == nil {
			a.pools = map[poolKey]*Pool{}
		}
		p = &Pool{arena: a, Size: key.elem.Size()}
		p.value = reflect.NewAt(reflect.SliceOf(key.elem), unsafe.Pointer(&p.slab)).Elem()
		a.pools[key] = p
	}
	return p
}

// Maps returns the pool of maps of type t.
func (a *Arena) Maps(t reflect.Type) *MapPool {
	p := a.maps[t]
	if p == nil {
		if a.maps == nil {
			a.maps = map[reflect.Type]*MapPool{}
		}
		p = &MapPool{arena: a, mapType: t}
		p.value = reflect.NewAt(t, unsafe.Pointer(&p.current)).Elem()
		a.maps[t] = p
	}
	return p
}

// Reset takes back everything that has been handed out.
func (a *Arena) Reset() {
	a.Bytes.reset()
	for i, p := range a.taken {
		p.reset()
		a.taken[i] = nil
	}
	for i, p := range a.filled {
		p.reset()
		a.filled[i] = nil
	}
	a.taken, a.filled = a.taken[:0], a.filled[:0]
	if a.resets++; a.resets == resetsBeforeTrim {
		a.resets = 0
		a.trim()
	}
}

// trim drops memory that has not been needed for a while.
func (a *Arena) trim() {
	a.Bytes.trim()
	for _, p := range a.pools {
		p.trim()
	}
	for _, p := range a.maps {
		p.trim()
	}
	if a.Engine != nil {
		a.Engine.Trim()
	}
}

// A usage is how much has been taken since the last Reset, and the most of a while.
type usage struct {
	before int // in memory that has been replaced since then
	most   int
}

// reset notes that the sum of before and used were taken, and returns that.
func (u *usage) reset(used int) int {
	all := u.before + used
	u.before, u.most = 0, max(u.most, all)
	return all
}

// excessive reports whether a capacity is large, and more than twice what has been needed for a while, and begins another while.
func (u *usage) excessive(capacity, large int) bool {
	excessive := capacity > large && capacity/2 > u.most
	u.most = 0
	return excessive
}

// roomFor adds a quarter to what a message has needed: the next one may need a little more.
func roomFor(n int) int { return n + n/4 }

// Bytes is memory without pointers and not cleared. The zero Bytes has none.
type Bytes struct {
	block  []byte
	used   int
	usage  usage
	wanted int      // the size of the next block
	old    [][]byte // all that has been replaced, if it is to be poisoned
}

// Free returns the unused rest of the current block, at least as many bytes; the block is replaced if it has fewer.
func (b *Bytes) Free(least int) []byte {
	if len(b.block)-b.used < least {
		b.replace(least)
	}
	return b.block[b.used:]
}

// Advance marks the first n bytes of what Free returned as used.
func (b *Bytes) Advance(n int) { b.used += n }

// Take returns n > 0 bytes at a multiple of align, a power of two up to 8. Their capacity is n.
func (b *Bytes) Take(n, align int) []byte {
	from := (b.used + align - 1) &^ (align - 1)
	if from+n > len(b.block) {
		if n > SharedBytes && n > b.wanted { // it would leave too much of a block unused
			own := Uninitialised(n)[:n:n]
			b.usage.before += n + memoryAlign
			b.note(own)
			return own
		}
		b.replace(n)
		from = 0
	}
	b.used = from + n
	return b.block[from:b.used:b.used]
}

// mostBlockGrowth bounds how much larger than needed a block is made, in bytes.
const mostBlockGrowth = 1 << 20

func (b *Bytes) replace(least int) {
	b.note(b.block)
	b.usage.before += b.used
	b.block = Uninitialised(max(least, b.wanted, ChunkBytes, min(b.usage.before, mostBlockGrowth)))
	b.used, b.wanted = 0, 0
}

// note keeps memory that is to be poisoned.
func (b *Bytes) note(memory []byte) {
	if PoisonArenas && len(memory) > 0 {
		b.old = append(b.old, memory)
	}
}

func (b *Bytes) reset() {
	replaced := b.usage.before > 0
	all := b.usage.reset(b.used)
	if PoisonArenas {
		for _, memory := range append(b.old, b.block) {
			for i := range memory {
				memory[i] = poison
			}
		}
		*b = Bytes{}
		return
	}
	if b.used = 0; replaced {
		b.block, b.wanted = nil, roomFor(all)
	}
}

func (b *Bytes) trim() {
	most := b.usage.most
	if b.usage.excessive(len(b.block), ChunkBytes) {
		b.block, b.wanted = nil, most
	}
}

// A Pool is the memory for values of one type.
type Pool struct {
	// Size is that of a value in bytes.
	Size  uintptr
	arena *Arena
	// slab is a slice of the type, whose first used elements have been handed out. The others are zero. value is that
	// slice.
	slab struct {
		base          unsafe.Pointer
		length, count int
	}
	value  reflect.Value
	used   int
	usage  usage
	wanted int // the number of values of the next slab
	listed bool
	old    []reflect.Value // slabs that have been replaced, if they are to be poisoned
}

// Take returns n > 0 zero values in a row. Nothing else refers to them.
func (p *Pool) Take(n int) unsafe.Pointer {
	if p.slab.count-p.used < n {
		p.replace(n)
	}
	if !p.listed {
		p.list()
	}
	first := unsafe.Add(p.slab.base, uintptr(p.used)*p.Size) // below the end of the slab
	p.used += n
	return first
}

// Has reports whether n values can be taken without an allocation.
func (p *Pool) Has(n int) bool { return p.slab.count-p.used >= n }

// Slab returns the current slab, nil if there is none yet: the address of its first value, how many values it has, and how many of
// them are in use.
func (p *Pool) Slab() (base unsafe.Pointer, count, used int) {
	return p.slab.base, p.slab.count, p.used
}

// SetUsed says how many values of the current slab are in use: more than before.
func (p *Pool) SetUsed(used int) {
	p.used = used
	if !p.listed {
		p.list()
	}
}

func (p *Pool) list() {
	p.listed = true
	p.arena.taken = append(p.arena.taken, p)
}

func (p *Pool) replace(n int) {
	if PoisonArenas && p.slab.base != nil {
		old := reflect.New(p.value.Type()).Elem()
		old.Set(p.value)
		p.old = append(p.old, old)
	}
	p.usage.before += p.used
	count := max(n, p.wanted, min(p.usage.before, SlabBytes/max(int(p.Size), 1)))
	p.value.Set(reflect.MakeSlice(p.value.Type(), count, count))
	p.used, p.wanted = 0, 0
}

func (p *Pool) reset() {
	p.listed = false
	replaced := p.usage.before > 0
	all := p.usage.reset(p.used)
	switch {
	case PoisonArenas:
		for _, slab := range append(p.old, p.value) {
			slab.Clear()
		}
		p.old = nil
		p.drop(0)
	case replaced:
		p.drop(roomFor(all))
	default:
		p.slab.length = p.used
		p.value.Clear()
		p.slab.length = p.slab.count
	}
	p.used = 0
}

// drop leaves the slab to the values that refer to it. The next one has room for wanted values.
func (p *Pool) drop(wanted int) {
	p.value.SetZero()
	p.wanted = wanted
}

func (p *Pool) trim() {
	most := p.usage.most
	if p.usage.excessive(p.slab.count, SlabBytes/max(int(p.Size), 1)) {
		p.drop(most)
	}
}

// A MapPool holds maps of one type. Those handed out are empty.
type MapPool struct {
	arena   *Arena
	mapType reflect.Type
	// maps are those that the pool has, of which the first used are handed out, and lengths the most entries that each has had.
	maps    []unsafe.Pointer
	lengths []int
	used    int
	usage   usage
	// value is the map at current, through which maps are made and cleared.
	current unsafe.Pointer
	value   reflect.Value
}

// excessiveLength is how many times as many entries as wanted a map may have had to be used again: clearing it takes as long as for
// all of them.
const excessiveLength = 8

// Take stores an empty map at slot, where the address of a map variable of the type is. It may have room for n entries, the number
// that is likely to come, and is made for hint of them if it is new.
func (p *MapPool) Take(slot unsafe.Pointer, n, hint int) {
	if p.used == len(p.maps) {
		p.maps, p.lengths = append(p.maps, nil), append(p.lengths, 0)
	}
	if p.used == 0 {
		p.arena.filled = append(p.arena.filled, p)
	}
	i := p.used
	p.used++
	if p.maps[i] == nil || p.lengths[i] > excessiveLength*max(n, excessiveLength) {
		p.value.Set(reflect.MakeMapWithSize(p.mapType, hint))
		p.maps[i], p.lengths[i] = p.current, hint
		p.current = nil
	}
	*(*unsafe.Pointer)(slot) = p.maps[i] // a map variable is one pointer
}

func (p *MapPool) reset() {
	for i, m := range p.maps[:p.used] {
		p.current = m
		p.lengths[i] = max(p.lengths[i], p.value.Len())
		p.value.Clear()
		if PoisonArenas {
			p.maps[i] = nil
		}
	}
	p.current = nil
	p.usage.reset(p.used)
	p.used = 0
}

// trim drops the maps that have not been needed for a while. Unlike the other pools it keeps none of them: any may be large.
func (p *MapPool) trim() {
	keep := p.usage.most
	p.usage.most = 0
	clear(p.maps[keep:])
	p.maps, p.lengths = p.maps[:keep], p.lengths[:keep]
}
