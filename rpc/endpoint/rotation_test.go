package endpoint

import (
	"math"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc/transport"
)

func newTestGroup(t testing.TB) *Group {
	g := NewGroup(Config{MaxConnections: 10, MaxIdle: 10, Event: ignoreEvents, Panicked: func(string, any) {}})
	t.Cleanup(g.Close)
	return g
}

// newTestRotation returns the balancer that a group makes if nothing else is said.
func newTestRotation(t testing.TB, endpoints []Endpoint) *Rotation {
	set := newTestGroup(t).Use(endpoints)
	r := set.balancer.(*Rotation)
	for _, e := range r.endpoints {
		require.Equal(t, Endpoint{Network: e.Network, Address: e.Address}, set.Pool(e).Endpoint())
	}
	return r
}

// pick returns the endpoint for a new call.
func pick(r *Rotation) Endpoint {
	e, _ := r.Pick(&transport.Call{})
	return e
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
		r := newTestRotation(t, endpoints(weights...))
		total := int(r.ends[len(r.ends)-1])
		counts := map[Endpoint]int{}
		for range total {
			counts[pick(r)]++
		}
		sum := 0
		for _, w := range weights {
			sum += max(1, w)
		}
		for i, e := range r.endpoints {
			require.Equal(t, max(1, weights[i])*total/sum, counts[e], "%v: endpoint %d", weights, i)
		}
		for n, seen := 1, map[Endpoint]int{}; n <= 200; n++ {
			seen[pick(r)]++
			for i, e := range r.endpoints {
				share := float64(max(1, weights[i])*n) / float64(sum)
				require.InDelta(t, share, seen[e], 3.5, "%v: endpoint %d after %d calls", weights, i, n)
			}
		}
	}
}

// TestExtremeWeights: weights beyond all measure keep their order and cost nothing.
func TestExtremeWeights(t *testing.T) {
	r := newTestRotation(t, endpoints(math.MaxInt, 1, math.MaxInt, math.MinInt, math.MaxInt/2))
	counts := map[Endpoint]int{}
	for range 1000 {
		counts[pick(r)]++
	}
	require.InDelta(t, 400, counts[r.endpoints[0]], 20)
	require.InDelta(t, 400, counts[r.endpoints[2]], 20)
	require.InDelta(t, 200, counts[r.endpoints[4]], 20)
	require.Positive(t, counts[r.endpoints[1]])

	many := make([]Endpoint, 5000)
	for i := range many {
		many[i] = Endpoint{Network: "unix", Address: string(rune(i)), Weight: 1 + rand.Intn(1000)}
	}
	r = newTestRotation(t, many)
	require.Len(t, r.endpoints, 5000)
	require.LessOrEqual(t, r.ends[4999], uint64(5000*maxWeight))
}

// TestSameEndpointTwice: an endpoint that is named twice, with and without its network, has the shares of both.
func TestSameEndpointTwice(t *testing.T) {
	a, b := Endpoint{Network: "tcp", Address: "a:1", Weight: 1}, Endpoint{Network: "tcp", Address: "b:1", Weight: 2}
	r := newTestRotation(t, []Endpoint{a, b, a, {Address: "a:1", Weight: 2}})
	require.Equal(t, []Endpoint{{Network: "tcp", Address: "a:1", Weight: 4}, {Network: "tcp", Address: "b:1", Weight: 2}}, r.endpoints)
	require.Equal(t, []uint64{2, 3}, r.ends)
}

// TestTurn: a call that does not get through tries each endpoint once, and not all such calls try the same one next.
func TestTurn(t *testing.T) {
	for n := 1; n <= 9; n++ {
		r := newTestRotation(t, endpoints(make([]int, n)...))
		next := map[Endpoint]map[Endpoint]bool{} // where the calls of each go that is tried first
		for range 2 * n * n {
			var call transport.Call
			seen := map[Endpoint]bool{}
			first, _ := r.Pick(&call)
			for e := first; e != (Endpoint{}); e, _ = r.Pick(&call) {
				require.False(t, seen[e])
				seen[e] = true
				if call.Tried == 1 {
					if next[first] == nil {
						next[first] = map[Endpoint]bool{}
					}
					next[first][e] = true
				}
				call.Tried++
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
