package island

import (
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/abi"
)

// Calls that decode into an arena take all memory from it, in the same exits. Native code takes bytes from the arena's block, as
// from a chunk, and objects from its slabs; launch shades them all (M2). Memory of an arena only ever serves one type (M10), and
// what has not been handed out is zero, unless it was written to by means of a value that should not have been kept (M3).

// arenaCalls is what an arena keeps for calls of native code: their state, and its pools by the rows of programs.
type arenaCalls struct {
	state    *state
	last     *Program
	lastRows *arenaRows
	rows     map[*Program]*arenaRows
}

// Trim drops the addresses of memory that the last calls have used.
func (a *arenaCalls) Trim() { a.state.cells, a.state.slabs = shadeCells{}, slabBases{} }

// arenaRows are the pools of an arena in the order of the rows of a program.
type arenaRows struct {
	arena   *codec.Arena
	structs []*codec.Pool
	lists   []listPools
	maps    []mapPools
}

// listPools are those of a slabRow: for the items of lists and for the structs that they point to.
type listPools struct{ items, objects *codec.Pool }

// mapPools are those of a mapRow.
type mapPools struct {
	maps                       *codec.MapPool
	keyTargets, elementTargets *codec.Pool
}

// arenaState returns the state of calls that decode into a, which this goroutine has acquired.
func arenaState(a *codec.Arena, p *Program) *state {
	calls, ok := a.Engine.(*arenaCalls)
	if !ok {
		calls = &arenaCalls{state: emptyState(), rows: map[*Program]*arenaRows{}}
		a.Engine = calls
	}
	if calls.last != p {
		rows := calls.rows[p]
		if rows == nil {
			rows = newArenaRows(a, p)
			calls.rows[p] = rows
		}
		calls.last, calls.lastRows = p, rows
	}
	calls.state.arena = calls.lastRows
	return calls.state
}

func newArenaRows(a *codec.Arena, p *Program) *arenaRows {
	rows := &arenaRows{arena: a}
	for _, row := range p.structs {
		rows.structs = append(rows.structs, a.Objects(row.goType))
	}
	for _, row := range p.slabs {
		pools := listPools{items: a.Elements(row.list.Elem())}
		if row.pointers {
			pools.objects = a.Elements(row.object)
		}
		rows.lists = append(rows.lists, pools)
	}
	for _, row := range p.maps {
		pools := mapPools{maps: a.Maps(row.goType)}
		if row.keyTarget != nil {
			pools.keyTargets = a.Elements(row.keyTarget.goType)
		}
		if row.elementTarget != nil {
			pools.elementTargets = a.Elements(row.elementTarget.goType)
		}
		rows.maps = append(rows.maps, pools)
	}
	return rows
}

// lendArena gives native code the memory of the arena that needs no exit.
func (s *state) lendArena(f *frame, p *Program) {
	s.lendBytes(f, 0)
	for native, row := range p.nativeSlabs {
		s.lendObjects(f, s.arena.structs[row], native)
	}
}

// returnArena notes what native code has taken.
func (s *state) returnArena(f *frame, p *Program) {
	s.returnBytes(f)
	for native, row := range p.nativeSlabs {
		s.returnObjects(f, s.arena.structs[row], native)
	}
}

// lendBytes makes the rest of the arena's block the chunk of native code, at least as many bytes.
func (s *state) lendBytes(f *frame, least int) {
	free := s.arena.arena.Bytes.Free(least)
	s.chunk = chunk{base: unsafe.Pointer(unsafe.SliceData(free)), bytes: len(free)}
	s.chunk.publish(f)
}

// returnBytes notes how much of the chunk is in use.
func (s *state) returnBytes(f *frame) {
	if used := f.chunkNext - uintptr(s.chunk.base); used > 0 {
		s.arena.arena.Bytes.Advance(int(used))
	}
	s.chunk = chunk{}
	s.chunk.publish(f)
}

// lendObjects gives native code the unused objects of a pool's slab.
func (s *state) lendObjects(f *frame, pool *codec.Pool, native int) {
	base, count, used := pool.Slab()
	s.slabs[native] = base
	f.slabs[native].next = uintptr(base) + uintptr(used)*pool.Size
	f.slabs[native].end = uintptr(base) + uintptr(count)*pool.Size
}

// returnObjects notes which objects native code has taken.
func (s *state) returnObjects(f *frame, pool *codec.Pool, native int) {
	base, _, used := pool.Slab()
	if taken := int((f.slabs[native].next - uintptr(base)) / pool.Size); taken != used {
		pool.SetUsed(taken)
	}
}

// arenaStruct is newStruct in an arena, without what is common.
func (s *state) arenaStruct(f *frame, p *Program, number uintptr) unsafe.Pointer {
	pool, native := s.arena.structs[number], p.nativeSlab(number)
	if native >= 0 {
		s.returnObjects(f, pool, native)
	}
	object := s.take(pool, 1)
	if native >= 0 {
		s.lendObjects(f, pool, native)
	}
	return object
}

// take takes n values of a pool. If it drops its slab, the call keeps that alive: native code may be at work on objects there, and
// what leads to them may be cut off, by the user's code or in a target that was kept past Reset and is handed out again (M1).
func (s *state) take(pool *codec.Pool, n int) unsafe.Pointer {
	if !pool.Has(n) {
		base, _, _ := pool.Slab()
		s.roots.add(base)
	}
	return pool.Take(n)
}

// arenaBytes returns bytes of the arena, not cleared, at a multiple of 8.
func (s *state) arenaBytes(f *frame, n int) []byte {
	s.returnBytes(f)
	memory := s.arena.arena.Bytes.Take(n, scalarAlign)
	s.lendBytes(f, 0)
	return memory
}

// scalarAlign is a multiple of the size of any scalar.
const scalarAlign = 8

// uninitialised returns n > 0 bytes for data that native code or an exit writes to.
func (s *state) uninitialised(f *frame, n int) []byte {
	if s.arena == nil || f.flags&abi.FlagOwnedStrings != 0 {
		return codec.Uninitialised(n)[:n:n]
	}
	return s.arenaBytes(f, n)
}

// pooled reports whether the items of lists of a row are from an arena.
func (s *state) pooled(f *frame, row *slabRow) bool { return s.arena != nil && !row.owned(f) }

// owned reports whether the call wants lists of the row to have allocations of their own.
func (r *slabRow) owned(f *frame) bool { return r.numbers && f.flags&abi.FlagOwnedStrings != 0 }

// items returns n zero items for a list of a row.
func (s *state) items(f *frame, row *slabRow, number uintptr, n int) unsafe.Pointer {
	switch {
	case s.pooled(f, row):
		return s.take(s.arena.lists[number].items, n)
	case row.pointers:
		// The collector treats all pointers alike.
		return unsafe.Pointer(unsafe.SliceData(make([]unsafe.Pointer, n)))
	}
	return s.newElements(row.object, row.list, n)
}

// targets returns n zero structs that the items of a list of a row are to point to.
func (s *state) targets(row *slabRow, number uintptr, n int) unsafe.Pointer {
	if s.arena != nil {
		return s.take(s.arena.lists[number].objects, n)
	}
	return s.newElements(row.object, row.slabs, n)
}

// newMap stores an empty map at slot, for count entries that may come, with room for hint if it is a new one.
func (s *state) newMap(row *mapRow, number uintptr, slot unsafe.Pointer, count, hint int) {
	if s.arena != nil {
		s.arena.maps[number].maps.Take(slot, count, hint)
		return
	}
	row.shape.newMap(slot, hint)
}
