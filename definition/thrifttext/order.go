package thrifttext

import (
	"slices"

	"github.com/tagwire/tagwire/definition"
)

// A declaration is one that will be written.
type declaration struct {
	at    definition.Position
	write func()
}

// inOrder returns the declarations of the file as they are written.
func (w *writer) inOrder() []declaration {
	var all []declaration
	f := w.file
	for _, t := range f.Typedefs {
		all = append(all, declaration{t.At, func() { w.typedef(t) }})
	}
	for _, e := range f.Enums {
		all = append(all, declaration{e.At, func() { w.enum(e) }})
	}
	for _, s := range partsFirst(f) {
		all = append(all, declaration{s.At, func() { w.structOf(s) }})
	}
	for _, c := range f.Constants {
		all = append(all, declaration{c.At, func() { w.constantOf(c) }})
	}
	for _, s := range f.Services {
		all = append(all, declaration{s.At, func() { w.service(s) }})
	}
	if slices.ContainsFunc(all, func(d declaration) bool { return d.at.Line == 0 }) {
		return all
	}
	slices.SortStableFunc(all, func(a, b declaration) int {
		if a.at.Line != b.at.Line {
			return a.at.Line - b.at.Line
		}
		return a.at.Column - b.at.Column
	})
	return all
}

// partsFirst returns the structs of a file: those that are in others, or that defaults of others are of, come before these, since compilers, and
// what they make in C++, want it so. Else they keep their order.
func partsFirst(f *definition.File) []*definition.Struct {
	byName, done := map[string]*definition.Struct{}, map[*definition.Struct]bool{}
	for _, s := range f.Structs {
		byName[s.Name] = s
	}
	var order []*definition.Struct
	var visit func(s *definition.Struct)
	var visitType func(t *definition.Type, depth int)
	visitType = func(t *definition.Type, depth int) {
		if t == nil || depth > deepest {
			return
		}
		if t.Kind == definition.KindStruct && t.Ref != nil && t.Ref.Path == f.Path && byName[t.Ref.Name] != nil {
			visit(byName[t.Ref.Name])
		}
		visitType(t.Key, depth+1)
		visitType(t.Elem, depth+1)
	}
	visit = func(s *definition.Struct) {
		if done[s] {
			return
		}
		done[s] = true
		for _, field := range s.Fields {
			byReference := slices.ContainsFunc(field.Annotations, isReference)
			if field.Default != nil || field.Type != nil && field.Type.Kind == definition.KindStruct && !byReference {
				visitType(field.Type, 0)
			}
		}
		order = append(order, s)
	}
	for _, s := range f.Structs {
		visit(s)
	}
	return order
}
