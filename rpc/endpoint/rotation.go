package endpoint

import (
	"sort"
	"sync/atomic"

	"github.com/tagwire/tagwire/rpc/transport"
)

// Balancer decides which endpoint a call goes to. It is made for the endpoints of one answer of a resolver, and used by
// many goroutines at once.
type Balancer interface {
	// Pick returns one of the endpoints for a call: another one each time that call.Tried has grown, and the zero Endpoint where
	// none is left. done, if it is not nil, is called once with the outcome: nil, or the error of the attempt.
	Pick(call *transport.Call) (e Endpoint, done func(outcome error))
}

// maxWeight keeps turns short: larger weights are scaled down.
const maxWeight = 64

// Rotation is a Balancer that uses weights alone. In a full turn, which has as many calls as the weights add up to, each
// endpoint is used as often as its weight says, and evenly spread.
type Rotation struct {
	endpoints []Endpoint
	// ends[i] is the sum of the weights of endpoints[0] to endpoints[i].
	ends []uint64
	// stride is how far apart in that sum two calls in a row are. It has no divisor in common with the sum, so a turn
	// meets each number once.
	stride uint64
	calls  atomic.Uint64
}

// NewRotation returns a rotation over endpoints, which are distinct and at least one, with a weight of at least 1 for each.
func NewRotation(endpoints []Endpoint) *Rotation {
	largest := 1
	for _, e := range endpoints {
		largest = max(largest, e.Weight)
	}
	scale := min(1, maxWeight/float64(largest))
	shares := make([]int, len(endpoints))
	divisor := 0
	for i, e := range endpoints {
		shares[i] = max(1, int(float64(e.Weight)*scale))
		divisor = commonDivisor(divisor, shares[i])
	}
	r := &Rotation{endpoints: endpoints, ends: make([]uint64, len(endpoints))}
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

// Pick returns at first the endpoint whose turn it is, and later the others, each once.
func (r *Rotation) Pick(call *transport.Call) (e Endpoint, done func(error)) {
	count := uint64(len(r.endpoints))
	if call.Tried == 0 {
		call.Turn = r.calls.Add(1)
	} else if uint64(call.Tried) >= count {
		return Endpoint{}, nil
	}
	total := r.ends[count-1]
	at := call.Turn % total * r.stride % total
	first := sort.Search(len(r.ends), func(i int) bool { return r.ends[i] > at })
	if call.Tried == 0 {
		return r.endpoints[first], nil
	}
	// The others begin elsewhere in each turn, so that the calls of an endpoint that fails are spread over all of them.
	begin := (call.Turn + call.Turn/total) % count
	step := uint64(call.Tried) - 1
	if (uint64(first)+count-begin)%count <= step {
		step++ // past the first
	}
	return r.endpoints[(begin+step)%count], nil
}
