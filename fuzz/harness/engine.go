// Package harness runs one input or one value through the codec in every way a user may: each engine, in
// copying and in zero-copy mode, through the typed and the untyped API, with the bytes in ordinary memory,
// next to inaccessible pages and on the stack of a goroutine that grows meanwhile, into fresh targets and
// into populated ones. All must agree; what they agree on is handed back for the test to judge.
package harness

import (
	"os"
	"reflect"
	"testing"

	"github.com/tagwire/tagwire"
)

// Engine is one engine in one mode.
type Engine struct {
	// Name is "reflect/copy", for example.
	Name string
	// ZeroCopy: decoded strings and binaries alias the input.
	ZeroCopy bool

	kind tagwire.Engine
}

// Engines lists what this host can run.
func Engines() []Engine {
	engines := []Engine{
		{Name: "reflect/copy", kind: tagwire.Reflect},
		{Name: "reflect/zerocopy", kind: tagwire.Reflect, ZeroCopy: true},
	}
	if HasNative() {
		engines = append(engines,
			Engine{Name: "native/copy", kind: tagwire.Native},
			Engine{Name: "native/zerocopy", kind: tagwire.Native, ZeroCopy: true})
	}
	return engines
}

// HasNative reports whether this host runs native code and the environment does not ask for reflection.
func HasNative() bool {
	return os.Getenv("TAGWIRE_ENGINE") != "reflect" &&
		tagwire.EngineOf(reflect.TypeFor[struct{}](), tagwire.WithEngine(tagwire.Native)).Engine == tagwire.Native
}

// EachEngine runs a subtest for each engine and mode.
func EachEngine(t *testing.T, test func(t *testing.T, e Engine)) {
	t.Helper()
	for _, e := range Engines() {
		t.Run(e.Name, func(t *testing.T) { test(t, e) })
	}
}

// Options returns the options that select the engine and mode, followed by others.
func (e Engine) Options(others ...tagwire.Option) []tagwire.Option {
	options := []tagwire.Option{tagwire.WithEngine(e.kind)}
	if e.ZeroCopy {
		options = append(options, tagwire.WithZeroCopy())
	}
	return append(options, others...)
}
