package island

import (
	"reflect"
	"sync"
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

// noMapsAhead is the table of calls before which nothing is read.
var noMapsAhead [abi.ReadAheadMaps]readAheadEntry

// AddAhead adds the next map of the table of abi.FrameMaps: one of a type, at offsets as in aheadRow.
func (p *Program) AddAhead(goType reflect.Type, offsets []uintptr, countOnly bool) {
	p.ahead = append(p.ahead, aheadRow{mapRowOf(goType), offsets, countOnly})
	if p.ahead[len(p.ahead)-1].row.typed == nil {
		p.fastCall = 0
	}
}

// aheadPool is where a program keeps its tables.
type aheadPool struct{ sync.Pool }

func (p *aheadPool) take() *readAhead {
	if r, ok := p.Get().(*readAhead); ok {
		return r
	}
	return new(readAhead)
}

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

// read reads the maps of a value. It reports false if one of them needs an exit.
func (r *readAhead) read(rows []aheadRow, value unsafe.Pointer, sorted bool) bool {
	for i := range rows {
		if !r.readMap(&rows[i], i, value, sorted) {
			return false
		}
	}
	return true
}

func (r *readAhead) readMap(a *aheadRow, i int, value unsafe.Pointer, sorted bool) bool {
	entry := &r.table[i]
	*entry = readAheadEntry{first: unsafe.Pointer(&noByte)} // where the map is not there, or is empty
	m := a.mapAt(value)
	if m == nil {
		return true
	}
	length := len(*(*map[int64]int64)(m)) // which is found the same way for maps of all types
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
		if b := r.batches[i]; b != nil && b.used > 0 {
			if b.row.hasPointers {
				b.clear()
			}
		}
	}
	p.aheadPool.Put(r)
}

// sortsAhead reports whether the order of entries that have not been written yet is that of their keys.
func (r *mapRow) sortsAhead() bool { return r.keysCompare && !r.nanKeys }

// processAhead calls p without a state, after reading its maps. The exit is zero if one of them needs an exit.
func (p *Program) processAhead(value unsafe.Pointer, data []byte, s *codec.Settings) (exit abi.ExitCode, result uintptr) {
	r := p.aheadPool.take()
	if r.read(p.ahead, value, s.Deterministic) {
		exit, result = fastCall(p.fastCall, value, unsafe.Pointer(unsafe.SliceData(data)), len(data), s.Depth, unsafe.Pointer(&r.table))
	}
	r.release(p)
	return exit, result
}
