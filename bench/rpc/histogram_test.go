package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestRanges: ranges follow each other without gaps, and each time is in the range that ends with or after it.
func TestRanges(t *testing.T) {
	for index := range 3000 {
		last := longestOf(index)
		if rangeOf(last) != index || rangeOf(last+1) != index+1 {
			t.Fatalf("range %d ends with %d, which is in %d, and the next in %d", index, last, rangeOf(last), rangeOf(last+1))
		}
	}
	var h histogram
	if got, most := rangeOf(math.MaxInt64), len(h.counts)-1; got != most {
		t.Errorf("the longest time is in range %d, not %d", got, most)
	}
}

func TestPercentiles(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, draw := range map[string]func() time.Duration{
		"small numbers": func() time.Duration { return time.Duration(random.IntN(200)) },
		"uniform":       func() time.Duration { return time.Duration(random.IntN(10_000_000)) },
		"long tail":     func() time.Duration { return time.Duration(math.Exp(random.Float64() * 25)) },
	} {
		for _, n := range []int{1, 2, 999, 1000, 1001, 20_000} {
			var h histogram
			times := make([]time.Duration, n)
			for i := range times {
				times[i] = draw()
				h.record(times[i])
			}
			slices.Sort(times)
			parts := []float64{0, 0.5, 0.99, 0.999, 1}
			for i, got := range h.percentiles(parts...) {
				want := times[max(0, int(math.Ceil(parts[i]*float64(n)))-1)]
				if got < want || got > want+want/128+1 {
					t.Errorf("%s, %d times: percentile %v is %v, not %v", name, n, parts[i], got, want)
				}
			}
		}
	}
}

func TestPercentilesOfNothingAndOfExtremes(t *testing.T) {
	var h histogram
	if got := h.percentiles(0.5, 0.999); got[0] != 0 || got[1] != 0 {
		t.Errorf("of nothing: %v", got)
	}
	h.record(-time.Second) // A clock may step back.
	if got := h.percentiles(1)[0]; got != 0 {
		t.Errorf("of a negative time: %v", got)
	}
	h.record(math.MaxInt64)
	if got := h.percentiles(1)[0]; got != math.MaxInt64 {
		t.Errorf("of the longest time: %v", got)
	}
	if got := h.percentiles(0.5)[0]; got != 0 {
		t.Errorf("the half of two is the first, not %v", got)
	}
}
