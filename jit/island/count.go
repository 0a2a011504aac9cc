package island

import (
	"sync/atomic"
	"unsafe"
)

// callShards count the calls that native code has served. A goroutine counts in the shard that its stack's address
// leads to, on a cache line of its own: one counter for all would be what processors wait for. fastCall counts
// without a locked instruction, so of two calls that end at the same moment in one shard one may be missed.
var callShards [callShardCount]struct {
	calls uint64
	_     [callShardBytes - 8]byte
}

// The shards, known to fastCall as well.
const (
	callShardCount = 64
	callShardBytes = 64
	callShardShift = 11 // goroutine stacks begin at multiples of 2 KiB
)

// countCall counts a call served in a state.
func countCall() {
	var here byte
	shard := uintptr(unsafe.Pointer(&here)) >> callShardShift % callShardCount
	atomic.AddUint64(&callShards[shard].calls, 1)
}

// Calls returns how many calls native code has served so far.
func Calls() uint64 {
	total := uint64(0)
	for i := range callShards {
		total += atomic.LoadUint64(&callShards[i].calls)
	}
	return total
}
