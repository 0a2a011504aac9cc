package island

import (
	"bytes"
	"cmp"
	"reflect"
	"slices"
	"sort"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
)

// Maps in the order of their keys. Entries whose keys are numbers, bools or strings are sorted in the batch, before native
// code reads them. Struct keys are ordered by their encodings only: native code writes the entries unsorted and marks where
// each one ends, and the encoded entries are sorted in the output. The same is done with entries of maps with double keys
// whose keys are NaNs with the same bits.

// An entryOrder is the state of the maps with such keys that are being written, each inside of the one before.
type entryOrder struct {
	open []markedMap
	// marks are offsets in the output, those of inner maps after those of outer ones: the start of a map's first entry and
	// the end of each entry.
	marks []int
	// entries and scratch are used while the entries of a map are sorted.
	entries [][]byte
	scratch []byte
	// moving is the number of open maps whose entries may move. used: this call has marked entries.
	moving int
	used   bool
}

// A markedMap is a map whose entries are marked.
type markedMap struct {
	first int // index of its first mark
	left  int // number of entries that have not ended
	// moves: the entries may be written out of order. Otherwise there are no marks.
	moves bool
	// keyBytes is the encoded size of a key if entries are already ordered by their keys, else 0.
	keyBytes int
}

// keptOrder is the maximum capacity of each list of an entryOrder that is kept in the pool, keptScratch that of scratch.
const (
	keptOrder   = 4 << 10
	keptScratch = 128 << 10
)

// doubleBytes is the size of a double in every wire format.
const doubleBytes = 8

// isOpen reports whether bytes written now may be moved later.
func (o *entryOrder) isOpen() bool { return o.moving > 0 }

// markEntry records where the entries of the map that was read last begin, or where an entry ends.
func (s *state) markEntry(f *frame, c *call) bool {
	at, entries := offsetIn(c.data, f.arguments[0]), int(f.arguments[1])
	switch {
	case entries > 0:
		s.order.begin(at, entries, s.maps.batches[len(s.maps.batches)-1])
	case entries < 0:
		s.order.end(at, c.data)
	}
	return true
}

// begin opens a map whose entries are those of b. The first is written next, at offset at.
func (o *entryOrder) begin(at, entries int, b *batch) {
	m := markedMap{first: len(o.marks), left: entries, moves: !b.row.keysCompare || b.ties}
	if b.row.keysCompare {
		m.keyBytes = doubleBytes
	}
	if m.moves {
		o.moving++
		o.marks = append(o.marks, at)
	}
	o.used = true
	o.open = append(o.open, m)
}

// end notes that an entry of the innermost map has been written to output. The last entry closes the map.
func (o *entryOrder) end(at int, output []byte) {
	innermost := &o.open[len(o.open)-1]
	if innermost.moves {
		o.marks = append(o.marks, at)
	}
	if innermost.left--; innermost.left > 0 {
		return
	}
	if innermost.moves {
		o.moving--
		o.arrange(output, o.marks[innermost.first:], innermost.keyBytes)
		o.marks = o.marks[:innermost.first]
	}
	o.open = o.open[:len(o.open)-1]
}

// arrange sorts the entries between the marks: each run of entries with the same first keyBytes bytes, or all entries if
// keyBytes is 0. Distinct keys may have the same encoding, so whole entries are compared.
func (o *entryOrder) arrange(output []byte, marks []int, keyBytes int) {
	o.entries = o.entries[:0]
	for i, end := range marks[1:] {
		o.entries = append(o.entries, output[marks[i]:end])
	}
	defer func() { clear(o.entries) }() // so that no pooled state keeps the output alive
	sorted := true
	for run := o.entries; len(run) > 0; {
		n := 1
		for n < len(run) && bytes.Equal(run[0][:keyBytes], run[n][:keyBytes]) {
			n++
		}
		if !slices.IsSortedFunc(run[:n], bytes.Compare) {
			slices.SortFunc(run[:n], bytes.Compare)
			sorted = false
		}
		run = run[n:]
	}
	if sorted {
		return
	}
	all := output[marks[0]:marks[len(marks)-1]]
	if o.scratch = o.scratch[:0]; cap(o.scratch) < len(all) {
		o.scratch = codec.Uninitialised(len(all))[:0]
	}
	for _, entry := range o.entries {
		o.scratch = append(o.scratch, entry...)
	}
	copyInPieces(all, o.scratch)
}

