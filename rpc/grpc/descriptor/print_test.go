package descriptor

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tagwire/tagwire"
)

// A printer writes files as protoc would read them, with the names that only descriptors have in brackets.
type printer struct {
	strings.Builder
	file *FileDescriptorProto
}

// printed returns the text of the files that describe a symbol, without those that are not named.
func printed(t *testing.T, s *Set, symbol string, paths ...string) string {
	t.Helper()
	var b strings.Builder
	for _, data := range s.Encoded(s.PathOf(symbol)) {
		file := new(FileDescriptorProto)
		if err := tagwire.Unmarshal(data, file, tagwire.WithFormat(tagwire.Protobuf)); err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if path == file.Name {
				b.WriteString(print(file))
			}
		}
	}
	return b.String()
}

func print(file *FileDescriptorProto) string {
	p := &printer{file: file}
	p.line(0, "// %s", file.Name)
	p.line(0, "syntax = %q;", file.Syntax)
	if file.Package != "" {
		p.line(0, "package %s;", file.Package)
	}
	for _, d := range file.Dependency {
		p.line(0, "import %q;", d)
	}
	for _, s := range file.Service {
		p.line(0, "service %s {", s.Name)
		for _, m := range s.Method {
			stream := map[bool]string{true: "stream "}
			p.line(1, "rpc %s(%s%s) returns (%s%s);", m.Name, stream[m.ClientStreaming], m.InputType, stream[m.ServerStreaming], m.OutputType)
		}
		p.line(0, "}")
	}
	for _, m := range file.MessageType {
		p.message(0, m)
	}
	for _, e := range file.EnumType {
		p.enum(0, e)
	}
	return p.String()
}

func (p *printer) line(level int, format string, arguments ...any) {
	fmt.Fprintf(p, strings.Repeat("  ", level)+format+"\n", arguments...)
}

func (p *printer) enum(level int, e *EnumDescriptorProto) {
	p.line(level, "enum %s {", e.Name)
	for _, v := range e.Value {
		p.line(level+1, "%s = %d;", v.Name, *v.Number)
	}
	p.line(level, "}")
}

func (p *printer) message(level int, m *DescriptorProto) {
	entry := ""
	if m.Options != nil && m.Options.MapEntry {
		entry = " // entry"
	}
	p.line(level, "message %s {%s", m.Name, entry)
	for _, f := range m.Field {
		p.field(level+1, m, f)
	}
	for _, n := range m.NestedType {
		p.message(level+1, n)
	}
	for _, e := range m.EnumType {
		p.enum(level+1, e)
	}
	p.line(level, "}")
}

var typeTexts = map[fieldType]string{
	typeDouble: "double", typeFloat: "float", typeInt64: "int64", typeUint64: "uint64", typeInt32: "int32", typeFixed64: "fixed64",
	typeFixed32: "fixed32", typeBool: "bool", typeString: "string", typeGroup: "group ", typeMessage: "", typeBytes: "bytes",
	typeUint32: "uint32", typeEnum: "", typeSfixed32: "sfixed32", typeSfixed64: "sfixed64", typeSint32: "sint32", typeSint64: "sint64",
}

func (p *printer) field(level int, m *DescriptorProto, f *FieldDescriptorProto) {
	labels := map[label]string{labelOptional: "", labelRequired: "required ", labelRepeated: "repeated "}
	if p.file.Syntax == proto2 {
		labels[labelOptional] = "optional "
	}
	text := labels[f.Label]
	if f.Proto3Optional {
		text = "optional "
	}
	if f.OneofIndex != nil {
		text = "oneof:" + m.OneofDecl[*f.OneofIndex].Name + " " + text
	}
	text += typeTexts[f.Type] + f.TypeName + fmt.Sprintf(" %s = %d", f.Name, f.Number)
	var options []string
	if f.JSONName != jsonName(f.Name) {
		options = append(options, "json_name = "+f.JSONName)
	}
	if f.DefaultValue != nil {
		options = append(options, "default = "+*f.DefaultValue)
	}
	if f.Options != nil && f.Options.Packed != nil {
		options = append(options, fmt.Sprint("packed = ", *f.Options.Packed))
	}
	if options != nil {
		text += " [" + strings.Join(options, ", ") + "]"
	}
	p.line(level, "%s;", text)
}
