package gogen

import "github.com/tagwire/tagwire/definition"

// A struct cannot contain itself by value. findRecursion numbers the strongly connected components of the graph whose edges are the
// fields that could be held by value (Tarjan's algorithm): between structs of one component a field is a pointer.
func (g *generator) findRecursion() {
	if !g.options.Values {
		return
	}
	order, low := map[*structDecl]int{}, map[*structDecl]int{}
	var stack []*structDecl
	onStack := map[*structDecl]bool{}
	components := 0
	var visit func(s *structDecl)
	visit = func(s *structDecl) {
		order[s], low[s] = len(order)+1, len(order)+1
		stack, onStack[s] = append(stack, s), true
		for _, f := range s.def.Fields {
			to := g.heldByValue(s, f)
			switch {
			case to == nil:
			case order[to] == 0:
				visit(to)
				low[s] = min(low[s], low[to])
			case onStack[to]:
				low[s] = min(low[s], order[to])
			}
		}
		if low[s] != order[s] {
			return
		}
		for components++; ; {
			top := stack[len(stack)-1]
			stack, onStack[top] = stack[:len(stack)-1], false
			top.cycle = components
			if top == s {
				return
			}
		}
	}
	for _, f := range g.order {
		for _, s := range f.structs {
			if order[s] == 0 {
				visit(s)
			}
		}
	}
}

// heldByValue returns the struct that a field of s could hold by value, recursion aside, or nil. Fields of Protobuf have presence, and
// members of a union must be absent.
func (g *generator) heldByValue(s *structDecl, f *definition.Field) *structDecl {
	if s.file.def.Language == definition.Protobuf || s.internal || f.Requiredness == definition.Optional || s.def.Form == definition.FormUnion {
		return nil
	}
	t := g.index.resolve(f.Type)
	if t.Kind != definition.KindStruct {
		return nil
	}
	return g.structOf(t)
}

// isByValue reports whether a field of s is a struct held by value.
func (g *generator) isByValue(s *structDecl, f *definition.Field) bool {
	if !g.options.Values {
		return false
	}
	to := g.heldByValue(s, f)
	return to != nil && to.cycle != s.cycle && to.def.Form != definition.FormUnion
}

func (g *generator) structOf(t *definition.Type) *structDecl {
	return g.structs[g.index.structs[*t.Ref]]
}

// findDefaults notes which structs have defaults: in their own fields, or in those of structs that they hold by value.
func (g *generator) findDefaults() {
	known := map[*structDecl]bool{}
	var visit func(s *structDecl) bool
	visit = func(s *structDecl) bool {
		if known[s] {
			return s.initializes
		}
		known[s] = true // what is held by value has no cycles
		for _, f := range s.fields {
			if f.leftOut != "" || s.file.def.Language == definition.Protobuf {
				continue
			}
			if f.def.Default != nil || g.isByValue(s, f.def) && visit(g.structOf(g.index.resolve(f.def.Type))) {
				s.initializes = true
			}
		}
		return s.initializes
	}
	for _, f := range g.order {
		for _, s := range f.structs {
			visit(s)
		}
	}
}
