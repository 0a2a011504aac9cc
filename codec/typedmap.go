package codec

import "reflect"

// Both engines treat maps as ones of a type that the compiler knows, so that entries are moved without reflection. That is sound
// where keys hash and compare the same, which takes the same kind and size, and where elements have the same size and the same
// pointers. Nothing but the runtime decides that, so it is tried before it is relied on.

// selfTestEntries makes a map of the self-test grow a few times.
const selfTestEntries = 40

// mostTestedTarget bounds the structs that keys of the self-test point to, in bytes: it makes selfTestEntries of them.
const mostTestedTarget = 4 << 10

// MapActsAs reports whether maps of type t behave as ones of the type as, by what the runtime does with a map at an address for either:
// entries are put into one, found and walked through either way.
func MapActsAs(t, as reflect.Type) bool {
	if t.Key().Kind() == reflect.Pointer && t.Key().Elem().Size() > mostTestedTarget {
		return false
	}
	m, entry := reflect.New(t), reflect.New(MapEntry(t)).Elem()
	key, element := entry.Field(0), entry.Field(1)
	// What other says and does is about the same memory, which m and entry keep alive and typed.
	other := reflect.NewAt(as, m.UnsafePointer()).Elem()
	otherKey := reflect.NewAt(as.Key(), key.Addr().UnsafePointer()).Elem()
	otherElement := reflect.NewAt(as.Elem(), element.Addr().UnsafePointer()).Elem()
	other.Set(reflect.MakeMapWithSize(as, 1))
	entries := min(selfTestEntries, 1<<min(t.Key().Size()*8-1, 16))
	setKey := func(i int) { numbered(key, i) }
	switch t.Key().Kind() {
	case reflect.Bool:
		entries = 2
	case reflect.Pointer:
		keys := make([]reflect.Value, entries)
		for i := range keys {
			keys[i] = reflect.New(t.Key().Elem()) // all the same if the type has no size, and then not found again
		}
		setKey = func(i int) { key.Set(keys[i].Convert(t.Key())) }
	}
	for i := range entries {
		setKey(i)
		numbered(element, i)
		if i%2 == 0 {
			m.Elem().SetMapIndex(key, element)
		}
		other.SetMapIndex(otherKey, otherElement)
		if m.Elem().Len() != i+1 || other.Len() != i+1 {
			return false // the entry was not found again under its key
		}
	}
	for i := range entries {
		setKey(i)
		numbered(element, i)
		if !other.MapIndex(otherKey).IsValid() || !alike(m.Elem().MapIndex(key), element, i) {
			return false
		}
	}
	walked := 0
	for it := other.MapRange(); it.Next(); walked++ {
		otherKey.SetIterKey(it)
		otherElement.SetIterValue(it)
		found := m.Elem().MapIndex(key)
		if !found.IsValid() || !reflect.DeepEqual(found.Interface(), element.Interface()) {
			return false
		}
	}
	return walked == entries
}

// alike reports whether found is what numbered made of element i.
func alike(found, element reflect.Value, i int) bool {
	switch found.Kind() {
	case reflect.Invalid:
		return false
	case reflect.Pointer, reflect.Map, reflect.Slice:
		return found.IsNil() == (i%2 == 0)
	}
	return found.Interface() == element.Interface()
}

// numbered gives v a value of its own for each i, as far as its type has enough values.
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
