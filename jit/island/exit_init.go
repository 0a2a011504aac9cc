package island

import (
	"reflect"
	"unsafe"
)

// resetStruct makes a struct as fresh as a new one. It lies in an object that is reachable, or kept because user code may run.
func (s *state) resetStruct(f *frame, p *Program) bool {
	row := p.structs[f.arguments[0]]
	object := pointerIn(&f.arguments[1])
	reflect.NewAt(row.goType, object).Elem().SetZero()
	if row.initialise != nil {
		row.initialise(object)
	}
	return true
}

// newWords makes words that hold no pointers. The state keeps them, not any object of the user.
func (s *state) newWords(f *frame) bool {
	words := make([]uint64, f.arguments[0])
	s.words = append(s.words, words)
	f.arguments[0] = uintptr(unsafe.Pointer(unsafe.SliceData(words)))
	return true
}
