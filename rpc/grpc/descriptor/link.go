package descriptor

import (
	"maps"
	"reflect"
	"slices"
)

// link makes the files complete: each finds what it imports. A file may import one that is not there, since types that gogo/protobuf has
// generated tell nothing of what their file imports. Without types of that one it does as well; messages that need those are
// left out.
func (l *library) link() {
	for path := range l.held {
		l.has(path)
	}
	incomplete := l.dropDoubles()
	for _, path := range slices.Sorted(maps.Keys(l.files)) {
		s := l.files[path]
		for i := len(s.file.Dependency) - 1; i >= 0; i-- {
			if needed := s.file.Dependency[i]; !l.has(needed) {
				s.file.dropDependency(i)
				s.data, incomplete = nil, true
			}
		}
	}
	for incomplete {
		incomplete = l.prune()
	}
	l.importAll()
	l.checkNames()
}

// dropDoubles removes files that have a symbol of another file, and reports whether there was any. Two generators that do not know of each
// other may have made types of the same messages.
func (l *library) dropDoubles() (dropped bool) {
	owners := map[string]*source{}
	// Those of well-known messages come first, and stay.
	paths := slices.Sorted(maps.Keys(l.held))
	for _, path := range slices.Sorted(maps.Keys(l.files)) {
		if !l.held[path] {
			paths = append(paths, path)
		}
	}
	for _, path := range paths {
		s, double := l.files[path], false
		s.file.eachSymbol(func(name string, _ symbolKind) { double = double || owners[name] != nil })
		if double {
			delete(l.files, path)
			dropped = true
			continue
		}
		s.file.eachSymbol(func(name string, _ symbolKind) { owners[name] = s })
	}
	return dropped
}

// has reports whether a file is there. Those of well-known types always are.
func (l *library) has(path string) bool {
	if l.files[path] == nil && wellKnownFiles[path] != nil {
		l.files[path] = &source{file: wellKnownFiles[path]()}
	}
	return l.files[path] != nil
}

// dropDependency removes a dependency. Those that are public or weak are listed by their places.
func (f *FileDescriptorProto) dropDependency(place int) {
	f.Dependency = slices.Delete(f.Dependency, place, place+1)
	for _, places := range []*[]int32{&f.PublicDependency, &f.WeakDependency} {
		*places = slices.DeleteFunc(*places, func(p int32) bool { return int(p) == place })
		for i, p := range *places {
			if int(p) > place {
				(*places)[i]--
			}
		}
	}
}

// prune removes what refers to types that no file has, and reports whether there was any.
func (l *library) prune() (pruned bool) {
	known := map[string]bool{}
	for _, s := range l.files {
		s.file.eachSymbol(func(name string, kind symbolKind) {
			if kind <= symbolEnum {
				known["."+name] = true
			}
		})
	}
	for _, s := range l.files {
		// complete reports whether what each lists is known. In generated files all names of types begin with a dot.
		complete := func(each func(func(string))) bool {
			all := true
			each(func(name string) { all = all && known[name] })
			return all
		}
		f := s.file
		before := len(f.MessageType) + len(f.Service) + len(f.Extension)
		f.MessageType = slices.DeleteFunc(f.MessageType, func(m *DescriptorProto) bool { return !complete(m.eachReference) })
		f.Extension = slices.DeleteFunc(f.Extension, func(x *FieldDescriptorProto) bool { return !complete(x.eachReference) })
		f.Service = slices.DeleteFunc(f.Service, func(x *ServiceDescriptorProto) bool { return !complete(x.eachReference) })
		if len(f.MessageType)+len(f.Service)+len(f.Extension) != before {
			s.data, pruned = nil, true
		}
	}
	return pruned
}

// importAll has the files that lost an import import what they refer to.
func (l *library) importAll() {
	owners := map[string]string{}
	for path, s := range l.files {
		s.file.eachSymbol(func(name string, _ symbolKind) { owners["."+name] = path })
	}
	for path, s := range l.files {
		if s.data != nil || wellKnownFiles[path] != nil {
			continue
		}
		s.file.eachReference(func(name string) {
			if owner := owners[name]; owner != path && !slices.Contains(s.file.Dependency, owner) {
				s.file.Dependency = append(s.file.Dependency, owner)
			}
		})
	}
}

// checkNames forgets the names of types that no file has.
func (l *library) checkNames() {
	found := map[string]symbolKind{}
	for _, s := range l.files {
		s.file.eachSymbol(func(name string, kind symbolKind) { found[name] = kind })
	}
	for t, name := range l.names {
		wanted := symbolEnum
		if t.Kind() == reflect.Struct {
			wanted = symbolMessage
		}
		if kind, is := found[name]; !is || kind != wanted {
			l.names[t] = ""
		}
	}
}
