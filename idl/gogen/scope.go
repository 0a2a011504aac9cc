package gogen

import "go/token"

// A scope is a set of names, of a package or of a struct's fields and methods.
type scope map[string]bool

// take returns a name that nothing else in the scope has: the one asked for, or that with underscores behind it. So the declaration that
// comes first keeps its name, whatever is added behind it.
func (s scope) take(name string) string {
	for s[name] || token.IsKeyword(name) {
		name += "_"
	}
	s[name] = true
	return name
}
