package describe

import (
	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/rpc/naming"
)

// The code that Apache's compiler makes in C++ is wrong for some definitions which it accepts. These are avoided here.

// separate gives fields another name that have that of a type in their struct.
func separate(s *definition.Struct) {
	names, types := naming.Scope{}, map[string]bool{}
	for _, f := range s.Fields {
		names[f.Name] = true
		collect(f.Type, types)
	}
	for _, f := range s.Fields {
		for types[f.Name] {
			f.Name = names.Take(f.Name + "_")
		}
	}
}

// collect adds the names of the declarations to which a type refers.
func collect(t *definition.Type, names map[string]bool) {
	for ; t != nil; t = t.Elem {
		if t.Ref != nil {
			names[t.Ref.Name] = true
		}
		collect(t.Key, names)
	}
}

// breakCycles marks fields as references so that no struct contains itself.
func (f *file) breakCycles() {
	const entered, done = 1, 2
	byName, state := map[string]*definition.Struct{}, map[*definition.Struct]int{}
	for _, s := range f.made.Structs {
		byName[s.Name] = s
	}
	var visit func(s *definition.Struct)
	visit = func(s *definition.Struct) {
		state[s] = entered
		for _, field := range s.Fields {
			if field.Type.Kind != definition.KindStruct {
				continue
			}
			switch inner := byName[field.Type.Ref.Name]; state[inner] {
			case entered:
				field.Annotations = append(field.Annotations, definition.Annotation{Name: "cpp.ref", Value: "true"})
			case done:
			default:
				visit(inner)
			}
		}
		state[s] = done
	}
	for _, s := range f.made.Structs {
		if state[s] == 0 {
			visit(s)
		}
	}
}
