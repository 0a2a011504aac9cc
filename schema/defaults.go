package schema

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
)

// Default returns a pointer to a value of type Go on which InitDefault was called. It must not be changed. It is nil if the
// type has no InitDefault, and as long as a call of Of inside of InitDefault sees the type unfinished: so call Default at
// each use and do not keep the result.
func (s *StructType) Default() unsafe.Pointer {
	if d := s.defaults.Load(); d != nil {
		return d.value
	}
	return nil
}

// prepare gives s and all structs it reaches their defaults. It never waits for another goroutine, since the
// other's InitDefault may wait for this one's: two goroutines may call the same InitDefault, and the first to
// finish publishes its value.
func (s *StructType) prepare() *codec.Error {
	reached := s.unready()
	complete := true
	for _, r := range reached {
		if !r.HasInit || r.Default() != nil {
			continue
		}
		running, err := r.makeDefault()
		if err != nil {
			return err
		}
		if running {
			complete = false
		}
	}
	if complete {
		for _, r := range reached {
			r.ready.Store(true)
		}
	}
	return nil
}

// unready returns s and the structs it reaches, without going beyond those that are ready.
func (s *StructType) unready() []*StructType {
	seen := map[*StructType]bool{s: true}
	reached := []*StructType{s}
	var visit func(t *Type)
	visit = func(t *Type) {
		switch {
		case t == nil:
		case t.Kind == Struct:
			if !seen[t.Struct] && !t.Struct.ready.Load() {
				seen[t.Struct] = true
				reached = append(reached, t.Struct)
			}
		default:
			visit(t.Key)
			visit(t.Elem)
		}
	}
	for i := 0; i < len(reached); i++ {
		for _, field := range reached[i].Fields {
			visit(field.Type)
		}
	}
	return reached
}

// initialization is one run of a type's InitDefault for Of.
type initialization struct {
	goroutine uint64
	plan      *StructType
}

// initializing holds the runs in progress, as keys of type initialization.
var initializing sync.Map

// makeDefault calls InitDefault on two fresh values and publishes what they show. It reports true, and does nothing, if
// this goroutine is inside of InitDefault of this type already.
func (s *StructType) makeDefault() (running bool, err *codec.Error) {
	key := initialization{goroutine: goroutineID(), plan: s}
	if _, running = initializing.LoadOrStore(key, nil); running {
		return true, nil
	}
	defer initializing.Delete(key)
	defer func() {
		if problem := recover(); problem != nil {
			err = &codec.Error{
				Code: codec.UnsupportedType, Offset: codec.NoOffset, Path: s.Name, Type: s.Go,
				Err: errors.New(codec.Sprintf("InitDefault of %s panicked: %s%s", s.Go, fmt.Sprint(problem), promotedFromNil(s.Go))),
			}
		}
	}()
	value, other := reflect.New(s.Go), reflect.New(s.Go)
	value.Interface().(Initializer).InitDefault()
	other.Interface().(Initializer).InitDefault()
	d := &initialized{how: compareValues(s.Go, value.UnsafePointer(), other.UnsafePointer())}
	if d.how == InitCopy {
		d.template = other.UnsafePointer()
	}
	for i := range s.Fields {
		// Values of the type may share the bytes of a default, and change them.
		if field := &s.Fields[i]; field.Type.Kind == Binary && !field.Type.Pointer {
			binary := (*[]byte)(unsafe.Add(value.UnsafePointer(), field.Offset)) // of the struct that value keeps
			*binary = slices.Clone(*binary)
		}
	}
	d.value = value.UnsafePointer()
	shared, _ := learned.LoadOrStore(s.Go, d) // the same for all tag languages
	s.defaults.CompareAndSwap(nil, shared.(*initialized))
	return false, nil
}

// promotedFromNil says that InitDefault may be the method of an embedded pointer, which is nil in a fresh value; "" if there is
// none.
func promotedFromNil(t reflect.Type) string {
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous && field.Type.Kind() == reflect.Pointer && field.Type.Implements(initializerType) {
			return codec.Sprintf("; if it is that of the embedded %s, which is nil then: give %s an InitDefault of its own", field.Type, t)
		}
	}
	return ""
}

// goroutineID returns the number by which tracebacks call this goroutine, which is the only way to ask for
// it. It takes about a microsecond.
func goroutineID() uint64 {
	var buffer [64]byte
	text := buffer[:runtime.Stack(buffer[:], false)]
	text = bytes.TrimPrefix(text, []byte("goroutine "))
	digits, _, _ := bytes.Cut(text, []byte(" "))
	id, err := strconv.ParseUint(string(digits), 10, 64)
	if err != nil {
		panic("BUG: schema.goroutineID: a traceback begins with " + strconv.Quote(string(text)))
	}
	return id
}
