package jit

import (
	"errors"
	"runtime"
	"sync"

	"github.com/tagwire/tagwire/jit/compile"
	"github.com/tagwire/tagwire/jit/island"
	"github.com/tagwire/tagwire/loader"
)

// Available returns nil where native code can run, and elsewhere an error that says why it cannot. The first
// call tries, by running a tiny program through the real entry; the answer never changes.
func Available() error { return available() }

var available = sync.OnceValue(func() error {
	probe := island.ProbeCode()
	if probe == nil || !compile.HasBackend {
		return errors.New("no native engine for " + runtime.GOARCH)
	}
	return loader.Probe(probe, island.RunProbe)
})
