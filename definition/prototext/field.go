package prototext

import (
	"math"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/definition"
)

var kindNames = map[definition.Kind]string{
	definition.KindBool: "bool", definition.KindI32: "int32", definition.KindI64: "int64", definition.KindFloat: "float",
	definition.KindDouble: "double", definition.KindString: "string", definition.KindBinary: "bytes", definition.KindUint32: "uint32",
	definition.KindUint64: "uint64", definition.KindSint32: "sint32", definition.KindSint64: "sint64", definition.KindFixed32: "fixed32",
	definition.KindFixed64: "fixed64", definition.KindSfixed32: "sfixed32", definition.KindSfixed64: "sfixed64",
}

// typeText returns the type of a value that is neither a list nor a map, as it is found from inside of a message.
func (w *writer) typeText(t *definition.Type, scope string) string {
	switch {
	case t == nil:
	case t.Kind == definition.KindEnum || t.Kind == definition.KindStruct:
		return w.reference(t.Ref, scope)
	case kindNames[t.Kind] != "":
		return kindNames[t.Kind]
	}
	w.Fault("a type is missing, or none of Protobuf")
	return ""
}

// label returns the word before the type of a field that is in no oneof, and no extension.
func (w *writer) label(f *definition.Field) string {
	switch {
	case f.Type == nil || f.Type.Kind == definition.KindMap:
		return ""
	case f.Type.Kind == definition.KindList:
		return "repeated "
	case w.file.Edition == edition2023:
		return "" // features say it
	case w.file.Edition == proto2 && f.Requiredness == definition.Required:
		return "required "
	case w.file.Edition == proto2:
		if f.Requiredness == definition.Default {
			w.Fault("%s has no presence of its own, which proto2 cannot say", f.Name)
		}
		return "optional "
	case f.Requiredness == definition.Required:
		w.Fault("%s is required, which proto3 cannot say", f.Name)
	case f.Requiredness == definition.Optional && f.Type.Kind != definition.KindStruct:
		return "optional "
	}
	return ""
}

// field writes a field that is in a message, or an extension that is declared there; "" is the file.
func (w *writer) field(indent, scope string, f *definition.Field, label string) {
	within := w.Within
	_, short := split(f.Name)
	w.Within = join(scope, short)
	defer func() { w.Within = within }()
	if w.fields[w.Within] {
		w.Fault("there are two fields of that name")
		return
	}
	w.fields[w.Within] = true
	w.doc(indent, f.Doc)
	if f.Type == nil {
		w.Fault("its type is missing")
		return
	}
	if f.Extends != nil {
		label = w.label(f)
	}
	value := f.Type
	typeText := ""
	switch f.Type.Kind {
	case definition.KindMap:
		typeText = "map<" + w.typeText(f.Type.Key, scope) + ", " + w.typeText(f.Type.Elem, scope) + ">"
	case definition.KindList:
		value = f.Type.Elem
		typeText = w.typeText(value, scope)
	default:
		typeText = w.typeText(f.Type, scope)
	}
	options := brackets(w.options(f.Annotations, w.fieldOptions(f, value)...))
	number := " = " + strconv.Itoa(int(f.ID)) + options
	if !f.Delimited || w.file.Edition == edition2023 {
		w.Print(indent, label, typeText, " ", w.name(short), number, ";\n")
		return
	}
	group := w.groupOf(scope, f)
	if group == nil || w.file.Edition != proto2 {
		w.Fault("a group is a field of proto2 that has the name, in small letters, of a message in the same place")
		return
	}
	_, message := split(group.Name)
	w.Print(indent, label, "group ", w.name(message), number, " {\n")
	w.body(indent+"  ", group)
	w.Print(indent, "}\n")
}

// groupOf returns the message of a group in a message, or in the file; nil if there is none.
func (w *writer) groupOf(scope string, f *definition.Field) *definition.Struct {
	t := f.Type
	if t != nil && t.Kind == definition.KindList {
		t = t.Elem
	}
	if t == nil || t.Kind != definition.KindStruct || t.Ref == nil || t.Ref.Path != w.file.Path {
		return nil
	}
	where, message := split(t.Ref.Name)
	_, name := split(f.Name)
	if where != scope || name != strings.ToLower(message) {
		return nil
	}
	return w.byName[t.Ref.Name]
}

