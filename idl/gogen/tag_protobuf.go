package gogen

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/definition"
)

// Protobuf's fields get tags as generators write them, since only these have the names of the definition:
// protobuf:"<wire>,<number>,<opt|req|rep>[,packed],name=N[,json=J][,enum=P][,proto3][,oneof[=O]][,def=V]".

// wireWord returns what a tag begins with.
func wireWord(t *definition.Type, delimited bool) string {
	switch t.Kind {
	case definition.KindString, definition.KindBinary, definition.KindMap:
		return "bytes"
	case definition.KindStruct:
		if delimited {
			return "group"
		}
		return "bytes"
	case definition.KindFloat, definition.KindFixed32, definition.KindSfixed32:
		return "fixed32"
	case definition.KindDouble, definition.KindFixed64, definition.KindSfixed64:
		return "fixed64"
	case definition.KindSint32:
		return "zigzag32"
	case definition.KindSint64:
		return "zigzag64"
	}
	return "varint"
}

// protobufTags returns the keys and values of a field's tags.
func (e *emitter) protobufTags(f *fieldDecl) []string {
	t, label := f.def.Type, "opt"
	if t.Kind == definition.KindString && f.def.AnyUTF8 && f.def.Requiredness == definition.Default && f.def.Oneof == nil {
		// Generators' tags have one word for zero that is not written, and for text that is checked; tags by hand have two.
		return []string{"protobuf", strconv.Itoa(int(f.def.ID)) + ",bytes"}
	}
	switch {
	case t.Kind == definition.KindList:
		t, label = t.Elem, "rep"
	case t.Kind == definition.KindMap:
		label = "rep"
	case f.def.Requiredness == definition.Required:
		label = "req"
	}
	words := []string{wireWord(t, f.def.Delimited), strconv.Itoa(int(f.def.ID)), label}
	if f.def.Packed {
		words = append(words, "packed")
	}
	words = append(words, "name="+f.def.Name)
	if f.def.JSONName != "" && f.def.JSONName != jsonName(f.def.Name) && !strings.Contains(f.def.JSONName, ",") {
		words = append(words, "json="+f.def.JSONName)
	}
	value := t
	if t.Kind == definition.KindMap {
		value = t.Elem
	}
	if value.Kind == definition.KindEnum && t.Kind != definition.KindMap {
		words = append(words, "enum="+e.fullName(value.Ref))
	}
	// What the word proto3 says: strings are UTF-8, and zero is not written.
	checked := !f.def.AnyUTF8 && hasStrings(t)
	implicit := label == "opt" && f.def.Requiredness == definition.Default && f.def.Oneof == nil && t.Kind != definition.KindStruct
	if checked || implicit {
		words = append(words, "proto3")
	}
	if held := e.held(value); held != nil {
		words = append(words, held.word)
	}
	switch {
	case f.def.Oneof != nil:
		words = append(words, "oneof="+e.oneofName(f))
	case t.Kind == definition.KindBinary && label == "opt" && !implicit:
		words = append(words, "oneof") // presence
	}
	if f.def.Default != nil && f.def.Oneof == nil {
		words = append(words, "def="+defaultText(t, f.def.Default))
	}
	tags := []string{"protobuf", strings.Join(words, ",")}
	if t.Kind == definition.KindMap {
		tags = append(tags, "protobuf_key", e.entryTag(t.Key, 1, "key", checked), "protobuf_val", e.entryTag(t.Elem, 2, "value", checked))
	}
	return tags
}

// entryTag returns the tag of a map's key or value.
func (e *emitter) entryTag(t *definition.Type, number int, name string, checked bool) string {
	tag := fmt.Sprintf("%s,%d,opt,name=%s", wireWord(t, false), number, name)
	if t.Kind == definition.KindEnum {
		tag += ",enum=" + e.fullName(t.Ref)
	}
	if checked {
		tag += ",proto3"
	}
	return tag
}

// hasStrings reports whether a value is a string, or has strings as keys or elements.
func hasStrings(t *definition.Type) bool {
	if t.Kind == definition.KindMap {
		return hasStrings(t.Key) || hasStrings(t.Elem)
	}
	return t.Kind == definition.KindString
}

// fullName returns the name of a declaration with its package.
func (e *emitter) fullName(r *definition.Ref) string {
	if f := e.index.files[r.Path]; f.Package != "" {
		return f.Package + "." + r.Name
	}
	return r.Name
}

// oneofName returns the name of the oneof that a field belongs to.
func (e *emitter) oneofName(f *fieldDecl) string {
	if i, list := int(*f.def.Oneof), f.owner.def.Oneofs; 0 <= i && i < len(list) {
		return list[i].Name
	}
	e.fail(e.file.def, f.def.At, "%s.%s belongs to a oneof that is not there", f.owner.def.Name, f.def.Name)
	return ""
}

// jsonName returns the name in JSON that Protobuf gives a field by itself.
func jsonName(name string) string {
	var b strings.Builder
	upper := false
	for _, r := range name {
		switch {
		case r == '_':
			upper = true
			continue
		case upper && 'a' <= r && r <= 'z':
			r -= 'a' - 'A'
		}
		upper = false
		b.WriteRune(r)
	}
	return b.String()
}

// defaultText returns a default as tags have it.
func defaultText(t *definition.Type, v *definition.Value) string {
	switch v.Kind {
	case definition.ValueBool:
		if v.Bool {
			return "1"
		}
		return "0"
	case definition.ValueInt, definition.ValueEnum:
		if t.Kind == definition.KindUint64 || t.Kind == definition.KindFixed64 {
			return strconv.FormatUint(uint64(v.Int), 10)
		}
		return strconv.FormatInt(v.Int, 10)
	case definition.ValueDouble:
		return strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(v.Double, 'g', -1, 64), "+"))
	}
	if t.Kind == definition.KindBinary {
		return escaped(v.Text)
	}
	return v.Text
}

// escaped returns bytes as a literal of C has them.
func escaped(text string) string {
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\' || c == '\'':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, "\\%03o", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
