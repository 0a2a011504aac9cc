package endpoint

import (
	"cmp"
	"maps"
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

// Use makes a rotation over endpoints, of which there is at least one. Connections to endpoints that are not among them are
// closed when their calls are over.
func (g *Group) Use(endpoints []Endpoint) *Rotation {
	rotation, gone := g.use(endpoints)
	for _, p := range gone {
		p.retire()
	}
	return rotation
}

func (g *Group) use(endpoints []Endpoint) (rotation *Rotation, gone []*Pool) {
	g.lock.Lock()
	defer g.lock.Unlock()
	var pools []*Pool
	var weights []float64
	places := map[Endpoint]int{}
	for _, e := range endpoints {
		weight := float64(max(1, e.Weight))
		e.Weight = 0 // the connections are the same whatever the share
		e.Network = cmp.Or(e.Network, "tcp")
		if i, seen := places[e]; seen {
			weights[i] += weight
			continue
		}
		places[e] = len(pools)
		p := g.pools[e]
		if p == nil {
			p = newPool(g, e)
			p.closed = g.closed
			g.pools[e] = p
		}
		pools, weights = append(pools, p), append(weights, weight)
	}
	for e, p := range g.pools {
		if _, used := places[e]; !used {
			delete(g.pools, e)
			g.retired[p] = struct{}{}
			gone = append(gone, p)
		}
	}
	return newRotation(pools, weights), gone
}

// forget drops a retired pool that has no connection any more.
func (g *Group) forget(p *Pool) {
	g.lock.Lock()
	defer g.lock.Unlock()
	delete(g.retired, p)
}

// Close ends all connections, those that are lent too. Whoever waits for one gets ErrShut.
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
