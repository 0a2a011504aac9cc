package rpc

import (
	"context"
	"net"
	"slices"
	"sync"
	"time"
)

// pool holds the connections to one endpoint. Its slots, of which there are MaxConnections, bound how many there
// are at once; whoever finds none free waits.
type pool struct {
	client   *Client
	endpoint Endpoint

	lock    sync.Mutex
	idle    []*clientConn // the one used last at the end
	all     map[*clientConn]struct{}
	slots   int // taken
	waiting []*waiter
	retired bool // no connection is kept any more
	closed  bool // nor made
}

// waiter waits for a connection, or with nil for a slot to make one in.
type waiter struct{ ready chan *clientConn }

func newPool(c *Client, e Endpoint) *pool {
	return &pool{client: c, endpoint: e, all: map[*clientConn]struct{}{}}
}

// get returns a connection for one call; put takes it back.
func (p *pool) get(ctx context.Context, deadline time.Time) (*clientConn, error) {
	conn, w, err := p.take()
	switch {
	case err != nil:
		return nil, err
	case conn != nil:
		return conn, nil
	case w != nil:
		if conn, err = p.await(ctx, deadline, w); conn != nil || err != nil {
			return conn, err
		}
	}
	conn, err = p.dial(ctx, deadline)
	if err != nil {
		p.free()
	}
	return conn, err
}

// take returns an idle connection that is alive, or a place in the queue; or neither, and a slot is the caller's.
func (p *pool) take() (*clientConn, *waiter, error) {
	var dead []*clientConn
	p.lock.Lock()
	defer func() {
		p.lock.Unlock()
		for _, c := range dead {
			c.close()
		}
	}()
	if p.closed {
		return nil, nil, &Error{Code: CodeShutdown}
	}
	for len(p.idle) > 0 {
		c := p.idle[len(p.idle)-1]
		p.idle[len(p.idle)-1] = nil
		p.idle = p.idle[:len(p.idle)-1]
		if c.alive() {
			return c, nil, nil
		}
		delete(p.all, c)
		p.slots--
		dead = append(dead, c)
	}
	if p.slots < p.client.config.limits.MaxConnections {
		p.slots++
		return nil, nil, nil
	}
	w := &waiter{make(chan *clientConn, 1)}
	p.waiting = append(p.waiting, w)
	return nil, w, nil
}

// await waits for a connection, or returns nil when a slot has become the caller's.
func (p *pool) await(ctx context.Context, deadline time.Time, w *waiter) (*clientConn, error) {
	var expired <-chan time.Time
	if !deadline.IsZero() {
		timer := time.NewTimer(time.Until(deadline))
		defer timer.Stop()
		expired = timer.C
	}
	var err error
	select {
	case conn := <-w.ready:
		return conn, nil
	case <-ctx.Done():
		err = ended(ctx)
	case <-expired:
		err = timedOut()
	case <-p.client.end:
		err = &Error{Code: CodeShutdown}
	}
	p.lock.Lock()
	i := slices.Index(p.waiting, w)
	if i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
	}
	p.lock.Unlock()
	if i < 0 {
		// Somebody has given us a connection or a slot at this very moment: it goes to the next.
		if conn := <-w.ready; conn != nil {
			p.put(conn, true)
		} else {
			p.free()
		}
	}
	return nil, err
}

// put takes back a connection.
func (p *pool) put(c *clientConn, reusable bool) {
	reusable = reusable && p.client.config.connections == Pooled
	p.lock.Lock()
	keep := reusable && !p.retired && !p.closed
	if keep && len(p.waiting) > 0 {
		w := p.waiting[0]
		p.waiting = slices.Delete(p.waiting, 0, 1)
		w.ready <- c
		p.lock.Unlock()
		return
	}
	if keep && len(p.idle) < p.client.config.maxIdle {
		c.idleSince = time.Now()
		p.idle = append(p.idle, c)
		p.lock.Unlock()
		return
	}
	delete(p.all, c)
	p.lock.Unlock()
	c.close()
	p.free()
}

// free gives up a slot: to the first who waits, or for good.
func (p *pool) free() {
	p.lock.Lock()
	defer p.lock.Unlock()
	if len(p.waiting) > 0 && !p.closed {
		w := p.waiting[0]
		p.waiting = slices.Delete(p.waiting, 0, 1)
		w.ready <- nil
		return
	}
	p.slots--
}

// retire closes the idle connections, because the endpoint is not used any more.
func (p *pool) retire() {
	p.lock.Lock()
	p.retired = true
	idle := p.idle
	p.idle = nil
	for _, c := range idle {
		delete(p.all, c)
		p.slots--
	}
	p.lock.Unlock()
	for _, c := range idle {
		c.close()
	}
}

// empty reports whether no connection is left.
func (p *pool) empty() bool {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.slots == 0
}

