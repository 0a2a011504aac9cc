package build

import "github.com/tagwire/tagwire/ir"

// A HelperSet is helpers on which the passes have run. They are the same for all types, so the first type that needs one in a format
// has it built, and others take it as it is: never changed, never released.
type HelperSet map[helperKey]*ir.Func

// A helperKey names a helper: two formats may use one name for different helpers.
type helperKey struct {
	format Format
	name   string
}

// Has reports whether f, a function of a module of the format, is one of the set.
func (h HelperSet) Has(format Format, f *ir.Func) bool { return h[helperKey{format, f.Name}] == f }

// Add puts the helpers of a module into the set: copies, for the functions are released.
func (h HelperSet) Add(d *Module) {
	for _, f := range d.Functions[d.Bodies:] {
		key := helperKey{d.Format, f.Name}
		if h[key] == nil {
			h[key] = f.Clone()
		}
	}
}
