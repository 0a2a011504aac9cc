package endpoint

import "github.com/tagwire/tagwire/rpc/transport"

// Set is the endpoints of an answer, with a pool for each, and what decides between those that are not ejected.
type Set struct {
	balancer  Balancer
	usable    int                // how many endpoints the balancer has
	ejected   []Endpoint         // the others
	endpoints []Endpoint         // all of them
	pools     map[Endpoint]*Pool // by endpoint
	first     *Pool              // of the first of them
}

// Pick returns what the balancer does. Where that has no endpoint left, it returns those that are ejected, each once.
func (s *Set) Pick(call *transport.Call) (e Endpoint, done func(outcome error)) {
	if call.Tried < s.usable {
		return s.balancer.Pick(call)
	}
	if i := call.Tried - s.usable; i < len(s.ejected) {
		return s.ejected[i], nil
	}
	return Endpoint{}, nil
}

// Pool returns the connections to an endpoint that Pick returned, nil for another.
func (s *Set) Pool(e Endpoint) *Pool {
	if e == s.endpoints[0] {
		return s.first // most services have few endpoints, often one
	}
	return s.pools[e]
}
