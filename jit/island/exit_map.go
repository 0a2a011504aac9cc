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
		// The map, which is one pointer, is loaded once: later changes of the slot do not matter.
		b.m, b.levels, b.left, b.sorted = *(*unsafe.Pointer)(slot), f.levels, n, sorted
		s.maps.push(b)
	}
	f.arguments[0] = uintptr(b.left + b.ready - b.next)
	first, n, ok := b.read()
	f.arguments[1], f.arguments[2] = uintptr(first), uintptr(n)
	return ok
}

// readWhole reads a map that fits the row's spare batch, as most do. ok is false if the map did not have as many entries as
// its length. done is false if there is no such batch or it is too small.
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
		s.maps.uncleared = s.maps.uncleared || copied > 0 // b stays a spare batch, so drop has to clear it
		return false, length <= most
	}
	if sorted {
		b.sort(copied)
	}
	s.maps.spare[number%spareBatches] = nil
	b.levels, b.next, b.ready = f.levels, copied, copied
	s.maps.push(b)
	f.arguments[0], f.arguments[1], f.arguments[2] = uintptr(copied), uintptr(b.entries), uintptr(copied)
	return true, true
}

// mapPreallocBytes is the memory that a call may preallocate for batches, maps, and structs behind map entries that have not
// arrived, besides the memory of the map entries that have arrived and preallocFactor times the bytes that it has read of the
// input so far. So a false count costs little memory.
const mapPreallocBytes = 44 << 10

// credit returns how many more bytes may be preallocated for entries. left is the number of bytes left of the input.
func (s *state) credit(left uintptr) int {
	return mapPreallocBytes + s.maps.arrived + preallocFactor*int(s.input-min(left, s.input)) - s.maps.held
}

// fillMap creates a map, or inserts the entries of a full batch, and returns entries to fill to native code. Like newStruct it is a safe
// point.
//
//go:noinline
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
	case !row.chargeEntries(f, count):
		return false
	default:
		s.maps.finish(f.levels)
		if count <= abi.FillEntries {
			s.fills.provide(p, row, number)
		}
		slot := pointerIn(&f.arguments[1])
		keep := abi.ExitCode(f.exit) == abi.AppendMap && *(*unsafe.Pointer)(slot) != nil
		if count == 0 && !keep {
			s.newMap(row, number, slot, 0, 0)
			f.arguments[0], f.arguments[1] = 0, 0
			return true
		}
		b = s.maps.take(row, number, s.sizeFor(row, count, 0, left), false)
		hint := row.hint(count, s.credit(left)-b.memory())
		if !keep {
			s.newMap(row, number, slot, count, hint)
		}
		b.m, b.levels, b.left, b.filling = *(*unsafe.Pointer)(slot), f.levels, count, true
		b.singleUse = row.userMayRetain
		b.held = codec.MapSlots(hint) * row.heldBytes
	}
	ok := s.supply(f, b, number, left)
	s.maps.push(b)
	f.arguments[0], f.arguments[1] = uintptr(b.entries), uintptr(b.used)
	return ok
}

// chargeEntries charges the memory of a map of count entries or, where they are added to those of a map, that of the entries alone: a map
// has up to twice the slots that it needs.
func (r *mapRow) chargeEntries(f *frame, count int) bool {
	if abi.ExitCode(f.exit) == abi.AppendMap {
		return charge(f, uintptr(2*count*r.slotBytes))
	}
	return charge(f, codec.MapHeaderBytes) && charge(f, uintptr(codec.MapSlots(count)*r.slotBytes))
}

// hint returns the number of entries to allocate a map for: count, or fewer if the map would need more than the given bytes.
func (r *mapRow) hint(count, bytes int) int {
	if codec.MapSlots(count)*r.heldBytes <= bytes {
		return count
	}
	const slots = 3 // per entry, at most
	return max(0, min(count, bytes/(slots*r.heldBytes)))
}

// sizeFor returns the size of a batch for the given number of entries of a map that holds held bytes: the best size within
// the credit, or the smallest. A batch whose memory is not reused has no room for more entries.
func (s *state) sizeFor(row *mapRow, entries, held int, left uintptr) int {
	size := row.sizeFor(min(entries, abi.BatchEntries))
	for size > 0 && (row.capacities[size]*row.entryBytes > s.credit(left)-held || row.userMayRetain && row.capacities[size] > entries) {
		size--
	}
	return size
}

// larger returns a larger batch for the map of b, whose entries are zero, if the credit permits one by now; else b.
func (s *state) larger(b *batch, left uintptr) *batch {
	size := s.sizeFor(b.row, b.left, b.held, left)
	if size <= b.size {
		return b
	}
	larger := s.maps.take(b.row, b.spare, size, false)
	larger.m, larger.levels, larger.left, larger.filling, larger.held = b.m, b.levels, b.left, b.filling, b.held
	larger.singleUse = b.singleUse
	s.maps.recycle(b)
	return larger
}

// supply chooses how many entries of a zeroed batch native code fills next, and allocates the structs that they point to.
// So a struct in a map is reachable before native code writes to it (M1).
func (s *state) supply(f *frame, b *batch, number, left uintptr) bool {
	n, targets := min(b.left, b.capacity), b.row.keyTarget.size()+b.row.elementTarget.size()
	if targets > 0 {
		n = min(n, max(1, (s.credit(left)-b.held-b.memory())/targets))
	}
	b.used, b.left, b.prealloc = n, b.left-n, n*targets
	if !charge(f, uintptr(b.prealloc)) {
		return false
	}
	if s.arena != nil {
		pools := s.arena.maps[number]
		b.point(s, 0, b.row.keyTarget, pools.keyTargets)
		b.point(s, b.row.elementOffset, b.row.elementTarget, pools.elementTargets)
		return true
	}
	b.point(s, 0, b.row.keyTarget, nil)
	b.point(s, b.row.elementOffset, b.row.elementTarget, nil)
	return true
}

// size returns the size of an object in bytes, or 0 if there is no row.
func (r *structRow) size() int {
	if r == nil {
		return 0
	}
	return int(r.bytes)
}

// point stores the addresses of new structs at an offset in all used entries. It does nothing if target is nil. The structs are from a
// pool unless that is nil.
func (b *batch) point(s *state, offset uintptr, target *structRow, pool *codec.Pool) {
	if target == nil {
		return
	}
	size := target.size()
	most := max(1, codec.SlabBytes/max(size, 1))
	for from := 0; from < b.used; from += most {
		n := min(most, b.used-from)
		var slab unsafe.Pointer
		if pool != nil {
			slab = s.take(pool, n)
		} else {
			slab = s.makeObjects(target, n)
		}
		for i := range n {
			// Both are within objects that are kept alive: the entry by the batch, the struct in the slab by this function.
			slot := unsafe.Add(b.entries, uintptr((from+i)*b.row.entryBytes)+offset)
			*(*unsafe.Pointer)(slot) = unsafe.Add(slab, i*size)
		}
	}
}

// makeObjects allocates n zeroed objects.
func (s *state) makeObjects(r *structRow, n int) unsafe.Pointer {
	return s.newElements(r.goType, r.slices, n)
}
