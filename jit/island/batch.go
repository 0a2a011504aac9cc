package island

import (
	"reflect"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/schema"
)

// Native code never accesses a map. It works on batches: contiguous copies of entries, which Go reads from the map before or
// inserts into it afterwards. Each open map has its own batch, so nested maps do not interfere.

// A mapRow describes how maps of one type are read and filled. All programs share it and its pools of batches.
type mapRow struct {
	goType reflect.Type
	// typed is the typed shape of the map type, or nil if it has none; reflected works for all types. shape is typed if it is
	// not nil, else reflected.
	typed     mapReader
	reflected reflectedShape
	shape     mapShape
	// entryBytes is the size of an entry in a batch, elementOffset the offset of its element.
	entryBytes    int
	elementOffset uintptr
	// capacities are the numbers of entries that fit the batches of each size.
	capacities [len(batchEntries)]int
	// slotBytes is what a slot of a map counts towards limits. heldBytes is the memory of an empty slot, which is less if keys or
	// elements are large and stored outside of it.
	slotBytes, heldBytes int
	// keyTarget and elementTarget allocate the structs that keys and elements point to; they are nil if those are no pointers.
	keyTarget, elementTarget *structRow
	// userMayRetain: the user's code may get and retain the address of a part of an element.
	userMayRetain bool
	// hasPointers: entries hold pointers, and keep alive what they point to.
	hasPointers bool
	// keysCompare: keys can be compared before they are written. nanKeys: keys may be NaNs, so several may compare equal.
	keysCompare, nanKeys bool
	// pools hold unused batches, one pool for each size of batchEntries. Their entries are zero.
	pools [len(batchEntries)]sync.Pool
}

// batchEntries are the capacities of batches in entries. Batches of more than abi.BatchEntries are for reading only: a range
// loop over a map cannot be resumed, so it has to read the whole map.
var batchEntries = [...]int{1, 8, abi.BatchEntries, 512, 4096}

// mostBatchBytes limits the memory of a batch with room for more than one entry.
const mostBatchBytes = 256 << 10

var mapRows sync.Map // from reflect.Type to *mapRow

// mapRowOf returns the row of a map type.
func mapRowOf(t reflect.Type) *mapRow {
	if row, ok := mapRows.Load(t); ok {
		return row.(*mapRow)
	}
	entry := codec.MapEntry(t)
	row := &mapRow{
		goType: t, reflected: newReflectedShape(t), elementOffset: entry.Field(1).Offset,
		entryBytes: int(entry.Size()), slotBytes: codec.MapSlotBytes(t),
	}
	row.shape, row.userMayRetain = row.reflected, schema.Initializes(t.Elem())
	if shape, ok := shapeOf(t); ok {
		row.typed, row.shape = shape, shape
		row.hasPointers = classOf(t.Key()).hasPointers() || classOf(t.Elem()).hasPointers()
	}
	row.keysCompare, row.nanKeys = keysCompare(t.Key()), t.Key().Kind() == reflect.Float64
	row.heldBytes = inSlot(t.Key()) + inSlot(t.Elem()) + 1
	for size := range batchEntries {
		row.capacities[size] = row.capacity(size)
	}
	if t.Key().Kind() == reflect.Pointer {
		row.keyTarget = newStructRow(t.Key().Elem())
	}
	if t.Elem().Kind() == reflect.Pointer {
		row.elementTarget = newStructRow(t.Elem().Elem())
	}
	actual, _ := mapRows.LoadOrStore(t, row)
	return actual.(*mapRow)
}

// inSlot returns the number of bytes that a key or element takes within a map's slot.
func inSlot(t reflect.Type) int {
	const most = 128 // larger ones are allocated separately
	if t.Size() > most {
		return abi.WordBytes
	}
	return int(t.Size())
}

