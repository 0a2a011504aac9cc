package island

import (
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/abi"
)

// Exits for maps cost small messages more than their entries do. So the maps that a program always finds by the same pointers are read
// before the call, and the program is tried without a state. A map of more than abi.BatchEntries entries, or of a type that takes
// reflection, is left to exits.

// An aheadRow describes a map that may be read before the call.
type aheadRow struct {
	row *mapRow
	// offsets lead to the map: those of pointers in what the pointers before point to, and that of the map itself.
	offsets   []uintptr
	countOnly bool
}

// A readAhead is the table of abi.FrameMaps, and the memory of the entries. It is pooled by each program.
type readAhead struct {
	table [abi.ReadAheadMaps]readAheadEntry
	// batches have the entries of each map. Only used entries may not be zero, if they hold pointers.
	batches [abi.ReadAheadMaps]*batch
}

// A readAheadEntry is an entry of the table. first keeps nothing alive that the batches do not.
type readAheadEntry struct {
	first unsafe.Pointer
	count int
}

// noMapsAhead is the table of calls before which nothing is read, emptyMapsAhead that of calls whose maps have no entries.
var noMapsAhead, emptyMapsAhead [abi.ReadAheadMaps]readAheadEntry

func init() {
	for i := range emptyMapsAhead {
		emptyMapsAhead[i] = emptyMapAhead
	}
}

// emptyMapAhead stands for a map that is not there or has no entries.
var emptyMapAhead = readAheadEntry{first: unsafe.Pointer(&noByte)}

// AddAhead adds the next map of the table of abi.FrameMaps: one of a type, at offsets as in aheadRow.
func (p *Program) AddAhead(goType reflect.Type, offsets []uintptr, countOnly bool) {
	p.ahead = append(p.ahead, aheadRow{mapRowOf(goType), offsets, countOnly})
}

// ReadsAhead reports whether maps of a type can be read before a call: without reflection.
func ReadsAhead(goType reflect.Type) bool { return mapRowOf(goType).typed != nil }

// mapAt returns the address of the map variable that offsets lead to from value, or nil if a pointer on the way is.
func (a *aheadRow) mapAt(value unsafe.Pointer) unsafe.Pointer {
	for _, offset := range a.offsets[:len(a.offsets)-1] {
		if value == nil {
			return nil
		}
		value = *(*unsafe.Pointer)(unsafe.Add(value, offset)) // a pointer in a struct of the value
	}
	if value == nil {
		return nil
	}
	return unsafe.Add(value, a.offsets[len(a.offsets)-1])
}

// lengthAt returns the number of entries of the map variable at m, none if that is nil.
func (a *aheadRow) lengthAt(m unsafe.Pointer) int {
	if m == nil {
		return 0
	}
	return a.row.typed.length(m)
}

// read reads the maps of a value, of which those before the first have no entries. It reports false if one of them needs an exit.
func (r *readAhead) read(rows []aheadRow, first int, value unsafe.Pointer, sorted bool) bool {
	for i := range rows {
		r.table[i] = emptyMapAhead
		if i >= first && !r.readMap(&rows[i], i, value, sorted) {
			return false
		}
	}
	return true
}

func (r *readAhead) readMap(a *aheadRow, i int, value unsafe.Pointer, sorted bool) bool {
	entry, m := &r.table[i], a.mapAt(value)
	length := a.lengthAt(m)
	if length == 0 {
		return true
	}
	if a.countOnly {
		entry.count = length
		return true
	}
	if length > abi.BatchEntries || sorted && !a.row.sortsAhead() {
		return false
	}
	b := r.batches[i]
	if b == nil || b.capacity < length {
		if b != nil {
			b.clear()
			b.drop()
		}
		b = a.row.newBatch(a.row.sizeFor(length))
		r.batches[i] = b
	}
	copied, counted := a.row.typed.read(m, b.entries, min(b.capacity, abi.BatchEntries))
	b.used = max(b.used, copied)
	if sorted {
		b.sort(copied)
	}
	entry.first, entry.count = b.entries, copied
	return copied == counted
}

// release clears what has been read and returns r to its pool.
func (r *readAhead) release(p *Program) {
	for i := range p.ahead {
		if b := r.batches[i]; b != nil && b.row.hasPointers {
			b.clear()
		}
	}
	p.tables.Put(r)
}

// sortsAhead reports whether the order of entries that have not been written yet is that of their keys.
func (r *mapRow) sortsAhead() bool { return r.keysCompare && !r.nanKeys }

// processAhead calls p without a state, after reading its maps. The exit is zero if one of them needs an exit. What the table refers to
// is alive: its batches are released after the call.
func (p *Program) processAhead(value unsafe.Pointer, data []byte, s *codec.Settings) (exit abi.ExitCode, result uintptr) {
	start, first := unsafe.Pointer(unsafe.SliceData(data)), 0
	for first < len(p.ahead) && p.ahead[first].lengthAt(p.ahead[first].mapAt(value)) == 0 {
		first++
	}
	if first == len(p.ahead) {
		return fastCall(p.fastCall, value, start, len(data), s.Depth, unsafe.Pointer(&emptyMapsAhead))
	}
	r, pooled := p.tables.Get().(*readAhead)
	if !pooled {
		r = new(readAhead)
	}
	if r.read(p.ahead, first, value, s.Deterministic) {
		exit, result = fastCall(p.fastCall, value, start, len(data), s.Depth, unsafe.Pointer(&r.table))
	}
	r.release(p)
	return exit, result
}
