package island

import (
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/abi"
)

// countMap counts the entries of a map.
func (s *state) countMap(f *frame, p *Program) bool {
	f.arguments[0] = uintptr(p.maps[f.arguments[0]].shape.length(pointerIn(&f.arguments[1])))
	return true
}

// readMap gives native code the next entries of a map. Like newStruct it is a safe point.
//
//go:noinline
func (s *state) readMap(f *frame, p *Program) bool {
	number, used := f.arguments[0], f.arguments[2]
	row := p.maps[number]
	var b *batch
	if used > 0 {
		b = s.maps.current(f.levels, row)
	} else {
		s.maps.finish(f.levels)
		sorted := f.flags&abi.FlagSorted != 0 && row.keysCompare
		if ok, done := s.readWhole(f, row, sorted); done {
			return ok
		}
		slot := pointerIn(&f.arguments[1])
		n := row.shape.length(slot)
		if sorted && n > row.capacities[len(batchEntries)-1] {
			b = row.wholeBatch(n)
		} else {
			b = s.maps.take(row, number, row.sizeFor(n), true)
		}
		// The map is loaded once, a map being one pointer: what the slot holds later does not matter.
		b.m, b.levels, b.left, b.sorted = *(*unsafe.Pointer)(slot), f.levels, n, sorted
		s.maps.push(b)
	}
	f.arguments[0] = uintptr(b.left + b.ready - b.next)
	first, n, ok := b.read()
	f.arguments[1], f.arguments[2] = uintptr(first), uintptr(n)
	return ok
}

// readWhole reads a map that fits into the batch at hand, as most do, and reports whether it has the entries that it counts. It
// is not done if there is no such batch.
func (s *state) readWhole(f *frame, row *mapRow, sorted bool) (ok, done bool) {
	number := f.arguments[0]
	b := s.maps.spare[number%spareBatches]
	if b == nil || b.row != row || row.typed == nil {
		return false, false
	}
	most := min(b.capacity, abi.BatchEntries)
	copied, length := row.typed.read(pointerIn(&f.arguments[1]), b.entries, most)
	b.used = max(b.used, copied)
	if copied != length {
		s.maps.uncleared = s.maps.uncleared || copied > 0 // b stays where it is, and nobody else clears it
		return false, length <= most
	}
	if sorted {
		row.typed.sort(b.entries, copied)
	}
	s.maps.spare[number%spareBatches] = nil
	b.levels, b.next, b.ready = f.levels, copied, copied
	s.maps.push(b)
	f.arguments[0], f.arguments[1], f.arguments[2] = uintptr(copied), uintptr(b.entries), uintptr(copied)
	return true, true
}

// A call sets mapsAhead bytes aside for batches, maps and structs behind entries of maps that have not arrived yet, and as
// much again as entries have taken that have, and aheadFactor times what it has read of the input so far. So a lie about a
// count costs little.
const mapsAhead = 24 << 10

// credit returns how many bytes more may be set aside for entries. left is what is left of the input.
func (s *state) credit(left uintptr) int {
	return mapsAhead + s.maps.arrived + aheadFactor*int(s.input-min(left, s.input)) - s.maps.held
}

