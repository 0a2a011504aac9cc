package cases

import (
	"encoding/hex"
	"math"
	"reflect"
	"sort"
	"strconv"
	"sync"
)

// Text prints what a struct, given by value or by pointer, holds in one canonical line: fields by name in
// alphabetical order, zero ones left out, map entries sorted, pointers followed and marked by &. Nil and
// empty differ, and so do -0.0 and 0.0 and NaNs of different bits. Types are not printed, so that a value
// and its copy in another library's type compare. The value must not be cyclic.
func Text(v any) string {
	return string(appendText(nil, reflect.Indirect(reflect.ValueOf(v))))
}

func appendText(text []byte, v reflect.Value) []byte {
	switch v.Kind() {
	case reflect.Invalid:
		return append(text, "nil"...)
	case reflect.Bool:
		return strconv.AppendBool(text, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(text, v.Int(), 10)
	case reflect.Uint, reflect.Uint32, reflect.Uint64:
		return strconv.AppendUint(text, v.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		return appendFloat(text, v.Float())
	case reflect.String:
		return strconv.AppendQuote(text, v.String())
	case reflect.Pointer:
		if v.IsNil() {
			return append(text, "nil"...)
		}
		return appendText(append(text, '&'), v.Elem())
	case reflect.Interface:
		if v.IsNil() {
			return append(text, "nil"...)
		}
		return appendText(append(append(text, v.Elem().Type().String()...), ' '), v.Elem())
	case reflect.Slice:
		return appendSlice(text, v)
	case reflect.Map:
		return appendMap(text, v)
	case reflect.Struct:
		return appendStruct(text, v)
	}
	panic("cases.Text: no form for " + v.Type().String())
}

func appendFloat(text []byte, f float64) []byte {
	if math.IsNaN(f) {
		text = append(text, "NaN:"...)
		return strconv.AppendUint(text, math.Float64bits(f), 16)
	}
	return strconv.AppendFloat(text, f, 'g', -1, 64)
}

func appendSlice(text []byte, v reflect.Value) []byte {
	if v.IsNil() {
		return append(text, "nil"...)
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		text = append(text, `x"`...)
		text = hex.AppendEncode(text, v.Bytes())
		return append(text, '"')
	}
	text = append(text, '[')
	for i := range v.Len() {
		if i > 0 {
			text = append(text, ' ')
		}
		text = appendText(text, v.Index(i))
	}
	return append(text, ']')
}

func appendMap(text []byte, v reflect.Value) []byte {
	if v.IsNil() {
		return append(text, "nil"...)
	}
	entries := make([]string, 0, v.Len())
	var entry []byte
	for iterator := v.MapRange(); iterator.Next(); {
		entry = appendText(entry[:0], iterator.Key())
		entry = append(entry, ": "...)
		entry = appendText(entry, iterator.Value())
		entries = append(entries, string(entry))
	}
	sort.Strings(entries)
	text = append(text, "map["...)
	for i, entry := range entries {
		if i > 0 {
			text = append(text, ", "...)
		}
		text = append(text, entry...)
	}
	return append(text, ']')
}

func appendStruct(text []byte, v reflect.Value) []byte {
	text = append(text, '{')
	first := true
	for _, field := range fieldsByName(v.Type()) {
		begin := len(text)
		if !first {
			text = append(text, ", "...)
		}
		text = append(text, field.name...)
		text = append(text, ": "...)
		value := len(text)
		text = appendText(text, v.Field(field.index))
		if zeroText[string(text[value:])] {
			text = text[:begin]
		} else {
			first = false
		}
	}
	return append(text, '}')
}

// zeroText holds the texts of zero values. The & of a pointer keeps a pointer to zero from reading as nil.
var zeroText = map[string]bool{"nil": true, "false": true, "0": true, `""`: true, "{}": true}

type namedField struct {
	name  string
	index int
}

var fieldCache sync.Map // reflect.Type -> []namedField

// fieldsByName lists the tagged fields of a struct type, and that of unknown fields, in alphabetical order.
func fieldsByName(t reflect.Type) []namedField {
	if known, ok := fieldCache.Load(t); ok {
		return known.([]namedField)
	}
	var fields []namedField
	for i := range t.NumField() {
		if f := t.Field(i); tagOf(f) != "" && f.IsExported() || keepsUnknown(f) {
			fields = append(fields, namedField{f.Name, i})
		}
	}
	sort.Slice(fields, func(i, j int) bool { return fields[i].name < fields[j].name })
	fieldCache.Store(t, fields)
	return fields
}

const unknownFields = "_unknownFields"

// tagOf returns the tag that makes a field part of the message, or "".
func tagOf(f reflect.StructField) string {
	if tag := f.Tag.Get("frugal"); tag != "" {
		return tag
	}
	if tag := f.Tag.Get("thrift"); tag != "" {
		return tag
	}
	return protobufTagOf(f)
}
