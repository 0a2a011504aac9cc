package jit

import "github.com/tagwire/tagwire/ir"

// A helperSet is helpers by name on which the passes have run. They are the same for all types, so the first type that
// needs one has it built, and others take it as it is: never changed, never released.
type helperSet map[string]*ir.Func

// finishedHelpers are those that any type has needed. They are a dozen small functions at most. Guarded by compiling.
var finishedHelpers = helperSet{}

// has reports whether f is one of the set.
func (h helperSet) has(f *ir.Func) bool { return h[f.Name] == f }

// add puts the helpers of a module into the set: copies, for the functions are released.
func (h helperSet) add(d *module) {
	for _, f := range d.functions[d.bodies:] {
		if h[f.Name] == nil {
			h[f.Name] = f.Clone()
		}
	}
}
