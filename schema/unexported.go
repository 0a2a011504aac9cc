package schema

import (
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tagwire/tagwire/codec"
)

// notExported says why a field that has a tag cannot travel, and what to write instead. Nothing outside of a package may set
// its unexported fields, and a codec is outside.
func notExported(t reflect.Type, field reflect.StructField) string {
	name := exportedName(t, field.Name)
	if field.Anonymous {
		return codec.Sprintf("what is embedded is not exported, so it cannot travel: give it a name, as in %s %s, or remove the tag",
			name, field.Type)
	}
	return codec.Sprintf("the field is not exported, so it cannot travel: call it %s, or remove the tag", name)
}

// exportedName returns an exported name like name that no field of the struct type t has.
func exportedName(t reflect.Type, name string) string {
	name = strings.TrimLeft(name, "_")
	if first, size := utf8.DecodeRuneInString(name); size > 0 {
		name = string(unicode.ToUpper(first)) + name[size:]
	}
	if first, _ := utf8.DecodeRuneInString(name); !unicode.IsUpper(first) { // a blank, a digit, or a letter of a script without cases
		name = "X" + name
	}
	names := map[string]bool{}
	for i := range t.NumField() {
		names[t.Field(i).Name] = true
	}
	for names[name] {
		name += "_"
	}
	return name
}
