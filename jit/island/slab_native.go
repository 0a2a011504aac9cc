package island

import (
	"slices"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/abi"
)

// Native code takes objects of some rows itself, from the slabs that exits have made for them: objects that are zero and of the right
// type. Each entry shades these slabs, as it does the chunk, so native code may store their addresses (M2).

// slabBases are the slabs that native code takes objects from, by their number in abi.FrameSlabs.
type slabBases [abi.NativeSlabs]unsafe.Pointer

// AddSlab gives native code the objects of the next row of abi.FrameSlabs, which have no defaults.
func (p *Program) AddSlab(row int) { p.nativeSlabs = append(p.nativeSlabs, row) }

// nativeSlab returns which of abi.FrameSlabs has the objects of a row, or -1.
func (p *Program) nativeSlab(row uintptr) int { return slices.Index(p.nativeSlabs, int(row)) }

// provide makes as many objects as calls usually take of each row, within what preallocate permits, so that the call need not exit
// for them.
func (s *state) provide(f *frame, p *Program) {
	for native, number := range p.nativeSlabs {
		row := p.structs[number]
		wanted := uintptr(row.usual.Load())
		if wanted == 0 {
			continue
		}
		bytes, most := wanted*row.bytes, min(s.allowance(s.input), codec.SlabBytes, uintptr(max(f.allocation, 0)))
		if bytes > most {
			wanted = most / row.bytes
			bytes = wanted * row.bytes
		}
		if wanted == 0 {
			continue
		}
		slab := s.objectSlab(p, uintptr(number))
		*slab = objectSlab{row: row, base: s.makeObjects(row, int(wanted)), count: int(wanted), made: int(wanted), prealloc: bytes}
		s.prealloc += bytes
		if p.rootsAll {
			s.roots.add(slab.base)
		}
		s.publishSlab(f, slab, native)
	}
}

// publishSlab gives native code the unused objects of a slab, which s keeps alive until the call ends.
func (s *state) publishSlab(f *frame, slab *objectSlab, native int) {
	s.slabs[native] = slab.base
	base := uintptr(slab.base)
	f.slabs[native].next = base + uintptr(slab.used)*slab.row.bytes
	f.slabs[native].end = base + uintptr(slab.count)*slab.row.bytes
}

// settle notes which objects of a slab native code has taken.
func (s *state) settle(f *frame, slab *objectSlab, native int) {
	if slab.base == nil {
		return
	}
	taken := f.slabs[native].next - uintptr(slab.base) - uintptr(slab.used)*slab.row.bytes
	if taken == 0 {
		return
	}
	slab.used += int(taken / slab.row.bytes)
	s.arrive(slab, min(slab.prealloc, taken))
}

// settleSlabs is settle for all slabs that native code takes objects from.
func (s *state) settleSlabs(f *frame, p *Program) {
	for native, row := range p.nativeSlabs {
		if row < len(s.objects) {
			s.settle(f, &s.objects[row], native)
		}
	}
}

// dropSlabs takes all slabs from native code.
func (s *state) dropSlabs(f *frame) {
	s.slabs, s.cells.slabs = slabBases{}, slabBases{}
	clear(f.slabs[:])
}
