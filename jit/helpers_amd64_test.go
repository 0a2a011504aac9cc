package jit

import (
	"maps"
	"reflect"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	amd64 "github.com/tagwire/tagwire/backend_amd64"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// machineCode compiles a type for all directions and returns the code of each function. Helpers that are finished are
// taken as they are; those that were not are added.
func machineCode(t *testing.T, s *schema.StructType, finished build.HelperSet) map[string]string {
	t.Helper()
	c := compilation{objects: map[string]uint64{}, finished: finished}
	var made []*build.Module
	for _, d := range tasks(ThriftBinary) {
		p := pipeline{finished: finished}
		result, err := p.run(s, d)
		require.NoError(t, err)
		c.entered = append(c.entered, len(c.functions))
		for name, address := range result.Symbols(unsafe.Pointer(&noByte)) {
			c.objects[name] = min(address, 1<<40) // texts of defaults lie elsewhere each time
		}
		require.NoError(t, c.add(result.Functions))
		made = append(made, result)
	}
	u, err := c.compileAMD64(amd64.HostFeatures())
	require.NoError(t, err)
	defer u.segment.Free()
	if finished != nil {
		for _, d := range made {
			finished.Add(d)
		}
	}
	code := map[string]string{}
	for _, f := range u.segment.Functions() {
		require.NotContains(t, code, f.Name)
		start := *(*unsafe.Pointer)(unsafe.Pointer(&f.Address)) // code lies outside of the heap, and the segment is not freed yet
		code[f.Name] = string(unsafe.Slice((*byte)(start), f.Bytes))
	}
	return code
}

// TestHelpersAreFinishedOnce: whether helpers are built for a type or were built for another one, the code is the same.
// Calls go to places in the same segment, so the order in it is the same as well.
func TestHelpersAreFinishedOnce(t *testing.T) {
	finished := build.HelperSet{}
	types := []reflect.Type{reflect.TypeFor[Texts](), reflect.TypeFor[Maybe](), reflect.TypeFor[Rows](), reflect.TypeFor[Outer]()}
	for seed := uint64(1); seed < 25; seed++ {
		types = append(types, cases.RandomType(seed))
	}
	want := map[reflect.Type]map[string]string{}
	for round := range 2 {
		for _, typ := range types {
			s, err := schema.Of(typ)
			require.NoError(t, err)
			before := maps.Clone(finished)
			if round == 0 {
				want[typ] = machineCode(t, s, nil)
			}
			require.Equal(t, want[typ], machineCode(t, s, finished), typ)
			for name, f := range before {
				require.Same(t, f, finished[name], "a helper was replaced")
			}
			require.True(t, round == 0 || len(before) == len(finished), "a helper was built again")
		}
	}
	for _, name := range []string{"text.string", "text.bytes", "list.i32", "copy.swap32", thriftbinary.Name} {
		require.Contains(t, finished, name)
	}
}

// TestDumpsHaveHelpers: what a dump shows is made for it.
func TestDumpsHaveHelpers(t *testing.T) {
	s, err := schema.Of(reflect.TypeFor[Texts]())
	require.NoError(t, err)
	require.NotNil(t, new(switches).pipelineFor(s, decoding).finished)
	for _, with := range []switches{{dump: dumpSwitch{typeName: "Texts"}}, {verify: true}, {shuffle: 1}} {
		p := with.pipelineFor(s, decoding)
		require.Nil(t, p.finished)
		p.dump = nil
		made, err := p.run(s, decoding)
		require.NoError(t, err)
		require.Greater(t, len(made.Functions), made.Bodies)
	}
}
