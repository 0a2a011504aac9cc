package island

import (
	"cmp"
	"reflect"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
)

// A mapShape works on the maps of one type, and on entries that lie in a batch one behind the other, each as a struct of
// key and element. m is always the address of a map variable; entries point to the first of n entries.
type mapShape interface {
	// length returns the number of entries in the map.
	length(m unsafe.Pointer) int
	// newMap stores a new map with room for n entries at m.
	newMap(m unsafe.Pointer, n int)
	// newEntries returns memory for n entries, all zero.
	newEntries(n int) unsafe.Pointer
	// insert puts entries into the map, which is not nil; of those with one key the last stays.
	insert(m, entries unsafe.Pointer, n int)
	// clear makes entries zero.
	clear(entries unsafe.Pointer, n int)
	// sort puts entries in the order of their keys, which are no structs.
	sort(entries unsafe.Pointer, n int)
}

// A mapReader reads small maps at once.
type mapReader interface {
	mapShape
	// read copies the entries of a map and returns how many it has copied and how many there are. If those are more than
	// n it copies none.
	read(m, entries unsafe.Pointer, n int) (copied, length int)
}

// A mapEntry is an entry in a batch.
type mapEntry[K cmp.Ordered, E any] struct {
	key     K
	element E
}

// A typedShape treats a map as one of a type that the compiler knows, so that its entries are moved without reflection
// (M9). That is sound where keys hash and compare the same, which takes the same kind class and size, and where elements
// have the same size and the same pointers.
type typedShape[K cmp.Ordered, E any] struct{}

// batchOf returns n entries as a slice. They are those of a batch, which the caller holds.
func (typedShape[K, E]) batchOf(entries unsafe.Pointer, n int) []mapEntry[K, E] {
	return unsafe.Slice((*mapEntry[K, E])(entries), n)
}

func (typedShape[K, E]) length(m unsafe.Pointer) int { return len(*(*map[K]E)(m)) }

func (typedShape[K, E]) newMap(m unsafe.Pointer, n int) { *(*map[K]E)(m) = make(map[K]E, n) }

func (typedShape[K, E]) newEntries(n int) unsafe.Pointer {
	return unsafe.Pointer(unsafe.SliceData(make([]mapEntry[K, E], n)))
}

