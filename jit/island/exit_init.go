package island

import (
	"reflect"
	"unsafe"
)

// resetStruct resets a struct to its defaults. The struct is in a reachable object, or in one that is kept alive because
// user code may run.
func (s *state) resetStruct(f *frame, p *Program) bool {
	row := p.structs[f.arguments[0]]
	object := pointerIn(&f.arguments[1])
	if row.goType.Kind() == reflect.Pointer { // of a oneof; see appendList
		s.roots.add(*(*unsafe.Pointer)(object))
	}
	reflect.NewAt(row.goType, object).Elem().SetZero()
	if row.initialise != nil {
		row.initialise(object)
	}
	return true
}

// newWords allocates words without pointers. The state keeps them alive, not an object of the user.
func (s *state) newWords(f *frame) bool {
	words := make([]uint64, f.arguments[0])
	s.words = append(s.words, words)
	f.arguments[0] = uintptr(unsafe.Pointer(unsafe.SliceData(words)))
	return true
}
