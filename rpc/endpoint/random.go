package endpoint

import (
	"math/rand/v2"
	"sync/atomic"

	"github.com/tagwire/tagwire/rpc/transport"
)

// random is a Balancer that draws an endpoint for each call.
type random struct {
	wheel
	draw func() uint64 // any number, by any goroutine
}

// NewRandom returns a Balancer that draws an endpoint for each call, in proportion to the weights.
func NewRandom(endpoints []Endpoint) Balancer {
	return &random{newWheel(endpoints, fineWeight), rand.Uint64}
}

// Pick draws at first, and goes later through the others, each once, from one that the same draw decides.
func (r *random) Pick(call *transport.Call) (e Endpoint, done func(error)) {
	if call.Tried == 0 {
		call.Turn = r.draw()
	} else if uint64(call.Tried) >= r.count() {
		return Endpoint{}, nil
	}
	i := r.at(call.Turn % r.total())
	if call.Tried > 0 {
		i = r.next(i, call.Turn/r.total(), call.Tried)
	}
	return r.endpoints[i], nil
}

// pickOfTwo is a Balancer that draws two endpoints for each call and takes the one with fewer calls under way.
type pickOfTwo struct {
	random
	running []atomic.Int64 // the calls under way, for each endpoint
	ended   []func(error)  // takes one away
}

// NewPickOfTwo returns a Balancer that draws two endpoints for each call, in proportion to the weights, and takes the one that has
// fewer calls under way for its weight.
func NewPickOfTwo(endpoints []Endpoint) Balancer {
	p := &pickOfTwo{
		random:  random{newWheel(endpoints, fineWeight), rand.Uint64},
		running: make([]atomic.Int64, len(endpoints)), ended: make([]func(error), len(endpoints)),
	}
	for i := range endpoints {
		p.ended[i] = func(error) { p.running[i].Add(-1) }
	}
	return p
}

// Pick takes at first the better of two, and later the others, each once.
func (p *pickOfTwo) Pick(call *transport.Call) (e Endpoint, done func(error)) {
	var i int
	switch {
	case call.Tried == 0:
		i = p.better()
		// The turn says which endpoint was the first, and where the others begin.
		call.Turn = p.draw()/2/p.count()*p.count() + uint64(i)
	case uint64(call.Tried) >= p.count():
		return Endpoint{}, nil
	default:
		i = p.next(int(call.Turn%p.count()), call.Turn/p.count(), call.Tried)
	}
	p.running[i].Add(1)
	return p.endpoints[i], p.ended[i]
}

// better draws two endpoints and returns the index of the less loaded one, the first where they are equal.
func (p *pickOfTwo) better() int {
	a := p.at(p.draw() % p.total())
	begin, end := p.begin(a), p.ends[a]
	others := p.total() - (end - begin)
	if others == 0 {
		return a
	}
	n := p.draw() % others
	if n >= begin {
		n += end - begin // past the first
	}
	b := p.at(n)
	// Both sides are multiplied by both weights, because one of zero calls is as good as another.
	loadA := float64(p.running[a].Load()) * float64(p.ends[b]-p.begin(b))
	loadB := float64(p.running[b].Load()) * float64(end-begin)
	if loadB < loadA {
		return b
	}
	return a
}
