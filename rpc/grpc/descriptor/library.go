package descriptor

import (
	"bytes"
	"compress/gzip"
	"io"
	"reflect"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/schema"
)

// mostFileBytes bounds a file that a generated type carries.
const mostFileBytes = 64 << 20

// A source is a file.
type source struct {
	file *FileDescriptorProto
	data []byte // the encoding of file; nil if file has changed
}

// A library has the files of generated types, and says which types those are.
type library struct {
	files map[string]*source      // by path
	names map[reflect.Type]string // full names of messages and enums, by their Go types; "" for what is not in files
	held  map[string]bool         // paths of files of well-known messages, in place of which memory holds something else
}

// parse reads a file. It is nil if there is none in data.
func parse(data []byte) *source {
	if len(data) == 0 || len(data) > mostFileBytes {
		return nil
	}
	file := new(FileDescriptorProto)
	if err := tagwire.Unmarshal(data, file, tagwire.WithFormat(tagwire.Protobuf)); err != nil || file.Name == "" {
		return nil
	}
	return &source{file: file, data: data}
}

// add adds a file, and returns what it says. It returns nil if that is none, or if there is another one of the same path. Those of two
// generators for one .proto file differ in their bytes alone: the first one stays.
func (l *library) add(data []byte) (added *source, isNew bool) {
	s := parse(data)
	if s == nil {
		return nil, false
	}
	if known := l.files[s.file.Name]; known != nil {
		if known.file.Package != s.file.Package {
			return nil, false
		}
		return s, false
	}
	l.files[s.file.Name] = s
	return s, true
}

// visit asks a type, and all that it reaches by tagged fields, for their files.
func (l *library) visit(t reflect.Type) {
	if plan, err := schema.Protobuf.Of(t); err == nil {
		l.visitPlan(plan)
		return
	}
	// The codec refuses some types that google.golang.org/protobuf knows.
	l.visitMessage(t, nil)
}

func (l *library) visitPlan(plan *schema.StructType) {
	if plan.Held != schema.HeldFields {
		l.held[fileOf(plan.Held)] = true
		return
	}
	if _, done := l.names[plan.Go]; done {
		return
	}
	l.visitMessage(plan.Go, plan)
	for i := range plan.Fields {
		for _, t := range valuesOf(plan.Fields[i].Type) {
			switch {
			case t.Struct != nil:
				l.visitPlan(t.Struct)
			case mayBeEnum(t):
				l.visitEnum(t.Base())
			}
		}
	}
}

// valuesOf returns the types of the values of a field: its own, or that of its elements, and of its keys.
func valuesOf(t *schema.Type) []*schema.Type {
	switch t.Kind {
	case schema.List:
		return []*schema.Type{t.Elem}
	case schema.Map:
		return []*schema.Type{t.Key, t.Elem}
	}
	return []*schema.Type{t}
}

// visitMessage asks a struct type. The plan may be nil.
func (l *library) visitMessage(t reflect.Type, plan *schema.StructType) {
	l.names[t] = ""
	message := askOne(reflect.New(t), "ProtoReflect")
	if self := askOne(message, "Interface"); self.IsValid() && !self.IsZero() && self.Elem().Type() == reflect.PointerTo(t) {
		if descriptor := askOne(message, "Descriptor"); l.addDescribed(descriptor) {
			l.names[t] = askText(descriptor, "FullName")
			return
		}
	}
	if plan != nil && plan.Generated {
		l.names[t] = l.addZipped(reflect.New(t), "Descriptor")
	}
}

// visitEnum asks a named type of numbers.
func (l *library) visitEnum(t reflect.Type) {
	if _, done := l.names[t]; done {
		return
	}
	l.names[t] = ""
	zero := reflect.New(t)
	if descriptor := askOne(zero, "Descriptor"); l.addDescribed(descriptor) {
		l.names[t] = askText(descriptor, "FullName")
		return
	}
	l.names[t] = l.addZipped(zero, "EnumDescriptor")
}

// addDescribed adds the file around a descriptor of google.golang.org/protobuf, with all that it imports, and reports whether that is there.
func (l *library) addDescribed(descriptor reflect.Value) bool {
	return descriptor.IsValid() && l.addFile(askOne(descriptor, "ParentFile"))
}

func (l *library) addFile(file reflect.Value) bool {
	added, isNew := l.add(askBytes(file, "ProtoLegacyRawDesc"))
	if added == nil {
		return false
	}
	if !isNew {
		return true
	}
	imports := askOne(file, "Imports")
	for i := range added.file.Dependency {
		// What comes is a struct that embeds the descriptor.
		if imported := reflect.Indirect(askOne(imports, "Get", reflect.ValueOf(i))); imported.IsValid() && imported.Kind() == reflect.Struct {
			l.addFile(imported.FieldByName("FileDescriptor"))
		}
	}
	return true
}

// addZipped adds the file that a method returns, as generated code had it before google.golang.org/protobuf: compressed, with the path
// of the message or the enum in it. It returns the full name of that, "" if there is none.
func (l *library) addZipped(v reflect.Value, method string) string {
	results := ask(v, method)
	if len(results) != 2 || results[0].Type() != reflect.TypeFor[[]byte]() || results[1].Type() != reflect.TypeFor[[]int]() {
		return ""
	}
	reader, err := gzip.NewReader(bytes.NewReader(results[0].Bytes()))
	if err != nil {
		return ""
	}
	data, err := io.ReadAll(io.LimitReader(reader, mostFileBytes))
	if err != nil {
		return ""
	}
	added, _ := l.add(data)
	if added == nil {
		return ""
	}
	return added.file.nameAt(results[1].Interface().([]int), method == "EnumDescriptor")
}

// nameAt returns the full name of the message at a path, or of an enum; "" if there is none.
func (f *FileDescriptorProto) nameAt(path []int, isEnum bool) string {
	name, messages, enums := f.Package, f.MessageType, f.EnumType
	for i, at := range path {
		if isEnum && i == len(path)-1 {
			if at < 0 || at >= len(enums) {
				return ""
			}
			return joinName(name, enums[at].Name)
		}
		if at < 0 || at >= len(messages) {
			return ""
		}
		m := messages[at]
		name, messages, enums = joinName(name, m.Name), m.NestedType, m.EnumType
	}
	if isEnum || len(path) == 0 {
		return ""
	}
	return name
}
