package descriptor

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/definition"
)

// Definitions returns all files as definitions: without comments and options, which descriptions at run time do not have. A file comes after
// all that it imports. One of an edition that is not known is left out, and part of the error.
func (s *Set) Definitions() ([]*definition.File, error) {
	c := converter{symbols: map[string]symbolAt{}, maps: map[string]*DescriptorProto{}, packages: map[string]string{}, numbers: map[string]int32{}}
	files := map[string]*FileDescriptorProto{}
	for path, encoded := range s.files {
		file := new(FileDescriptorProto)
		if err := tagwire.Unmarshal(encoded.data, file, inProtobuf...); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		files[path] = file
		c.enter(file)
	}
	var made []*definition.File
	var errs []error
	done := map[string]bool{}
	var visit func(path string)
	visit = func(path string) {
		file := files[path]
		if done[path] || file == nil {
			return
		}
		done[path] = true
		for _, needed := range file.Dependency {
			visit(needed)
		}
		converted, err := c.file(file)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", path, err))
			return
		}
		made = append(made, converted)
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		visit(path)
	}
	return made, errors.Join(errs...)
}

// A converter makes definitions of descriptions.
type converter struct {
	symbols  map[string]symbolAt
	packages map[string]string           // by path
	maps     map[string]*DescriptorProto // the messages of the entries of maps, by full name
	numbers  map[string]int32            // of the values of enums, by full name
	made     *definition.File            // that is being made
}

func (c *converter) enter(file *FileDescriptorProto) {
	c.packages[file.Name] = file.Package
	file.eachSymbol(func(name string, kind symbolKind) { c.symbols[name] = symbolAt{file.Name, kind} })
	var visit func(scope string, messages []*DescriptorProto, enums []*EnumDescriptorProto)
	visit = func(scope string, messages []*DescriptorProto, enums []*EnumDescriptorProto) {
		for _, m := range messages {
			full := joinName(scope, m.Name)
			if m.Options != nil && m.Options.MapEntry && len(m.Field) == 2 {
				c.maps[full] = m
			}
			visit(full, m.NestedType, m.EnumType)
		}
		for _, e := range enums {
			for _, v := range e.Value {
				c.numbers[joinName(scope, v.Name)] = v.number()
			}
		}
	}
	visit(file.Package, file.MessageType, file.EnumType)
}

func (v *EnumValueDescriptorProto) number() int32 {
	if v.Number == nil {
		return 0
	}
	return *v.Number
}

func (c *converter) file(from *FileDescriptorProto) (*definition.File, error) {
	c.made = &definition.File{Path: from.Name, Language: definition.Protobuf, Package: from.Package, Edition: cmp.Or(from.Syntax, proto2)}
	if from.Syntax == editions {
		if from.Edition != edition2023 {
			return nil, fmt.Errorf("it is of the edition with the number %d, which has no definition here; 2023 has", from.Edition)
		}
		c.made.Edition = "2023"
	}
	for i, path := range from.Dependency {
		c.made.Includes = append(c.made.Includes, definition.Include{Path: path, Public: slices.Contains(from.PublicDependency, int32(i))})
	}
	features := from.features()
	for _, e := range from.EnumType {
		c.enum("", e, features)
	}
	for _, m := range from.MessageType {
		c.message("", m, features)
	}
	for _, x := range from.Extension {
		c.extension("", x, features)
	}
	for _, s := range from.Service {
		made := &definition.Service{Name: s.Name}
		for _, m := range s.Method {
			made.Methods = append(made.Methods, &definition.Method{
				Name: m.Name, ClientStream: m.ClientStreaming, ServerStream: m.ServerStreaming, Result: c.named(definition.KindStruct, m.OutputType),
				Arguments: []*definition.Field{{Type: c.named(definition.KindStruct, m.InputType)}},
			})
		}
		c.made.Services = append(c.made.Services, made)
	}
	return c.made, nil
}

func (c *converter) enum(scope string, from *EnumDescriptorProto, around FeatureSet) {
	made := &definition.Enum{Name: joinName(scope, from.Name), Closed: from.features(around).EnumType == enumClosed}
	for _, v := range from.Value {
		made.Values = append(made.Values, &definition.EnumValue{Name: v.Name, Number: v.number()})
	}
	c.made.Enums = append(c.made.Enums, made)
}