func (s typedShape[K, E]) read(m, entries unsafe.Pointer, n int) (copied, length int) {
	source := *(*map[K]E)(m) // loaded once: what the slot holds later does not matter
	if length = len(source); length > n {
		return 0, length
	}
	batch := s.batchOf(entries, length)
	for key, element := range source {
		if copied == len(batch) { // somebody puts entries into the map meanwhile
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

func (s typedShape[K, E]) clear(entries unsafe.Pointer, n int) { clear(s.batchOf(entries, n)) }

// shapeOf returns a typed shape for a map type, or false if the type needs reflection: for keys that are no strings or
// integers (floats hash by value, interfaces by type), and elements that are neither strings, slices, maps, pointers nor
// pointer-free scalars.
func shapeOf(t reflect.Type) (mapReader, bool) {
	rows, ok := mapShapes()[classOf(t.Key())]
	if !ok || !isKey(t.Key()) {
		return nil, false
	}
	shape, ok := rows[classOf(t.Elem())]
	return shape, ok && worksAsReflect(shape, t)
}

// shapeClass is what a key or element is to a typedShape.
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
)

func classOf(t reflect.Type) shapeClass {
	switch t.Kind() {
	case reflect.String:
		return stringClass
	case reflect.Slice: // every slice header looks alike
		return sliceClass
	case reflect.Pointer, reflect.Map:
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

// mapShapes are the shapes by the classes of key and element. Keys of the wire are signed, which matters to their order.
var mapShapes = sync.OnceValue(func() map[shapeClass]map[shapeClass]mapReader {
	return map[shapeClass]map[shapeClass]mapReader{
		scalar8:     shapesFor[int8](),
		scalar16:    shapesFor[int16](),
		scalar32:    shapesFor[int32](),
		scalar64:    shapesFor[int64](),
		stringClass: shapesFor[string](),
	}
})

func shapesFor[K cmp.Ordered]() map[shapeClass]mapReader {
	return map[shapeClass]mapReader{
		scalar8:      typedShape[K, uint8]{},
		scalar16:     typedShape[K, uint16]{},
		scalar32:     typedShape[K, uint32]{},
		scalar64:     typedShape[K, uint64]{},
		stringClass:  typedShape[K, string]{},
		sliceClass:   typedShape[K, []byte]{},
		pointerClass: typedShape[K, unsafe.Pointer]{},
	}
}

// selfTestEntries makes a map of the self-test grow a few times.
const selfTestEntries = 40

// worksAsReflect tries a shape on the type itself, mixing entries made either way, and compares what
// reflection finds. Where the runtime's maps differ from what the shape assumes, the type is left to reflection.
func worksAsReflect(shape mapReader, t reflect.Type) bool {
	entry := codec.MapEntry(t)
	m, batch := reflect.New(t), reflect.New(entry).Elem()
	key, element, at := batch.Field(0), batch.Field(1), batch.Addr().UnsafePointer()
	shape.newMap(m.UnsafePointer(), 1)
	entries := min(selfTestEntries, 1<<min(t.Key().Size()*8-1, 16))
	for i := range entries {
		numbered(key, i)
		numbered(element, i)
		if i%2 == 0 {
			m.Elem().SetMapIndex(key, element)
		}
		shape.insert(m.UnsafePointer(), at, 1)
		if m.Elem().Len() != i+1 || shape.length(m.UnsafePointer()) != i+1 {
			return false // the entry was not found again under its key
		}
	}
	for i := range entries {
		numbered(key, i)
		numbered(element, i)
		if found := m.Elem().MapIndex(key); !found.IsValid() || !alike(found, element, i) {
			return false
		}
	}
	return readsAsReflect(shape, m, entry, entries)
}

// readsAsReflect compares the entries that a shape reads from the map at m with those that reflection finds.
func readsAsReflect(shape mapReader, m reflect.Value, entry reflect.Type, entries int) bool {
	batch := reflect.MakeSlice(reflect.SliceOf(entry), entries, entries)
	for _, room := range []int{entries, entries - 1} {
		copied, length := shape.read(m.UnsafePointer(), batch.UnsafePointer(), room)
		if length != entries || copied != entries && room == entries || copied != 0 && room < entries {
			return false
		}
	}
	for i := range entries {
		key, element := batch.Index(i).Field(0), batch.Index(i).Field(1)
		if found := m.Elem().MapIndex(key); !found.IsValid() || !reflect.DeepEqual(found.Interface(), element.Interface()) {
			return false
		}
	}
	shape.clear(batch.UnsafePointer(), entries)
	return batch.Index(0).IsZero() && batch.Index(entries-1).IsZero()
}

// alike reports whether found is what numbered made of element i.
func alike(found, element reflect.Value, i int) bool {
	switch found.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		return found.IsNil() == (i%2 == 0)
	}
	return found.Interface() == element.Interface()
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
	case v.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	default:
		v.Set(reflect.New(v.Type().Elem()))
	}
}

// A reflectedShape works on maps of any type.
type reflectedShape struct{ mapType, slice reflect.Type }

func newReflectedShape(t reflect.Type) reflectedShape {
	return reflectedShape{mapType: t, slice: reflect.SliceOf(codec.MapEntry(t))}
}

// mapAt returns the map at m, which the caller holds.
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

// entryAt returns entry i of a batch, which the caller holds.
func (r reflectedShape) entryAt(entries unsafe.Pointer, i int) reflect.Value {
	entry := r.slice.Elem()
	return reflect.NewAt(entry, unsafe.Add(entries, uintptr(i)*entry.Size())).Elem()
}

// readFrom copies up to n entries from where an iterator stands.
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
