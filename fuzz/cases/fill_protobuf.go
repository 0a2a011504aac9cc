package cases

import (
	"reflect"
	"slices"
	"strings"
	"sync"
)

// protobufMark begins what is kept of Protobuf in a field of the name _unknownFields.
const protobufMark = 0x87

// unknownNames are the fields in which unknown fields are kept.
var unknownNames = []string{unknownFields, "unknownFields", "XXX_unrecognized"}

// keepsUnknown reports whether a field keeps unknown fields.
func keepsUnknown(f reflect.StructField) bool {
	return slices.Contains(unknownNames, f.Name) && isBytes(f.Type)
}

// keptName returns the name of the field in which a struct type keeps unknown fields, or "".
func keptName(t reflect.Type) string {
	for i := range t.NumField() {
		if f := t.Field(i); keepsUnknown(f) {
			return f.Name
		}
	}
	return ""
}

// protobufTagOf returns the tag that makes a field part of a message of Protobuf, or "".
func protobufTagOf(f reflect.StructField) string {
	if tag := f.Tag.Get("protobuf"); tag != "" {
		return tag
	}
	return f.Tag.Get("protobuf_oneof")
}

// isProtobuf reports whether values of a struct type are to be complete for Protobuf: those that have its tags, or a generator's field
// for unknown fields.
func isProtobuf(t reflect.Type) bool {
	for i := range t.NumField() {
		f := t.Field(i)
		if protobufTagOf(f) != "" || keepsUnknown(f) && f.Name != unknownFields {
			return true
		}
	}
	return false
}

func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}

// A protobufField is what filling and tidying have to know of a field.
type protobufField struct {
	index int
	// required fields are never nil; explicit ones may be empty and not nil.
	required, explicit bool
	// oneof is the name of the oneof of which the field is a member, by hand.
	oneof string
	// wrappers are the types that an interface may hold pointers to.
	wrappers []reflect.Type
}

var protobufStructs sync.Map // reflect.Type -> []protobufField

func protobufFieldsOf(t reflect.Type) []protobufField {
	if known, ok := protobufStructs.Load(t); ok {
		return known.([]protobufField)
	}
	var fields []protobufField
	for i := range t.NumField() {
		f := t.Field(i)
		tag := protobufTagOf(f)
		if tag == "" || !f.IsExported() {
			continue
		}
		made := protobufField{index: i}
		words := strings.Split(tag, ",")
		byHand := words[0] != "" && words[0][0] <= '9'
		made.required = slices.Contains(words, "required") || slices.Contains(words, "req")
		made.explicit = made.required || slices.Contains(words, "optional") || !byHand && !slices.Contains(words, "proto3")
		for _, word := range words {
			if name, found := strings.CutPrefix(word, "oneof="); found {
				made.oneof = name
			}
		}
		if f.Type.Kind() == reflect.Interface {
			made.wrappers = wrappersOf(t)
		}
		fields = append(fields, made)
	}
	protobufStructs.Store(t, fields)
	return fields
}

// wrappersOf returns the wrapper structs that a type tells of. Types of the corpus have one oneof with wrappers at most.
func wrappersOf(t reflect.Type) (wrappers []reflect.Type) {
	for _, w := range reflect.New(t).Interface().(interface{ XXX_OneofWrappers() []any }).XXX_OneofWrappers() {
		wrappers = append(wrappers, reflect.TypeOf(w).Elem())
	}
	return wrappers
}

// fillProtobuf fills a struct with protobuf tags.
func (f *filler) fillProtobuf(v reflect.Value) {
	fields := protobufFieldsOf(v.Type())
	members, chosen := map[string]int{}, map[string]int{} // of each oneof: how many, and the turn of the one that is set
	for i := range fields {
		members[fields[i].oneof]++
	}
	for i := range fields {
		field, at := &fields[i], v.Field(fields[i].index)
		switch {
		case field.oneof != "":
			turn, begun := chosen[field.oneof]
			if !begun && f.depth <= maxFillDepth {
				turn = int(f.next()) % (members[field.oneof] + 1)
			}
			if chosen[field.oneof] = turn - 1; turn == 1 {
				f.fill(at, false)
			} else {
				at.SetZero()
			}
		case field.wrappers != nil:
			at.SetZero()
			if turn := int(f.next()) % (len(field.wrappers) + 1); turn > 0 && f.depth <= maxFillDepth {
				wrapper := reflect.New(field.wrappers[turn-1])
				f.fill(wrapper.Elem().Field(0), false)
				at.Set(wrapper)
			}
		default:
			f.fill(at, !field.required)
			tidyField(field, at)
		}
	}
}

// tidy makes a value of Protobuf one that decodes from its own encoding to an equal one: what is empty and would not be written is nil,
// and what is nil and would be written is not.
func tidy(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		fields := protobufFieldsOf(v.Type())
		for i := range fields {
			tidyField(&fields[i], v.Field(fields[i].index))
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			tidy(v.Elem())
		}
	case reflect.Slice:
		if !isBytes(v.Type()) {
			for i := range v.Len() {
				tidyElement(v.Index(i))
			}
		}
	case reflect.Map:
		for iterator := v.MapRange(); iterator.Next(); {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(iterator.Value())
			tidyElement(value)
			v.SetMapIndex(iterator.Key(), value)
		}
	}
}

// tidyElement tidies an element, or what a wrapper or a pointer holds: it is written in any case.
func tidyElement(v reflect.Value) {
	switch {
	case v.Kind() == reflect.Pointer && v.IsNil():
		v.Set(reflect.New(v.Type().Elem()))
	case isBytes(v.Type()) && v.IsNil():
		v.SetBytes([]byte{})
	}
	tidy(v)
}

func tidyField(field *protobufField, v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		if v.Len() == 0 && !(field.explicit && isBytes(v.Type())) {
			v.SetZero()
		}
	case reflect.Pointer:
		if !v.IsNil() && isBytes(v.Type().Elem()) {
			tidyElement(v.Elem())
		}
	case reflect.Interface:
		if !v.IsNil() {
			tidyElement(v.Elem().Elem().Field(0))
			return
		}
	}
	if field.required && isBytes(v.Type()) && v.IsNil() {
		v.SetBytes([]byte{})
	}
	tidy(v)
}
