package descriptor

import (
	"bytes"
	"compress/gzip"
	"io"
	"reflect"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/schema"
)

// inProtobuf are the options for files. Each is read and written once, so native code is not worth it.
var inProtobuf = []tagwire.Option{tagwire.WithFormat(tagwire.Protobuf), tagwire.WithEngine(tagwire.Reflect)}

// mostFileBytes bounds a file that a generated type carries.
const mostFileBytes = 64 << 20

// A source is a file.
type source struct {
	file *FileDescriptorProto
	data []byte // the encoding of file; nil if file has changed
}

// newLibrary returns one without files.
func newLibrary() *library {
	return &library{map[string]*source{}, map[reflect.Type]string{}, map[string]bool{}, map[*byte]*FileDescriptorProto{}}
}

// A library has the files of generated types, and says which types those are.
type library struct {
	files map[string]*source      // by path
	names map[reflect.Type]string // full names of messages and enums, by their Go types; "" for what is not in files
	held  map[string]bool         // paths of files of well-known messages, in place of which memory holds something else

	unzipped map[*byte]*FileDescriptorProto // what generated types carry, by its first byte; nil if that is no file
}

// parse reads a file. It is nil if there is none in data.
func parse(data []byte) *source {
	if len(data) == 0 || len(data) > mostFileBytes {
		return nil
	}
	file := new(FileDescriptorProto)
	if err := tagwire.Unmarshal(data, file, inProtobuf...); err != nil || file.Name == "" {
		return nil
	}
	return &source{file: file, data: data}
}

// add adds a file, and returns what it says. It returns nil if that is none, or if there is another one of the same path. Those of two
// generators for one .proto file differ in their bytes alone: the first one stays.
func (l *library) add(data []byte) *FileDescriptorProto {
	s := parse(data)
	if s == nil {
		return nil
	}
	if known := l.files[s.file.Name]; known != nil {
		if known.file.Package != s.file.Package {
			return nil
		}
		return s.file
	}
	l.files[s.file.Name] = s
	return s.file
}

// visit asks the messages of a plan, and all that it reaches, for their files.
func (l *library) visit(plan *schema.StructType) {
	if plan.Held != schema.HeldFields {
		l.held[fileOf(plan.Held)] = true
		return
	}
	if _, done := l.names[plan.Go]; done {
		return
	}
	l.names[plan.Go] = ""
	if plan.Generated {
		l.names[plan.Go] = l.addZipped(reflect.New(plan.Go), false)
	}
	for i := range plan.Fields {
		for _, t := range valuesOf(plan.Fields[i].Type) {
			switch {
			case t.Struct != nil:
				l.visit(t.Struct)
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

// visitEnum asks a named type of numbers.
func (l *library) visitEnum(t reflect.Type) {
	if _, done := l.names[t]; !done {
		l.names[t] = l.addZipped(reflect.New(t), true)
	}
}

// addZipped adds the file that a method returns, compressed, with the path of the message or the enum in it. All generators make that
// method, but for the Opaque API of protoc-gen-go. It returns the full name, "" if there is none.
func (l *library) addZipped(v reflect.Value, isEnum bool) string {
	compressed, path := carriedBy(v.Interface(), isEnum)
	if len(compressed) == 0 {
		return ""
	}
	// All messages of a file return the same bytes.
	file, known := l.unzipped[&compressed[0]]
	if !known {
		file = l.add(unzip(compressed))
		l.unzipped[&compressed[0]] = file
	}
	if file == nil {
		return ""
	}
	return file.nameAt(path, isEnum)
}

// unzip returns nil for what is not gzip, or not complete.
func unzip(compressed []byte) []byte {
	reader, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(reader, mostFileBytes+1))
	if err != nil {
		return nil
	}
	return data
}

// carriedBy returns what the method of a message or an enum returns; nothing if it has none, or it panics.
func carriedBy(v any, isEnum bool) (file []byte, path []int) {
	defer func() {
		if recover() != nil {
			file, path = nil, nil
		}
	}()
	if enum, ok := v.(interface{ EnumDescriptor() ([]byte, []int) }); ok && isEnum {
		return enum.EnumDescriptor()
	}
	if message, ok := v.(interface{ Descriptor() ([]byte, []int) }); ok && !isEnum {
		return message.Descriptor()
	}
	return nil, nil
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
