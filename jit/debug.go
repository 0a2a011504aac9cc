package jit

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/jit/compile"
	"github.com/tagwire/tagwire/jit/island"
	"github.com/tagwire/tagwire/schema"
)

// The environment variables that are read here, once, when the program starts. docs/native.md describes them.
const (
	dumpVariable    = "TAGWIRE_DUMP"
	perfMapVariable = "TAGWIRE_PERFMAP"
	debugVariable   = "TAGWIRE_DEBUG"
)

// switches are the settings for work on the compiler. All are off by default, and cost nothing then.
type switches struct {
	// dump shows the forms of a type's functions on the way to machine code.
	dump dumpSwitch
	// perfMap names the machine code for perf.
	perfMap bool
	// verify runs the verifier after each pass, and checks each register allocation independently.
	verify bool
	// shuffle, if not 0, seeds a new order for the instructions of each block after each pass. It exposes code that relies on an
	// order which is not guaranteed.
	shuffle uint64
	// level, if not 0, is the level of the amd64 architecture, 1 to 4, beyond which nothing of the processor is used.
	level int
	// collect runs the garbage collector in each exit.
	collect bool
	// defaults has InitDefault called for each new value, and compares what it sets.
	defaults bool
	// arena has arenas overwrite their memory when they are reset.
	arena bool
	// compare runs the plain codec beside native code and reports where they differ; the root package does it.
	compare bool
}

// debugging is what the environment says. Tests of this package change it.
var debugging = readSwitches(os.Getenv, os.Stderr)

func init() {
	island.CollectInExits, schema.CallInitDefault, codec.PoisonArenas = debugging.collect, debugging.defaults, debugging.arena
}

// Comparing reports whether each call is to be run by both engines and differences are to be reported.
func Comparing() bool { return debugging.compare }

// readSwitches reads the variables. What it does not understand it reports to complaints and leaves out.
func readSwitches(variable func(string) string, complaints io.Writer) (s switches) {
	complain := func(name, format string, arguments ...any) {
		fmt.Fprintf(complaints, "tagwire: %s=%q: %s\n", name, variable(name), fmt.Sprintf(format, arguments...))
	}
	var err error
	if s.dump, err = parseDump(variable(dumpVariable)); err != nil {
		complain(dumpVariable, "%v", err)
	}
	switch variable(perfMapVariable) {
	case "", "0":
	case "1":
		s.perfMap = true
	default:
		complain(perfMapVariable, "it may be 1")
	}
	for _, word := range strings.FieldsFunc(variable(debugVariable), func(r rune) bool { return r == ',' }) {
		if !s.set(word) {
			complain(debugVariable, "%q is none of verify, shuffle, shuffle=NUMBER, arena, defaults, gc, compare, v1, v2, v3, v4", word)
		}
	}
	return s
}

// set sets the switch that a word of TAGWIRE_DEBUG names and reports whether there is one.
func (s *switches) set(word string) bool {
	switch word {
	case "verify":
		s.verify = true
	case "shuffle":
		s.shuffle = 1
	case "v1", "v2", "v3", "v4":
		s.level = int(word[1] - '0')
	case "arena":
		s.arena = true
	case "gc":
		s.collect = true
	case "defaults":
		s.defaults = true
	case "compare":
		s.compare = true
	default:
		number, isShuffle := strings.CutPrefix(word, "shuffle=")
		seed, err := strconv.ParseUint(number, 10, 64)
		if !isShuffle || err != nil || seed == 0 {
			return false
		}
		s.shuffle = seed
	}
	return true
}

// dumpSwitch is TAGWIRE_DUMP=<Type>[:pass|asm].
type dumpSwitch struct {
	// typeName is the name of a type, alone, after its package's name, or after its package's path; "" for no dump.
	typeName string
	// what is compile.Built, a pass, or dumpAssembly; "" stands for all but the last.
	what string
}

// dumpAssembly is the name of the dump that is not of a pass.
const dumpAssembly = "asm"

// parseDump reads the value of TAGWIRE_DUMP. A colon may be a part of the type's name.
func parseDump(text string) (dumpSwitch, error) {
	colon := strings.LastIndexByte(text, ':')
	if colon < 0 {
		return dumpSwitch{typeName: text}, nil
	}
	d := dumpSwitch{typeName: text[:colon], what: text[colon+1:]}
	known := slices.Concat([]string{compile.Built}, compile.PassNames(), []string{dumpAssembly})
	if !slices.Contains(known, d.what) {
		return dumpSwitch{}, fmt.Errorf("there is no pass %q; there are %s", d.what, strings.Join(known, ", "))
	}
	return d, nil
}

// of reports whether the dump is to show s.
func (d *dumpSwitch) of(s *schema.StructType) bool {
	switch d.typeName {
	case "":
		return false
	case s.Go.Name(), s.Go.String(), s.Go.PkgPath() + "." + s.Go.Name():
		return true
	}
	return false
}

// wants reports whether the dump is to have the form after a pass.
func (d *dumpSwitch) wants(pass string) bool {
	return d.what == pass || d.what == "" && pass != dumpAssembly
}

// dumps is where dumps go. A write is the dump of one function, or of one unit of assembly.
var dumps io.Writer = os.Stderr

// pipelineFor returns the pipeline that the switches ask for, to compile s.
func (s *switches) pipelineFor(t *schema.StructType, d build.Task) *compile.Pipeline {
	p := &compile.Pipeline{Verify: s.verify, Shuffle: s.shuffle}
	if !s.verify && s.shuffle == 0 && !s.dump.of(t) {
		p.Finished = finishedHelpers
	}
	if s.dump.of(t) {
		p.Dump = func(pass string, f *ir.Func) {
			if s.dump.wants(pass) {
				fmt.Fprintf(dumps, "// %s of %s: @%s after %s\n\n%s\n", d, t.Go, f.Name, pass, f)
			}
		}
	}
	return p
}

// listingFor returns what the assembly for s is to be shown to, or nil.
func (s *switches) listingFor(t *schema.StructType) func(text string) {
	if !s.dump.of(t) || !s.dump.wants(dumpAssembly) {
		return nil
	}
	return func(text string) { fmt.Fprintf(dumps, "# %s: assembly\n\n%s\n", t.Go, text) }
}
