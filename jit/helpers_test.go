//go:build (linux || darwin) && (amd64 || arm64)

package jit

import (
	"maps"
	"reflect"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/jit/compile"
	"github.com/tagwire/tagwire/jit/island"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// machineCode compiles a type for all operations and returns the code of each function. Helpers that are finished are
// taken as they are; those that were not are added.
func machineCode(t *testing.T, s *schema.StructType, finished build.HelperSet) map[string]string {
	t.Helper()
	c := compile.Compilation{Objects: map[string]uint64{}, Format: ThriftBinary, Finished: finished, Features: compile.HostFeatures(0)}
	var made []*build.Module
	for _, d := range tasks(ThriftBinary) {
		p := compile.Pipeline{Finished: finished}
		result, err := p.Run(s, d)
		require.NoError(t, err)
		c.Entered = append(c.Entered, len(c.Functions))
		for name, address := range result.Symbols(island.NoByte()) {
			c.Objects[name] = min(address, 1<<40) // texts of defaults lie elsewhere each time
		}
		require.NoError(t, c.Add(result.Functions))
		made = append(made, result)
	}
	u, err := c.Compile()
	require.NoError(t, err)
	defer u.Segment.Free()
	if finished != nil {
		for _, d := range made {
			finished.Add(d)
		}
	}
	code := map[string]string{}
	for _, f := range u.Segment.Functions() {
		require.NotContains(t, code, f.Name)
		start := *(*unsafe.Pointer)(unsafe.Pointer(&f.Address)) // code lies outside of the heap, and the segment is not freed yet
		code[f.Name] = string(unsafe.Slice((*byte)(start), f.Bytes))
	}
	return code
}

// TestHelpersAreFinishedOnce: whether helpers are built for a type or were built for another one, the code is the same.
// Calls stay within the segment, so the order of functions in it is the same as well.
func TestHelpersAreFinishedOnce(t *testing.T) {
	finished := build.HelperSet{}
	types := []reflect.Type{reflect.TypeFor[jittest.Texts](), reflect.TypeFor[jittest.Maybe](), reflect.TypeFor[jittest.Rows](), reflect.TypeFor[jittest.Outer]()}
	for seed := uint64(1); seed < 25; seed++ {
		types = append(types, cases.RandomType(seed))
	}
	want := map[reflect.Type]map[string]string{}
	for round := range 2 {
		for _, typ := range types {
			s, err := schema.Thrift.Of(typ)
			require.NoError(t, err)
			before := maps.Clone(finished)
			if round == 0 {
				want[typ] = machineCode(t, s, nil)
			}
			require.Equal(t, want[typ], machineCode(t, s, finished), typ)
			for key, f := range before {
				require.Same(t, f, finished[key], "a helper was replaced")
			}
			require.True(t, round == 0 || len(before) == len(finished), "a helper was built again")
		}
	}
	var names []string
	for _, f := range finished {
		names = append(names, f.Name)
	}
	require.Subset(t, names, []string{"text.string", "text.bytes", "list.i32", "copy.swap32", thriftbinary.Name})
}

// TestDumpsHaveHelpers: what a dump shows is made for it.
func TestDumpsHaveHelpers(t *testing.T) {
	s, err := schema.Thrift.Of(reflect.TypeFor[jittest.Texts]())
	require.NoError(t, err)
	require.NotNil(t, new(switches).pipelineFor(s, jittest.Decoding).Finished)
	for _, with := range []switches{{dump: dumpSwitch{typeName: "Texts"}}, {verify: true}, {shuffle: 1}} {
		p := with.pipelineFor(s, jittest.Decoding)
		require.Nil(t, p.Finished)
		p.Dump = nil
		made, err := p.Run(s, jittest.Decoding)
		require.NoError(t, err)
		require.Greater(t, len(made.Functions), made.Bodies)
	}
}
