package schema

import (
	"reflect"
	"slices"
	"strings"
)

// protobufMapper finds the Type of one field.
type protobufMapper struct {
	tag      *protobufTag
	field    reflect.StructField
	structOf func(reflect.Type) *StructType
	utf8     bool
}

// fieldType maps the field's type.
func (m *protobufMapper) fieldType() (*Type, *fault) {
	t := m.field.Type
	switch {
	case t.Kind() == reflect.Map:
		return m.mapOf(t)
	case t.Kind() == reflect.Slice && !isBytes(t):
		if m.tag.label != "" && m.tag.label != "rep" {
			return nil, m.misfit(t, "a list, whose label is rep")
		}
		elem, refused := m.element(t.Elem(), m.tag.wire, m.tag.form)
		if refused != nil {
			return nil, refused
		}
		return &Type{Kind: List, Go: t, Elem: elem}, nil
	case m.tag.label == "rep":
		return nil, m.misfit(t, "no list")
	case m.tag.held == HeldFields && t.Kind() == reflect.Pointer && t.Elem().Kind() != reflect.Struct:
		made, refused := m.value(t.Elem(), m.tag.wire, m.tag.form)
		if refused != nil {
			return nil, refused
		}
		made.Go, made.Pointer = t, true
		return made, nil
	}
	return m.element(t, m.tag.wire, m.tag.form)
}

// mapOf maps a map. The generators' tags for keys and values are those of fields with the numbers 1 and 2.
func (m *protobufMapper) mapOf(t reflect.Type) (*Type, *fault) {
	if m.tag.wire != "" && (m.tag.wire != "bytes" || m.tag.label != "rep") {
		return nil, m.misfit(t, "a map, whose tag begins with bytes and has the label rep")
	}
	keyWire, keyForm, refused := m.part("protobuf_key", m.tag.key)
	if refused != nil {
		return nil, refused
	}
	elemWire, elemForm, refused := m.part("protobuf_val", m.tag.val)
	if refused != nil {
		return nil, refused
	}
	if !isProtobufKey(t.Key()) {
		return nil, unsupported("%s has no Protobuf form: the key of a map is a bool, a whole number of 32 or 64 bits, or a string", t)
	}
	key, refused := m.value(t.Key(), keyWire, keyForm)
	if refused != nil {
		return nil, refused
	}
	elem, refused := m.element(t.Elem(), elemWire, elemForm)
	if refused != nil {
		return nil, refused
	}
	return &Type{Kind: Map, Go: t, Key: key, Elem: elem}, nil
}

// part returns what is said of the keys or values of a map.
func (m *protobufMapper) part(tagKey string, byHand Form) (wire string, form Form, refused *fault) {
	text, found := m.field.Tag.Lookup(tagKey)
	if m.tag.wire == "" || !found {
		return "", byHand, nil
	}
	words := strings.Split(text, ",")
	wire = words[0]
	if _, known := wireWords[wire]; !known {
		return "", 0, invalidTag("the tag %s:%q does not begin with a wire type", tagKey, text)
	}
	for _, word := range words[1:] {
		if name, value, _ := strings.Cut(word, "="); name == "enum" {
			m.tag.said.Enum = value // keys are none
		}
	}
	return wire, Plain, nil
}

// isProtobufKey reports whether a map may have keys of type t.
func isProtobufKey(t reflect.Type) bool {
	switch goKinds[t.Kind()] {
	case Bool, I32, U32, U64, String:
		return true
	}
	return t.Kind() == reflect.Int64 || t.Kind() == reflect.Int
}

// wireKinds are the Go kinds that fit what a generator's tag begins with.
var wireKinds = map[string][]reflect.Kind{
	"varint":   {reflect.Bool, reflect.Int32, reflect.Int64, reflect.Int, reflect.Uint32, reflect.Uint64, reflect.Uint},
	"zigzag32": {reflect.Int32},
	"zigzag64": {reflect.Int64, reflect.Int},
	"fixed32":  {reflect.Int32, reflect.Uint32, reflect.Float32},
	"fixed64":  {reflect.Int64, reflect.Int, reflect.Uint64, reflect.Uint, reflect.Float64},
	"bytes":    {reflect.String, reflect.Slice, reflect.Struct, reflect.Pointer},
	"group":    {reflect.Struct, reflect.Pointer},
}

// value maps a value that is no list, no map and no pointer to a scalar. wire is what a generator says of it, form what people do.
func (m *protobufMapper) value(t reflect.Type, wire string, form Form) (*Type, *fault) {
	if wire != "" {
		if !slices.Contains(wireKinds[wire], t.Kind()) {
			return nil, m.misfit(t, "not "+wire)
		}
		form = wireWords[wire]
	}
	switch {
	case t.Kind() == reflect.Struct:
		return m.structure(t, t, form)
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct:
		return m.structure(t, t.Elem(), form)
	case isBytes(t):
		return m.leaf(t, Binary, form, Plain)
	}
	switch kind := goKinds[t.Kind()]; {
	case t.Kind() == reflect.Int64:
		return m.leaf(t, I64, form, Zigzag, Fixed)
	case kind == I32, kind == I64:
		return m.leaf(t, kind, form, Zigzag, Fixed)
	case kind == U32, kind == U64:
		return m.leaf(t, kind, form, Fixed)
	case kind == Float, kind == Double:
		made, refused := m.leaf(t, kind, form, Fixed)
		if refused == nil {
			made.Form = Fixed // there is no other
		}
		return made, refused
	case kind == Bool, kind == String:
		return m.leaf(t, kind, form)
	}
	return nil, unsupported("%s has no Protobuf form%s", t, nearestProtobuf(t))
}

// leaf makes the Type of a scalar, a string or bytes. The form is Plain or one of forms.
func (m *protobufMapper) leaf(t reflect.Type, kind Kind, form Form, forms ...Form) (*Type, *fault) {
	if form != Plain && !slices.Contains(forms, form) {
		return nil, m.misfit(t, "neither zigzag nor fixed")
	}
	return &Type{Kind: kind, Go: t, Form: form, UTF8: kind == String && m.utf8}, nil
}

func (m *protobufMapper) structure(t, base reflect.Type, form Form) (*Type, *fault) {
	if form != Plain && form != Group {
		return nil, m.misfit(t, "a message")
	}
	return &Type{Kind: Struct, Go: t, Pointer: t != base, Struct: m.structOf(base), Form: form}, nil
}

// misfit is the fault of a tag that does not fit the Go type beside it.
func (m *protobufMapper) misfit(t reflect.Type, meaning string) *fault {
	return invalidTag("the tag does not fit %s, which is %s", t, meaning)
}

// nearestProtobuf says what to use in place of a type that has no form.
func nearestProtobuf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int8, reflect.Int16:
		return ": use int32"
	case reflect.Uint8, reflect.Uint16:
		return ": use uint32"
	case reflect.Slice, reflect.Map:
		return " inside of a list or a map, nor behind a pointer: put a struct between, or take away the pointer"
	case reflect.Pointer:
		return ": use the type without a pointer, or a pointer to a struct"
	case reflect.Interface:
		return ": an interface holds a oneof, and has the tag protobuf_oneof"
	}
	return ""
}
