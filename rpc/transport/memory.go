package transport

import (
	"math"
	"runtime/debug"
	"sync"
)

// assumedMemory is what a machine is taken to have whose memory is not known.
const assumedMemory = 4 << 30

// DefaultMemory returns a quarter of the memory that the process may use: of GOMEMLIMIT, else of its control group's
// limit, else of what the machine has.
func DefaultMemory() int64 {
	// A negative argument only reads the limit, which a program may change at any time.
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 {
		return max(limit/4, 1)
	}
	return systemMemory() / 4
}

var systemMemory = sync.OnceValue(func() int64 {
	if n := availableMemory(); n > 0 {
		return n
	}
	return assumedMemory
})
