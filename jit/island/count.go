package island

import (
	"sync/atomic"
	"unsafe"
)

// callShards count the calls that native code has served. The address of a goroutine's stack selects its shard; each shard
// has its own cache line, because processors would contend for a single counter. fastCall counts without a locked
// instruction, so one of two calls that end at the same moment in one shard may be missed.
var callShards [callShardCount]struct {
	calls uint64
	_     [callShardBytes - 8]byte
}

// The layout of the shards, which fastCall uses too.
const (
	callShardCount = 64
	callShardBytes = 64
	callShardShift = 11 // goroutine stacks begin at multiples of 2 KiB
)

// countCall counts a call that was served with a state.
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
