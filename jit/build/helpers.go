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

// Add puts copies of the helpers of a module, on which the passes have run, into the set, and gives the module those of the set.
func (h HelperSet) Add(d *Module) {
	helpers := d.Functions[d.Bodies:]
	for n, f := range helpers {
		key := helperKey{d.Format, f.Name}
		if h[key] == f {
			continue
		}
		if h[key] == nil {
			h[key] = f.Clone()
		}
		helpers[n] = h[key]
		f.Release()
	}
}

// ByteAt loads a byte at a distance from p as an I64.
func ByteAt(b *ir.Builder, p *ir.Value, offset int64) *ir.Value {
	return b.Convert(ir.ZeroExt8to64, b.LoadSource(ir.Load8, p, offset))
}
