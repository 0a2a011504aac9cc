package endpoint

import (
	"math"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"
)

func newTestGroup(t testing.TB) *Group {
	g := NewGroup(Config{MaxConnections: 10, MaxIdle: 10, Event: ignoreEvents, Panicked: func(any) {}})
	t.Cleanup(g.Close)
	return g
}

func endpoints(weights ...int) []Endpoint {
	all := make([]Endpoint, len(weights))
	for i, w := range weights {
		all[i] = Endpoint{Network: "tcp", Address: string(rune('a' + i)), Weight: w}
	}
	return all
}

// TestRotation: over a full turn each endpoint has its share exactly, and within it each has it nearly, at any time.
func TestRotation(t *testing.T) {
	for _, weights := range [][]int{{1}, {1, 1}, {3, 1}, {5, 0, -7, 2}, {64, 64}, {10, 20, 30}, {1, 2, 3, 4, 5, 6, 7}} {
		r := newTestGroup(t).Use(endpoints(weights...))
		total := int(r.ends[len(r.ends)-1])
		counts := map[*Pool]int{}
		for range total {
			turn := r.Next()
			counts[turn.Pool()]++
		}
		sum := 0
		for _, w := range weights {
			sum += max(1, w)
		}
		for i, p := range r.pools {
			require.Equal(t, max(1, weights[i])*total/sum, counts[p], "%v: endpoint %d", weights, i)
		}
		for n, seen := 1, map[*Pool]int{}; n <= 200; n++ {
			turn := r.Next()
			seen[turn.Pool()]++
			for i, p := range r.pools {
				share := float64(max(1, weights[i])*n) / float64(sum)
				require.InDelta(t, share, seen[p], 3.5, "%v: endpoint %d after %d calls", weights, i, n)
			}
		}
	}
}

// TestExtremeWeights: weights beyond all measure keep their order and cost nothing.
func TestExtremeWeights(t *testing.T) {
	r := newTestGroup(t).Use(endpoints(math.MaxInt, 1, math.MaxInt, math.MinInt, math.MaxInt/2))
	counts := map[*Pool]int{}
	for range 1000 {
		turn := r.Next()
		counts[turn.Pool()]++
	}
	require.InDelta(t, 400, counts[r.pools[0]], 20)
	require.InDelta(t, 400, counts[r.pools[2]], 20)
	require.InDelta(t, 200, counts[r.pools[4]], 20)
	require.Positive(t, counts[r.pools[1]])

	many := make([]Endpoint, 5000)
	for i := range many {
		many[i] = Endpoint{Network: "unix", Address: string(rune(i)), Weight: 1 + rand.Intn(1000)}
	}
	r = newTestGroup(t).Use(many)
	require.Len(t, r.pools, 5000)
	require.LessOrEqual(t, r.ends[4999], uint64(5000*maxWeight))
}

// TestSameEndpointTwice: an endpoint that is named twice, with and without its network, has the shares of both.
func TestSameEndpointTwice(t *testing.T) {
	a, b := Endpoint{"tcp", "a:1", 1}, Endpoint{"tcp", "b:1", 2}
	r := newTestGroup(t).Use([]Endpoint{a, b, a, {"", "a:1", 2}})
	require.Len(t, r.pools, 2)
	require.Equal(t, []uint64{2, 3}, r.ends)
}

// TestTurn: a call that does not get through tries each endpoint once, and not all such calls try the same one next.
func TestTurn(t *testing.T) {
	for n := 1; n <= 9; n++ {
		r := newTestGroup(t).Use(endpoints(make([]int, n)...))
		next := map[*Pool]map[*Pool]bool{} // where the calls of each go that is tried first
		for range 2 * n * n {
			turn := r.Next()
			seen := map[*Pool]bool{}
			var first *Pool
			for i, p := 0, turn.Pool(); p != nil; i, p = i+1, turn.Pool() {
				require.False(t, seen[p])
				seen[p] = true
				if i == 0 {
					first = p
				} else if i == 1 {
					if next[first] == nil {
						next[first] = map[*Pool]bool{}
					}
					next[first][p] = true
				}
			}
			require.Len(t, seen, n)
		}
		for _, others := range next {
			require.Len(t, others, n-1)
		}
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]Endpoint{
		"host:80":       {Network: "tcp", Address: "host:80"},
		"[::1]:80":      {Network: "tcp", Address: "[::1]:80"},
		"unix:/run/s":   {Network: "unix", Address: "/run/s"},
		"unix:relative": {Network: "unix", Address: "relative"},
	} {
		e, err := Parse(text)
		require.NoError(t, err)
		require.Equal(t, want, e)
		require.Equal(t, text, e.String())
		require.Equal(t, text, e.Addr().String())
		require.Equal(t, want.Network, e.Addr().Network())
	}
	for _, text := range []string{"", "host", "unix:", "host:80:90"} {
		_, err := Parse(text)
		require.ErrorContains(t, err, "write")
	}
}
