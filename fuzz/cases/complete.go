package cases

import (
	"bytes"
	"reflect"
)

// Complete puts empty lists, sets, maps and structs in the place of every nil that encodes as such, and unions with one member
// in the place of those that have none or several, so that the value, a pointer to struct, decodes from its own encoding to an
// equal one. It returns the value. Of Protobuf, where what is empty is absent, see tidy.
func Complete(value any) any {
	if v := reflect.ValueOf(value).Elem(); isProtobuf(v.Type()) {
		tidy(v)
		return value
	}
	complete(reflect.ValueOf(value).Elem(), false)
	return value
}

func complete(v reflect.Value, optional bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() && !optional {
			v.Set(reflect.New(v.Type().Elem()))
			if d, ok := v.Interface().(interface{ InitDefault() }); ok {
				d.InitDefault()
			}
		}
		if !v.IsNil() {
			complete(v.Elem(), false)
		}
	case reflect.Struct:
		s := filledStructOf(v.Type())
		if s.union && !hasOneMember(v) {
			new(filler).fillUnion(v)
		}
		for _, field := range s.fields {
			complete(v.Field(field.index), field.optional)
		}
	case reflect.Slice:
		if v.IsNil() && !optional {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		if v.Type().Elem().Kind() != reflect.Uint8 {
			for i := range v.Len() {
				complete(v.Index(i), false)
			}
		}
	case reflect.Map:
		if v.IsNil() && !optional {
			v.Set(reflect.MakeMap(v.Type()))
		}
		completeMap(v)
	}
}

func completeMap(v reflect.Value) {
	made := reflect.MakeMapWithSize(v.Type(), v.Len())
	for iterator := v.MapRange(); iterator.Next(); {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		key.Set(iterator.Key())
		value.Set(iterator.Value())
		complete(key, false)
		complete(value, false)
		made.SetMapIndex(key, value)
	}
	if !v.IsNil() {
		v.Set(made)
	}
}

// hasOneMember reports whether of a union one member is set to something else than its default, or none and something is kept
// that was unknown.
func hasOneMember(v reflect.Value) bool {
	fresh := reflect.New(v.Type())
	if d, ok := fresh.Interface().(interface{ InitDefault() }); ok {
		d.InitDefault()
	}
	set, kept := 0, false
	for _, field := range fieldsByName(v.Type()) {
		switch value := v.Field(field.index); {
		case field.name == unknownFields:
			kept = value.Len() > 0
		case !bytes.Equal(appendText(nil, value), appendText(nil, fresh.Elem().Field(field.index))):
			set++
		}
	}
	return set == 1 || set == 0 && kept
}
