package build

import "github.com/tagwire/tagwire/ir"

// A HelperSet is helpers by name on which the passes have run. They are the same for all types, so the first type that
// needs one has it built, and others take it as it is: never changed, never released.
type HelperSet map[string]*ir.Func

// Has reports whether f is one of the set.
func (h HelperSet) Has(f *ir.Func) bool { return h[f.Name] == f }

// Add puts the helpers of a module into the set: copies, for the functions are released.
func (h HelperSet) Add(d *Module) {
	for _, f := range d.Functions[d.Bodies:] {
		if h[f.Name] == nil {
			h[f.Name] = f.Clone()
		}
	}
}
