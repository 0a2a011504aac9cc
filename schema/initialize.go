package schema

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"sync"
	"unsafe"
)

// Initializer is the method by which a struct type sets its defaults. It sets the same on each new value.
type Initializer interface{ InitDefault() }

var initializerType = reflect.TypeFor[Initializer]()

// An Initialization is how new values of a struct type get their defaults.
type Initialization uint8

const (
	// InitCall: by a call of InitDefault, which sets what every value needs one of its own of, such as a map.
	InitCall Initialization = iota
	// InitNone: not at all. There is no InitDefault, or it sets nothing.
	InitNone
	// InitCopy: by a copy of the [StructType.Template], which has no pointers but those of strings and slices that never change.
	InitCopy
)

// CallInitDefault has InitDefault called on each new value also where it is known what it sets, and has it reported on standard
// error where it sets something else. It is a switch for finding mistakes in types, which is set before the first type is used.
var CallInitDefault bool

// initialized is what calls of InitDefault on two new values have shown.
type initialized struct {
	// value points to a value on which InitDefault was called, but for its slices of bytes, which are copies. template points
	// to the same value without copies, and is only there for InitCopy.
	value, template unsafe.Pointer
	how             Initialization
}

// learned are the *initialized of types, by their reflect.Type.
var learned sync.Map

// Initialization returns how new values get their defaults. As long as InitDefault runs for the first time, it is InitCall.
func (s *StructType) Initialization() Initialization {
	switch {
	case !s.HasInit:
		return InitNone
	case CallInitDefault:
		return InitCall
	}
	if d := s.defaults.Load(); d != nil {
		return d.how
	}
	return InitCall
}

// Template returns the value whose copies are as new values of the type are, if that is how they get their defaults, else nil.
// It must not be changed.
func (s *StructType) Template() unsafe.Pointer {
	if s.Initialization() != InitCopy {
		return nil
	}
	return s.defaults.Load().template
}

// Initialize sets the defaults of the value of type s.Go at p, which is zero. It allocates nothing itself.
func (s *StructType) Initialize(p unsafe.Pointer) {
	switch s.Initialization() {
	case InitNone:
	case InitCopy:
		// Both are an s.Go, as NewAt demands; the pointers made keep them alive.
		reflect.NewAt(s.Go, p).Elem().Set(reflect.NewAt(s.Go, s.defaults.Load().template).Elem())
	case InitCall:
		reflect.NewAt(s.Go, p).Interface().(Initializer).InitDefault()
		if d := s.defaults.Load(); d != nil && CallInitDefault {
			d.check(s.Go, p, os.Stderr)
		}
	}
}

// Initializes reports whether code of the user may be given the address of a new t, or of a struct in it: by a call of
// InitDefault.
func Initializes(t reflect.Type) bool { return initializes(t, map[reflect.Type]bool{}) }

// initializes is Initializes but for the types seen before: structs without size can hold each other very many times.
func initializes(t reflect.Type, seen map[reflect.Type]bool) bool {
	if t.Kind() != reflect.Struct || seen[t] {
		return false
	}
	seen[t] = true
	if reflect.PointerTo(t).Implements(initializerType) {
		if d, ok := learned.Load(t); !ok || d.(*initialized).how == InitCall || CallInitDefault {
			return true
		}
	}
	for i := range t.NumField() {
		if initializes(t.Field(i).Type, seen) {
			return true
		}
	}
	return false
}

// compareValues returns how further values of type t get their defaults, given two on which InitDefault was called.
func compareValues(t reflect.Type, one, other unsafe.Pointer) Initialization {
	w := comparison{}
	w.compare(t, one, other)
	switch {
	case w.differ:
		return InitCall
	case w.set:
		return InitCopy
	}
	return InitNone
}

// A comparison compares values. They differ if a copy of one cannot stand for the other, and one is set if it is not zero.
type comparison struct{ differ, set bool }

// compare compares the values of type t at one and other, which keep them alive. Where nothing in t is a pointer, these are bits.
func (w *comparison) compare(t reflect.Type, one, other unsafe.Pointer) {
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.Name != "_" {
				w.compare(f.Type, unsafe.Add(one, f.Offset), unsafe.Add(other, f.Offset))
			}
		}
	case reflect.Array:
		size := t.Elem().Size()
		for i := range uintptr(t.Len()) {
			if size == 0 || w.differ {
				break
			}
			w.compare(t.Elem(), unsafe.Add(one, i*size), unsafe.Add(other, i*size))
		}
	case reflect.String, reflect.Slice, reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		// Strings and slices are the same if they are in the same place.
		a, b := unsafe.Slice((*byte)(one), t.Size()), unsafe.Slice((*byte)(other), t.Size())
		w.differ = w.differ || string(a) != string(b)
		w.set = w.set || !isZero(a)
	default: // pointers, maps and their like: two values that share one would not be independent
		a := unsafe.Slice((*byte)(one), t.Size())
		b := unsafe.Slice((*byte)(other), t.Size())
		w.differ = w.differ || !isZero(a) || !isZero(b)
	}
}

func isZero(bytes []byte) bool {
	for _, b := range bytes {
		if b != 0 {
			return false
		}
	}
	return true
}

// reported are the types of which check has written, by their reflect.Type.
var reported sync.Map

// check compares the value at p, on which InitDefault was just called, with what was learned from the first calls.
func (d *initialized) check(t reflect.Type, p unsafe.Pointer, complaints io.Writer) {
	if d.how == InitCall {
		return
	}
	if w := (comparison{}); d.template != nil {
		w.compare(t, d.template, p)
		if !w.differ {
			return
		}
	} else if w.compare(t, p, p); !w.set && !w.differ {
		return
	}
	if _, twice := reported.LoadOrStore(t, nil); !twice {
		fmt.Fprintf(complaints, "tagwire: InitDefault of %s set something else on this value than on the first two, which further values are copies of\n", t)
	}
}
