package cases

import "reflect"

// OneEntry cuts each map inside a value, a pointer to struct, down to the entry that comes first in Text, in place, and
// returns the value. A map may have several keys that are NaN, which are the same in Text, so the elements count, too. What is
// left encodes to the same bytes every time.
func OneEntry(value any) any {
	cutMaps(reflect.ValueOf(value))
	return value
}

func cutMaps(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			cutMaps(v.Elem())
		}
	case reflect.Struct:
		for _, field := range fieldsByName(v.Type()) {
			cutMaps(v.Field(field.index))
		}
	case reflect.Slice:
		for i := range v.Len() {
			cutMaps(v.Index(i))
		}
	case reflect.Map:
		if v.Len() > 0 {
			cutMap(v)
		}
	}
}

func cutMap(v reflect.Value) {
	var firstKey, firstValue reflect.Value
	var firstText string
	for iterator := v.MapRange(); iterator.Next(); {
		text := string(appendText(append(appendText(nil, iterator.Key()), ' '), iterator.Value()))
		if !firstKey.IsValid() || text < firstText {
			firstKey, firstValue, firstText = iterator.Key(), iterator.Value(), text
		}
	}
	kept := reflect.New(v.Type().Elem()).Elem()
	kept.Set(firstValue)
	cutMaps(kept)
	cutMaps(firstKey) // maps in a key can be behind a pointer only
	v.Clear()
	v.SetMapIndex(firstKey, kept)
}
