//go:build (linux || darwin) && (amd64 || arm64)

package jit

import (
	"reflect"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
)

// TestMemoryOfCompilationsThatStop: compilations that panic in any step leave nothing behind that shows in later ones, and
// neither do those that end: the code of a type is the same whatever memory it was made in.
func TestMemoryOfCompilationsThatStop(t *testing.T) {
	var schemas []*schema.StructType
	for seed := range uint64(6) {
		s, err := schema.Thrift.Of(cases.RandomType(100 + seed))
		require.NoError(t, err)
		schemas = append(schemas, s)
	}
	outer, err := schema.Thrift.Of(reflect.TypeFor[jittest.Outer]())
	require.NoError(t, err)
	var want []map[string]string
	for _, s := range schemas {
		want = append(want, machineCode(t, s, nil))
	}
	stopped := 0
	for step := 0; !endsBefore(outer, step); step += 1 + step/12 {
		stopped++
		n := stopped % len(schemas)
		require.Equal(t, want[n], machineCode(t, schemas[n], nil), "after %d steps", step)
		_, err = Compile(schemas[n], ThriftBinary)
		require.NoError(t, err)
		if stopped%5 == 0 {
			runtime.GC() // some of what is in pools
		}
	}
	require.Greater(t, stopped, 20)

	var group sync.WaitGroup
	for n := range schemas {
		group.Add(1)
		go func() {
			defer group.Done()
			_, err := Compile(schemas[n], ThriftBinary)
			assert.NoError(t, err)
		}()
	}
	group.Wait()
	for n, s := range schemas {
		require.Equal(t, want[n], machineCode(t, s, nil))
	}
}

// endsBefore compiles a type with a panic after a number of steps, and reports whether that is beyond the last one.
func endsBefore(s *schema.StructType, steps int) (ended bool) {
	defer func() { _ = recover() }() // panics beside the guarded parts come through
	_, err := CompileInSteps(s, ThriftBinary, func() {
		if steps--; steps < 0 {
			panic("in a step")
		}
	})
	return err == nil
}
