package interop

import (
	"fmt"
	"math"
	"strings"

	"github.com/tagwire/tagwire/definition"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// A descriptor of protoc and a parsed file both become lines of text: one for each declaration, field, value and method.

// judgeLines returns the lines of a file as protoc and protobuf-go see it.
func judgeLines(file protoreflect.FileDescriptor) []string {
	j := judge{file: file}
	j.add("file ", file.Path(), " ", file.Syntax(), " ", file.Package())
	for i := range file.Imports().Len() {
		j.add("import ", file.Imports().Get(i).Path(), " ", file.Imports().Get(i).IsPublic)
	}
	j.enums(file.Enums())
	j.messages(file.Messages())
	j.extensions(file.Extensions())
	for i := range file.Services().Len() {
		s := file.Services().Get(i)
		j.add("service ", j.name(s), j.doc(s))
		for k := range s.Methods().Len() {
			m := s.Methods().Get(k)
			j.add("  ", m.Name(), " ", m.Input().FullName(), " ", m.Output().FullName(), " ", m.IsStreamingClient(), " ", m.IsStreamingServer(), j.doc(m))
		}
	}
	return j.lines
}

type judge struct {
	file  protoreflect.FileDescriptor
	lines []string
}

func (j *judge) add(parts ...any) { j.lines = append(j.lines, fmt.Sprint(parts...)) }

func (j *judge) name(d protoreflect.Descriptor) string {
	return strings.TrimPrefix(strings.TrimPrefix(string(d.FullName()), string(j.file.Package())), ".")
}

// doc returns the words of a comment.
func (j *judge) doc(d protoreflect.Descriptor) string {
	location := j.file.SourceLocations().ByDescriptor(d)
	words := strings.Fields(location.LeadingComments)
	if len(words) == 0 {
		words = strings.Fields(location.TrailingComments)
	}
	return fmt.Sprintf(" %q", words)
}

func (j *judge) enums(list protoreflect.EnumDescriptors) {
	for i := range list.Len() {
		e := list.Get(i)
		j.add("enum ", j.name(e), " ", e.IsClosed(), j.doc(e))
		for k := range e.Values().Len() {
			v := e.Values().Get(k)
			j.add("  ", v.Name(), " ", v.Number(), j.doc(v))
		}
	}
}

func (j *judge) messages(list protoreflect.MessageDescriptors) {
	for i := range list.Len() {
		m := list.Get(i)
		if m.IsMapEntry() {
			continue
		}
		j.add("message ", j.name(m), j.doc(m))
		for k := range m.Fields().Len() {
			j.add("  ", m.Fields().Get(k).Name(), j.field(m.Fields().Get(k)))
		}
		j.enums(m.Enums())
		j.messages(m.Messages())
		j.extensions(m.Extensions())
	}
}

func (j *judge) extensions(list protoreflect.ExtensionDescriptors) {
	for i := range list.Len() {
		j.add("extension ", j.name(list.Get(i)), " ", list.Get(i).ContainingMessage().FullName(), j.field(list.Get(i)))
	}
}

func (j *judge) field(f protoreflect.FieldDescriptor) string {
	one := func(f protoreflect.FieldDescriptor) string {
		switch f.Kind() {
		case protoreflect.EnumKind:
			return string(f.Enum().FullName())
		case protoreflect.MessageKind, protoreflect.GroupKind:
			return string(f.Message().FullName())
		}
		return f.Kind().String()
	}
	text := one(f)
	switch {
	case f.IsMap():
		text = "map<" + one(f.MapKey()) + "," + one(f.MapValue()) + ">"
	case f.IsList():
		text = "list<" + text + ">"
	}
	required := "default"
	if f.Cardinality() == protoreflect.Required {
		required = "required"
	} else if f.HasPresence() {
		required = "optional"
	}
	oneof := ""
	if o := f.ContainingOneof(); o != nil && !o.IsSynthetic() {
		oneof = string(o.Name())
	}
	value := "none"
	if f.HasDefault() {
		switch value = f.Default().String(); f.Kind() {
		case protoreflect.EnumKind:
			value = string(f.DefaultEnumValue().Name())
		case protoreflect.BytesKind:
			value = string(f.Default().Bytes())
		}
	}
	return fmt.Sprint(" ", f.Number(), " ", text, " ", required, " ", f.JSONName(), " ", f.IsPacked(), " ", f.Kind() == protoreflect.GroupKind,
		" ", oneof, " ", value, j.doc(f))
}

// protoLines returns the same lines of a parsed file.
func (p parsed) protoLines() []string {
	enums, structs, extensions := map[string]string{}, map[string]string{}, map[string]string{}
	for _, e := range p.file.Enums {
		text := fmt.Sprint("enum ", e.Name, " ", e.Closed, words(e.Doc), "\n")
		for _, v := range e.Values {
			text += fmt.Sprint("  ", v.Name, " ", v.Number, words(v.Doc), "\n")
		}
		enums[scope(e.Name)] += text
	}
	for _, x := range p.file.Extensions {
		extensions[scope(x.Name)] += fmt.Sprint("extension ", x.Name, " ", p.full(x.Extends), p.protoField(x, nil), "\n")
	}
	for i := len(p.file.Structs) - 1; i >= 0; i-- { // what is inside of a message comes behind it
		s := p.file.Structs[i]
		text := fmt.Sprint("message ", s.Name, words(s.Doc), "\n")
		for _, f := range s.Fields {
			text += fmt.Sprint("  ", f.Name, p.protoField(f, s.Oneofs), "\n")
		}
		structs[scope(s.Name)] = text + enums[s.Name] + structs[s.Name] + extensions[s.Name] + structs[scope(s.Name)]
	}
	text := fmt.Sprint("file ", p.file.Path, " ", p.file.Edition, " ", p.file.Package, "\n")
	for _, i := range p.file.Includes {
		text += fmt.Sprint("import ", i.Path, " ", i.Public, "\n")
	}
	text += enums[""] + structs[""] + extensions[""]
	for _, s := range p.file.Services {
		text += fmt.Sprint("service ", s.Name, words(s.Doc), "\n")
		for _, m := range s.Methods {
			text += fmt.Sprint("  ", m.Name, " ", p.full(m.Arguments[0].Type.Ref), " ", p.full(m.Result.Ref), " ", m.ClientStream, " ", m.ServerStream, words(m.Doc), "\n")
		}
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

func words(doc string) string { return fmt.Sprintf(" %q", strings.Fields(doc)) }

// scope returns the message around a name, "" for the file.
func scope(name string) string { return name[:max(strings.LastIndexByte(name, '.'), 0)] }

// full returns the full name of what a reference leads to.
func (p parsed) full(r *definition.Ref) string {
	return strings.TrimPrefix(p.File(r.Path).Package+"."+r.Name, ".")
}

var protoKinds = map[definition.Kind]string{
	definition.KindBool: "bool", definition.KindI32: "int32", definition.KindI64: "int64", definition.KindUint32: "uint32",
	definition.KindUint64: "uint64", definition.KindSint32: "sint32", definition.KindSint64: "sint64", definition.KindFixed32: "fixed32",
	definition.KindFixed64: "fixed64", definition.KindSfixed32: "sfixed32", definition.KindSfixed64: "sfixed64",
	definition.KindFloat: "float", definition.KindDouble: "double", definition.KindString: "string", definition.KindBinary: "bytes",
}

func (p parsed) protoType(t *definition.Type) string {
	switch t.Kind {
	case definition.KindMap:
		return "map<" + p.protoType(t.Key) + "," + p.protoType(t.Elem) + ">"
	case definition.KindList:
		return "list<" + p.protoType(t.Elem) + ">"
	case definition.KindEnum, definition.KindStruct:
		return p.full(t.Ref)
	}
	return protoKinds[t.Kind]
}

func (p parsed) protoField(f *definition.Field, oneofs []*definition.Oneof) string {
	oneof := ""
	if f.Oneof != nil {
		oneof = oneofs[*f.Oneof].Name
	}
	value := "none"
	if v := f.Default; v != nil {
		switch v.Kind {
		case definition.ValueBool:
			value = fmt.Sprint(v.Bool)
		case definition.ValueInt:
			value = fmt.Sprint(v.Int)
			if f.Type.Kind == definition.KindUint64 || f.Type.Kind == definition.KindFixed64 {
				value = fmt.Sprint(uint64(v.Int))
			}
		case definition.ValueDouble:
			value = protoreflect.ValueOfFloat64(v.Double).String()
			if f.Type.Kind == definition.KindFloat && !math.IsNaN(v.Double) {
				value = protoreflect.ValueOfFloat32(float32(v.Double)).String()
			}
		default:
			value = v.Text
		}
	}
	required := []string{"default", "required", "optional"}[f.Requiredness]
	return fmt.Sprint(" ", f.ID, " ", p.protoType(f.Type), " ", required, " ", f.JSONName, " ", f.Packed, " ", f.Delimited, " ", oneof, " ", value, words(f.Doc))
}