// fillMap makes a map, or inserts the entries of a batch that is full, and gives native code entries to fill.
func (s *state) fillMap(f *frame, p *Program) bool {
	number, used, count, left := f.arguments[0], f.arguments[2], int(f.arguments[3]), f.arguments[4]
	row := p.maps[number]
	var b *batch
	switch {
	case used > 0:
		b = s.maps.current(f.levels, row)
		s.maps.pop()
		s.maps.arrived += b.used*row.slotBytes + b.prealloc
		b.insert()
		if larger := s.larger(b, left); larger != b {
			b = larger
		} else {
			b.renew()
		}
	case !charge(f, codec.MapHeaderBytes) || !charge(f, uintptr(codec.MapSlots(count)*row.slotBytes)):
		return false
	default:
		s.maps.finish(f.levels)
		slot := pointerIn(&f.arguments[1])
		if count == 0 {
			row.shape.newMap(slot, 0)
			f.arguments[0], f.arguments[1] = 0, 0
			return true
		}
		b = s.maps.take(row, number, s.sizeFor(row, count, 0, left), false)
		hint := row.hint(count, s.credit(left)-b.memory())
		row.shape.newMap(slot, hint)
		b.m, b.levels, b.left, b.filling = *(*unsafe.Pointer)(slot), f.levels, count, true
		b.given = row.givesAway
		b.held = codec.MapSlots(hint) * row.heldBytes
	}
	ok := s.supply(f, b, left)
	s.maps.push(b)
	f.arguments[0], f.arguments[1] = uintptr(b.entries), uintptr(b.used)
	return ok
}

// hint returns the number of entries that a map is made for: all of count, or as many as there are bytes for.
func (r *mapRow) hint(count, bytes int) int {
	if codec.MapSlots(count)*r.heldBytes <= bytes {
		return count
	}
	const slots = 3 // for an entry, at most
	return max(0, min(count, bytes/(slots*r.heldBytes)))
}

// sizeFor returns the size of a batch for so many entries of a map that holds some memory: the best that there are bytes
// for, or the smallest. What is used once is to have no room to spare.
func (s *state) sizeFor(row *mapRow, entries, held int, left uintptr) int {
	size := row.sizeFor(min(entries, abi.BatchEntries))
	for size > 0 && (row.capacities[size]*row.entryBytes > s.credit(left)-held || row.givesAway && row.capacities[size] > entries) {
		size--
	}
	return size
}

// larger returns a larger batch for the map of b, which is zero, if there are bytes for that by now; else b.
func (s *state) larger(b *batch, left uintptr) *batch {
	size := s.sizeFor(b.row, b.left, b.held, left)
	if size <= b.size {
		return b
	}
	larger := s.maps.take(b.row, b.spare, size, false)
	larger.m, larger.levels, larger.left, larger.filling, larger.held = b.m, b.levels, b.left, b.filling, b.held
	larger.given = b.given
	s.maps.give(b)
	return larger
}

// supply chooses how many entries of a batch, which is zero, native code is to fill, and makes what their pointers lead to.
// So a struct in a map is reachable before native code enters it (M1).
func (s *state) supply(f *frame, b *batch, left uintptr) bool {
	n, targets := min(b.left, b.capacity), b.row.keyTarget.size()+b.row.elementTarget.size()
	if targets > 0 {
		n = min(n, max(1, (s.credit(left)-b.held-b.memory())/targets))
	}
	b.used, b.left, b.prealloc = n, b.left-n, n*targets
	if !charge(f, uintptr(b.prealloc)) {
		return false
	}
	b.point(0, b.row.keyTarget)
	b.point(b.row.elementOffset, b.row.elementTarget)
	return true
}

// size is the bytes of an object; 0 if there is no row.
func (r *structRow) size() int {
	if r == nil {
		return 0
	}
	return int(r.bytes)
}

// point lets the pointers at an offset in the entries in use lead to new structs, if they are pointers.
func (b *batch) point(offset uintptr, target *structRow) {
	if target == nil {
		return
	}
	size := target.size()
	most := max(1, codec.SlabBytes/max(size, 1))
	for from := 0; from < b.used; from += most {
		n := min(most, b.used-from)
		slab := target.make(n)
		for i := range n {
			// Both lie within objects that the batch and this frame keep: the entry, and the struct in the slab.
			slot := unsafe.Add(b.entries, uintptr((from+i)*b.row.entryBytes)+offset)
			*(*unsafe.Pointer)(slot) = unsafe.Add(slab, i*size)
		}
	}
}

// make returns n zero objects.
func (r *structRow) make(n int) unsafe.Pointer {
	return newElements(r.slices, n)
}
