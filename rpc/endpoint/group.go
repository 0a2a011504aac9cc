package endpoint

import (
	"cmp"
	"maps"
	"math"
	"sync"
)

// Group is the pools of a client. Its methods may be called by any goroutine.
type Group struct {
	config Config

	lock    sync.Mutex
	pools   map[Endpoint]*Pool // of endpoints in use, whose weights do not count here
	retired map[*Pool]struct{} // of those that are not, while they have connections
	closed  bool
}

// NewGroup returns a group without pools.
func NewGroup(config Config) *Group {
	return &Group{config: config, pools: map[Endpoint]*Pool{}, retired: map[*Pool]struct{}{}}
}

// Set is the endpoints that are in use, with a pool for each.
type Set struct {
	Balancer
	endpoints []Endpoint         // what Pick returns
	pools     map[Endpoint]*Pool // by these
	first     *Pool              // of the first of them
}

// Pool returns the connections to an endpoint that Pick returned, nil for another.
func (s *Set) Pool(e Endpoint) *Pool {
	if e == s.endpoints[0] {
		return s.first // most services have few endpoints, often one
	}
	return s.pools[e]
}

// Use makes a set of endpoints, of which there is at least one. Connections to endpoints that are not among them are
// closed when their calls are over.
func (g *Group) Use(endpoints []Endpoint) *Set {
	distinct := merge(endpoints)
	set, gone := g.use(distinct, g.balance(distinct))
	for _, p := range gone {
		p.retire()
	}
	return set
}

// use is Use with endpoints that are distinct. It returns the pools that are not in use any more.
func (g *Group) use(endpoints []Endpoint, balancer Balancer) (set *Set, gone []*Pool) {
	g.lock.Lock()
	defer g.lock.Unlock()
	set = &Set{Balancer: balancer, endpoints: endpoints, pools: map[Endpoint]*Pool{}}
	used := map[Endpoint]bool{}
	for _, e := range endpoints {
		key := e
		key.Weight = 0 // the connections are the same whatever the share
		p := g.pools[key]
		if p == nil {
			p = newPool(g, key)
			p.closed = g.closed
			g.pools[key] = p
		}
		if set.first == nil {
			set.first = p
		}
		used[key] = true
		set.pools[e] = p
	}
	for e, p := range g.pools {
		if !used[e] {
			delete(g.pools, e)
			g.retired[p] = struct{}{}
			gone = append(gone, p)
		}
	}
	return set, gone
}

// balance makes a balancer.
func (g *Group) balance(endpoints []Endpoint) Balancer {
	if g.config.Balance != nil {
		return g.config.Balance(endpoints)
	}
	return NewRotation(endpoints)
}

// merge returns the endpoints with network and weight, each once with its weights added up.
func merge(endpoints []Endpoint) []Endpoint {
	var distinct []Endpoint
	places := map[Endpoint]int{}
	for _, e := range endpoints {
		weight := max(1, e.Weight)
		e.Weight = 0
		e.Network = cmp.Or(e.Network, "tcp")
		i, seen := places[e]
		if !seen {
			i = len(distinct)
			places[e] = i
			distinct = append(distinct, e)
		}
		distinct[i].Weight += min(weight, math.MaxInt-distinct[i].Weight)
	}
	return distinct
}

// forget drops a retired pool that has no connection any more.
func (g *Group) forget(p *Pool) {
	g.lock.Lock()
	defer g.lock.Unlock()
	delete(g.retired, p)
}

// Close ends all connections, including those in use. Waiters get ErrShut.
func (g *Group) Close() {
	g.lock.Lock()
	g.closed = true
	pools := maps.Clone(g.retired)
	for _, p := range g.pools {
		pools[p] = struct{}{}
	}
	g.lock.Unlock()
	for p := range pools {
		p.shut()
	}
}
