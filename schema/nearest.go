package schema

import (
	"reflect"
	"strings"
)

// nearestTypes maps Go kinds without a wire form to the nearest type that has one, nearestWords the others to what to do.
var (
	nearestTypes = map[reflect.Kind]reflect.Type{
		reflect.Uint: reflect.TypeFor[int](), reflect.Uint8: reflect.TypeFor[int8](), reflect.Uint16: reflect.TypeFor[int16](),
		reflect.Uint32: reflect.TypeFor[int32](), reflect.Uint64: reflect.TypeFor[int64](), reflect.Uintptr: reflect.TypeFor[int64](),
		reflect.Float32: reflect.TypeFor[float64](),
	}
	nearestWords = map[reflect.Kind]string{
		reflect.Complex64:     "a struct of two float64 fields",
		reflect.Complex128:    "a struct of two float64 fields",
		reflect.Interface:     "a struct or a pointer to one",
		reflect.Chan:          "a slice, or remove the tag",
		reflect.Func:          "a struct of its arguments, or remove the tag",
		reflect.UnsafePointer: "a pointer to a struct, or remove the tag",
	}
)

// keyWords are what to do about a map key that is like no type that can be one.
const keyWords = "a bool, a number, a string or a pointer to a struct"

// nearest returns the supported Go type closest to t, for the place where t stands, or says what else to do.
func nearest(t reflect.Type, at place) string {
	found, words := nearestType(t, at)
	if found == nil {
		return words
	}
	return strings.ReplaceAll(found.String(), "[]uint8", "[]byte")
}

// nearestType returns a type that has a wire form at the place where t stands, or nil and what else to do.
func nearestType(t reflect.Type, at place) (reflect.Type, string) {
	if obstacleIn(t, at) == nil {
		return t, ""
	}
	switch kind := t.Kind(); {
	case kind == reflect.Pointer:
		return nearestPointer(t, at)
	case kind == reflect.Struct: // a key
		return reflect.PointerTo(t), ""
	case nearestTypes[kind] != nil:
		return nearestTypes[kind], ""
	case at == inKey && (kind == reflect.Array || kind == reflect.Slice):
		return reflect.TypeFor[string](), ""
	case at == inKey:
		return nil, keyWords
	case kind == reflect.Array || kind == reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return reflect.TypeFor[[]byte](), ""
		}
		elem, words := nearestType(t.Elem(), inContainer)
		if elem == nil {
			return nil, "a slice of " + words
		}
		return reflect.SliceOf(elem), ""
	case kind == reflect.Map:
		key, _ := nearestType(t.Key(), inKey)
		elem, _ := nearestType(t.Elem(), inContainer)
		if key == nil || elem == nil {
			return nil, "a map from " + nearest(t.Key(), inKey) + " to " + nearest(t.Elem(), inContainer)
		}
		return reflect.MapOf(key, elem), ""
	}
	return nil, nearestWords[t.Kind()]
}

// nearestPointer is nearestType for pointers: what they point to decides, and most of it can only stand by value.
func nearestPointer(t reflect.Type, at place) (reflect.Type, string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() == reflect.Struct {
		return reflect.PointerTo(t), ""
	}
	found, words := nearestType(t, at)
	if found != nil && at == inField && isScalar(found) {
		return reflect.PointerTo(found), ""
	}
	return found, words
}