// A batch is memory for some entries of one map, and the state of that map.
type batch struct {
	row *mapRow
	// size is the index of the batch's pool; entries points to the first of capacity entries.
	size, capacity int
	entries        unsafe.Pointer
	// spare is its index among the spare batches of a state.
	spare uintptr
	// m is the map. Its address is that of a map variable.
	m unsafe.Pointer
	// levels is how many further levels of structs and containers may be opened inside of the map. A map opened inside of this
	// one has fewer.
	levels int
	// used entries may be nonzero; left is the number of entries of the map that have not been in a batch yet.
	used, left int
	// When a map is read, the entries [next, ready) have not been passed to native code.
	next, ready int
	// filling: the map is being decoded. held is the memory allocated for its slots, prealloc that of structs that its entries
	// point to and that have not arrived.
	filling        bool
	held, prealloc int
	// singleUse: the memory of the entries is not reused, because the user's code may retain addresses in it, or because it is too
	// large to keep.
	singleUse bool
	// sorted: the entries are read in the order of their keys. The batch has room for the whole map.
	sorted bool
	// ties: some keys of sorted entries are equal, as NaNs with the same bits are.
	ties bool
	// iterator is positioned after the entries read so far, if iterating.
	iterating bool
	iterator  reflect.MapIter
}

// capacity computes the number of entries that fit a batch of a size.
func (r *mapRow) capacity(size int) int {
	n := max(1, min(batchEntries[size], mostBatchBytes/max(r.entryBytes, 1)))
	if n > abi.BatchEntries {
		n -= n % abi.BatchEntries // native code gets abi.BatchEntries at a time, except at the end of the map
	}
	return n
}

// sizeFor returns the smallest size with room for n entries, or the largest size if none has.
func (r *mapRow) sizeFor(n int) int {
	size := 0
	for size < len(batchEntries)-1 && r.capacities[size] < n {
		size++
	}
	return size
}

// newBatch returns a batch whose entries are zero.
func (r *mapRow) newBatch(size int) *batch {
	if b, ok := r.pools[size].Get().(*batch); ok {
		return b
	}
	capacity := r.capacities[size]
	return &batch{row: r, size: size, capacity: capacity, entries: r.shape.newEntries(capacity)}
}

// wholeBatch returns a batch with room for n entries, for a map that can only be sorted as a whole.
func (r *mapRow) wholeBatch(n int) *batch {
	return &batch{row: r, capacity: n, entries: r.shape.newEntries(n), singleUse: true}
}

// memory returns the size of the entries in bytes.
func (b *batch) memory() int { return b.capacity * b.row.entryBytes }

// clear zeroes the entries, so that native code may store pointers there (M3) and nothing stays reachable. Memory that
// is not reused stays as it is.
func (b *batch) clear() {
	if !b.singleUse && b.used > 0 {
		b.row.shape.clear(b.entries, b.used)
	}
	b.used = 0
}

// close resets everything in b but its entries, for use with another map.
func (b *batch) close() {
	if b.iterating {
		b.iterator.Reset(reflect.Value{})
		b.iterating = false
	}
	b.m, b.levels, b.left, b.held, b.prealloc, b.next, b.ready = nil, 0, 0, 0, 0, 0, 0
	b.filling, b.sorted, b.ties = false, false, false
}

// drop returns b, which is empty, to its pool.
func (b *batch) drop() { b.row.pools[b.size].Put(b) }

// insert moves the entries into the map.
func (b *batch) insert() {
	b.row.shape.insert(unsafe.Pointer(&b.m), b.entries, b.used)
	b.clear()
}

// renew replaces the memory of b if addresses in it may have been retained. All entries of b are in the map already.
func (b *batch) renew() {
	if b.singleUse {
		b.capacity = min(b.capacity, b.left)
		b.entries = b.row.shape.newEntries(b.capacity)
	}
}

// read returns the next n entries of the map, at most abi.BatchEntries. It reports false if the map has fewer entries than at
// the start. When the batch is used up, read copies further entries to it.
func (b *batch) read() (first unsafe.Pointer, n int, ok bool) {
	if b.next == b.ready {
		wanted := min(b.left, b.capacity)
		if b.copyEntries(wanted); b.ready != wanted {
			return nil, 0, false
		}
		if b.sorted {
			b.sort(b.ready)
		}
	}
	first = unsafe.Add(b.entries, b.next*b.row.entryBytes) // a ready entry, or the start of the batch for an empty map
	n = min(b.ready-b.next, abi.BatchEntries)
	b.next += n
	return first, n, true
}