// shut ends all connections, because the client is closed. Those in use are closed by their callers, who wake.
func (p *pool) shut() {
	p.lock.Lock()
	p.closed = true
	p.lock.Unlock()
	p.retire()
	p.lock.Lock()
	defer p.lock.Unlock()
	for c := range p.all {
		c.hangUp()
	}
}

// dial makes a connection in a slot that is the caller's.
func (p *pool) dial(ctx context.Context, deadline time.Time) (*clientConn, error) {
	timeout := p.client.config.connectTimeout
	limited := false // by the call, not by the option
	if !deadline.IsZero() {
		if left := time.Until(deadline); left < timeout || timeout <= 0 {
			timeout, limited = left, true
		}
	}
	if limited && timeout <= 0 {
		return nil, timedOut()
	}
	start := time.Now()
	conn, err := p.dialUntil(ctx, timeout)
	took := time.Since(start)
	if err == nil {
		return p.adopt(conn, took)
	}
	if ctx.Err() != nil {
		return nil, ended(ctx)
	}
	p.client.event(ConnectionEvent{Kind: ConnectFailed, Side: ClientSide, Remote: p.endpoint.addr(), Err: err, Duration: took})
	if limited && took >= timeout {
		return nil, timedOut()
	}
	return nil, &Error{Code: CodeConnect, Remote: p.endpoint.addr(), Err: err}
}

type dialed struct {
	conn link
	err  error
}

// dialUntil connects, and stops waiting for that when ctx ends: a connection that comes later is closed.
func (p *pool) dialUntil(ctx context.Context, timeout time.Duration) (link, error) {
	if ctx.Done() == nil || p.client.config.dial != nil {
		return p.client.dialer()(ctx, p.endpoint, timeout)
	}
	done := make(chan dialed)
	go func() {
		conn, err := p.client.dialer()(ctx, p.endpoint, timeout)
		select {
		case done <- dialed{conn, err}:
		case <-ctx.Done():
			if err == nil {
				_ = conn.Close()
			}
		}
	}()
	select {
	case d := <-done:
		return d.conn, d.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// adopt takes a new connection into the pool.
func (p *pool) adopt(conn link, took time.Duration) (*clientConn, error) {
	c := newClientConn(p, conn)
	p.lock.Lock()
	closed := p.closed
	if !closed {
		p.all[c] = struct{}{}
	}
	p.lock.Unlock()
	p.client.event(ConnectionEvent{Kind: ConnectionOpened, Side: ClientSide, Remote: c.remote, Duration: took})
	if closed {
		c.close()
		return nil, &Error{Code: CodeShutdown}
	}
	p.client.reap()
	return c, nil
}

// reap starts the goroutine that looks after connections, if it is not there.
func (c *Client) reap() {
	c.lock.Lock()
	defer c.lock.Unlock()
	if !c.reaping && !c.closed.Load() {
		c.reaping = true
		go c.reapConnections()
	}
}

// reapInterval is how long a server can send what nobody asked for, and how long a connection that the server
// has closed stays open here.
const reapInterval = 20 * time.Millisecond

// reapConnections runs while there are connections.
func (c *Client) reapConnections() {
	ticker := time.NewTicker(reapInterval)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			c.lock.Lock()
			left := 0
			for _, p := range c.pools {
				left += p.reap(now)
			}
			for p := range c.retired {
				left += p.reap(now)
			}
			if left == 0 {
				c.reaping = false
				c.lock.Unlock()
				return
			}
			c.lock.Unlock()
		case <-c.end:
			return
		}
	}
}

// reap closes idle connections that are dead, old, or hold bytes that nobody asked for, and wakes the users of
// those that hold more than a reply can have. It returns how many
// connections are left.
func (p *pool) reap(now time.Time) int {
	p.lock.Lock()
	var dead []*clientConn
	p.idle = slices.DeleteFunc(p.idle, func(c *clientConn) bool {
		gone := !c.alive() || now.Sub(c.idleSince) > p.client.config.idleTimeout
		if gone {
			delete(p.all, c)
			p.slots--
			dead = append(dead, c)
		}
		return gone
	})
	left := len(p.all)
	for c := range p.all {
		if l := &p.client.config.limits; c.reader.Len() > l.MaxMessage+l.MaxFrame {
			c.hangUp()
		}
	}
	p.lock.Unlock()
	for _, c := range dead {
		c.close()
	}
	return left
}

func (c *Client) event(e ConnectionEvent) {
	for _, watch := range c.config.watchers {
		watch(e)
	}
}

// addr returns the endpoint as an address of package net.
func (e Endpoint) addr() net.Addr { return endpointAddr{e} }

type endpointAddr struct{ endpoint Endpoint }

// Network returns "tcp" or "unix".
func (a endpointAddr) Network() string { return a.endpoint.Network }

// String returns the address.
func (a endpointAddr) String() string { return a.endpoint.String() }
