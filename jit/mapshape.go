package jit

import (
	"reflect"
	"sync"
	"unsafe"
)

// A mapShape treats a map as one of a type that the compiler knows, so that its entries are stored without
// reflection (M9). That is sound where keys hash and compare the same, which takes the same kind class and size,
// and where elements have the same size and the same pointers.
type mapShape struct {
	// newMap stores a new map with room for n entries at m, the address of a map variable.
	newMap func(m unsafe.Pointer, n int)
	// store puts the entry, whose key and element lie at these addresses, into the map at m, which is not nil.
	store func(m, key, element unsafe.Pointer)
}

// shapeOf returns the shape of a map type, or false if the type needs reflection: for keys that are no strings or
// integers (floats hash by value, interfaces by type), and elements that are neither strings, pointers to data nor
// pointer-free scalars.
func shapeOf(t reflect.Type) (mapShape, bool) {
	rows, ok := mapShapes()[classOf(t.Key())]
	if !ok || !isKey(t.Key()) {
		return mapShape{}, false
	}
	shape, ok := rows[classOf(t.Elem())]
	return shape, ok && storesAsReflect(shape, t)
}

// shapeClass is what a key or element is to a mapShape.
type shapeClass uint8

const (
	noClass shapeClass = iota
	scalar8
	scalar16
	scalar32
	scalar64
	stringClass
	pointerClass
)

func classOf(t reflect.Type) shapeClass {
	switch t.Kind() {
	case reflect.String:
		return stringClass
	case reflect.Pointer:
		return pointerClass
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8,
		reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return map[uintptr]shapeClass{1: scalar8, 2: scalar16, 4: scalar32, 8: scalar64}[t.Size()]
	}
	return noClass
}

// isKey excludes the kinds whose equality is not that of their bits.
func isKey(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.Float32, reflect.Float64, reflect.Pointer:
		return false
	}
	return true
}

var mapShapes = sync.OnceValue(func() map[shapeClass]map[shapeClass]mapShape {
	return map[shapeClass]map[shapeClass]mapShape{
		scalar8:     shapesFor[uint8](),
		scalar16:    shapesFor[uint16](),
		scalar32:    shapesFor[uint32](),
		scalar64:    shapesFor[uint64](),
		stringClass: shapesFor[string](),
	}
})

func shapesFor[K comparable]() map[shapeClass]mapShape {
	return map[shapeClass]mapShape{
		scalar8:      shapeFor[K, uint8](),
		scalar16:     shapeFor[K, uint16](),
		scalar32:     shapeFor[K, uint32](),
		scalar64:     shapeFor[K, uint64](),
		stringClass:  shapeFor[K, string](),
		pointerClass: shapeFor[K, unsafe.Pointer](),
	}
}

func shapeFor[K comparable, E any]() mapShape {
	return mapShape{
		newMap: func(m unsafe.Pointer, n int) { *(*map[K]E)(m) = make(map[K]E, n) },
		store:  func(m, key, element unsafe.Pointer) { (*(*map[K]E)(m))[*(*K)(key)] = *(*E)(element) },
	}
}

// selfTestEntries makes a map of the self-test grow a few times.
const selfTestEntries = 40

// storesAsReflect tries a shape on the type itself, mixing entries made either way, and compares what
// reflection finds. Where the runtime's maps differ from what the shape assumes, the type is left to reflection.
func storesAsReflect(shape mapShape, t reflect.Type) bool {
	m := reflect.New(t)
	shape.newMap(m.UnsafePointer(), 1)
	key, element := reflect.New(t.Key()), reflect.New(t.Elem())
	entries := min(selfTestEntries, 1<<min(t.Key().Size()*8-1, 16))
	for i := range entries {
		numbered(key.Elem(), i)
		numbered(element.Elem(), i)
		if i%2 == 0 {
			m.Elem().SetMapIndex(key.Elem(), element.Elem())
		}
		shape.store(m.UnsafePointer(), key.UnsafePointer(), element.UnsafePointer())
		if m.Elem().Len() != i+1 {
			return false // the entry was not found again under its key
		}
	}
	for i := range entries {
		numbered(key.Elem(), i)
		found := m.Elem().MapIndex(key.Elem())
		if !found.IsValid() || found.Kind() == reflect.Pointer && found.IsNil() != (i%2 == 0) {
			return false
		}
		if numbered(element.Elem(), i); found.Kind() != reflect.Pointer && found.Interface() != element.Elem().Interface() {
			return false
		}
	}
	return true
}

// numbered gives v a value of its own for each i, as far as its type has so many.
func numbered(v reflect.Value, i int) {
	switch {
	case v.Kind() == reflect.String:
		v.SetString(string(rune('A' + i)))
	case v.CanInt():
		v.SetInt(int64(i))
	case v.CanUint():
		v.SetUint(uint64(i))
	case v.CanFloat():
		v.SetFloat(float64(i))
	case v.Kind() == reflect.Bool:
		v.SetBool(i%2 == 1)
	case i%2 == 0:
		v.SetZero()
	default:
		v.Set(reflect.New(v.Type().Elem()))
	}
}
