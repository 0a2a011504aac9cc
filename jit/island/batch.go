package island

import (
	"reflect"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/schema"
)

// Native code never looks into a map. It works on batches: copies of entries, one behind the other, that Go takes out of a
// map before or puts into it afterwards. There is a batch for each map that is open, so maps in maps do not disturb each
// other.

// A mapRow says how maps of one type are read and filled. All programs share it, and with it the batches.
type mapRow struct {
	goType reflect.Type
	// typed is the shape of the type; nil if there is none. reflected always works. shape is the better of them.
	typed     mapReader
	reflected reflectedShape
	shape     mapShape
	// entryBytes is the size of an entry in a batch, elementOffset where its element lies.
	entryBytes    int
	elementOffset uintptr
	// capacities are how many entries the batches of each size have room for.
	capacities [len(batchEntries)]int
	// slotBytes is what limits count for a place in a map; heldBytes what it takes without an entry, since large keys and
	// elements lie elsewhere.
	slotBytes, heldBytes int
	// keyTarget and elementTarget make what pointers to structs point to; they are nil for values that are none.
	keyTarget, elementTarget *structRow
	// givesAway: code of the user may get, and keep, the address of what lies in an element.
	givesAway bool
	// keysCompare: keys can be compared before they are written. nanKeys: they may be NaNs, so that several are the same.
	keysCompare, nanKeys bool
	// pools keep batches of batchEntries that are not in use, all zero.
	pools [len(batchEntries)]sync.Pool
}

// batchEntries are the numbers of entries that batches have room for. Batches of more than abi.BatchEntries are for reading
// only, since a map can be walked by the compiler's own loop only as a whole.
var batchEntries = [...]int{1, 8, abi.BatchEntries, 512, 4096}

