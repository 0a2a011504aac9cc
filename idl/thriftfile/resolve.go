package thriftfile

import (
	"strings"

	"github.com/tagwire/tagwire/definition"
)

// resolve replaces the names of types and services in a file by references.
func (c *compiler) resolve(f *file) {
	for _, t := range f.Typedefs {
		c.resolveType(f, t.Type)
	}
	for _, constant := range f.Constants {
		c.resolveType(f, constant.Type)
	}
	for _, s := range f.Structs {
		c.resolveFields(f, s.Fields)
	}
	for _, s := range f.Services {
		if s.Extends != nil {
			c.resolveService(f, s)
		}
		for _, m := range s.Methods {
			c.resolveFields(f, m.Arguments)
			c.resolveFields(f, m.Throws)
			if m.Result != nil {
				c.resolveType(f, m.Result)
			}
		}
	}
}

func (c *compiler) resolveFields(f *file, fields []*definition.Field) {
	for _, field := range fields {
		c.resolveType(f, field.Type)
	}
}

// lookup calls found with each file and the name in it that a name with or without a prefix may stand for, until found returns true. A
// prefix is that of an included file.
func (f *file) lookup(name string, found func(in *file, name string) bool) bool {
	if found(f, name) {
		return true
	}
	for i, include := range f.Includes {
		rest, ok := strings.CutPrefix(name, include.Prefix)
		if ok && strings.HasPrefix(rest, ".") && found(f.included[i], rest[1:]) {
			return true
		}
	}
	return false
}

func (c *compiler) resolveType(f *file, t *definition.Type) {
	if t.Key != nil {
		c.resolveType(f, t.Key)
	}
	if t.Elem != nil {
		c.resolveType(f, t.Elem)
	}
	if t.Kind != kindNamed {
		return
	}
	written := t.Ref.Name
	if !f.lookup(written, func(in *file, name string) bool {
		switch {
		case in.typedefs[name] != nil:
			t.Kind = definition.KindTypedef
		case in.enums[name] != nil:
			t.Kind = definition.KindEnum
		case in.structs[name] != nil:
			t.Kind = definition.KindStruct
		default:
			return false
		}
		t.Ref = &definition.Ref{Path: in.Path, Name: name}
		return true
	}) {
		c.fail(f, t.At, "the type %s is not declared%s", written, f.missingPrefix(written))
	}
}

func (c *compiler) resolveService(f *file, s *definition.Service) {
	written := s.Extends.Name
	if !f.lookup(written, func(in *file, name string) bool {
		if in.services[name] == nil {
			return false
		}
		s.Extends = &definition.Ref{Path: in.Path, Name: name}
		return true
	}) {
		c.fail(f, f.extends[s], "the service %s is not declared%s", written, f.missingPrefix(written))
	}
}

// missingPrefix returns what to add to an error about a name if no included file has its prefix.
func (f *file) missingPrefix(name string) string {
	prefix, _, ok := strings.Cut(name, ".")
	if !ok {
		return ""
	}
	for _, include := range f.Includes {
		if strings.HasPrefix(name, include.Prefix+".") {
			return ""
		}
	}
	return ", and no included file is called " + prefix + ".thrift"
}

// typedef returns what a type of KindTypedef refers to.
func (c *compiler) typedef(t *definition.Type) *definition.Typedef {
	return c.files[t.Ref.Path].typedefs[t.Ref.Name]
}

// trueType returns what a type stands for after all typedefs, which must have been checked.
func (c *compiler) trueType(t *definition.Type) *definition.Type {
	for t.Kind == definition.KindTypedef {
		t = c.typedef(t).Type
	}
	return t
}

// same reports whether two types have the same form.
func (c *compiler) same(a, b *definition.Type) bool {
	return c.sameBut(a, b, map[[2]*definition.Type]bool{})
}

// sameBut is same for types that are not among pairs: those are the same, or one of them has been found not to be. A few typedefs can
// refer to each other in more ways than can be walked.
func (c *compiler) sameBut(a, b *definition.Type, pairs map[[2]*definition.Type]bool) bool {
	if a == nil || b == nil {
		return a == b
	}
	a, b = c.trueType(a), c.trueType(b)
	if a.Kind != b.Kind || a.Ref != nil && *a.Ref != *b.Ref {
		return false
	}
	pair := [2]*definition.Type{a, b}
	if pairs[pair] {
		return true
	}
	pairs[pair] = true
	return c.sameBut(a.Key, b.Key, pairs) && c.sameBut(a.Elem, b.Elem, pairs)
}
