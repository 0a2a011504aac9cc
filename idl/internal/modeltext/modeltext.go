// Package modeltext writes definitions as text, for the golden files of tests.
package modeltext

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/tagwire/tagwire/definition"
)

// Of returns a definition as text: a line for each field that is not zero, with what is in it indented below. References and positions
// are written in one line, as path:name and line:column.
func Of(d *definition.Definitions) string {
	var text strings.Builder
	write(&text, "", reflect.ValueOf(d).Elem())
	return text.String()
}

// kinds are names of definition.Kind.
var kinds = strings.Fields("invalid bool i8 i16 i32 i64 float double string binary uuid list set map enum struct typedef " +
	"uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64")

func write(text *strings.Builder, indent string, s reflect.Value) {
	for i := range s.NumField() {
		field, name := s.Field(i), s.Type().Field(i).Name
		if field.IsZero() {
			continue
		}
		if field.Kind() == reflect.Slice {
			for j := range field.Len() {
				writeOne(text, indent, name, field.Index(j))
			}
			continue
		}
		writeOne(text, indent, name, field)
	}
}

func writeOne(text *strings.Builder, indent, name string, value reflect.Value) {
	if value.Kind() == reflect.Pointer {
		value = value.Elem()
	}
	switch v := value.Interface().(type) {
	case definition.Kind:
		fmt.Fprintf(text, "%s%s %s\n", indent, name, kinds[v])
		return
	case definition.Ref:
		fmt.Fprintf(text, "%s%s %s:%s\n", indent, name, v.Path, v.Name)
		return
	case definition.Position:
		fmt.Fprintf(text, "%s%s %d:%d\n", indent, name, v.Line, v.Column)
		return
	}
	switch value.Kind() {
	case reflect.Struct:
		fmt.Fprintf(text, "%s%s\n", indent, name)
		write(text, indent+"  ", value)
	case reflect.String:
		fmt.Fprintf(text, "%s%s %q\n", indent, name, value)
	default:
		fmt.Fprintf(text, "%s%s %v\n", indent, name, value)
	}
}
