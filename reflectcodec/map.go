package reflectcodec

import (
	"reflect"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
)

// mapCodec reads and writes the entries of one kind of Go map. p is the address of the map variable.
type mapCodec interface {
	// size counts the header and the entries.
	size(z *Sizer, v *Value, p unsafe.Pointer) *codec.Error
	// encode writes the header and the entries.
	encode(e *Encoder, v *Value, p unsafe.Pointer) *codec.Error
	// decode makes a map with room for hint entries, stores it at p and reads n entries into it.
	decode(d *Decoder, v *Value, p unsafe.Pointer, n, hint int) *codec.Error
}

// mapCodecOf chooses the codec of a map: a typed one where the compiler's own map code can serve, because the
// keys hash alike and the elements have the same size and pointers; else the one over reflect.
func mapCodecOf(v *Value) mapCodec {
	if v.Elem.Op == OpStruct && !v.Elem.Pointer {
		return newReflectMap(v)
	}
	if v.Key.Pointer {
		return typedMapOf[unsafe.Pointer](v)
	}
	switch v.Key.typ.Kind() {
	case reflect.Bool:
		return typedMapOf[bool](v)
	case reflect.Float64:
		return typedMapOf[float64](v)
	case reflect.String:
		return typedMapOf[string](v)
	case reflect.Int8:
		return typedMapOf[int8](v)
	case reflect.Int16:
		return typedMapOf[int16](v)
	case reflect.Int32:
		return typedMapOf[int32](v)
	case reflect.Int64:
		return typedMapOf[int64](v)
	case reflect.Int:
		return typedMapOf[int](v)
	}
	return newReflectMap(v) // structs by value
}

// typedMapOf returns the typed codec for keys of type K, unless only reflection will do. The elements are not structs by value.
func typedMapOf[K comparable](v *Value) mapCodec {
	elem := v.Elem
	switch {
	case elem.Pointer, elem.Op == OpMap:
		return newTypedMap[K, unsafe.Pointer](v)
	case elem.Op == OpString:
		return newTypedMap[K, string](v)
	case elem.Op == OpBinary, elem.Op == OpList:
		return newTypedMap[K, []byte](v) // every slice header looks alike
	}
	switch elem.size {
	case 1:
		return newTypedMap[K, uint8](v)
	case 2:
		return newTypedMap[K, uint16](v)
	case 4:
		return newTypedMap[K, uint32](v)
	}
	return newTypedMap[K, uint64](v)
}

func newTypedMap[K comparable, V any](v *Value) mapCodec {
	if !codec.MapActsAs(v.GoType, reflect.TypeFor[map[K]V]()) {
		return newReflectMap(v)
	}
	return &typedMap[K, V]{}
}

// pair holds the current entry: in the heap, typed, one for each map being read or written.
type pair[K comparable, V any] struct {
	key  K
	elem V
}

// typedMap serves every map whose keys are of K's kind and whose elements look like V in memory.
type typedMap[K comparable, V any] struct {
	pairs sync.Pool
}

func (t *typedMap[K, V]) get() *pair[K, V] {
	if x, ok := t.pairs.Get().(*pair[K, V]); ok {
		return x
	}
	return new(pair[K, V])
}

func (t *typedMap[K, V]) put(x *pair[K, V]) {
	*x = pair[K, V]{}
	t.pairs.Put(x)
}

func (t *typedMap[K, V]) size(z *Sizer, v *Value, p unsafe.Pointer) *codec.Error {
	m := *(*map[K]V)(p)
	if err := z.format.SizeMap(z, v, len(m)); err != nil {
		return err
	}
	if v.Key.Fixed > 0 && v.Elem.Fixed > 0 && len(m) <= (z.Limit-z.N)/(v.Key.Fixed+v.Elem.Fixed) {
		z.N += len(m) * (v.Key.Fixed + v.Elem.Fixed)
		return nil
	}
	x := t.get()
	defer t.put(x)
	for x.key, x.elem = range m {
		if err := z.entry(v, unsafe.Pointer(&x.key), unsafe.Pointer(&x.elem)); err != nil {
			return err
		}
	}
	return nil
}

func (t *typedMap[K, V]) encode(e *Encoder, v *Value, p unsafe.Pointer) *codec.Error {
	m := *(*map[K]V)(p)
	n := len(m)
	if err := e.format.EncodeMap(e, v, n); err != nil {
		return err
	}
	x := t.get()
	defer t.put(x)
	for x.key, x.elem = range m {
		n--
		if err := e.entry(v, unsafe.Pointer(&x.key), unsafe.Pointer(&x.elem)); err != nil {
			return err
		}
	}
	if n != 0 {
		return e.Fail(codec.InvalidData, e.Pos, v, errMapChanged)
	}
	return nil
}

