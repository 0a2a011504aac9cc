package endpoint

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc/transport"
)

// balancers are all of this package, those that draw with numbers that are the same in each run but for use by one goroutine.
var balancers = map[string]func([]Endpoint) Balancer{
	"rotation": func(e []Endpoint) Balancer { return NewRotation(e) },
	"random": func(e []Endpoint) Balancer {
		r := NewRandom(e).(*random)
		r.draw = rand.NewPCG(1, 2).Uint64
		return r
	},
	"pick of two": func(e []Endpoint) Balancer {
		p := NewPickOfTwo(e).(*pickOfTwo)
		p.draw = rand.NewPCG(3, 4).Uint64
		return p
	},
	"consistent hash": NewConsistentHash,
}

// keyed returns call number n, with a key of its own.
func keyed(n int) *transport.Call { return &transport.Call{Key: fmt.Sprint("key ", n)} }

// TestShares: each balancer sends each endpoint its share of calls that do not overlap.
func TestShares(t *testing.T) {
	for name, balancer := range balancers {
		for _, weights := range [][]int{{1}, {1, 1}, {3, 1}, {0, -5, 1}, {10, 20, 30}, {100, 1, 100}, {math.MaxInt, 1, math.MaxInt}} {
			all := merge(endpoints(weights...))
			b := balancer(all)
			const calls = 10000
			counts := map[Endpoint]int{}
			for n := range calls {
				e, done := b.Pick(keyed(n))
				counts[e]++
				if done != nil {
					done(nil)
				}
			}
			sum := 0.0
			for _, e := range all {
				sum += float64(e.Weight)
			}
			for i, e := range all {
				require.InDelta(t, float64(e.Weight)/sum, float64(counts[e])/calls, 0.02, "%s of %v: endpoint %d", name, weights, i)
			}
		}
	}
}

// TestEachOnce: a call whose attempts fail meets each endpoint once, in an order that depends on the call.
func TestEachOnce(t *testing.T) {
	for name, balancer := range balancers {
		for n := 1; n <= 9; n++ {
			weights := make([]int, n)
			for i := range weights {
				weights[i] = 1 + i%3
			}
			b := balancer(endpoints(weights...))
			second := map[Endpoint]bool{}
			for i := range 400 {
				call := keyed(i)
				seen := map[Endpoint]bool{}
				for e, done := b.Pick(call); e != (Endpoint{}); e, done = b.Pick(call) {
					require.False(t, seen[e], name)
					seen[e] = true
					if call.Tried == 1 {
						second[e] = true
					}
					if done != nil {
						done(errors.New("down"))
					}
					call.Tried++
				}
				require.Len(t, seen, n, name)
				call.Tried = math.MaxInt
				e, done := b.Pick(call)
				require.Zero(t, e, name)
				require.Nil(t, done, name)
			}
			if n > 1 {
				require.Len(t, second, n, name)
			}
		}
	}
}

// TestPicksAtOnce: many goroutines pick, and each of their calls meets each endpoint once. Nothing is under way in the end.
func TestPicksAtOnce(t *testing.T) {
	for name, balancer := range map[string]func([]Endpoint) Balancer{
		"rotation": balancers["rotation"], "random": NewRandom, "pick of two": NewPickOfTwo, "consistent hash": NewConsistentHash,
	} {
		b := balancer(endpoints(1, 2, 3, 4))
		var group sync.WaitGroup
		for range 8 {
			group.Add(1)
			go func() {
				defer group.Done()
				for i := range 500 {
					call := keyed(i)
					seen := map[Endpoint]bool{}
					for ; call.Tried < 4; call.Tried++ {
						e, done := b.Pick(call)
						if done != nil {
							defer done(nil)
						}
						seen[e] = true
					}
					if len(seen) != 4 || seen[Endpoint{}] {
						t.Error(name, seen)
					}
				}
			}()
		}
		group.Wait()
		if p, ok := b.(*pickOfTwo); ok {
			for i := range p.running {
				require.Zero(t, p.running[i].Load())
			}
		}
	}
}

// TestPickOfTwoPrefersIdle: an endpoint that does not end its calls gets no more of them than others for its weight.
func TestPickOfTwoPrefersIdle(t *testing.T) {
	b := balancers["pick of two"](endpoints(1, 1, 2))
	counts := map[string]int{}
	for range 400 {
		e, _ := b.Pick(&transport.Call{}) // and none ends
		counts[e.Address]++
	}
	require.InDelta(t, 100, counts["a"], 10)
	require.InDelta(t, 100, counts["b"], 10)
	require.InDelta(t, 200, counts["c"], 10)

	b = balancers["pick of two"](endpoints(1, 1))
	counts = map[string]int{}
	for range 100 {
		e, done := b.Pick(&transport.Call{})
		counts[e.Address]++
		if e.Address == "b" {
			done(nil)
		}
	}
	require.LessOrEqual(t, counts["a"], 2, "the one that is busy")
}

// TestKeysStay: the same key goes to the same endpoint, whatever the order of the endpoints, and when one leaves, or has another weight,
// only its own keys move. Those of one that leaves are shared by all others.
func TestKeysStay(t *testing.T) {
	const keys = 20000
	home := func(all []Endpoint) []string {
		b, homes := NewConsistentHash(all), make([]string, keys)
		for n := range homes {
			e, _ := b.Pick(keyed(n))
			homes[n] = e.Address
		}
		return homes
	}
	all := endpoints(1, 2, 3, 4)
	before := home(all)
	require.Equal(t, before, home([]Endpoint{all[2], all[0], all[3], all[1]}))

	full := NewConsistentHash(all)
	heirs := map[string]int{}
	for n, now := range home(all[:3]) {
		if before[n] != "d" {
			require.Equal(t, before[n], now)
			continue
		}
		heirs[now]++
		call := keyed(n)
		call.Tried = 1
		e, _ := full.Pick(call)
		require.Equal(t, now, e.Address, "the endpoint for a second attempt is where the key goes without the first")
	}
	for i, e := range all[:3] {
		require.InDelta(t, keys*0.4*float64(i+1)/6, heirs[e.Address], keys*0.02)
	}

	heavier := append([]Endpoint{}, all...)
	heavier[0].Weight = 5
	for n, now := range home(heavier) {
		if now != "a" {
			require.Equal(t, before[n], now)
		}
	}
}

// TestKeysEverywhere: where a key goes is the same in each process and in each version of this package: clients that differ would undo
// what each other's servers have cached.
func TestKeysEverywhere(t *testing.T) {
	b := NewConsistentHash(endpoints(1, 1, 1, 1, 1, 1, 1, 1))
	homes := ""
	for n := range 16 {
		e, _ := b.Pick(keyed(n))
		homes += e.Address
	}
	require.Equal(t, "hbhdbeecggfafceh", homes)
}

// TestNoKey: calls without a key take turns.
func TestNoKey(t *testing.T) {
	b, counts := NewConsistentHash(endpoints(1, 2, 3)), map[string]int{}
	for range 60 {
		e, _ := b.Pick(&transport.Call{})
		counts[e.Address]++
	}
	require.Equal(t, map[string]int{"a": 10, "b": 20, "c": 30}, counts)
}
