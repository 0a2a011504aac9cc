package main

import (
	"math"
	"runtime/metrics"
	"slices"
	"time"
)

// stopping is the runtime's histogram of the time from the wish to stop the world, for the garbage collector, until it
// stands still.
const stopping = "/sched/pauses/stopping/gc:seconds"

// stops is how often the world took how long to stop. A nil one is empty.
type stops struct {
	counts []uint64
	bounds []float64 // in seconds: counts[n] is of times from bounds[n] to bounds[n+1]
}

// readStops returns the histogram of this process so far.
func readStops() *stops {
	sample := []metrics.Sample{{Name: stopping}}
	metrics.Read(sample)
	histogram := sample[0].Value.Float64Histogram()
	return &stops{slices.Clone(histogram.Counts), slices.Clone(histogram.Buckets)}
}

// minus returns the stops since an earlier histogram.
func (s *stops) minus(earlier *stops) *stops {
	result := &stops{slices.Clone(s.counts), s.bounds}
	for n := range earlier.counts {
		result.counts[n] -= earlier.counts[n]
	}
	return result
}

// plus returns the stops of both.
func (s *stops) plus(other *stops) *stops {
	if s == nil {
		return other
	}
	if other == nil {
		return s
	}
	result := &stops{slices.Clone(s.counts), s.bounds}
	for n := range other.counts {
		result.counts[n] += other.counts[n]
	}
	return result
}

// count returns the number of stops.
func (s *stops) count() (total uint64) {
	if s == nil {
		return 0
	}
	for _, n := range s.counts {
		total += n
	}
	return total
}

// quantile returns a time that the fraction q of the stops did not exceed: the upper bound of a bucket.
func (s *stops) quantile(q float64) time.Duration {
	wanted := uint64(math.Ceil(q * float64(s.count())))
	if wanted == 0 {
		return 0
	}
	var sum uint64
	for n, count := range s.counts {
		if sum += count; sum >= wanted {
			bound := s.bounds[n+1]
			if math.IsInf(bound, 1) {
				bound = s.bounds[n]
			}
			return time.Duration(bound * float64(time.Second)).Round(100 * time.Nanosecond)
		}
	}
	return 0
}