// release drops the state of the call, and memory that has grown large.
func (o *entryOrder) release() {
	o.used, o.moving, o.open, o.marks = false, 0, o.open[:0], o.marks[:0]
	if max(cap(o.open), cap(o.marks), cap(o.entries)) > keptOrder {
		o.open, o.marks, o.entries = nil, nil, nil
	}
	if cap(o.scratch) > keptScratch {
		o.scratch = nil
	}
}

// keysCompare reports whether keys of a type can be compared before they are written.
func keysCompare(key reflect.Type) bool {
	return key.Kind() != reflect.Pointer && key.Kind() != reflect.Struct
}

// orders hold memory for the order of a batch, as *[]int32.
var orders = sync.Pool{New: func() any { return new([]int32) }}

// sort puts n entries in the order of their keys. Their indices are sorted, because sorting entries themselves would be a copy of
// the sort in the program for each pair of key and element.
func (s typedShape[K, E]) sort(entries unsafe.Pointer, n int) {
	if n < 2 {
		return
	}
	batch := s.batchOf(entries, n)
	memory := orders.Get().(*[]int32)
	order := slices.Grow((*memory)[:0], n)[:n]
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return s.compare(batch[a].key, batch[b].key) })
	for i := range order { // each cycle of entries that take each other's places
		first, to := batch[i], i
		for from := int(order[to]); from != i; from = int(order[to]) {
			batch[to], order[to] = batch[from], int32(to)
			to = from
		}
		batch[to], order[to] = first, int32(to)
	}
	if *memory = order; n <= keptOrder {
		orders.Put(memory)
	}
}

// compareBools orders false before true.
func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// sort puts n entries in the order of their keys.
func (r reflectedShape) sort(entries unsafe.Pointer, n int) {
	if n < 2 {
		return
	}
	header := unsafe.Slice((*byte)(entries), n) // a header counts elements of any type
	batch := reflect.NewAt(r.slice, unsafe.Pointer(&header)).Elem()
	sort.Sort(&reflectedOrder{
		entries: entries, n: n, size: r.slice.Elem().Size(), compare: comparisonOf(r.mapType.Key()), swap: reflect.Swapper(batch.Interface()),
	})
}

// hasTies reports whether some of n sorted entries have equal keys, which are NaNs.
func (r reflectedShape) hasTies(entries unsafe.Pointer, n int) bool {
	order := reflectedOrder{entries: entries, n: n, size: r.slice.Elem().Size(), compare: comparisonOf(r.mapType.Key())}
	for i := 1; i < n; i++ {
		if order.compare(order.key(i-1), order.key(i)) == 0 {
			return true
		}
	}
	return false
}

// A reflectedOrder sorts entries of a type that is not known at compile time. The key is the first field of an entry.
type reflectedOrder struct {
	entries unsafe.Pointer
	n       int
	size    uintptr
	compare func(a, b unsafe.Pointer) int
	swap    func(i, j int)
}

func (o *reflectedOrder) Len() int { return o.n }

func (o *reflectedOrder) Less(i, j int) bool { return o.compare(o.key(i), o.key(j)) < 0 }

func (o *reflectedOrder) Swap(i, j int) { o.swap(i, j) }

// key returns the address of key i, which is in the batch.
func (o *reflectedOrder) key(i int) unsafe.Pointer { return unsafe.Add(o.entries, uintptr(i)*o.size) }

// comparisonOf returns the function that compares keys of a type. The order must be that of the plain codec.
func comparisonOf(key reflect.Type) func(a, b unsafe.Pointer) int {
	switch key.Kind() {
	case reflect.String:
		return compareAt[string]
	case reflect.Bool:
		return compareAt[uint8] // which is 0 or 1
	case reflect.Int8:
		return compareAt[int8]
	case reflect.Int16:
		return compareAt[int16]
	case reflect.Int32:
		return compareAt[int32]
	case reflect.Int64:
		return compareAt[int64]
	case reflect.Int:
		return compareAt[int]
	case reflect.Uint32:
		return compareAt[uint32]
	case reflect.Uint64:
		return compareAt[uint64]
	case reflect.Uint:
		return compareAt[uint]
	case reflect.Float64:
		return func(a, b unsafe.Pointer) int { return codec.CompareDoubles(*(*float64)(a), *(*float64)(b)) }
	}
	panic("BUG: jit: there is no order of " + key.String())
}

// compareAt compares the keys at a and b, which point into a batch.
func compareAt[K cmp.Ordered](a, b unsafe.Pointer) int { return cmp.Compare(*(*K)(a), *(*K)(b)) }
