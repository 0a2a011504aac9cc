package island

import (
	"cmp"
	"reflect"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
)

// A mapShape works on the maps of one type, and on contiguous entries in a batch, each a struct of key and element. m is
// always the address of a map variable; entries points to the first of n entries.
type mapShape interface {
	// length returns the number of entries in the map.
	length(m unsafe.Pointer) int
	// newMap stores a new map with room for n entries at m.
	newMap(m unsafe.Pointer, n int)
	// newEntries returns zeroed memory for n entries.
	newEntries(n int) unsafe.Pointer
	// insert inserts entries into the map, which is not nil; of entries with the same key the last one remains.
	insert(m, entries unsafe.Pointer, n int)
	// clear zeroes entries.
	clear(entries unsafe.Pointer, n int)
	// sort sorts entries by their keys, which are not structs.
	sort(entries unsafe.Pointer, n int)
}

// A mapReader is a mapShape that can read a small map in one step.
type mapReader interface {
	mapShape
	// read copies the entries of a map and returns how many it has copied and the length of the map. If the length is more
	// than n it copies none.
	read(m, entries unsafe.Pointer, n int) (copied, length int)
	// mapType returns the type that the shape treats maps as.
	mapType() reflect.Type
}

// A mapEntry is an entry in a batch.
type mapEntry[K comparable, E any] struct {
	key     K
	element E
}

// A typedShape treats a map as one of a type that is known at compile time, so that entries are copied without reflection
// (M9). That is sound if keys hash and compare in the same way, which requires the same kind class and size, and if elements
// have the same size and the same pointers.
type typedShape[K comparable, E any] struct{ compare func(a, b K) int }

// batchOf returns n entries as a slice. They belong to a batch that the caller keeps alive.
func (typedShape[K, E]) batchOf(entries unsafe.Pointer, n int) []mapEntry[K, E] {
	return unsafe.Slice((*mapEntry[K, E])(entries), n)
}

func (typedShape[K, E]) length(m unsafe.Pointer) int { return len(*(*map[K]E)(m)) }

func (typedShape[K, E]) newMap(m unsafe.Pointer, n int) { *(*map[K]E)(m) = make(map[K]E, n) }

func (typedShape[K, E]) newEntries(n int) unsafe.Pointer {
	return unsafe.Pointer(unsafe.SliceData(make([]mapEntry[K, E], n)))
}

func (s typedShape[K, E]) read(m, entries unsafe.Pointer, n int) (copied, length int) {
	source := *(*map[K]E)(m) // loaded once: later changes of the slot do not matter
	if length = len(source); length > n {
		return 0, length
	}
	batch := s.batchOf(entries, length)
	for key, element := range source {
		if copied == len(batch) { // another goroutine inserts entries concurrently
			break
		}
		batch[copied].key, batch[copied].element = key, element
		copied++
	}
	return copied, length
}

func (s typedShape[K, E]) insert(m, entries unsafe.Pointer, n int) {
	target, batch := *(*map[K]E)(m), s.batchOf(entries, n)
	for i := range batch {
		target[batch[i].key] = batch[i].element
	}
}

func (typedShape[K, E]) mapType() reflect.Type { return reflect.TypeFor[map[K]E]() }

func (s typedShape[K, E]) clear(entries unsafe.Pointer, n int) { clear(s.batchOf(entries, n)) }

// shapeOf returns a typed shape for a map type, or false if the type needs reflection: for keys that are structs by value or
// interfaces, which hash by type, and elements that are neither strings, slices, maps, pointers nor pointer-free scalars.
func shapeOf(t reflect.Type) (mapReader, bool) {
	shape, ok := mapShapes()[keyClassOf(t.Key())][classOf(t.Elem())]
	return shape, ok && codec.MapActsAs(t, shape.mapType())
}

// shapeClass classifies the types of keys and elements for a typedShape.
type shapeClass uint8

const (
	noClass shapeClass = iota
	scalar8
	scalar16
	scalar32
	scalar64
	stringClass
	sliceClass
	pointerClass
	// Of keys only: they are not equal where their bits are, or not of any bits.
	boolClass
	doubleClass
	// Of keys only: they are ordered as numbers without a sign.
	unsigned32
	unsigned64
)

func (c shapeClass) hasPointers() bool {
	return c == stringClass || c == sliceClass || c == pointerClass
}

