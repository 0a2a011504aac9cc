package descriptor

import (
	"maps"
	"slices"
	"strings"

	"github.com/tagwire/tagwire"
)

// Set is files that describe services, and all that those refer to. It is immutable and safe for concurrent use.
type Set struct {
	files      map[string]encodedFile // by path
	symbols    map[string]string      // full names to paths
	extensions map[string]map[int32]string
	faults     map[string]error
}

type encodedFile struct {
	data    []byte
	imports []string // paths
}

// Fault returns why a service has no description; nil if it has one, or is not known.
func (s *Set) Fault(service string) error { return s.faults[service] }

// Has reports whether there is a file of that path.
func (s *Set) Has(path string) bool {
	_, found := s.files[path]
	return found
}

// PathOf returns the path of the file that has a symbol: the full name of a service, a method, a message, a field, a oneof, an enum, a value
// of one, or an extension. It is "" if there is none.
func (s *Set) PathOf(symbol string) string { return s.symbols[symbol] }

// PathOfExtension returns the path of the file that declares an extension of a message; "" if there is none.
func (s *Set) PathOfExtension(message string, number int32) string {
	return s.extensions[message][number]
}

// Extensions returns the numbers of the extensions of a message, in ascending order.
func (s *Set) Extensions(message string) []int32 {
	return slices.Sorted(maps.Keys(s.extensions[message]))
}

// Encoded returns a file and all that it imports, itself first, as Protobuf. The caller does not change the bytes.
func (s *Set) Encoded(path string) [][]byte {
	var encoded [][]byte
	seen := map[string]bool{path: true}
	for paths := []string{path}; len(paths) > 0; paths = paths[1:] {
		f, found := s.files[paths[0]]
		if !found {
			continue
		}
		encoded = append(encoded, f.data)
		for _, needed := range f.imports {
			if !seen[needed] {
				seen[needed] = true
				paths = append(paths, needed)
			}
		}
	}
	return encoded
}

// finish describes what is named, and makes the set.
func (b *builder) finish() *Set {
	for _, name := range slices.Sorted(maps.Keys(b.packages)) {
		b.packages[name].finish()
	}
	s := &Set{map[string]encodedFile{}, map[string]string{}, map[string]map[int32]string{}, b.faults}
	for path, from := range b.library.files {
		if from.data == nil {
			// Encoding cannot fail: names are UTF-8, and what was decoded can be encoded.
			from.data, _ = tagwire.Marshal(from.file, inProtobuf...)
		}
		s.files[path] = encodedFile{from.data, from.file.Dependency}
		from.file.eachSymbol(func(name string, _ symbolKind) { s.symbols[name] = path })
		from.file.eachExtension(func(x *FieldDescriptorProto) {
			extended := strings.TrimPrefix(x.Extendee, ".")
			if s.extensions[extended] == nil {
				s.extensions[extended] = map[int32]string{}
			}
			s.extensions[extended][x.Number] = path
		})
	}
	return s
}

// finish makes the files of the package. Enums are in one of their own if the other has the syntax proto2, since there they would be closed: a
// value without a name would be none.
func (n *namespace) finish() {
	enums := n.file
	n.file.Name, n.file.Syntax = n.path(".proto"), proto3
	if n.needs2 {
		n.file.Syntax = proto2
		enums = &FileDescriptorProto{Name: n.path(".enums.proto"), Package: n.name, Syntax: proto3}
	}
	enums.EnumType = n.enumOrder
	for _, plan := range n.order {
		n.file.MessageType = append(n.file.MessageType, n.describe(plan, n.messages[plan]))
	}
	if n.needs2 && len(n.enumOrder) > 0 {
		n.imports[enums.Name] = true
		n.library.files[enums.Name] = &source{file: enums}
	}
	n.file.Dependency = slices.Sorted(maps.Keys(n.imports))
	n.library.files[n.file.Name] = &source{file: n.file}
}
