package codec

import "reflect"

// Both engines treat maps as ones of a type that the compiler knows, so that entries are moved without reflection. That is sound
// where keys hash and compare the same, which takes the same kind and size, and where elements have the same size and the same
// pointers. Nothing but the runtime decides that, so it is tried before it is relied on.

// selfTestEntries makes a map of the self-test grow a few times.
const selfTestEntries = 40

// MapActsAs reports whether a map of type t behaves as a map[K]E. It puts entries into one either way, and finds and walks through
// them either way, on a map of its own.
func MapActsAs[K comparable, E any](t reflect.Type) bool {
	m, entry := reflect.New(t), reflect.New(MapEntry(t)).Elem()
	typed := (*map[K]E)(m.UnsafePointer())
	key, element := entry.Field(0), entry.Field(1)
	typedKey, typedElement := (*K)(key.Addr().UnsafePointer()), (*E)(element.Addr().UnsafePointer())
	*typed = make(map[K]E, 1)
	entries := min(selfTestEntries, 1<<min(t.Key().Size()*8-1, 16))
	for i := range entries {
		numbered(key, i)
		numbered(element, i)
		if i%2 == 0 {
			m.Elem().SetMapIndex(key, element)
		}
		(*typed)[*typedKey] = *typedElement
		if m.Elem().Len() != i+1 || len(*typed) != i+1 {
			return false // the entry was not found again under its key
		}
	}
	for i := range entries {
		numbered(key, i)
		numbered(element, i)
		if _, found := (*typed)[*typedKey]; !found {
			return false
		}
		if found := m.Elem().MapIndex(key); !found.IsValid() || !alike(found, element, i) {
			return false
		}
	}
	return walksAlike(*typed, m.Elem(), key, element, typedKey, typedElement)
}

// walksAlike reports whether walking through the map finds each entry once that reflection finds. key and element are where typedKey
// and typedElement point to.
func walksAlike[K comparable, E any](typed map[K]E, m, key, element reflect.Value, typedKey *K, typedElement *E) bool {
	walked := 0
	for *typedKey, *typedElement = range typed {
		found := m.MapIndex(key)
		if !found.IsValid() || !reflect.DeepEqual(found.Interface(), element.Interface()) {
			return false
		}
		walked++
	}
	return walked == m.Len()
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
