package codec

import "reflect"

// MapEntry is the struct that an entry of a map lies in where entries are copied out of it: Key, then Element.
func MapEntry(t reflect.Type) reflect.Type {
	return reflect.StructOf([]reflect.StructField{{Name: "Key", Type: t.Key()}, {Name: "Element", Type: t.Elem()}})
}