// fieldOptions returns the options that follow from a field, whose values, or elements, are of type value.
func (w *writer) fieldOptions(f *definition.Field, value *definition.Type) (made []option) {
	if f.Default != nil {
		if w.file.Edition == proto3 {
			w.Fault("it has a default, which proto3 cannot say")
		}
		made = append(made, option{"default", w.defaultText(f.Default, value)})
	}
	_, short := split(f.Name)
	if f.JSONName != "" && f.JSONName != jsonName(short) && f.Extends == nil {
		made = append(made, option{"json_name", quoted(f.JSONName)})
	}
	isPackable := f.Type.Kind == definition.KindList && value != nil && value.Kind != definition.KindStruct &&
		value.Kind != definition.KindString && value.Kind != definition.KindBinary
	switch {
	case w.file.Edition == proto2 && f.Packed:
		made = append(made, option{"packed", "true"})
	case w.file.Edition == proto3 && isPackable && !f.Packed:
		made = append(made, option{"packed", "false"})
	case w.file.Edition == edition2023:
		made = append(made, editionFeatures(f, value, isPackable)...)
	}
	return made
}

// editionFeatures returns what differs from the edition.
func editionFeatures(f *definition.Field, value *definition.Type, isPackable bool) (made []option) {
	isSingle := f.Type.Kind != definition.KindList && f.Type.Kind != definition.KindMap
	switch {
	case f.Requiredness == definition.Required:
		made = append(made, option{"features.field_presence", "LEGACY_REQUIRED"})
	case f.Requiredness == definition.Default && isSingle && f.Oneof == nil && f.Extends == nil && f.Type.Kind != definition.KindStruct:
		made = append(made, option{"features.field_presence", "IMPLICIT"})
	}
	if isPackable && !f.Packed {
		made = append(made, option{"features.repeated_field_encoding", "EXPANDED"})
	}
	hasStrings := value != nil && value.Kind == definition.KindString || f.Type.Kind == definition.KindMap &&
		(isString(f.Type.Key) || isString(f.Type.Elem))
	if f.AnyUTF8 && hasStrings {
		made = append(made, option{"features.utf8_validation", "NONE"})
	}
	if f.Delimited {
		made = append(made, option{"features.message_encoding", "DELIMITED"})
	}
	return made
}

func isString(t *definition.Type) bool { return t != nil && t.Kind == definition.KindString }

// jsonName returns the name in JSON that a field has where the file gives none.
func jsonName(name string) string {
	var b strings.Builder
	capital := false
	for i := range len(name) {
		c := name[i]
		if c == '_' {
			capital = true
			continue
		}
		if capital && 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		capital = false
		b.WriteByte(c)
	}
	return b.String()
}

// defaultText returns the default of a field of a type.
func (w *writer) defaultText(v *definition.Value, t *definition.Type) string {
	switch v.Kind {
	case definition.ValueBool:
		return strconv.FormatBool(v.Bool)
	case definition.ValueInt:
		if t != nil && (t.Kind == definition.KindUint64 || t.Kind == definition.KindFixed64) {
			return strconv.FormatUint(uint64(v.Int), 10)
		}
		return strconv.FormatInt(v.Int, 10)
	case definition.ValueDouble:
		switch {
		case math.IsNaN(v.Double):
			return "nan"
		case math.IsInf(v.Double, 0):
			return map[bool]string{true: "inf", false: "-inf"}[v.Double > 0]
		}
		return strconv.FormatFloat(v.Double, 'g', -1, 64)
	case definition.ValueString:
		if isString(t) {
			return quoted(v.Text)
		}
		return quotedBytes(v.Text)
	case definition.ValueEnum:
		return w.name(v.Text)
	}
	w.Fault("its default is of a kind that Protobuf does not have")
	return ""
}
