package island

import (
	"math/bits"
	"sync/atomic"
	"unsafe"

	"github.com/tagwire/tagwire/jit/abi"
)

// callShards count the calls that native code has served. The address of a goroutine's stack selects its shard; each shard
// has its own cache line, because processors would contend for a single counter. Counters are added to without a locked
// instruction, which takes as long as a third of a short call, so one of two calls that end at the same moment in one shard may
// be missed.
var callShards [callShardCount]struct {
	calls uint64
	_     [callShardBytes - 8]byte
}

// exitShards count the exits that Go has served, by code, as callShards count calls.
var exitShards [callShardCount][abi.ExitCount]uint64

// The layout of the shards, which fastCall uses too.
const (
	callShardCount = 64
	callShardBytes = 64
	callShardShift = 11 // goroutine stacks begin at multiples of 2 KiB
)

// shard returns the index of the shards that the caller counts in.
func shard() uintptr {
	var here byte
	return uintptr(unsafe.Pointer(&here)) >> callShardShift % callShardCount
}

// countCall counts a call that was served with a state.
func countCall() { addTo(&callShards[shard()].calls, 1) }

// countExits adds the exits of the call to those of the process.
func (s *state) countExits() {
	counts := &exitShards[shard()]
	for ; s.exited != 0; s.exited &= s.exited - 1 {
		code := bits.TrailingZeros32(s.exited)
		addTo(&counts[code], uint64(s.exits[code]))
		s.exits[code] = 0
	}
}

// Exits returns the number of exits that Go has served so far, by name. Exits of calls that have not ended are not included,
// and Done and Fail, which end calls, are not counted.
func Exits() map[string]uint64 {
	counts := map[string]uint64{}
	for _, row := range abi.Exits() {
		for i := range exitShards {
			if !row.Terminal {
				counts[row.Name] += atomic.LoadUint64(&exitShards[i][row.Code])
			}
		}
	}
	return counts
}

// Calls returns how many calls native code has served so far.
func Calls() uint64 {
	total := uint64(0)
	for i := range callShards {
		total += atomic.LoadUint64(&callShards[i].calls)
	}
	return total
}
