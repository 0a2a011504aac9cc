//go:build (linux || darwin) && (amd64 || arm64)

package island

import (
	"math"
	"reflect"
	"runtime"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
)

func init() {
	jittest.Controls["M1 keeps, batch"] = func() { fillUnder(true, 20) }
	jittest.Controls["M1 breaks, batch"] = func() { jittest.TryFor(func() { fillUnder(false, 1) }) }
}

func TestM1BatchesAreHeld(t *testing.T) {
	require.NoError(t, runs())
	jittest.RequireUnharmed(t, "M1 keeps, batch")
	jittest.RequireHarm(t, "M1 breaks, batch", "harmed: ")
}

// Numbers has a map whose entries lie in memory of a size of its own.
type Numbers struct {
	M map[int64]int64 `frugal:"1,default,map<i64:i64>"`
}

// fillUnder decodes a map and collects after each exit that returns entries. The state holds the batch, or does not.
func fillUnder(holds bool, rounds int) {
	const entries = 60
	value := &Numbers{M: map[int64]int64{}}
	for i := range int64(entries) {
		value.M[i] = i + 1
	}
	s, err := schema.Thrift.Of(reflect.TypeOf(value))
	if err != nil {
		jittest.Harmed("%v", err)
	}
	c, err := compileType(s)
	if err != nil {
		jittest.Harmed("%v", err)
	}
	message := make([]byte, 1024)
	n, _, ok := c.encode.Process(unsafe.Pointer(value), message, limits(jittest.ManyLevels, 0))
	if !ok {
		jittest.Harmed("not encoded")
	}
	message = message[:n]
	for range rounds {
		var victims []*[64]mapEntry[int64, int64]
		target := new(Numbers)
		use := &call{value: unsafe.Pointer(target), data: message, levels: 10, allocation: math.MaxInt}
		s, f, p := newState(), new(frame), c.decode
		s.prepare(f, p, use)
		for {
			launch(f, &s.cells, s.chunk.base, unsafe.Pointer(&message[0]), s.slabs[0], s.slabs[1], s.slabs[2], s.slabs[3])
			code := abi.ExitCode(f.exit)
			if !s.serve(f, p, use) {
				break
			}
			if code != abi.FillMap {
				continue
			}
			if !holds {
				s.maps = openMaps{}
			}
			runtime.GC()
			runtime.GC() // for the pool
			for range 500 {
				victims = append(victims, new([64]mapEntry[int64, int64]))
			}
		}
		for _, victim := range victims {
			if *victim != ([64]mapEntry[int64, int64]{}) {
				jittest.Harmed("memory of another object holds %v", *victim)
			}
		}
		if holds && len(target.M) != entries {
			jittest.Harmed("%d entries", len(target.M))
		}
		runtime.KeepAlive(s)
	}
}
