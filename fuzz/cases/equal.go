package cases

import (
	"bytes"
	"math"
	"reflect"
)

// Equal reports whether two values hold the same, as Text sees it.
func Equal(a, b any) bool {
	v, w := reflect.Indirect(reflect.ValueOf(a)), reflect.Indirect(reflect.ValueOf(b))
	if !v.IsValid() || !w.IsValid() || v.Type() != w.Type() {
		return Text(a) == Text(b)
	}
	return equal(v, w)
}

// equal compares values of one type.
func equal(v, w reflect.Value) bool {
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool() == w.Bool()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int() == w.Int()
	case reflect.Uint, reflect.Uint32, reflect.Uint64:
		return v.Uint() == w.Uint()
	case reflect.Float32, reflect.Float64:
		return math.Float64bits(v.Float()) == math.Float64bits(w.Float())
	case reflect.String:
		return v.String() == w.String()
	case reflect.Interface:
		if v.IsNil() || w.IsNil() {
			return v.IsNil() == w.IsNil()
		}
		return v.Elem().Type() == w.Elem().Type() && equal(v.Elem(), w.Elem())
	case reflect.Pointer:
		if v.IsNil() || w.IsNil() {
			return v.IsNil() == w.IsNil()
		}
		return equal(v.Elem(), w.Elem())
	case reflect.Slice:
		return v.IsNil() == w.IsNil() && v.Len() == w.Len() && equalElements(v, w)
	case reflect.Map:
		return v.IsNil() == w.IsNil() && v.Len() == w.Len() && equalEntries(v, w)
	case reflect.Struct:
		for _, field := range fieldsByName(v.Type()) {
			if !equal(v.Field(field.index), w.Field(field.index)) {
				return false
			}
		}
		return true
	}
	panic("cases.Equal: no comparison for " + v.Type().String())
}

func equalElements(v, w reflect.Value) bool {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return bytes.Equal(v.Bytes(), w.Bytes())
	}
	for i := range v.Len() {
		if !equal(v.Index(i), w.Index(i)) {
			return false
		}
	}
	return true
}

// equalEntries compares maps of one length. In those with keys that Go finds equal by another rule, no key can be looked up.
func equalEntries(v, w reflect.Value) bool {
	switch v.Type().Key().Kind() {
	case reflect.Pointer, reflect.Struct, reflect.Float64:
		return bytes.Equal(appendMap(nil, v), appendMap(nil, w))
	}
	for iterator := v.MapRange(); iterator.Next(); {
		other := w.MapIndex(iterator.Key())
		if !other.IsValid() || !equal(iterator.Value(), other) {
			return false
		}
	}
	return true
}
