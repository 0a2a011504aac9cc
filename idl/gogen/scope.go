package gogen

import (
	"go/token"
	"strings"
)

// A scope is a set of names, of a package or of a struct's fields and methods. The number of each is how many underscores to try first where
// the name is asked for again.
type scope map[string]int

// take returns a name that nothing else in the scope has: the one asked for, or that with underscores behind it. So the declaration that
// comes first keeps its name, whatever is added behind it.
func (s scope) take(name string) string {
	underscores := s[name]
	if token.IsKeyword(name) {
		underscores = max(underscores, 1)
	}
	if underscores == 0 {
		s[name] = 1
		return name
	}
	taken := name + strings.Repeat("_", underscores)
	for s[taken] > 0 {
		taken += "_"
	}
	s[name], s[taken] = len(taken)-len(name)+1, 1
	return taken
}
