package gogen

import (
	"fmt"

	"github.com/tagwire/tagwire/definition"
)

// An index finds declarations by reference. Each lookup of package definition is a search, which is too slow for thousands of them.
type index struct {
	files    map[string]*definition.File
	enums    map[definition.Ref]*definition.Enum
	structs  map[definition.Ref]*definition.Struct
	typedefs map[definition.Ref]*definition.Typedef
	services map[definition.Ref]*definition.Service
}

func newIndex(d *definition.Definitions) *index {
	x := &index{
		files: map[string]*definition.File{}, enums: map[definition.Ref]*definition.Enum{}, structs: map[definition.Ref]*definition.Struct{},
		typedefs: map[definition.Ref]*definition.Typedef{}, services: map[definition.Ref]*definition.Service{},
	}
	for _, f := range d.Files {
		x.files[f.Path] = f
		for _, e := range f.Enums {
			x.enums[definition.Ref{Path: f.Path, Name: e.Name}] = e
		}
		for _, s := range f.Structs {
			x.structs[definition.Ref{Path: f.Path, Name: s.Name}] = s
		}
		for _, t := range f.Typedefs {
			x.typedefs[definition.Ref{Path: f.Path, Name: t.Name}] = t
		}
		for _, s := range f.Services {
			x.services[definition.Ref{Path: f.Path, Name: s.Name}] = s
		}
	}
	return x
}

// resolve returns what a type, which was checked, stands for after all typedefs.
func (x *index) resolve(t *definition.Type) *definition.Type {
	for t.Kind == definition.KindTypedef {
		t = x.typedefs[*t.Ref].Type
	}
	return t
}

// mostNesting bounds lists, sets, maps and typedefs within each other. The codec has a bound of its own, which is a little larger.
const mostNesting = 100

// check returns what is wrong with a type: references to nothing, missing parts, cycles of typedefs. After it resolve and all that
// walks types can rely on them.
func (x *index) check(t *definition.Type, depth int) error {
	switch {
	case t == nil:
		return fmt.Errorf("a type is missing")
	case depth > mostNesting:
		return fmt.Errorf("the type is nested more than %d levels deep, or contains itself", mostNesting)
	}
	switch t.Kind {
	case definition.KindList, definition.KindSet:
		return x.check(t.Elem, depth+1)
	case definition.KindMap:
		if err := x.check(t.Key, depth+1); err != nil {
			return err
		}
		return x.check(t.Elem, depth+1)
	case definition.KindEnum, definition.KindStruct, definition.KindTypedef:
		switch {
		case t.Ref == nil:
			return fmt.Errorf("a type has no reference")
		case t.Kind == definition.KindEnum && x.enums[*t.Ref] != nil, t.Kind == definition.KindStruct && x.structs[*t.Ref] != nil:
			return nil
		case t.Kind == definition.KindTypedef && x.typedefs[*t.Ref] != nil:
			return x.check(x.typedefs[*t.Ref].Type, depth+1)
		}
		return fmt.Errorf("%s of %s is not defined", t.Ref.Name, t.Ref.Path)
	}
	if t.Kind <= definition.KindInvalid || t.Kind > definition.KindSfixed64 {
		return fmt.Errorf("a type has the unknown kind %d", t.Kind)
	}
	return nil
}

// unsupported returns why the codec has no field of a type, "" if it has.
func (x *index) unsupported(t *definition.Type) string {
	switch t = x.resolve(t); t.Kind {
	case definition.KindUUID:
		return "the codec has no uuid"
	case definition.KindList, definition.KindSet:
		return x.unsupported(t.Elem)
	case definition.KindMap:
		switch x.resolve(t.Key).Kind {
		case definition.KindList, definition.KindSet, definition.KindMap:
			return "Go has no maps whose keys are lists, sets or maps"
		}
		if why := x.unsupported(t.Key); why != "" {
			return why
		}
		return x.unsupported(t.Elem)
	}
	return ""
}
