package main

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"
)

// subBits is the precision of a histogram: a counter's range is at most 1/128 of its times.
const subBits = 7

// A histogram counts times by ranges that grow with them: each power of two has 128 counters, and times below 256 ns have
// one each. All callers use the same, because those of each caller would fill the cache.
type histogram struct {
	counts [(64 - subBits) << subBits]atomic.Uint64
}

func rangeOf(nanoseconds uint64) int {
	shift := max(0, bits.Len64(nanoseconds)-subBits-1)
	return shift<<subBits + int(nanoseconds>>shift)
}

// longestOf is the longest time in a range, in nanoseconds.
func longestOf(index int) uint64 {
	shift := max(0, index>>subBits-1)
	return (uint64(index-shift<<subBits)+1)<<shift - 1
}

func (h *histogram) record(d time.Duration) {
	h.counts[rangeOf(uint64(max(0, d)))].Add(1)
}

// percentiles returns for each of the parts, which are in ascending order, the time that this part of all does not exceed.
func (h *histogram) percentiles(parts ...float64) []time.Duration {
	total := uint64(0)
	for i := range h.counts {
		total += h.counts[i].Load()
	}
	results := make([]time.Duration, len(parts))
	passed, index := uint64(0), -1
	for i, part := range parts {
		for rank := max(1, uint64(math.Ceil(part*float64(total)))); passed < rank && index < len(h.counts)-1; {
			index++
			passed += h.counts[index].Load()
		}
		if total > 0 {
			results[i] = time.Duration(longestOf(index))
		}
	}
	return results
}
