package rpc

import (
	"context"
	"time"
)

// targets is what a resolver found, in the order in which calls use it.
type targets struct {
	schedule []*pool // one full turn: each pool as often as its weight says
	distinct int
	expires  time.Time // zero for never
}

// maxWeight keeps the schedule short: larger weights are scaled down.
const maxWeight = 64

// use takes endpoints into use from now on.
func (c *Client) use(endpoints []Endpoint, expires time.Time) *targets {
	t, gone := c.choose(endpoints, expires)
	for _, p := range gone {
		p.retire()
	}
	return t
}

// choose makes the schedule, and returns besides the pools that it does without.
func (c *Client) choose(endpoints []Endpoint, expires time.Time) (t *targets, gone []*pool) {
	c.lock.Lock()
	defer c.lock.Unlock()
	t = &targets{expires: expires}
	heaviest := 1
	for _, e := range endpoints {
		heaviest = max(heaviest, e.Weight)
	}
	var pools []*pool
	var weights []int
	seen := map[Endpoint]bool{}
	for _, e := range endpoints {
		weight := max(1, e.Weight)
		if heaviest > maxWeight {
			weight = max(1, weight*maxWeight/heaviest)
		}
		e.Weight = 0 // the connections are the same whatever the share
		if !seen[e] {
			seen[e] = true
			t.distinct++
		}
		p := c.pools[e]
		if p == nil {
			p = newPool(c, e)
			p.closed = c.closed.Load() // Close has perhaps not seen this pool
			c.pools[e] = p
		}
		pools, weights = append(pools, p), append(weights, weight)
	}
	t.schedule = interleave(pools, weights)
	for p := range c.retired {
		if p.empty() {
			delete(c.retired, p)
		}
	}
	for e, p := range c.pools {
		if !seen[e] {
			delete(c.pools, e)
			c.retired[p] = struct{}{}
			gone = append(gone, p)
		}
	}
	c.found.Store(t)
	return t, gone
}

// interleave spreads each pool over the schedule, as often as its weight says: in each step the pool that is
// furthest behind its share comes next.
func interleave(pools []*pool, weights []int) []*pool {
	total := 0
	for _, w := range weights {
		total += w
	}
	var schedule []*pool
	credit := make([]int, len(pools))
	for range total {
		next := 0
		for i, w := range weights {
			if credit[i] += w; credit[i] > credit[next] {
				next = i
			}
		}
		credit[next] -= total
		schedule = append(schedule, pools[next])
	}
	return schedule
}

// targets returns what the resolver found, and asks it again when that is old: the first caller waits for the
// answer, later ones go on with what there is.
func (c *Client) targets(ctx context.Context) (*targets, error) {
	t := c.found.Load()
	if t != nil && (t.expires.IsZero() || time.Now().Before(t.expires)) {
		return t, nil
	}
	if t == nil {
		return c.resolve(ctx)
	}
	c.lock.Lock()
	first := !c.resolving
	c.resolving = true
	c.lock.Unlock()
	if first {
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), c.config.refresh)
			defer cancel()
			_, err := c.resolve(ctx)
			if err != nil {
				c.config.logger.Warn("rpc: the resolver failed, its last answer stays in use", "reason", err.Error())
			}
			c.lock.Lock()
			c.resolving = false
			c.lock.Unlock()
		}()
	}
	return t, nil
}

func (c *Client) resolve(ctx context.Context) (*targets, error) {
	c.asking.Lock()
	defer c.asking.Unlock()
	if t := c.found.Load(); t != nil && time.Now().Before(t.expires) {
		return t, nil // somebody else has asked meanwhile
	}
	endpoints, err := c.config.resolver.Resolve(ctx, c.config.service)
	if err == nil && len(endpoints) == 0 {
		return nil, &Error{Code: CodeResolve, Message: "the resolver found no endpoint"}
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, ended(ctx)
		}
		return nil, &Error{Code: CodeResolve, Err: err}
	}
	return c.use(endpoints, time.Now().Add(c.config.refresh)), nil
}

// connect returns a connection for one call: to the endpoint whose turn it is, or where that does not answer, to
// the next.
func (c *Client) connect(ctx context.Context, deadline time.Time) (*clientConn, error) {
	if ctx.Err() != nil {
		return nil, ended(ctx)
	}
	if c.closed.Load() {
		return nil, &Error{Code: CodeShutdown}
	}
	t, err := c.targets(ctx)
	if err != nil {
		return nil, err
	}
	start := int(c.turn.Add(1) % uint32(len(t.schedule)))
	var tried []*pool
	for i := range t.schedule {
		p := t.schedule[(start+i)%len(t.schedule)]
		if wasTried(tried, p) {
			continue
		}
		var conn *clientConn
		if conn, err = p.get(ctx, deadline); err == nil {
			return conn, nil
		}
		if e, ok := err.(*Error); !ok || e.Code != CodeConnect {
			return nil, err
		}
		if tried = append(tried, p); len(tried) == t.distinct {
			break
		}
	}
	return nil, err
}

func wasTried(tried []*pool, p *pool) bool {
	for _, other := range tried {
		if other == p {
			return true
		}
	}
	return false
}
