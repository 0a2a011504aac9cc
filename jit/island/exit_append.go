package island

import (
	"reflect"
	"unsafe"
)

// appendList lengthens a list by elements that have arrived. Where it needs other memory that has room for as many again, so that a list
// whose elements come one by one is not moved for each.
func (s *state) appendList(f *frame, p *Program) bool {
	number, further := f.arguments[0], int(f.arguments[2])
	row := &p.slabs[number]
	s.settleSlabs(f, p)
	list := (*listHeader)(pointerIn(&f.arguments[1]))
	have := list.length
	if !charge(f, uintptr(further)*row.itemBytes) {
		return false
	}
	if further > list.capacity-have {
		size := max(have+further, 2*have)
		s.outgrown += uintptr(size-further) * row.itemBytes
		longer := &listHeader{s.items(f, row, number, size), have, size}
		reflect.Copy(reflect.NewAt(row.list, unsafe.Pointer(longer)).Elem(), reflect.NewAt(row.list, unsafe.Pointer(list)).Elem())
		*list = *longer
	}
	list.length = have + further
	base := unsafe.Add(list.data, uintptr(have)*row.itemBytes)
	if p.rootsAll {
		s.roots.add(list.data)
	}
	if row.pointers {
		if !charge(f, uintptr(further)*row.elementBytes) {
			return false
		}
		pointers := unsafe.Slice((*unsafe.Pointer)(base), further)
		base = s.targets(row, number, further)
		point(pointers, base, row.elementBytes)
		if p.rootsAll {
			s.roots.add(base)
		}
	}
	f.arguments[0], f.arguments[1] = uintptr(base), uintptr(have+further)
	return true
}

// setOneof makes an object, and stores an interface that holds its address.
func (s *state) setOneof(f *frame, p *Program) bool {
	number := f.arguments[0]
	if !charge(f, p.structs[number].bytes) {
		return false
	}
	var object unsafe.Pointer
	if s.arena != nil {
		object = s.arenaStruct(f, p, number)
	} else {
		object = s.slabStruct(f, p, number)
	}
	held := (*[2]unsafe.Pointer)(pointerIn(&f.arguments[1]))
	held[0], held[1] = pointerIn(&f.arguments[2]), object // the first is not in the heap
	f.arguments[0] = uintptr(object)
	return true
}
