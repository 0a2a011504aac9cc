package jit

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/loader"
)

// Available returns nil where native code can run, and elsewhere an error that says why it cannot. The first
// call tries, by running a tiny program through the real entry; the answer never changes.
func Available() error {
	if !hasCompiler {
		return errNoEngine
	}
	return runs()
}

var errNoEngine = errors.New("no native engine for " + runtime.GOARCH)

// runs returns nil where native code can run, whether or not there is a compiler to make any.
var runs = sync.OnceValue(func() error {
	if !hasEntry {
		return errNoEngine
	}
	return loader.Probe(probeCode(), runProbe)
})

// runProbe runs the probe's code, which must invert its argument.
func runProbe(address uintptr) error {
	const sent = 0x5EED
	p := program{entry: address}
	s := newState()
	var f frame
	s.prepare(&f, &p, &call{})
	f.arguments[abi.ArgumentValue] = sent
	launch(&f, &s.cells, s.chunk.base, nil)
	runtime.KeepAlive(s)
	result, ok := doneWith(&f)
	if got, want := result, ^uintptr(sent); !ok || got != want {
		return fmt.Errorf("the probe left with exit %d and %#x instead of %#x", f.exit, got, want)
	}
	return nil
}
