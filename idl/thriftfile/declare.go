package thriftfile

import "github.com/tagwire/tagwire/definition"

// names are what a file declares, by name.
type names struct {
	typedefs  map[string]*definition.Typedef
	enums     map[string]*definition.Enum
	structs   map[string]*definition.Struct
	services  map[string]*definition.Service
	constants map[string]*definition.Constant
}

// declare collects the names of a file. Types and services share their names; constants have their own.
func (c *compiler) declare(f *file) {
	f.names = names{
		map[string]*definition.Typedef{}, map[string]*definition.Enum{}, map[string]*definition.Struct{},
		map[string]*definition.Service{}, map[string]*definition.Constant{},
	}
	types, constants := c.unique(f, "the type or service"), c.unique(f, "the constant")
	for _, t := range f.Typedefs {
		types(t.Name, t.At)
		f.typedefs[t.Name] = t
	}
	for _, e := range f.Enums {
		types(e.Name, e.At)
		f.enums[e.Name] = e
		values := c.unique(f, "the value")
		for _, v := range e.Values {
			values(v.Name, v.At)
		}
	}
	for _, s := range f.Structs {
		types(s.Name, s.At)
		f.structs[s.Name] = s
		c.declareFields(f, s.Fields, "the field")
	}
	for _, s := range f.Services {
		types(s.Name, s.At)
		f.services[s.Name] = s
		methods := c.unique(f, "the method")
		for _, m := range s.Methods {
			methods(m.Name, m.At)
			c.declareFields(f, m.Arguments, "the argument")
			c.declareFields(f, m.Throws, "the exception")
		}
	}
	for _, constant := range f.Constants {
		constants(constant.Name, constant.At)
		f.constants[constant.Name] = constant
	}
}

// unique returns a function that reports a name which it has had before.
func (c *compiler) unique(f *file, what string) func(name string, at definition.Position) {
	seen := map[string]definition.Position{}
	return func(name string, at definition.Position) {
		if first, ok := seen[name]; ok {
			c.fail(f, later(first, at), "%s %s is declared twice, first in line %d", what, name, min(first.Line, at.Line))
			return
		}
		seen[name] = at
	}
}

// later returns the place that is behind the other. Kinds of declarations are not gone through in the order of the file.
func later(a, b definition.Position) definition.Position {
	if a.Line > b.Line || a.Line == b.Line && a.Column > b.Column {
		return a
	}
	return b
}

// declareFields reports names and ids that are there twice.
func (c *compiler) declareFields(f *file, fields []*definition.Field, what string) {
	name, ids := c.unique(f, what), map[int32]string{}
	for _, field := range fields {
		name(field.Name, field.At)
		if other, ok := ids[field.ID]; ok {
			c.fail(f, field.At, "%s %s has the id %d, which %s has already", what, field.Name, field.ID, other)
		}
		ids[field.ID] = field.Name
	}
}
