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
	"github.com/tagwire/tagwire/fuzz/cases"
)

// Engine is one engine in one mode, for one wire format.
type Engine struct {
	// Name is "reflect/copy", for example, or "compact/reflect/copy".
	Name string
	// Format is the wire format.
	Format tagwire.Format
	// ZeroCopy: decoded strings and binaries alias the input.
	ZeroCopy bool

	kind tagwire.Engine
}

// Formats lists the wire formats in the order of their numbers, with what the names of their engines begin with.
var Formats = []struct {
	Format tagwire.Format
	Prefix string
}{
	{tagwire.ThriftBinary, ""},
	{tagwire.ThriftCompact, "compact/"},
	{tagwire.Protobuf, "protobuf/"},
}

// ThriftFormats are those of Formats whose types have tags of Thrift.
var ThriftFormats = Formats[:2]

// Engines lists what this host can run for Thrift Binary.
func Engines() []Engine { return EnginesIn(tagwire.ThriftBinary) }

// EnginesIn lists what this host can run for a format.
func EnginesIn(format tagwire.Format) []Engine {
	kinds := []tagwire.Engine{tagwire.Reflect}
	if HasNativeIn(format) {
		kinds = append(kinds, tagwire.Native)
	}
	var engines []Engine
	for _, kind := range kinds {
		name := Formats[format].Prefix + kind.String()
		engines = append(engines,
			Engine{Name: name + "/copy", Format: format, kind: kind},
			Engine{Name: name + "/zerocopy", Format: format, kind: kind, ZeroCopy: true})
	}
	return engines
}

// AllEngines lists what this host can run, for all formats.
func AllEngines() (engines []Engine) {
	for _, f := range Formats {
		engines = append(engines, EnginesIn(f.Format)...)
	}
	return engines
}

// ThriftEngines lists what this host can run, for the formats of Thrift.
func ThriftEngines() (engines []Engine) {
	for _, f := range ThriftFormats {
		engines = append(engines, EnginesIn(f.Format)...)
	}
	return engines
}

// HasNative reports whether this host runs native code and the environment does not ask for reflection.
func HasNative() bool { return HasNativeIn(tagwire.ThriftBinary) }

// HasNativeIn is HasNative for a format.
func HasNativeIn(format tagwire.Format) bool {
	return os.Getenv("TAGWIRE_ENGINE") != "reflect" && tagwire.EngineOf(
		reflect.TypeFor[struct{}](), tagwire.WithEngine(tagwire.Native), tagwire.WithFormat(format)).Engine == tagwire.Native
}

// EachEngine runs a subtest for each engine and mode, for Thrift Binary.
func EachEngine(t *testing.T, test func(t *testing.T, e Engine)) {
	t.Helper()
	each(t, Engines(), test)
}

// EachFormat runs a subtest for each engine and mode, for all formats.
func EachFormat(t *testing.T, test func(t *testing.T, e Engine)) {
	t.Helper()
	each(t, AllEngines(), test)
}

// EachThrift runs a subtest for each engine and mode, for the formats of Thrift.
func EachThrift(t *testing.T, test func(t *testing.T, e Engine)) {
	t.Helper()
	each(t, ThriftEngines(), test)
}

func each(t *testing.T, engines []Engine, test func(t *testing.T, e Engine)) {
	t.Helper()
	for _, e := range engines {
		t.Run(e.Name, func(t *testing.T) { test(t, e) })
	}
}

// CasesIn returns the cases whose types have tags for a format.
func CasesIn(format tagwire.Format) []cases.Case {
	if format == tagwire.Protobuf {
		return cases.Protobuf()
	}
	return cases.All()
}

// Cases returns the cases whose types have tags for the engine's format.
func (e Engine) Cases() []cases.Case { return CasesIn(e.Format) }

// Samples returns the samples of a case, for the engine's format.
func (e Engine) Samples(c cases.Case) []any {
	switch e.Format {
	case tagwire.ThriftBinary:
		return c.Samples()
	case tagwire.ThriftCompact:
		return c.CompactSamples()
	case tagwire.Protobuf:
		return c.Samples()
	}
	panic("harness: no samples with unknown fields of " + e.Format.String())
}

// Options returns the options that select the format, engine and mode, followed by others.
func (e Engine) Options(others ...tagwire.Option) []tagwire.Option {
	options := []tagwire.Option{tagwire.WithEngine(e.kind), tagwire.WithFormat(e.Format)}
	if e.ZeroCopy {
		options = append(options, tagwire.WithZeroCopy())
	}
	return append(options, others...)
}
