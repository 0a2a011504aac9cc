//go:build linux || darwin

package island

import "github.com/tagwire/tagwire/jit/compile"

// bulkFeatures are the sets of processor features for which the bulk routines differ: one.
func bulkFeatures() map[string]compile.Features {
	return map[string]compile.Features{"host": compile.HostFeatures(0)}
}

// nativeFeatures are the sets of features for which generated programs are compiled.
func nativeFeatures() []compile.Features { return []compile.Features{compile.HostFeatures(0)} }
