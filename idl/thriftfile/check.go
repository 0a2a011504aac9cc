package thriftfile

import "github.com/tagwire/tagwire/definition"

// checkTypes reports typedefs that lead to themselves, and types that are nested too deep when typedefs are written out.
func (c *compiler) checkTypes(f *file) {
	for _, t := range f.Typedefs {
		if depth, ok := c.typedefDepth(t, 0); !ok {
			c.fail(f, t.At, "the typedef %s stands for itself", t.Name)
		} else if depth > maxDepth {
			c.fail(f, t.At, "the typedef %s stands for types and typedefs that are nested more than %d deep", t.Name, maxDepth)
		}
	}
}

// typedefDepth returns how deep the type of a typedef is nested, and false if it leads to itself. A typedef counts as a level. Level is
// how many typedefs led here: behind maxDepth of them all is too deep, and the depth is not exact.
func (c *compiler) typedefDepth(t *definition.Typedef, level int) (depth int, ok bool) {
	if depth, ok := c.depths[t]; ok {
		return depth, depth != busy
	}
	if level > maxDepth {
		return level, true
	}
	c.depths[t] = busy
	depth, ok = c.typeDepth(t.Type, level+1)
	if !ok {
		delete(c.depths, t) // the others of the circle are reported, too
		return 0, false
	}
	c.depths[t] = depth + 1
	return depth + 1, true
}

// busy marks a typedef that is being looked at.
const busy = -1

func (c *compiler) typeDepth(t *definition.Type, level int) (depth int, ok bool) {
	switch {
	case t.Kind == definition.KindTypedef:
		return c.typedefDepth(c.typedef(t), level)
	case t.Elem == nil:
		return 1, true
	}
	depth, ok = c.typeDepth(t.Elem, level)
	if t.Key != nil && ok {
		var key int
		key, ok = c.typeDepth(t.Key, level)
		depth = max(depth, key)
	}
	return depth + 1, ok
}

// check reports what is wrong with unions and services.
func (c *compiler) check(f *file) {
	for _, s := range f.Structs {
		c.checkUnion(f, s)
	}
	for _, s := range f.Services {
		if c.report.Full() {
			return
		}
		c.checkService(f, s)
	}
}

// checkUnion reports a second default in a union, which has one field at most.
func (c *compiler) checkUnion(f *file, s *definition.Struct) {
	if s.Form != definition.FormUnion {
		return
	}
	defaults := 0
	for _, field := range s.Fields {
		if field.Default == nil {
			continue
		}
		if defaults++; defaults == 2 {
			c.fail(f, field.At, "the union %s has a second field with a default, %s", s.Name, field.Name)
		}
	}
}

func (c *compiler) checkService(f *file, s *definition.Service) {
	seen := map[*definition.Service]bool{s: true}
	for at := s; at.Extends != nil; {
		at = c.files[at.Extends.Path].services[at.Extends.Name]
		if at == s {
			c.fail(f, f.extends[s], "the service %s extends itself", s.Name)
		}
		if seen[at] {
			break
		}
		if seen[at] = true; len(seen) > maxDepth {
			c.fail(f, f.extends[s], "more than %d services extend each other", maxDepth)
			break
		}
	}
	for _, m := range s.Methods {
		if m.Oneway && m.Result != nil {
			c.fail(f, m.Result.At, "the method %s is oneway, so that its result must be void", m.Name)
		}
		if m.Oneway && len(m.Throws) > 0 {
			c.fail(f, m.Throws[0].At, "the method %s is oneway, so that it cannot throw", m.Name)
		}
		for _, thrown := range m.Throws {
			if t := c.trueType(thrown.Type); t.Kind != definition.KindStruct || c.structOf(t).Form != definition.FormException {
				c.fail(f, thrown.Type.At, "%s is no exception, so that the method %s cannot throw it", c.describe(thrown.Type), m.Name)
			}
		}
	}
}

// structOf returns what a type of KindStruct refers to.
func (c *compiler) structOf(t *definition.Type) *definition.Struct {
	return c.files[t.Ref.Path].structs[t.Ref.Name]
}

// enumOf returns what a type of KindEnum refers to.
func (c *compiler) enumOf(t *definition.Type) *definition.Enum {
	return c.files[t.Ref.Path].enums[t.Ref.Name]
}

// describe returns the text of a type for errors.
func (c *compiler) describe(t *definition.Type) string {
	switch t.Kind {
	case definition.KindMap:
		return "map<" + c.describe(t.Key) + "," + c.describe(t.Elem) + ">"
	case definition.KindSet:
		return "set<" + c.describe(t.Elem) + ">"
	case definition.KindList:
		return "list<" + c.describe(t.Elem) + ">"
	case definition.KindTypedef, definition.KindEnum, definition.KindStruct:
		return t.Ref.Name
	}
	for word, kind := range typeWords {
		if kind == t.Kind && word != "byte" {
			return word
		}
	}
	panic("BUG: thriftfile: a type without a name")
}
