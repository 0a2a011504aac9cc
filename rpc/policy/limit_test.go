package policy

import (
	"math"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// gateOf returns the gate of one limit.
func gateOf(l Limit) Gate {
	var s Limits
	s.Add(l, nil)
	return s.Gate("S", "m")
}

// TestLimitNumbers: how many calls may begin at once, whatever the numbers are. Rates are so low that time adds none.
func TestLimitNumbers(t *testing.T) {
	const many = 1000
	for _, c := range []struct {
		limit Limit
		want  int
	}{
		{Limit{}, many},
		{Limit{Concurrency: 3}, 3},
		{Limit{Concurrency: math.MaxInt}, many},
		{Limit{Concurrency: -1}, 0},
		{Limit{Concurrency: math.MinInt}, 0},
		{Limit{Rate: 0.001}, 1},
		{Limit{Rate: 0.001, Burst: 5}, 5},
		{Limit{Rate: 0.001, Burst: -5}, 1},
		{Limit{Rate: math.SmallestNonzeroFloat64}, 1},
		{Limit{Rate: -1, Burst: 5}, 0},
		{Limit{Rate: math.Inf(-1)}, 0},
		{Limit{Rate: math.Inf(1)}, many},
		{Limit{Rate: math.MaxFloat64}, many},
		{Limit{Rate: math.NaN()}, many},
		{Limit{Rate: 0.001, Burst: math.MaxInt}, many},
		{Limit{Rate: 0.001, Burst: 5, Concurrency: 4}, 4},
	} {
		g, n := gateOf(c.limit), 0
		for range many {
			if exceeded, entered := g.Enter(); entered {
				n++
			} else if exceeded == "" {
				t.Errorf("%+v: no reason", c.limit)
			}
		}
		require.Equal(t, c.want, n, "%+v", c.limit)
	}
}

// TestNestedLimits: a call has to pass all limits, and one that is refused by any leaves no trace in the others.
func TestNestedLimits(t *testing.T) {
	var s Limits
	s.Add(Limit{Concurrency: 3}, nil)
	s.Add(Limit{Concurrency: 2}, []string{"S", "U"})
	s.Add(Limit{Concurrency: 1}, []string{"S:m"})
	m, n, other := s.Gate("S", "m"), s.Gate("S", "n"), s.Gate("T", "m")
	require.Equal(t, "U", s.Unused())
	enter := func(g Gate) bool { _, entered := g.Enter(); return entered }
	require.True(t, enter(m))
	for range 10 {
		require.False(t, enter(m))
	}
	require.True(t, enter(n))
	for range 10 {
		require.False(t, enter(n))
	}
	require.True(t, enter(other))
	require.False(t, enter(other))
	m.Leave()
	require.True(t, enter(other))
	require.False(t, enter(m), "of all together")
	n.Leave()
	require.True(t, enter(m))
}

// TestLimitAtOnce: never more calls are in progress than the limit says, and a call is refused only when as many are.
func TestLimitAtOnce(t *testing.T) {
	g := gateOf(Limit{Concurrency: 4})
	var running, refused atomic.Int64
	var group sync.WaitGroup
	for range 4 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 10_000 {
				if _, entered := g.Enter(); !entered {
					refused.Add(1)
					continue
				}
				if running.Add(1) > 4 {
					t.Error("too many")
				}
				running.Add(-1)
				g.Leave()
			}
		}()
	}
	group.Wait()
	require.Zero(t, refused.Load(), "there are no more callers than calls that may be in progress")
}
