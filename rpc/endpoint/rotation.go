package endpoint

import (
	"slices"
	"sort"
	"sync/atomic"
)

// maxWeight keeps turns short: larger weights are scaled down.
const maxWeight = 64

// Rotation says in which order calls use pools. In a full turn, which has as many calls as the weights add up to, each pool is
// used as often as its weight says, and evenly spread.
type Rotation struct {
	pools []*Pool
	// ends[i] is the sum of the weights of pools[0] to pools[i].
	ends []uint64
	// stride is how far apart in that sum two calls in a row are. It has no divisor in common with the sum, so a turn
	// meets each number once.
	stride uint64
	calls  atomic.Uint64
}

// newRotation returns a rotation over pools, which are distinct and at least one, with a weight of at least 1 for each.
func newRotation(pools []*Pool, weights []float64) *Rotation {
	scale := min(1, maxWeight/slices.Max(weights))
	shares := make([]int, len(weights))
	divisor := 0
	for i, w := range weights {
		shares[i] = max(1, int(w*scale))
		divisor = commonDivisor(divisor, shares[i])
	}
	r := &Rotation{pools: pools, ends: make([]uint64, len(pools))}
	total := uint64(0)
	for i, share := range shares {
		total += uint64(share / divisor)
		r.ends[i] = total
	}
	// The golden section of a range spreads the steps over it best.
	r.stride = max(1, uint64(float64(total)*0.618))
	for commonDivisor(int(r.stride), int(total)) != 1 {
		r.stride++
	}
	return r
}

func commonDivisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Turn is the order in which one call tries pools.
type Turn struct {
	rotation *Rotation
	first    int // the pool whose turn it is
	second   int // where the others begin, which differs from call to call
	tried    int
}

// Next begins the turn of a call.
func (r *Rotation) Next() Turn {
	call := r.calls.Add(1)
	total := r.ends[len(r.ends)-1]
	at := call % total * r.stride % total
	first := sort.Search(len(r.ends), func(i int) bool { return r.ends[i] > at })
	// Each turn begins elsewhere, so that the calls of an endpoint that fails are spread over all others.
	second := (call + call/total) % uint64(len(r.pools))
	return Turn{rotation: r, first: first, second: int(second)}
}

// Pool returns the pool to try, at first that whose turn it is, later the others, each once; nil if there is none left.
func (t *Turn) Pool() *Pool {
	pools := t.rotation.pools
	if t.tried == len(pools) {
		return nil
	}
	t.tried++
	if t.tried == 1 {
		return pools[t.first]
	}
	i := t.second % len(pools)
	if i == t.first {
		i = (i + 1) % len(pools)
		t.second++
	}
	t.second++
	return pools[i]
}
