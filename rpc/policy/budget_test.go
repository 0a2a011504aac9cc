package policy

import (
	"math"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBudget: a budget allows what it says over many calls, and never more, whatever its numbers are.
func TestBudget(t *testing.T) {
	for name, c := range map[string]struct {
		budget       Budget
		calls        int
		least, most  int
		afterSilence int // retries of one call after many without any
	}{
		"standard":      {Budget{}, 10_000, 1009, 1010, 10},
		"half":          {Budget{Ratio: 0.5, Burst: 1}, 10_000, 4999, 5001, 1},
		"none":          {Budget{Ratio: -1, Burst: 5}, 1000, 0, 0, 0},
		"one at once":   {Budget{Burst: -5}, 1000, 99, 101, 1},
		"not a number":  {Budget{Ratio: math.NaN()}, 1000, 109, 110, 10},
		"infinite":      {Budget{Ratio: math.Inf(1), Burst: math.MaxInt}, 100, 2000, 2000, 20},
		"less than one": {Budget{Ratio: math.SmallestNonzeroFloat64}, 1000, 10, 11, 10},
	} {
		t.Run(name, func(t *testing.T) {
			count := func(b *bucket, tries int) (n int) {
				for range tries {
					if b.take() {
						n++
					}
				}
				return n
			}
			b := newBucket(c.budget)
			taken := 0
			for range c.calls {
				b.earn()
				taken += count(b, 20)
			}
			require.GreaterOrEqual(t, taken, c.least)
			require.LessOrEqual(t, taken, c.most)

			b = newBucket(c.budget)
			for range 100_000 {
				b.earn()
			}
			require.Equal(t, c.afterSilence, count(b, 20))
		})
	}
}

// TestBudgetAtOnce: many goroutines together get no more than one would.
func TestBudgetAtOnce(t *testing.T) {
	b := newBucket(Budget{})
	var taken atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 1000 {
				b.earn()
				for b.take() {
					taken.Add(1)
				}
			}
		}()
	}
	group.Wait()
	require.LessOrEqual(t, taken.Load(), int64(810))
	require.GreaterOrEqual(t, taken.Load(), int64(800))
}
