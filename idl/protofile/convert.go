package protofile

import (
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"github.com/bufbuild/protocompile/linker"
	"github.com/bufbuild/protocompile/protoutil"
	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/idl/source"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// convert returns files and all that they import, imported ones first. It reports options that cannot be read.
func convert(files linker.Files, texts map[string]string, report *source.Report) *definition.Definitions {
	d := &definition.Definitions{}
	seen := map[string]bool{}
	var visit func(linker.File)
	visit = func(file linker.File) {
		if seen[file.Path()] {
			return
		}
		seen[file.Path()] = true
		imports := file.Imports()
		for i := range imports.Len() {
			visit(file.FindImportByPath(imports.Get(i).Path()))
		}
		d.Files = append(d.Files, newConverter(file, texts[file.Path()], report).convert())
	}
	for _, file := range files {
		visit(file)
	}
	return d
}

// A converter converts one file.
type converter struct {
	from     linker.File
	parsed   linker.Result // nil for files that are built in: they have neither places nor comments
	text     string
	resolver *extensionTypes // in options
	report   *source.Report
	to       *definition.File
}

func newConverter(from linker.File, text string, report *source.Report) *converter {
	c := &converter{from: from, text: text, resolver: newExtensionTypes(from), report: report}
	c.parsed, _ = from.(linker.Result)
	return c
}

func (c *converter) convert() *definition.File {
	file := protoutil.ProtoFromFileDescriptor(c.from)
	c.to = &definition.File{
		Path:        c.from.Path(),
		Language:    definition.Protobuf,
		Edition:     c.from.Syntax().String(),
		Package:     string(c.from.Package()),
		Annotations: c.options(c.from),
	}
	if c.from.Syntax() == protoreflect.Editions {
		c.to.Edition = strings.TrimPrefix(file.GetEdition().String(), "EDITION_")
	}
	for _, number := range []int32{syntaxNumber, packageNumber} {
		if c.to.Doc == "" {
			c.to.Doc = comment(c.from.SourceLocations().ByPath(protoreflect.SourcePath{number}))
		}
	}
	imports := c.from.Imports()
	for i := range imports.Len() {
		one := imports.Get(i)
		c.to.Includes = append(c.to.Includes, definition.Include{Path: one.Path(), Public: one.IsPublic, At: c.importAt(one.Path())})
	}
	c.enums(c.from.Enums())
	c.messages(c.from.Messages())
	c.extensions(c.from.Extensions())
	services := c.from.Services()
	for i := range services.Len() {
		c.to.Services = append(c.to.Services, c.service(services.Get(i)))
	}
	return c.to
}

// Numbers of fields of descriptorpb.FileDescriptorProto.
const (
	packageNumber = 2
	syntaxNumber  = 12
)

// name returns the name of a type in its file: those of the messages around it, and its own.
func name(d protoreflect.Descriptor) string {
	full, packageName := string(d.FullName()), string(d.ParentFile().Package())
	if packageName == "" {
		return full
	}
	return full[len(packageName)+1:]
}

func ref(d protoreflect.Descriptor) *definition.Ref {
	return &definition.Ref{Path: d.ParentFile().Path(), Name: name(d)}
}

// enums converts enums, which are those of the file or of a message.
func (c *converter) enums(list protoreflect.EnumDescriptors) {
	for i := range list.Len() {
		from := list.Get(i)
		to := &definition.Enum{Name: name(from), Closed: from.IsClosed(), Doc: c.doc(from), Annotations: c.options(from), At: c.at(from)}
		values := from.Values()
		for j := range values.Len() {
			v := values.Get(j)
			to.Values = append(to.Values, &definition.EnumValue{
				Name: string(v.Name()), Number: int32(v.Number()), Doc: c.doc(v), Annotations: c.options(v), At: c.at(v),
			})
		}
		c.to.Enums = append(c.to.Enums, to)
	}
}

// messages converts messages, each with all that is declared in it.
func (c *converter) messages(list protoreflect.MessageDescriptors) {
	for i := range list.Len() {
		from := list.Get(i)
		if from.IsMapEntry() {
			continue
		}
		to := &definition.Struct{Name: name(from), Doc: c.doc(from), Annotations: c.options(from), At: c.at(from)}
		c.to.Structs = append(c.to.Structs, to)
		oneofs := from.Oneofs()
		for j := range oneofs.Len() {
			if o := oneofs.Get(j); !o.IsSynthetic() { // those that optional fields of proto3 have come last
				to.Oneofs = append(to.Oneofs, &definition.Oneof{Name: string(o.Name()), Doc: c.doc(o), Annotations: c.options(o), At: c.at(o)})
			}
		}
		fields := from.Fields()
		for j := range fields.Len() {
			to.Fields = append(to.Fields, c.field(fields.Get(j)))
		}
		c.enums(from.Enums())
		c.messages(from.Messages())
		c.extensions(from.Extensions())
	}
}

// extensions converts extensions, whose names are in the scope that they are declared in.
func (c *converter) extensions(list protoreflect.ExtensionDescriptors) {
	for i := range list.Len() {
		from := list.Get(i)
		to := c.field(from)
		to.Name, to.Extends = name(from), ref(from.ContainingMessage())
		c.to.Extensions = append(c.to.Extensions, to)
	}
}

func (c *converter) service(from protoreflect.ServiceDescriptor) *definition.Service {
	to := &definition.Service{Name: name(from), Doc: c.doc(from), Annotations: c.options(from), At: c.at(from)}
	methods := from.Methods()
	for i := range methods.Len() {
		m := methods.Get(i)
		to.Methods = append(to.Methods, &definition.Method{
			Name:         string(m.Name()),
			Arguments:    []*definition.Field{{ID: 1, Type: &definition.Type{Kind: definition.KindStruct, Ref: ref(m.Input())}}},
			Result:       &definition.Type{Kind: definition.KindStruct, Ref: ref(m.Output())},
			ClientStream: m.IsStreamingClient(),
			ServerStream: m.IsStreamingServer(),
			Doc:          c.doc(m),
			Annotations:  c.options(m),
			At:           c.at(m),
		})
	}
	return to
}

// doc returns the comment of a declaration.
func (c *converter) doc(d protoreflect.Descriptor) string {
	return comment(c.from.SourceLocations().ByDescriptor(d))
}

// comment returns the text before a declaration, or else behind it.
func comment(location protoreflect.SourceLocation) string {
	text := location.LeadingComments
	if strings.TrimSpace(text) == "" {
		text = location.TrailingComments
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(strings.TrimPrefix(line, " "), " \t\r")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// at returns where the name of a declaration stands.
func (c *converter) at(d protoreflect.Descriptor) definition.Position {
	if c.parsed == nil || c.parsed.AST() == nil {
		return definition.Position{}
	}
	var node ast.Node
	switch from := protoutil.ProtoFromDescriptor(d).(type) {
	case *descriptorpb.FileDescriptorProto: // which has no name, so this is about its options
		for _, declaration := range c.parsed.AST().Decls {
			if option, ok := declaration.(*ast.OptionNode); ok {
				return c.nodeAt(option)
			}
		}
	case *descriptorpb.DescriptorProto:
		node = c.parsed.MessageNode(from).MessageName()
	case *descriptorpb.FieldDescriptorProto:
		node = c.parsed.FieldNode(from).FieldName()
	case *descriptorpb.OneofDescriptorProto:
		node = c.parsed.OneofNode(from).OneofName()
	case *descriptorpb.EnumDescriptorProto:
		if enum, ok := c.parsed.EnumNode(from).(*ast.EnumNode); ok {
			node = enum.Name
		}
	case *descriptorpb.EnumValueDescriptorProto:
		node = c.parsed.EnumValueNode(from).GetName()
	case *descriptorpb.ServiceDescriptorProto:
		if service, ok := c.parsed.ServiceNode(from).(*ast.ServiceNode); ok {
			node = service.Name
		}
	case *descriptorpb.MethodDescriptorProto:
		node = c.parsed.MethodNode(from).GetName()
	}
	return c.nodeAt(node)
}

func (c *converter) nodeAt(node ast.Node) definition.Position {
	if node == nil {
		return definition.Position{}
	}
	return bytePosition(c.text, c.parsed.FileNode().NodeInfo(node).Start())
}

// importAt returns where an import names its file.
func (c *converter) importAt(path string) definition.Position {
	if c.parsed == nil || c.parsed.AST() == nil {
		return definition.Position{}
	}
	for _, declaration := range c.parsed.AST().Decls {
		if i, ok := declaration.(*ast.ImportNode); ok && i.Name.AsString() == path {
			return c.nodeAt(i.Name)
		}
	}
	return definition.Position{}
}
