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
	heights  map[*definition.Typedef]int // of types behind typedefs that are right
}

func newIndex(d *definition.Definitions) *index {
	x := &index{
		files: map[string]*definition.File{}, enums: map[definition.Ref]*definition.Enum{}, structs: map[definition.Ref]*definition.Struct{},
		typedefs: map[definition.Ref]*definition.Typedef{}, services: map[definition.Ref]*definition.Service{},
		heights: map[*definition.Typedef]int{},
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
func (x *index) check(t *definition.Type) error {
	height, err := x.height(t, 0)
	if err == nil && height > mostNesting {
		return errTooDeep
	}
	return err
}

var errTooDeep = fmt.Errorf("the type is nested more than %d levels deep, or contains itself", mostNesting)

// height returns how many lists, sets, maps and typedefs are in each other in a type, which itself is in that many. That of a typedef
// is found once: a few typedefs can refer to each other in more ways than can be walked.
func (x *index) height(t *definition.Type, depth int) (height int, err error) {
	switch {
	case t == nil:
		return 0, fmt.Errorf("a type is missing")
	case depth > mostNesting:
		return 0, errTooDeep
	}
	switch t.Kind {
	case definition.KindList, definition.KindSet:
		height, err = x.height(t.Elem, depth+1)
		return height + 1, err
	case definition.KindMap:
		if height, err = x.height(t.Key, depth+1); err != nil {
			return 0, err
		}
		elem, err := x.height(t.Elem, depth+1)
		return max(height, elem) + 1, err
	case definition.KindEnum, definition.KindStruct, definition.KindTypedef:
		switch {
		case t.Ref == nil:
			return 0, fmt.Errorf("a type has no reference")
		case t.Kind == definition.KindEnum && x.enums[*t.Ref] != nil, t.Kind == definition.KindStruct && x.structs[*t.Ref] != nil:
			return 0, nil
		case t.Kind == definition.KindTypedef && x.typedefs[*t.Ref] != nil:
			return x.typedefHeight(x.typedefs[*t.Ref], depth)
		}
		return 0, fmt.Errorf("%s of %s is not defined", t.Ref.Name, t.Ref.Path)
	}
	if t.Kind <= definition.KindInvalid || t.Kind > definition.KindSfixed64 {
		return 0, fmt.Errorf("a type has the unknown kind %d", t.Kind)
	}
	return 0, nil
}

func (x *index) typedefHeight(t *definition.Typedef, depth int) (height int, err error) {
	if known, found := x.heights[t]; found {
		return known, nil
	}
	if height, err = x.height(t.Type, depth+1); err != nil {
		return 0, err
	}
	x.heights[t] = height + 1
	return height + 1, nil
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