func classOf(t reflect.Type) shapeClass {
	switch t.Kind() {
	case reflect.String:
		return stringClass
	case reflect.Slice: // all slice headers have the same layout
		return sliceClass
	case reflect.Pointer, reflect.Map:
		return pointerClass
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8,
		reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return map[uintptr]shapeClass{1: scalar8, 2: scalar16, 4: scalar32, 8: scalar64}[t.Size()]
	}
	return noClass
}

// keyClassOf is classOf for keys.
func keyClassOf(t reflect.Type) shapeClass {
	switch t.Kind() {
	case reflect.Bool:
		return boolClass
	case reflect.Float64:
		return doubleClass
	case reflect.Float32:
		return noClass
	case reflect.Uint, reflect.Uint32, reflect.Uint64:
		return map[uintptr]shapeClass{4: unsigned32, 8: unsigned64}[t.Size()]
	}
	return classOf(t)
}

// mapShapes are the shapes by the classes of key and element. Addresses of structs are never sorted.
var mapShapes = sync.OnceValue(func() map[shapeClass]map[shapeClass]mapReader {
	return map[shapeClass]map[shapeClass]mapReader{
		scalar8:      shapesFor(cmp.Compare[int8]),
		scalar16:     shapesFor(cmp.Compare[int16]),
		scalar32:     shapesFor(cmp.Compare[int32]),
		scalar64:     shapesFor(cmp.Compare[int64]),
		unsigned32:   shapesFor(cmp.Compare[uint32]),
		unsigned64:   shapesFor(cmp.Compare[uint64]),
		stringClass:  shapesFor(cmp.Compare[string]),
		boolClass:    shapesFor(compareBools),
		doubleClass:  shapesFor(codec.CompareDoubles),
		pointerClass: shapesFor[unsafe.Pointer](nil),
	}
})

func shapesFor[K comparable](compare func(a, b K) int) map[shapeClass]mapReader {
	return map[shapeClass]mapReader{
		scalar8:      typedShape[K, uint8]{compare},
		scalar16:     typedShape[K, uint16]{compare},
		scalar32:     typedShape[K, uint32]{compare},
		scalar64:     typedShape[K, uint64]{compare},
		stringClass:  typedShape[K, string]{compare},
		sliceClass:   typedShape[K, []byte]{compare},
		pointerClass: typedShape[K, unsafe.Pointer]{compare},
	}
}

// A reflectedShape works on maps of any type.
type reflectedShape struct{ mapType, slice reflect.Type }

func newReflectedShape(t reflect.Type) reflectedShape {
	return reflectedShape{mapType: t, slice: reflect.SliceOf(codec.MapEntry(t))}
}

// mapAt returns the map at m, which the caller keeps alive.
func (r reflectedShape) mapAt(m unsafe.Pointer) reflect.Value {
	return reflect.NewAt(r.mapType, m).Elem()
}

func (r reflectedShape) length(m unsafe.Pointer) int { return r.mapAt(m).Len() }

func (r reflectedShape) newMap(m unsafe.Pointer, n int) {
	r.mapAt(m).Set(reflect.MakeMapWithSize(r.mapType, n))
}

func (r reflectedShape) newEntries(n int) unsafe.Pointer {
	return reflect.MakeSlice(r.slice, n, n).UnsafePointer()
}

// entryAt returns entry i of a batch that the caller keeps alive.
func (r reflectedShape) entryAt(entries unsafe.Pointer, i int) reflect.Value {
	entry := r.slice.Elem()
	return reflect.NewAt(entry, unsafe.Add(entries, uintptr(i)*entry.Size())).Elem()
}

// readFrom copies up to n entries from the position of an iterator.
func (r reflectedShape) readFrom(iterator *reflect.MapIter, entries unsafe.Pointer, n int) int {
	used := 0
	for used < n && iterator.Next() {
		entry := r.entryAt(entries, used)
		entry.Field(0).SetIterKey(iterator)
		entry.Field(1).SetIterValue(iterator)
		used++
	}
	return used
}

func (r reflectedShape) insert(m, entries unsafe.Pointer, n int) {
	target := r.mapAt(m)
	for i := range n {
		entry := r.entryAt(entries, i)
		target.SetMapIndex(entry.Field(0), entry.Field(1))
	}
}

func (r reflectedShape) clear(entries unsafe.Pointer, n int) {
	for i := range n {
		r.entryAt(entries, i).SetZero()
	}
}
