package endpoint

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"

	"github.com/tagwire/tagwire/rpc/transport"
)

// consistentHash is a Balancer that ranks the endpoints anew for each key (rendezvous hashing): the rank of an endpoint depends on the
// key, the endpoint and its weight, and on no other endpoint. So where one leaves, only its keys move, each to the next in rank.
type consistentHash struct {
	endpoints []Endpoint
	hashes    []uint64
	rotation  *Rotation // for calls without a key
}

// NewConsistentHash returns a Balancer that sends calls with the same key to the same endpoint, in each process that has the same
// endpoints. The share of the keys that an endpoint has is that of its weight. When endpoints come and go, only the keys move that
// theirs are. Calls without a key are sent to the endpoints in rotation. A pick takes time in proportion to the number of
// endpoints.
func NewConsistentHash(endpoints []Endpoint) Balancer {
	c := &consistentHash{endpoints, make([]uint64, len(endpoints)), NewRotation(endpoints)}
	for i, e := range endpoints {
		c.hashes[i] = hash(e.Network + " " + e.Address)
	}
	return c
}

// Pick returns at first the endpoint that is first in rank for the call's key, and later those that follow.
func (c *consistentHash) Pick(call *transport.Call) (e Endpoint, done func(error)) {
	switch {
	case call.Key == "":
		return c.rotation.Pick(call)
	case call.Tried >= len(c.endpoints):
		return Endpoint{}, nil
	case call.Tried > 0:
		return c.endpoints[c.ranking(call.Key)[call.Tried]], nil
	}
	key := hash(call.Key)
	best, least := 0, math.Inf(1)
	for i := range c.endpoints {
		if d := c.distance(key, i); d < least {
			best, least = i, d
		}
	}
	return c.endpoints[best], nil
}

// ranking returns the indexes of all endpoints, the nearest first.
func (c *consistentHash) ranking(text string) []int {
	key := hash(text)
	all, distances := make([]int, len(c.endpoints)), make([]float64, len(c.endpoints))
	for i := range all {
		all[i], distances[i] = i, c.distance(key, i)
	}
	slices.SortStableFunc(all, func(a, b int) int { return cmp.Compare(distances[a], distances[b]) })
	return all
}

// distance returns how far endpoint i is from a key. It is distributed exponentially at a rate of the weight: the least of such
// numbers is that of an endpoint with the probability of its share of all weights.
func (c *consistentHash) distance(key uint64, i int) float64 {
	uniform := (float64(mix(key^c.hashes[i])>>11) + 0.5) / (1 << 53) // between 0 and 1, and neither
	return -math.Log(uniform) / float64(max(1, c.endpoints[i].Weight))
}

// hash is the same in all processes.
func hash(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return mix(h.Sum64())
}

// mix makes each bit of the result depend on each bit of x. It is the last step of the generator SplitMix64.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
