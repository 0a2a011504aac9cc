package gogen

import (
	"fmt"
	"strings"

	"github.com/tagwire/tagwire/definition"
)

// thriftTag returns the tag of a field: thrift:"<name>,<id>[,<requiredness>[,<type>]]".
func (e *emitter) thriftTag(f *fieldDecl) string {
	// The wire has 16 bits for an id. A tag writes negative ones as large ones.
	tag := fmt.Sprintf("%s,%d", f.def.Name, uint16(f.def.ID))
	requiredness := "default"
	switch {
	case f.def.Requiredness == definition.Optional, f.owner.def.Form == definition.FormUnion:
		requiredness = "optional"
	case f.def.Requiredness == definition.Required:
		requiredness = "required"
	}
	named := e.needsType(f.def.Type)
	if named || requiredness != "default" {
		tag += "," + requiredness
	}
	if named {
		tag += "," + e.tagType(f.def.Type)
	}
	return tag
}

// needsType reports whether a tag has to say what a Go type does not: whether a slice is a list or a set, and which numbers are enums.
func (e *emitter) needsType(t *definition.Type) bool {
	switch t = e.index.resolve(t); t.Kind {
	case definition.KindEnum, definition.KindList, definition.KindSet:
		return true
	case definition.KindMap:
		return e.needsType(t.Key) || e.needsType(t.Elem)
	}
	return false
}

var tagKinds = map[definition.Kind]string{
	definition.KindBool: "bool", definition.KindI8: "i8", definition.KindI16: "i16", definition.KindI32: "i32", definition.KindI64: "i64",
	definition.KindDouble: "double", definition.KindString: "string", definition.KindBinary: "binary",
}

// tagType returns a type as tags have it. Enums and structs have their Go names.
func (e *emitter) tagType(t *definition.Type) string {
	switch t = e.index.resolve(t); t.Kind {
	case definition.KindEnum:
		return e.enums[e.index.enums[*t.Ref]].name
	case definition.KindStruct:
		return e.structOf(t).name
	case definition.KindList:
		return "list<" + e.tagType(t.Elem) + ">"
	case definition.KindSet:
		return "set<" + e.tagType(t.Elem) + ">"
	case definition.KindMap:
		key := e.tagType(t.Key)
		if e.index.resolve(t.Key).Kind == definition.KindBinary {
			key = "string"
		}
		return "map<" + key + ":" + e.tagType(t.Elem) + ">"
	}
	return tagKinds[t.Kind]
}

// structTag returns the text of a struct tag in Go.
func structTag(pairs ...string) string { return tagLiteral(tagPairs(pairs...)) }

// tagPairs returns a struct tag of keys and values.
func tagPairs(pairs ...string) string {
	var parts []string
	for i := 0; i < len(pairs); i += 2 {
		parts = append(parts, pairs[i]+":"+quote(pairs[i+1]))
	}
	return strings.Join(parts, " ")
}

// tagLiteral returns a struct tag in backquotes where it can be.
func tagLiteral(text string) string {
	if strings.ContainsAny(text, "`\r") {
		return quote(text)
	}
	return "`" + text + "`"
}
