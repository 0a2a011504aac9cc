package jit

import (
	"math"
	"runtime"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/jit/abi"
)

func init() {
	controls["M1 keeps, batch"] = func() { fillUnder(true, 20) }
	controls["M1 breaks, batch"] = func() { tryFor(func() { fillUnder(false, 1) }) }
}

func TestM1BatchesAreHeld(t *testing.T) {
	require.NoError(t, Available())
	requireUnharmed(t, "M1 keeps, batch")
	requireHarm(t, "M1 breaks, batch", "harmed: ")
}

// Numbers has a map whose entries lie in memory of a size of its own.
type Numbers struct {
	M map[int64]int64 `frugal:"1,default,map<i64:i64>"`
}

// fillUnder decodes a map and collects after each exit that lends entries. The state holds the batch, or does not.
func fillUnder(holds bool, rounds int) {
	const entries = 60
	value := &Numbers{M: map[int64]int64{}}
	for i := range int64(entries) {
		value.M[i] = i + 1
	}
	s, err := schemaFor(value)
	if err != nil {
		harmed("%v", err)
	}
	codec, err := Compile(s, ThriftBinary)
	if err != nil {
		harmed("%v", err)
	}
	message := make([]byte, 1024)
	n, ok := codec.Encode(message, unsafe.Pointer(value), manyLevels, 0)
	if !ok {
		harmed("not encoded")
	}
	message = message[:n]
	for range rounds {
		var victims []*[64]mapEntry[int64, int64]
		target := new(Numbers)
		c := &call{value: unsafe.Pointer(target), data: message, levels: 10, allocation: math.MaxInt}
		s, f, p := newState(), new(frame), codec.decode
		s.prepare(f, p, c)
		for {
			launch(f, &s.cells, s.chunk.base, unsafe.Pointer(&message[0]))
			code := abi.ExitCode(f.exit)
			if !s.serve(f, p, c) {
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
				harmed("memory of somebody else holds %v", *victim)
			}
		}
		if holds && len(target.M) != entries {
			harmed("%d entries", len(target.M))
		}
		runtime.KeepAlive(s)
	}
}
