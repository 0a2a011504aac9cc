package protofile

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bufbuild/protocompile/linker"
	"github.com/tagwire/tagwire/definition"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// options returns the options of a declaration as annotations. However they were written, there is one for each value that is set, with
// the full names of extensions: "(buf.validate.field).string.min_len" with "1". A repeated option is there once for each element.
func (c *converter) options(d protoreflect.Descriptor) []definition.Annotation {
	options := d.Options()
	if options == nil || !options.ProtoReflect().IsValid() || proto.Size(options) == 0 {
		return nil
	}
	// Extensions are unknown fields up to now, unless the program knows them, too.
	data, err := proto.Marshal(options)
	known := options.ProtoReflect().New()
	if err == nil {
		err = proto.UnmarshalOptions{Resolver: c.resolver, AllowPartial: true}.Unmarshal(data, known.Interface())
	}
	if err != nil { // as with a string that is not valid UTF-8
		at := c.at(d)
		c.report.Add(c.from.Path(), c.text, at, "malformed options: %s", plainSpaces(err.Error()))
		return nil
	}
	return flatten(nil, "", known)
}

// extensionTypes finds the extensions that a file knows. Those of protocompile are looked for among all that its imports declare, so each is
// looked for once.
type extensionTypes struct {
	linker.Resolver
	found map[extensionKey]extensionResult
}

type extensionKey struct {
	message protoreflect.FullName
	number  protoreflect.FieldNumber
}

type extensionResult struct {
	extension protoreflect.ExtensionType
	err       error
}

func newExtensionTypes(file linker.File) *extensionTypes {
	return &extensionTypes{linker.ResolverFromFile(file), map[extensionKey]extensionResult{}}
}

// FindExtensionByNumber returns an extension of a message, or protoregistry.NotFound.
func (e *extensionTypes) FindExtensionByNumber(message protoreflect.FullName, number protoreflect.FieldNumber) (protoreflect.ExtensionType, error) {
	key := extensionKey{message, number}
	result, ok := e.found[key]
	if !ok {
		result.extension, result.err = e.Resolver.FindExtensionByNumber(message, number)
		e.found[key] = result
	}
	return result.extension, result.err
}

// flatten adds the values of a message to list, under their names behind a prefix.
func flatten(list []definition.Annotation, prefix string, message protoreflect.Message) []definition.Annotation {
	for _, f := range setFields(message) {
		name := prefix + string(f.Name())
		if f.IsExtension() {
			name = prefix + "(" + string(f.FullName()) + ")"
		}
		value := message.Get(f)
		switch {
		case f.IsMap():
			for _, entry := range mapEntries(f, value.Map()) {
				list = append(list, definition.Annotation{Name: name, Value: entry})
			}
		case f.IsList():
			for i := range value.List().Len() {
				list = append(list, definition.Annotation{Name: name, Value: valueText(f, value.List().Get(i))})
			}
		case f.Message() != nil && len(setFields(value.Message())) > 0:
			list = flatten(list, name+".", value.Message())
		default:
			list = append(list, definition.Annotation{Name: name, Value: valueText(f, value)})
		}
	}
	return list
}

// setFields returns the fields of a message that are set, by their numbers.
func setFields(message protoreflect.Message) []protoreflect.FieldDescriptor {
	var fields []protoreflect.FieldDescriptor
	message.Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		fields = append(fields, f)
		return true
	})
	sort.Slice(fields, func(i, j int) bool { return fields[i].Number() < fields[j].Number() })
	return fields
}

// mapEntries returns the text of each entry of a map, sorted.
func mapEntries(f protoreflect.FieldDescriptor, m protoreflect.Map) []string {
	var entries []string
	m.Range(func(key protoreflect.MapKey, value protoreflect.Value) bool {
		entries = append(entries, "{key: "+valueText(f.MapKey(), key.Value())+", value: "+valueText(f.MapValue(), value)+"}")
		return true
	})
	sort.Strings(entries)
	return entries
}

// valueText returns a value as the text of an option has it.
func valueText(f protoreflect.FieldDescriptor, value protoreflect.Value) string {
	switch f.Kind() {
	case protoreflect.EnumKind:
		if named := f.Enum().Values().ByNumber(value.Enum()); named != nil {
			return string(named.Name())
		}
		return strconv.Itoa(int(value.Enum()))
	case protoreflect.StringKind:
		return quote(value.String())
	case protoreflect.BytesKind:
		return quote(string(value.Bytes()))
	case protoreflect.FloatKind:
		return floatText(value.Float(), 32)
	case protoreflect.DoubleKind:
		return floatText(value.Float(), 64)
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return messageText(value.Message())
	}
	return value.String()
}

func floatText(f float64, bits int) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	return strconv.FormatFloat(f, 'g', -1, bits)
}

// messageText returns a message in braces.
func messageText(message protoreflect.Message) string {
	var parts []string
	for _, f := range setFields(message) {
		name := f.TextName() + ": "
		value := message.Get(f)
		switch {
		case f.IsMap():
			for _, entry := range mapEntries(f, value.Map()) {
				parts = append(parts, name+entry)
			}
		case f.IsList():
			for i := range value.List().Len() {
				parts = append(parts, name+valueText(f, value.List().Get(i)))
			}
		default:
			parts = append(parts, name+valueText(f, value))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// quote returns a string in quotes, with the escapes of Protobuf's text form. Control characters are octal numbers; where the text is
// not valid UTF-8, so are all bytes that are not ASCII.
func quote(text string) string {
	valid := utf8.ValidString(text)
	var quoted strings.Builder
	quoted.WriteByte('"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			quoted.WriteByte('\\')
			quoted.WriteByte(c)
		case c == '\n':
			quoted.WriteString(`\n`)
		case c == '\t':
			quoted.WriteString(`\t`)
		case c < ' ' || c == 0x7f || c > 0x7f && !valid:
			fmt.Fprintf(&quoted, `\%03o`, c)
		default:
			quoted.WriteByte(c)
		}
	}
	quoted.WriteByte('"')
	return quoted.String()
}
