package endpoint

import (
	"sync/atomic"

	"github.com/tagwire/tagwire/rpc/transport"
)

// maxWeight keeps turns short: larger weights are scaled down.
const maxWeight = 64

// Rotation is a Balancer that uses weights alone. In a full turn, which has as many calls as the weights add up to, each
// endpoint is used as often as its weight says, and evenly spread.
type Rotation struct {
	wheel
	// stride is how far apart in the sum of weights two calls in a row are. It has no divisor in common with the sum, so a turn
	// meets each number once.
	stride uint64
	calls  atomic.Uint64
}

// NewRotation returns a rotation over endpoints, which are distinct and at least one, with a weight of at least 1 for each.
func NewRotation(endpoints []Endpoint) *Rotation {
	r := &Rotation{wheel: newWheel(endpoints, maxWeight)}
	divisor := uint64(0)
	for i, end := range r.ends {
		divisor = commonDivisor(divisor, end-r.begin(i))
	}
	for i := range r.ends {
		r.ends[i] /= divisor
	}
	// The golden section of a range spreads the steps over it best.
	r.stride = max(1, uint64(float64(r.total())*0.618))
	for commonDivisor(r.stride, r.total()) != 1 {
		r.stride++
	}
	return r
}

func commonDivisor(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Pick returns at first the endpoint whose turn it is, and later the others, each once.
func (r *Rotation) Pick(call *transport.Call) (e Endpoint, done func(error)) {
	if call.Tried == 0 {
		call.Turn = r.calls.Add(1)
	} else if uint64(call.Tried) >= r.count() {
		return Endpoint{}, nil
	}
	total := r.total()
	first := r.at(call.Turn % total * r.stride % total)
	if call.Tried == 0 {
		return r.endpoints[first], nil
	}
	// The others begin elsewhere in each turn, so that the calls of an endpoint that fails are spread over all of them.
	return r.endpoints[r.next(first, call.Turn+call.Turn/total, call.Tried)], nil
}
