package island

import (
	"reflect"
	"unsafe"
)

// What a call merges into a value may be in that value already: where it has cycles, an element of a list that is lengthened here, or the
// object that a slot loses, may be one that native code works on further up. So they are kept alive until the call ends (M1).

// appendList gives a list room for elements that have arrived, and then does what newSlab does. The list gets memory for as many again, so
// that one whose elements come one by one is not moved for each. What was behind the elements of a list that this call has not made is the
// user's.
func (s *state) appendList(f *frame, p *Program) bool {
	number, used, all := f.arguments[0], int(f.arguments[2]), int(f.arguments[3])
	row := &p.slabs[number]
	list := (*listHeader)(pointerIn(&f.arguments[1]))
	if list.length != used || !charge(f, uintptr(all-used)*row.itemBytes) {
		return false
	}
	if room := list.capacity; all > room || !s.appended[list.data] {
		size := max(all, 2*used)
		s.outgrown += uintptr(size-all+used) * row.itemBytes
		longer := &listHeader{s.items(f, row, number, size), used, size}
		reflect.Copy(reflect.NewAt(row.list, unsafe.Pointer(longer)).Elem(), reflect.NewAt(row.list, unsafe.Pointer(list)).Elem())
		s.roots.add(list.data)
		*list = *longer
		s.noteAppended(list.data)
	}
	list.length = all
	return s.newSlab(f, p)
}

// noteAppended notes that this call has made an array with room behind its elements.
func (s *state) noteAppended(array unsafe.Pointer) {
	if s.appended == nil {
		s.appended = map[unsafe.Pointer]bool{}
	}
	s.appended[array] = true
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
	if held[1] != nil {
		s.roots.add(held[1])
	}
	held[0], held[1] = pointerIn(&f.arguments[2]), object // the first is not in the heap
	f.arguments[0] = uintptr(object)
	return true
}