func (t *typedMap[K, V]) decode(d *Decoder, v *Value, p unsafe.Pointer, n, hint int) *codec.Error {
	if d.arena != nil {
		d.arena.Maps(v.GoType).Take(p, n, hint)
	} else {
		*(*map[K]V)(p) = make(map[K]V, hint)
	}
	m := *(*map[K]V)(p)
	x := t.get()
	defer t.put(x)
	var structs slab
	for i := range n {
		*x = pair[K, V]{}
		if err := d.entry(v, i, unsafe.Pointer(&x.key), unsafe.Pointer(&x.elem), &structs, n-i); err != nil {
			return err
		}
		m[x.key] = x.elem
	}
	structs.release(d)
	return nil
}

// reflectMap serves the other maps: keys or elements are structs by value.
type reflectMap struct {
	entries sync.Pool
	// userMayRetain: code of the user may get, and keep, the address of what lies in an element. Then each has its own memory.
	userMayRetain bool
}

// reflectEntry is the current entry, and the iterator.
type reflectEntry struct {
	key, elem reflect.Value // addressable
	iterator  reflect.MapIter
}

func newReflectMap(v *Value) mapCodec {
	key, elem := v.Key.GoType, v.Elem.GoType
	return &reflectMap{entries: sync.Pool{New: func() any {
		return &reflectEntry{key: reflect.New(key).Elem(), elem: reflect.New(elem).Elem()}
	}}, userMayRetain: schema.Initializes(elem)}
}

func (r *reflectMap) put(x *reflectEntry) {
	x.key.SetZero()
	x.elem.SetZero()
	x.iterator.Reset(reflect.Value{})
	r.entries.Put(x)
}

// addresses returns where the key and the element are; x keeps them alive.
func (x *reflectEntry) addresses() (key, elem unsafe.Pointer) {
	return x.key.Addr().UnsafePointer(), x.elem.Addr().UnsafePointer()
}

// next moves to the next entry and reports whether there is one.
func (x *reflectEntry) next() bool {
	if !x.iterator.Next() {
		return false
	}
	x.key.SetIterKey(&x.iterator)
	x.elem.SetIterValue(&x.iterator)
	return true
}

func (r *reflectMap) size(z *Sizer, v *Value, p unsafe.Pointer) *codec.Error {
	m := reflect.NewAt(v.GoType, p).Elem()
	if err := z.format.SizeMap(z, v, m.Len()); err != nil {
		return err
	}
	x := r.entries.Get().(*reflectEntry)
	defer r.put(x)
	key, elem := x.addresses()
	for x.iterator.Reset(m); x.next(); {
		if err := z.entry(v, key, elem); err != nil {
			return err
		}
	}
	return nil
}

func (r *reflectMap) encode(e *Encoder, v *Value, p unsafe.Pointer) *codec.Error {
	m := reflect.NewAt(v.GoType, p).Elem()
	n := m.Len()
	if err := e.format.EncodeMap(e, v, n); err != nil {
		return err
	}
	x := r.entries.Get().(*reflectEntry)
	defer r.put(x)
	key, elem := x.addresses()
	for x.iterator.Reset(m); x.next(); n-- {
		if err := e.entry(v, key, elem); err != nil {
			return err
		}
	}
	if n != 0 {
		return e.Fail(codec.InvalidData, e.Pos, v, errMapChanged)
	}
	return nil
}

func (r *reflectMap) decode(d *Decoder, v *Value, p unsafe.Pointer, n, hint int) *codec.Error {
	slot := reflect.NewAt(v.GoType, p).Elem()
	if d.arena != nil {
		d.arena.Maps(v.GoType).Take(p, n, hint)
	} else {
		slot.Set(reflect.MakeMapWithSize(v.GoType, hint))
	}
	m := reflect.ValueOf(slot.Interface()) // the map itself: user code may replace it in the value
	x := r.entries.Get().(*reflectEntry)
	defer r.put(x)
	key, elem := x.addresses()
	value := x.elem
	var structs slab
	for i := range n {
		x.key.SetZero()
		if r.userMayRetain {
			value = reflect.New(v.Elem.GoType).Elem()
			elem = value.Addr().UnsafePointer()
		} else {
			value.SetZero()
		}
		if err := d.entry(v, i, key, elem, &structs, n-i); err != nil {
			return err
		}
		m.SetMapIndex(x.key, value)
	}
	structs.release(d)
	return nil
}
