package endpoint

import (
	"sort"

	"github.com/tagwire/tagwire/rpc/transport"
)

// Balancer decides which endpoint a call goes to. It is made for the endpoints that are in use, again whenever these change,
// and used by many goroutines at once.
type Balancer interface {
	// Pick returns one of the endpoints for a call: another one each time that call.Tried has grown, and the zero Endpoint where
	// none is left. done, if it is not nil, is called once with the outcome: nil, or the error of the attempt.
	Pick(call *transport.Call) (e Endpoint, done func(outcome error))
}

// wheel gives each endpoint a range of numbers that is as long as its weight.
type wheel struct {
	endpoints []Endpoint
	// ends[i] is the sum of the weights of endpoints[0] to endpoints[i].
	ends []uint64
}

// fineWeight is the largest weight where nothing is gained by small ones. The sum for any number of endpoints fits a number.
const fineWeight = 1 << 20

// newWheel returns a wheel of endpoints, at least one. Weights below 1 count as 1, and those above most are scaled down together
// with all others.
func newWheel(endpoints []Endpoint, most int) wheel {
	largest := 1
	for _, e := range endpoints {
		largest = max(largest, e.Weight)
	}
	scale := min(1, float64(most)/float64(largest))
	w := wheel{endpoints, make([]uint64, len(endpoints))}
	total := uint64(0)
	for i, e := range endpoints {
		total += uint64(max(1, int(float64(e.Weight)*scale)))
		w.ends[i] = total
	}
	return w
}

// count returns the number of endpoints.
func (w *wheel) count() uint64 { return uint64(len(w.endpoints)) }

// total returns the sum of the weights.
func (w *wheel) total() uint64 { return w.ends[len(w.ends)-1] }

// begin returns the sum of the weights before endpoint i.
func (w *wheel) begin(i int) uint64 {
	if i == 0 {
		return 0
	}
	return w.ends[i-1]
}

// at returns the index of the endpoint that n, which is less than the total, belongs to.
func (w *wheel) at(n uint64) int {
	return sort.Search(len(w.ends), func(i int) bool { return w.ends[i] > n })
}

// next returns the index of the endpoint for a call that has tried others, of which first was the first. From 1 to the number of
// endpoints less 1, tried stands for each of the others once, in an order that begins at begin.
func (w *wheel) next(first int, begin uint64, tried int) int {
	count := w.count()
	begin %= count
	step := uint64(tried) - 1
	if (uint64(first)+count-begin)%count <= step {
		step++ // past the first
	}
	return int((begin + step) % count)
}
