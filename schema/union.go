package schema

import (
	"errors"
	"reflect"

	"github.com/tagwire/tagwire/codec"
)

// unionMark is how the name of the method begins by which generators mark unions: on a Choice it is CountSetFieldsChoice.
const unionMark = "CountSetFields"

// isUnion reports whether a struct type has the method that generators give to unions, and only to them. The method is not
// called: what it counts follows from the plan.
func isUnion(t reflect.Type) bool {
	if t.Name() == "" || !marksUnion(t, t) {
		return false
	}
	for i := range t.NumField() {
		if field := t.Field(i); field.Anonymous && marksUnion(field.Type, t) {
			return false // the method may be that of a union of the same name that t embeds
		}
	}
	return true
}

// marksUnion reports whether t, or a pointer to it, has the method that marks a union of the name of u.
func marksUnion(t, u reflect.Type) bool {
	if t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface {
		t = reflect.PointerTo(t)
	}
	method, ok := t.MethodByName(unionMark + baseName(u))
	if !ok {
		return false
	}
	signature := method.Type
	parameters := signature.NumIn()
	if t.Kind() != reflect.Interface {
		parameters-- // the receiver
	}
	return parameters == 0 && signature.NumOut() == 1 && signature.Out(0) == reflect.TypeFor[int]()
}

// neverAbsent reports whether an optional value of type t is always written: it is no pointer, and has no default that it can
// equal.
func neverAbsent(t *Type, hasInit bool) bool {
	switch t.Kind {
	case Binary, List, Set, Map:
		return false
	case Struct:
		return !t.Pointer
	}
	return !t.Pointer && !hasInit
}

var errNilUnion = errors.New("nil would be written as a union without a member, but exactly one must be set")

// WhyNeverEmpty returns the code and the reason of the error for nil in place of a struct that is never empty.
func (s *StructType) WhyNeverEmpty() (codec.Code, error) {
	for i := range s.Fields {
		if f := &s.Fields[i]; f.Requiredness == RequiredField {
			return codec.Required, errors.New(codec.Sprintf("nil would be written as a struct without fields, but field %d, %s, is required", f.ID, f.Name))
		}
	}
	return codec.InvalidData, errNilUnion
}