// mostBatchBytes bounds the memory of a batch that is shared by several entries.
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
		entryBytes: int(entry.Size()), slotBytes: int(t.Key().Size()+t.Elem().Size()) + 1,
	}
	row.shape, row.givesAway = row.reflected, schema.Initializes(t.Elem())
	if shape, ok := shapeOf(t); ok {
		row.typed, row.shape = shape, shape
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

// inSlot returns what a key or element takes within a map's slot.
func inSlot(t reflect.Type) int {
	const most = 128 // larger ones have memory of their own
	if t.Size() > most {
		return abi.WordBytes
	}
	return int(t.Size())
}

// A batch is memory for some entries of one map, and what is known about that map.
type batch struct {
	row *mapRow
	// size is the index of the batch's pool; entries points to the first of capacity entries.
	size, capacity int
	entries        unsafe.Pointer
	// spare is its place among the spare batches of a state.
	spare uintptr
	// m is the map. Its address is that of a map variable.
	m unsafe.Pointer
	// levels is how many structs and containers may be opened inside of the map. A map that is opened inside of this one has
	// fewer.
	levels int
	// used entries may be other than zero; left is the number of entries of the map that no batch has had yet.
	used, left int
	// Of a map that is read, the entries from next up to ready have not been lent.
	next, ready int
	// filling: the map is one that is being made. held is the memory set aside for it and in it, ahead that for structs which
	// its entries point to and which have not arrived.
	filling        bool
	held, prealloc int
	// given: the memory of the entries is used once, because code of the user may have addresses of them, or because there is
	// so much of it.
	given bool
	// sorted: the entries are to come in the order of their keys. All of the map's fit the batch.
	sorted bool
	// ties: keys of sorted entries are the same, NaNs of the same bits.
	ties bool
	// iterator stands behind the entries read so far, if iterating.
	iterating bool
	iterator  reflect.MapIter
}

// capacity computes how many entries batches of a size have room for.
func (r *mapRow) capacity(size int) int {
	n := max(1, min(batchEntries[size], mostBatchBytes/max(r.entryBytes, 1)))
	if n > abi.BatchEntries {
		n -= n % abi.BatchEntries // lent entries are all of them, but for the last
	}
	return n
}

// sizeFor returns the smallest size for n entries, or the largest.
func (r *mapRow) sizeFor(n int) int {
	size := 0
	for size < len(batchEntries)-1 && r.capacities[size] < n {
		size++
	}
	return size
}

// newBatch returns a batch that is all zero.
func (r *mapRow) newBatch(size int) *batch {
	if b, ok := r.pools[size].Get().(*batch); ok {
		return b
	}
	capacity := r.capacities[size]
	return &batch{row: r, size: size, capacity: capacity, entries: r.shape.newEntries(capacity)}
}

// wholeBatch returns a batch with room for n entries, for a map that can only be sorted as a whole.
func (r *mapRow) wholeBatch(n int) *batch {
	return &batch{row: r, capacity: n, entries: r.shape.newEntries(n), given: true}
}

// memory is the bytes that the entries take.
func (b *batch) memory() int { return b.capacity * b.row.entryBytes }

// clear makes the entries zero, so that native code may store pointers there (M3) and nothing stays reachable. Memory that
// is used once stays as it is.
func (b *batch) clear() {
	if !b.given && b.used > 0 {
		b.row.shape.clear(b.entries, b.used)
	}
	b.used = 0
}

// close makes b ready for another map, but for its entries.
func (b *batch) close() {
	if b.iterating {
		b.iterator.Reset(reflect.Value{})
		b.iterating = false
	}
	b.m, b.levels, b.left, b.held, b.prealloc, b.next, b.ready = nil, 0, 0, 0, 0, 0, 0
	b.filling, b.sorted, b.ties = false, false, false
}

// drop puts b, which is empty, into the pool.
func (b *batch) drop() { b.row.pools[b.size].Put(b) }

// insert moves the entries into the map.
func (b *batch) insert() {
	b.row.shape.insert(unsafe.Pointer(&b.m), b.entries, b.used)
	b.clear()
}

// renew gives b, of which all entries are in the map, other memory if addresses in this one may have been kept.
func (b *batch) renew() {
	if b.given {
		b.capacity = min(b.capacity, b.left)
		b.entries = b.row.shape.newEntries(b.capacity)
	}
}

// read returns the next entries of the map, no more than abi.BatchEntries, and how many there are; false if the map has fewer
// than it had. When the batch is used up, further entries are copied to it.
func (b *batch) read() (first unsafe.Pointer, n int, ok bool) {
	if b.next == b.ready {
		wanted := min(b.left, b.capacity)
		if b.copyEntries(wanted); b.ready != wanted {
			return nil, 0, false
		}
		if b.sorted {
			b.row.shape.sort(b.entries, b.ready)
			b.ties = b.row.nanKeys && b.row.reflected.hasTies(b.entries, b.ready)
		}
	}
	first = unsafe.Add(b.entries, b.next*b.row.entryBytes) // an entry that is ready, or that of an empty map
	n = min(b.ready-b.next, abi.BatchEntries)
	b.next += n
	return first, n, true
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

// openMaps are the maps that native code is working on, each inside of the one before, and some that it has done with. The
// latter are those with no fewer levels than there are where native code is.
type openMaps struct {
	batches []*batch
	// held is what all of them take, hold and have ahead; earned is the memory of entries of this call that have arrived.
	held, arrived int
	// spare are some batches that stay with the state. A row that a program has under number n looks for its own in place n
	// modulo spareBatches. They are empty, but for the entries of maps that this call has read if uncleared.
	spare     [spareBatches]*batch
	uncleared bool
}

// spareBatches is the number of batches that stay with a state, largestSpare the bytes that each may have.
const (
	spareBatches = 8
	largestSpare = 4 << 10
)

// take returns an empty batch of row, which the program has under that number: of the size, or of a size for reading as many
// entries.
func (o *openMaps) take(row *mapRow, number uintptr, size int, reading bool) *batch {
	place := number % spareBatches
	b := o.spare[place]
	if b != nil && b.row == row && (b.size == size || reading && b.size > size) {
		o.spare[place] = nil
		if !reading {
			b.clear()
		}
		return b
	}
	b = row.newBatch(size)
	b.spare = place
	return b
}

// give takes back a batch that is not among the open ones.
func (o *openMaps) give(b *batch) {
	if b.given {
		return
	}
	filling := b.filling
	b.close()
	if o.spare[b.spare] == nil && b.memory() <= largestSpare {
		o.spare[b.spare] = b
		if filling {
			b.clear()
		} else { // the next map of the row overwrites what has been read of this one
			o.uncleared = true
		}
		return
	}
	b.clear()
	b.drop()
}

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

// finish closes the maps that have no more than so many levels, with all that belongs into them.
func (o *openMaps) finish(levels int) {
	for n := len(o.batches); n > 0 && o.batches[n-1].levels <= levels; n-- {
		b := o.pop()
		if b.filling {
			b.insert()
		}
		o.give(b)
	}
}

// current closes the maps inside of the one with so many levels, and returns that, which is to be one of row.
func (o *openMaps) current(levels int, row *mapRow) *batch {
	o.finish(levels - 1)
	if n := len(o.batches); n > 0 && o.batches[n-1].levels == levels && o.batches[n-1].row == row {
		return o.batches[n-1]
	}
	panic("BUG: jit: native code goes on with a map that is not open")
}

// drop closes all maps as they are.
func (o *openMaps) drop() {
	for len(o.batches) > 0 {
		o.give(o.pop())
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
