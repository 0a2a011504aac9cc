package gogen

import "github.com/tagwire/tagwire/definition"

// goKinds are the Go types of scalars.
var goKinds = map[definition.Kind]string{
	definition.KindBool: "bool", definition.KindI8: "int8", definition.KindI16: "int16", definition.KindI32: "int32",
	definition.KindI64: "int64", definition.KindFloat: "float32", definition.KindDouble: "float64", definition.KindString: "string",
	definition.KindBinary: "[]byte", definition.KindUint32: "uint32", definition.KindUint64: "uint64", definition.KindSint32: "int32",
	definition.KindSint64: "int64", definition.KindFixed32: "uint32", definition.KindFixed64: "uint64", definition.KindSfixed32: "int32",
	definition.KindSfixed64: "int64",
}

// goType returns the Go type of a type that is supported. That of a struct is the struct itself, not a pointer to it.
func (e *emitter) goType(t *definition.Type) string {
	switch t.Kind {
	case definition.KindTypedef:
		d := e.typedefs[e.index.typedefs[*t.Ref]]
		return e.in(d.file, d.name)
	case definition.KindEnum:
		d := e.enums[e.index.enums[*t.Ref]]
		return e.in(d.file, d.name)
	case definition.KindStruct:
		if held := e.held(t); held != nil {
			return held.goType(e)
		}
		d := e.structOf(t)
		return e.in(d.file, d.name)
	case definition.KindList, definition.KindSet:
		return "[]" + e.elementType(t.Elem)
	case definition.KindMap:
		return "map[" + e.keyType(t.Key) + "]" + e.elementType(t.Elem)
	}
	return goKinds[t.Kind]
}

// elementType returns the Go type of an element of a list, a set or a map.
func (e *emitter) elementType(t *definition.Type) string {
	if e.isMessage(t) && !e.options.Values {
		return "*" + e.goType(t)
	}
	return e.goType(t)
}

// keyType returns the Go type of a map's key. Bytes are none in Go, and a struct is behind a pointer, since the codec wants it so.
func (e *emitter) keyType(t *definition.Type) string {
	switch e.index.resolve(t).Kind {
	case definition.KindBinary:
		return "string"
	case definition.KindStruct:
		return "*" + e.goType(t)
	}
	return e.goType(t)
}

// isMessage reports whether a type is a struct, and one in Go.
func (e *emitter) isMessage(t *definition.Type) bool {
	t = e.index.resolve(t)
	return t.Kind == definition.KindStruct && e.held(t) == nil
}

// A heldType is a Go type in place of a well-known message of Protobuf.
type heldType struct {
	word    string // of the tag
	imports string
	name    string
}

func (h *heldType) goType(e *emitter) string {
	if h.imports == "" {
		return h.name
	}
	return e.use(h.imports, h.imports) + h.name
}

var heldTypes = map[string]*heldType{
	"Timestamp": {"stdtime", "time", "Time"}, "Duration": {"stdduration", "time", "Duration"},
	"DoubleValue": {"wktptr", "", "float64"}, "FloatValue": {"wktptr", "", "float32"}, "Int64Value": {"wktptr", "", "int64"},
	"UInt64Value": {"wktptr", "", "uint64"}, "Int32Value": {"wktptr", "", "int32"}, "UInt32Value": {"wktptr", "", "uint32"},
	"BoolValue": {"wktptr", "", "bool"}, "StringValue": {"wktptr", "", "string"}, "BytesValue": {"wktptr", "", "[]byte"},
}

// held returns what stands for a well-known message, or nil. In the files of these messages themselves nothing does.
func (e *emitter) held(t *definition.Type) *heldType {
	if t.Kind != definition.KindStruct || e.options.WellKnownMessages || e.file.def.Package == wellKnownPackage {
		return nil
	}
	if f := e.index.files[t.Ref.Path]; f.Language != definition.Protobuf || f.Package != wellKnownPackage {
		return nil
	}
	return heldTypes[t.Ref.Name]
}

const wellKnownPackage = "google.protobuf"

// fieldType returns the Go type of a field.
func (e *emitter) fieldType(f *fieldDecl) string {
	base := e.goType(f.def.Type)
	if e.isPointer(f) {
		return "*" + base
	}
	return base
}

// isPointer reports whether a field is a pointer to what its type says.
func (e *emitter) isPointer(f *fieldDecl) bool {
	switch t := e.index.resolve(f.def.Type); t.Kind {
	case definition.KindList, definition.KindSet, definition.KindMap:
		return false
	case definition.KindBinary:
		return f.def.Oneof != nil // which of them is set must be known of empty ones, too
	case definition.KindStruct:
		return !e.isByValue(f.owner, f.def)
	}
	switch {
	case e.file.def.Language == definition.Protobuf:
		return f.def.Requiredness != definition.Default || f.def.Oneof != nil
	case f.owner.def.Form == definition.FormUnion, f.def.Requiredness == definition.Optional:
		return f.def.Default == nil
	}
	return false
}
