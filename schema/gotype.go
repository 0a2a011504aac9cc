package schema

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// scalarKinds maps the Go kinds that mean one thing only. Int64 is missing: it may be an enum.
var scalarKinds = map[reflect.Kind]Kind{
	reflect.Bool: Bool, reflect.Int8: I8, reflect.Int16: I16, reflect.Int32: I32, reflect.Int: I64,
	reflect.Float64: Double, reflect.String: String,
}

// nearestKinds maps Go kinds without a wire form to the nearest thing that has one.
var nearestKinds = map[reflect.Kind]string{
	reflect.Uint: "int", reflect.Uint8: "int8", reflect.Uint16: "int16", reflect.Uint32: "int32",
	reflect.Uint64: "int64", reflect.Uintptr: "int64", reflect.Float32: "float64",
	reflect.Complex64:     "a struct of two float64 fields",
	reflect.Complex128:    "a struct of two float64 fields",
	reflect.Interface:     "a struct or a pointer to one",
	reflect.Chan:          "a slice, or remove the tag",
	reflect.Func:          "a struct of its arguments, or remove the tag",
	reflect.UnsafePointer: "a pointer to a struct, or remove the tag",
}

// place is where a type stands; it decides which pointers and structs are allowed.
type place uint8

const (
	inField place = iota
	inContainer
	inKey
)

// typeError says why a Go type, or a tag for it, is refused.
type typeError struct {
	code   Code
	reason string
	// corrections are the types that the tag could give instead; none if no tag helps.
	corrections []string
}

func unsupported(format string, arguments ...any) *typeError {
	return &typeError{code: UnsupportedType, reason: fmt.Sprintf(format, arguments...)}
}

// checkField returns an error if no tag could make t the type of a field.
func checkField(t reflect.Type) *typeError {
	if cycle := typeCycle(t, nil); cycle != nil {
		return unsupported("%s contains itself: put a struct between", cycle)
	}
	return check(t, inField)
}

// check returns an error if t has no wire form where it stands. t must have no typeCycle.
func check(t reflect.Type, at place) *typeError {
	switch t.Kind() {
	case reflect.Int64:
		return nil
	case reflect.Struct:
		if at == inKey {
			return unsupported("%s cannot be a map key by value: use *%s", t, t)
		}
		return nil
	case reflect.Pointer:
		return checkPointer(t, at)
	case reflect.Slice:
		if isBytes(t) {
			return nil
		}
		return check(t.Elem(), inContainer)
	case reflect.Map:
		if err := check(t.Key(), inKey); err != nil {
			return err
		}
		return check(t.Elem(), inContainer)
	case reflect.Array:
		if at == inKey {
			return unsupported("%s cannot be a map key: use string", t)
		}
	}
	if _, ok := scalarKinds[t.Kind()]; ok {
		return nil
	}
	return unsupported("%s has no wire form: use %s", t, nearest(t))
}

func checkPointer(t reflect.Type, at place) *typeError {
	base := t.Elem()
	switch {
	case base.Kind() == reflect.Struct:
		return nil
	case !isScalar(base) && !isBytes(base):
		return unsupported("%s has no wire form: use %s", t, nearest(t))
	case at != inField:
		return unsupported("%s may only be the type of an optional field, not of a list element, map key or map value: use %s", t, base)
	}
	return nil
}

// nearest returns the supported Go type closest to t, or says what else to do.
func nearest(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Array, reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "[]byte"
		}
		elem := nearest(t.Elem())
		if strings.Contains(elem, " ") {
			return "a slice of " + elem
		}
		return "[]" + elem
	case reflect.Map:
		return "map[" + nearest(t.Key()) + "]" + nearest(t.Elem())
	case reflect.Pointer:
		return nearestPointer(t)
	}
	if name, ok := nearestKinds[t.Kind()]; ok {
		return name
	}
	return t.String()
}

// nearestPointer returns the supported pointer type closest to t, or what it points to where no pointer is
// supported.
func nearestPointer(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	base := nearest(t)
	if t.Kind() == reflect.Map || t.Kind() == reflect.Slice || t.Kind() == reflect.Array || strings.Contains(base, " ") {
		return base
	}
	return "*" + base
}

// isScalar reports whether t's plain form is a bool, a number or a string.
func isScalar(t reflect.Type) bool {
	_, ok := scalarKinds[t.Kind()]
	return ok || t.Kind() == reflect.Int64
}

// isBytes reports whether t is []byte or a named form of it.
func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}

// isNamed reports whether t was declared by a type declaration; int64 itself was not.
func isNamed(t reflect.Type) bool { return t.PkgPath() != "" }

// baseName returns the name of t without type arguments.
func baseName(t reflect.Type) string {
	name, _, _ := strings.Cut(t.Name(), "[")
	return name
}

// looksLikeEnum reports whether t is a named int64 with the methods that Apache's generator gives to enums.
func looksLikeEnum(t reflect.Type) bool {
	if t.Kind() != reflect.Int64 || !isNamed(t) {
		return false
	}
	pointer := reflect.PointerTo(t)
	_, hasString := pointer.MethodByName("String")
	_, hasScan := pointer.MethodByName("Scan")
	return hasString && hasScan
}

// typeCycle returns a type that contains itself with no struct between, or nil. Only a named type can.
func typeCycle(t reflect.Type, outer []reflect.Type) reflect.Type {
	if isNamed(t) {
		if slices.Contains(outer, t) {
			return t
		}
		outer = append(outer[:len(outer):len(outer)], t)
	}
	switch t.Kind() {
	case reflect.Map:
		if cycle := typeCycle(t.Key(), outer); cycle != nil {
			return cycle
		}
		return typeCycle(t.Elem(), outer)
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
		return typeCycle(t.Elem(), outer)
	}
	return nil
}
