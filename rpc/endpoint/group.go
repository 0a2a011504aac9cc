package endpoint

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// Group is the pools of a client. Its methods may be called by any goroutine.
type Group struct {
	config Config

	now     atomic.Pointer[Set]
	making  sync.Mutex  // held while a set is made; no call waits for it
	pending atomic.Bool // a rebalance has been asked for and has not begun

	lock    sync.Mutex
	pools   map[Endpoint]*Pool // of endpoints in use, whose weights do not count here
	retired map[*Pool]struct{} // of those that are not, while they have connections
	closed  bool
}

// NewGroup returns a group without pools.
func NewGroup(config Config) *Group {
	return &Group{config: config, pools: map[Endpoint]*Pool{}, retired: map[*Pool]struct{}{}}
}

// Use makes a set of endpoints, of which there is at least one. It is the one in use from then on. Connections to endpoints that are
// not among them are closed when their calls are over.
func (g *Group) Use(endpoints []Endpoint) *Set {
	g.making.Lock()
	defer g.making.Unlock()
	distinct := merge(endpoints)
	set := g.newSet(distinct)
	gone := g.usePools(set)
	g.now.Store(set)
	for _, p := range gone {
		p.retire()
	}
	return set
}

// Set returns the set that is in use, nil before the first Use.
func (g *Group) Set() *Set { return g.now.Load() }

// several reports whether calls have a choice of endpoints.
func (g *Group) several() bool {
	set := g.now.Load()
	return set != nil && len(set.endpoints) > 1
}

// rebalanceLater makes a set of the same endpoints, of which others are ejected now. The balancer may be users' code, so this has a
// goroutine of its own.
func (g *Group) rebalanceLater() {
	if !g.pending.Swap(true) {
		go g.rebalance()
	}
}

func (g *Group) rebalance() {
	g.making.Lock()
	defer g.making.Unlock()
	g.pending.Store(false) // what changes from here on needs another
	set := g.newSet(g.now.Load().endpoints)
	g.usePools(set)
	g.now.Store(set)
}

// newSet makes a set without pools. It may panic or end the goroutine, and changes nothing. making is held.
func (g *Group) newSet(endpoints []Endpoint) *Set {
	set := &Set{endpoints: endpoints}
	var usable []Endpoint
	for _, e := range endpoints {
		if g.ejected(e) {
			set.ejected = append(set.ejected, e)
		} else {
			usable = append(usable, e)
		}
	}
	if len(usable) == 0 {
		usable, set.ejected = endpoints, nil // so that at least calls find out when one is back
	}
	set.usable = len(usable)
	set.balancer = g.balance(usable)
	return set
}

func (g *Group) ejected(e Endpoint) bool {
	g.lock.Lock()
	p := g.pools[e.key()]
	g.lock.Unlock()
	if p == nil {
		return false
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.health.ejected
}

// usePools gives a set its pools. It returns those that are not in use any more. making is held.
func (g *Group) usePools(set *Set) (gone []*Pool) {
	g.lock.Lock()
	defer g.lock.Unlock()
	set.pools = map[Endpoint]*Pool{}
	used := map[Endpoint]bool{}
	for _, e := range set.endpoints {
		key := e.key()
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
	return gone
}

// balance makes a balancer.
func (g *Group) balance(endpoints []Endpoint) (b Balancer) {
	if g.config.Balance == nil {
		return NewRotation(endpoints)
	}
	defer func() {
		if value := recover(); value != nil {
			g.config.Panicked("the balancer", value)
		}
		if b == nil {
			b = NewRotation(endpoints)
		}
	}()
	return g.config.Balance(slices.Clone(endpoints))
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
