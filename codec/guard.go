package codec

import (
	"sync"
	"sync/atomic"
)

// A guard admits one goroutine at a time and never waits.
type guard struct {
	_     [0]sync.Mutex // go vet reports copies
	taken uint32
}

// acquire reports whether the guard was free and is now the caller's.
func (g *guard) acquire() bool { return atomic.CompareAndSwapUint32(&g.taken, 0, 1) }
