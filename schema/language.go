package schema

import (
	"reflect"
	"sync"
)

// A Language is a language of tags, with the Go types that have a meaning in it. Several wire formats may share one. A struct
// type has one plan in each language. What a language needs besides is in a file of its own, which ends in a Language.
type Language struct {
	// tagOf finds the tag that counts in a struct tag.
	tagOf func(reflect.StructTag) (fieldTag, *fault)
	// attempt makes a field, but for its WireName, from the text of a tag. It refuses what has no meaning in the language.
	attempt func(r *resolver, s *StructType, field reflect.StructField, key, text string) (Field, *fault)
	// learn, if there is one, asks a type and those that it reaches what they say of themselves, before resolving is locked.
	learn func(t reflect.Type)
	// begin notes what the methods of a struct type say.
	begin func(s *StructType)
	// own handles a field that is there for the codec or the generator, and reports whether it is one. It may add fields to s.
	own func(r *resolver, s *StructType, field reflect.StructField) (own bool, refused *fault)
	// forms are what tags look like, by their keys, and ids says what ids may be.
	forms map[string]string
	ids   string
	// plans holds the finished *StructType of each struct type by reflect.Type. Entries are never replaced, so that a struct
	// type has one plan for the life of the process.
	plans sync.Map
}

// goKinds maps the Go kinds that mean one thing only. Int64 is missing: it may be an enum.
var goKinds = map[reflect.Kind]Kind{
	reflect.Bool: Bool, reflect.Int8: I8, reflect.Int16: I16, reflect.Int32: I32, reflect.Int: I64,
	reflect.Uint8: U8, reflect.Uint16: U16, reflect.Uint32: U32, reflect.Uint64: U64, reflect.Uint: U64,
	reflect.Float32: Float, reflect.Float64: Double, reflect.String: String,
}

// scalarsOf returns the Go kinds that mean one of the kinds given.
func scalarsOf(kinds ...Kind) map[reflect.Kind]Kind {
	scalars := map[reflect.Kind]Kind{}
	for goKind, kind := range goKinds {
		for _, k := range kinds {
			if k == kind {
				scalars[goKind] = kind
			}
		}
	}
	return scalars
}