// sort puts the first n entries in the order of their keys.
func (b *batch) sort(n int) {
	b.row.shape.sort(b.entries, n)
	b.ties = b.row.nanKeys && b.row.reflected.hasTies(b.entries, n)
}

// copyEntries copies up to n further entries from the map.
func (b *batch) copyEntries(wanted int) {
	b.next = 0
	if b.row.typed != nil && wanted == b.left && !b.iterating {
		b.ready, _ = b.row.typed.read(unsafe.Pointer(&b.m), b.entries, wanted)
	} else {
		if !b.iterating {
			b.iterator.Reset(b.row.reflected.mapAt(unsafe.Pointer(&b.m)))
			b.iterating = true
		}
		b.ready = b.row.reflected.readFrom(&b.iterator, b.entries, wanted)
	}
	b.used = max(b.used, b.ready)
	b.left -= b.ready
}

// openMaps are the maps that native code is working on, each inside of the one before, followed by maps that it has finished
// and that are not closed yet. The latter are those with no more levels than native code has left.
type openMaps struct {
	batches []*batch
	// held is the sum of allHeld of the batches; arrived is the memory of entries of this call that have arrived.
	held, arrived int
	// spare are batches that stay with the state. The spare batch of row n of a program is at index n modulo spareBatches. They
	// are empty, except that they may have entries that this call has read, if uncleared.
	spare     [spareBatches]*batch
	uncleared bool
}

// spareBatches is the number of batches that stay with a state, largestSpare the maximum size of each in bytes.
const (
	spareBatches = 8
	largestSpare = 4 << 10
)

// take returns an empty batch of row, which is the row with that number in the program. The batch has the given size, or at
// least that size for reading.
func (o *openMaps) take(row *mapRow, number uintptr, size int, reading bool) *batch {
	index := number % spareBatches
	b := o.spare[index]
	if b != nil && b.row == row && (b.size == size || reading && b.size > size) {
		o.spare[index] = nil
		if !reading {
			b.clear()
		}
		return b
	}
	b = row.newBatch(size)
	b.spare = index
	return b
}

// recycle takes back a batch that is not open: it becomes a spare batch or returns to its pool.
func (o *openMaps) recycle(b *batch) {
	if b.singleUse {
		return
	}
	filling := b.filling
	b.close()
	if o.spare[b.spare] == nil && b.memory() <= largestSpare {
		o.spare[b.spare] = b
		if filling {
			b.clear()
		} else { // the next map of the row overwrites these entries
			o.uncleared = true
		}
		return
	}
	b.clear()
	b.drop()
}

// allHeld returns the memory for the entries, the map and the structs that have not arrived.
func (b *batch) allHeld() int { return b.memory() + b.held + b.prealloc }

// push opens a map inside of those that are open.
func (o *openMaps) push(b *batch) {
	o.batches = append(o.batches, b)
	o.held += b.allHeld()
}

// pop closes the innermost map.
func (o *openMaps) pop() *batch {
	last := len(o.batches) - 1
	b := o.batches[last]
	o.batches[last] = nil
	o.batches = o.batches[:last]
	o.held -= b.allHeld()
	return b
}

// finish closes the maps that have at most the given levels, after inserting their remaining entries.
func (o *openMaps) finish(levels int) {
	for n := len(o.batches); n > 0 && o.batches[n-1].levels <= levels; n-- {
		b := o.pop()
		if b.filling {
			b.insert()
		}
		o.recycle(b)
	}
}

// current closes the maps inside of the one with the given levels and returns that one, which must belong to row.
func (o *openMaps) current(levels int, row *mapRow) *batch {
	o.finish(levels - 1)
	if n := len(o.batches); n > 0 && o.batches[n-1].levels == levels && o.batches[n-1].row == row {
		return o.batches[n-1]
	}
	panic("BUG: jit: native code goes on with a map that is not open")
}

// drop closes all maps without inserting anything.
func (o *openMaps) drop() {
	for len(o.batches) > 0 {
		o.recycle(o.pop())
	}
	if o.uncleared {
		o.uncleared = false
		for _, b := range o.spare {
			if b != nil {
				b.clear()
			}
		}
	}
	o.arrived = 0
}
