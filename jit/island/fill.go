package island

import (
	"github.com/tagwire/tagwire/jit/abi"
)

// Small maps of texts and scalars are filled without an exit, into entries that the state provides for each place of a type that has such
// a map. Go makes the maps at the next exit, whichever it is, or when the call is done: native code says where they are. A map whose
// entries are in use, as in a list, is filled by an exit, and so is the first of a type that a state meets.

// A fillTable is the table of abi.FrameMaps for decoding.
type fillTable struct {
	entries [abi.FillMaps]struct{ first, slot, count uintptr }
	pending uintptr
}

// noFills is the table of programs whose exits may run the user's code, which may unlink what native code says, and of those without
// such maps.
var noFills fillTable

// fills are the entries that a state provides for maps of one program.
type fills struct {
	program *Program
	table   fillTable
	batches [abi.FillMaps]*batch
}

// AddFill has the maps of a row filled without an exit. It is the next one of the table of abi.FrameMaps.
func (p *Program) AddFill(row int) { p.fills = append(p.fills, row) }

// prepareFills returns the table for a call of p.
func (s *state) prepareFills(p *Program) *fillTable {
	if p.rootsAll {
		return &noFills
	}
	if s.fills.program != p {
		s.fills.drop()
		s.fills.program = p
	}
	return &s.fills.table
}

// provide has maps of a row filled without an exit from now on.
func (l *fills) provide(p *Program, row *mapRow, number uintptr) {
	for i, fill := range p.fills {
		if fill == int(number) && l.batches[i] == nil && l.program == p {
			b := row.newBatch(row.sizeFor(abi.FillEntries))
			if b.capacity < abi.FillEntries { // the entries are large
				b.drop()
				return
			}
			l.batches[i] = b
			l.table.entries[i].first = uintptr(b.entries)
		}
	}
}

// makeFilled makes the maps that native code has filled since the last exit.
func (s *state) makeFilled(p *Program) {
	if s.fills.table.pending == 0 {
		return
	}
	s.fills.table.pending = 0
	for i, number := range p.fills {
		entry := &s.fills.table.entries[i]
		if entry.slot == 0 {
			continue
		}
		b, slot, n := s.fills.batches[i], pointerIn(&entry.slot), int(entry.count)
		s.newMap(b.row, uintptr(number), slot, n, n)
		b.row.shape.insert(slot, b.entries, n)
		b.row.shape.clear(b.entries, n)
		s.maps.arrived += n * b.row.slotBytes
		entry.slot, entry.first = 0, uintptr(b.entries)
	}
}

// reset makes all entries zero again after a call that has failed, perhaps within a map.
func (l *fills) reset() {
	l.table = fillTable{}
	for i, b := range l.batches {
		if b != nil {
			b.row.shape.clear(b.entries, abi.FillEntries)
			l.table.entries[i].first = uintptr(b.entries)
		}
	}
}

// drop returns all entries, which are zero, to their pools.
func (l *fills) drop() {
	for _, b := range l.batches {
		if b != nil {
			b.drop()
		}
	}
	*l = fills{}
}