func (c *converter) message(scope string, from *DescriptorProto, around FeatureSet) {
	made := &definition.Struct{Name: joinName(scope, from.Name)}
	if c.maps[joinName(c.made.Package, made.Name)] == from {
		return
	}
	c.made.Structs = append(c.made.Structs, made)
	features := from.features(around)
	places := map[int32]int32{} // of oneofs, but for those that stand for the word optional
	for _, f := range from.Field {
		field := c.field(f, features)
		if i := f.OneofIndex; i != nil && !f.Proto3Optional && int(*i) < len(from.OneofDecl) && *i >= 0 {
			if _, known := places[*i]; !known {
				places[*i] = int32(len(made.Oneofs))
				made.Oneofs = append(made.Oneofs, &definition.Oneof{Name: from.OneofDecl[*i].Name})
			}
			place := places[*i]
			field.Oneof, field.Requiredness = &place, definition.Optional
		}
		made.Fields = append(made.Fields, field)
	}
	for _, e := range from.EnumType {
		c.enum(made.Name, e, features)
	}
	for _, m := range from.NestedType {
		c.message(made.Name, m, features)
	}
	for _, x := range from.Extension {
		c.extension(made.Name, x, features)
	}
}

func (c *converter) extension(scope string, from *FieldDescriptorProto, around FeatureSet) {
	made := c.field(from, around)
	made.Name, made.Extends = joinName(scope, from.Name), c.named(definition.KindStruct, from.Extendee).Ref
	made.JSONName = "" // which is the full name in brackets
	if made.Type.Kind != definition.KindList && made.Requiredness == definition.Default {
		made.Requiredness = definition.Optional
	}
	c.made.Extensions = append(c.made.Extensions, made)
}

// field converts a field, but for its oneof.
func (c *converter) field(from *FieldDescriptorProto, around FeatureSet) *definition.Field {
	features := from.features(around)
	made := &definition.Field{Name: from.Name, ID: from.Number, JSONName: from.JSONName, Type: c.typeOf(from)}
	made.AnyUTF8 = from.Type == typeString && features.UTF8Validation == utf8Any
	if from.Label == labelRepeated {
		if entry := c.maps[strings.TrimPrefix(from.TypeName, ".")]; entry != nil {
			made.Type = &definition.Type{Kind: definition.KindMap, Key: c.typeOf(entry.Field[0]), Elem: c.typeOf(entry.Field[1])}
			hasText := made.Type.Key.Kind == definition.KindString || made.Type.Elem.Kind == definition.KindString
			made.AnyUTF8 = hasText && features.UTF8Validation == utf8Any
			return made
		}
		isPackable := from.Type != typeString && from.Type != typeBytes && made.Type.Kind != definition.KindStruct
		made.Packed = isPackable && features.RepeatedFields == repeatedPacked
		made.Delimited = made.Type.Kind == definition.KindStruct && features.MessageEncoding == messageDelimited
		made.Type = &definition.Type{Kind: definition.KindList, Elem: made.Type}
		return made
	}
	made.Delimited = made.Type.Kind == definition.KindStruct && features.MessageEncoding == messageDelimited
	switch {
	case features.FieldPresence == presenceRequired:
		made.Requiredness = definition.Required
	case features.FieldPresence == presenceExplicit || made.Type.Kind == definition.KindStruct:
		made.Requiredness = definition.Optional
	}
	if from.DefaultValue != nil {
		made.Default = c.defaultOf(from, made.Type)
	}
	return made
}

// named returns the type of a message or an enum by its name as descriptions refer to it, ".package.Name".
func (c *converter) named(kind definition.Kind, name string) *definition.Type {
	full := strings.TrimPrefix(name, ".")
	path := c.symbols[full].path
	short := full
	if scope := c.packages[path]; scope != "" {
		short = strings.TrimPrefix(full, scope+".")
	}
	return &definition.Type{Kind: kind, Ref: &definition.Ref{Path: path, Name: short}}
}

var definitionKinds = map[fieldType]definition.Kind{
	typeDouble: definition.KindDouble, typeFloat: definition.KindFloat, typeInt64: definition.KindI64, typeUint64: definition.KindUint64,
	typeInt32: definition.KindI32, typeFixed64: definition.KindFixed64, typeFixed32: definition.KindFixed32, typeBool: definition.KindBool,
	typeString: definition.KindString, typeBytes: definition.KindBinary, typeUint32: definition.KindUint32,
	typeSfixed32: definition.KindSfixed32, typeSfixed64: definition.KindSfixed64, typeSint32: definition.KindSint32,
	typeSint64: definition.KindSint64,
}

// typeOf returns the type of a field, or of its elements.
func (c *converter) typeOf(from *FieldDescriptorProto) *definition.Type {
	switch from.Type {
	case typeMessage, typeGroup:
		return c.named(definition.KindStruct, from.TypeName)
	case typeEnum:
		return c.named(definition.KindEnum, from.TypeName)
	}
	return &definition.Type{Kind: definitionKinds[from.Type]}
}
