package endpoint

import (
	"container/list"
	"context"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tagwire/tagwire/rpc/transport"
)

// Pool holds the connections to one endpoint.
//
// It has as many slots as there may be connections. A connection has a slot from before it is made until it is closed. A
// call that finds no idle connection waits in a queue for the next that is put back, and one is made for it if there is a
// slot; the first in the queue gets what comes first.
type Pool struct {
	// State is the caller's: what it keeps with the pool.
	State atomic.Value

	group    *Group
	config   *Config
	endpoint Endpoint
	addr     net.Addr // its

	lock    sync.Mutex
	idle    []*Conn // the one put back last at the end
	all     map[*Conn]struct{}
	slots   int                  // taken
	queue   list.List            // of *waiter
	dialing map[*waiter]struct{} // those that a connection is made for, some of which may have got another
	retired bool                 // no connection is kept any more
	closed  bool                 // nor made
	health  health

	sibling *Pool // see Sibling; nil if there is none
	parent  *Pool // of a sibling

	timer *time.Timer // of watchIdle, made when first needed
	timed bool        // it is set
}

// Conn is a connection of a pool.
type Conn struct {
	*transport.Conn
	// State is the caller's: what it keeps with the connection from call to call.
	State any
	// Reported is what Config.Event keeps with it.
	Reported any

	pool      *Pool
	idleSince time.Time
	doubtful  time.Time        // until then the peer may close the connection because of its last reply; zero for no doubt
	watch     *transport.Watch // of a connection that has been idle for a while
}

// waiter is a call in the queue.
type waiter struct {
	element *list.Element // nil if it is not in the queue any more
	ready   chan struct{} // closed when conn or err is set
	conn    *Conn
	err     error
	cancel  context.CancelFunc // of the connection that is made for it
}

const (
	// trusted is how long an idle connection is taken to be as the last call left it.
	trusted = time.Millisecond
	// doubt is how long a peer that closes its connection after a reply may take for that.
	doubt = 50 * time.Millisecond
)

func newPool(g *Group, e Endpoint) *Pool {
	return &Pool{
		group: g, config: &g.config, endpoint: e, addr: e.Addr(),
		all: map[*Conn]struct{}{}, dialing: map[*waiter]struct{}{},
	}
}

// Addr returns the endpoint's address.
func (p *Pool) Addr() net.Addr { return p.addr }

// Endpoint returns the endpoint, without a weight.
func (p *Pool) Endpoint() Endpoint { return p.endpoint }

// Get gives a connection to a call, which returns it with Put. It waits until deadline, if that is not zero, and as long as ctx;
// the error is ErrTimeout, the context's, ErrShut or a *DialError.
func (p *Pool) Get(ctx context.Context, deadline time.Time) (*Conn, error) {
	for {
		conn, w, err := p.take()
		switch {
		case err != nil:
			return nil, err
		case w != nil:
			return p.await(ctx, deadline, w)
		case p.check(conn):
			return conn, nil
		}
	}
}

// check reports whether an idle connection that was taken can serve a call, and else drops it. It may be users' code that panics, or
// ends the goroutine.
func (p *Pool) check(c *Conn) (usable bool) {
	defer func() {
		if !usable {
			p.drop(c)
		}
	}()
	return c.usable()
}

// take returns an idle connection, or a place in the queue.
func (p *Pool) take() (*Conn, *waiter, error) {
	p.lock.Lock()
	if p.closed {
		p.lock.Unlock()
		return nil, nil, ErrShut
	}
	if conn := p.takeIdle(); conn != nil {
		p.lock.Unlock()
		return conn, nil, nil
	}
	w := &waiter{ready: make(chan struct{})}
	w.element = p.queue.PushBack(w)
	var doubtful *Conn
	if p.slots < p.config.MaxConnections {
		p.slots++
		p.dialFor(w, p.config.ConnectTimeout)
	} else {
		doubtful = p.leastUsed()
	}
	p.lock.Unlock()
	if doubtful != nil {
		p.drop(doubtful) // and the slot goes to the first in the queue
	}
	return nil, w, nil
}

// takeIdle takes the idle connection that was used last and is not doubtful. lock is held.
func (p *Pool) takeIdle() *Conn {
	var now time.Time
	for i := len(p.idle) - 1; i >= 0; i-- {
		c := p.idle[i]
		if !c.doubtful.IsZero() {
			if now.IsZero() {
				now = time.Now()
			}
			if now.Before(c.doubtful) {
				continue
			}
		}
		p.idle = slices.Delete(p.idle, i, i+1)
		if c.unwatch() {
			p.health.failures = 0
			return c
		}
	}
	return nil
}

// leastUsed takes the idle connection that was used longest ago. lock is held.
func (p *Pool) leastUsed() *Conn {
	for len(p.idle) > 0 {
		c := p.idle[0]
		p.idle = slices.Delete(p.idle, 0, 1)
		if c.unwatch() {
			return c
		}
	}
	return nil
}

// takeDoubtful takes the doubtful connection that was used longest ago. lock is held.
func (p *Pool) takeDoubtful() *Conn {
	for i := 0; i < len(p.idle); {
		c := p.idle[i]
		if c.doubtful.IsZero() {
			i++
			continue
		}
		p.idle = slices.Delete(p.idle, i, i+1)
		if c.unwatch() {
			return c
		}
	}
	return nil
}

// unwatch ends the watch of a connection, and reports whether it is the caller's. If not, the watch ends the connection.
func (c *Conn) unwatch() bool { return c.watch == nil || c.watch.Stop() }

// usable reports whether a connection that was idle can serve a call.
func (c *Conn) usable() bool {
	checked := c.watch != nil || !c.doubtful.IsZero() || time.Since(c.idleSince) > trusted
	c.watch, c.doubtful = nil, time.Time{}
	return !checked || c.Quiet()
}

// await waits for what w gets.
func (p *Pool) await(ctx context.Context, deadline time.Time, w *waiter) (*Conn, error) {
	var expired <-chan time.Time
	if !deadline.IsZero() {
		timer := time.NewTimer(time.Until(deadline))
		defer timer.Stop()
		expired = timer.C
	}
	var err error
	select {
	case <-w.ready:
		return w.conn, w.err
	case <-ctx.Done():
		err = ctx.Err()
	case <-expired:
		err = ErrTimeout
	}
	p.lock.Lock()
	left := p.leave(w)
	if left && w.cancel != nil && p.config.ConnectTimeout <= 0 {
		w.cancel() // else it is made all the same, for the next call
	}
	p.lock.Unlock()
	if !left && w.conn != nil { // which has come at this very moment
		p.Put(w.conn, true, false)
	}
	return nil, err
}

// leave takes w out of the queue, and reports whether it was there. lock is held.
func (p *Pool) leave(w *waiter) bool {
	if w.element == nil {
		return false
	}
	p.queue.Remove(w.element)
	w.element = nil
	return true
}

// serve gives w a connection or an error. lock is held.
func (p *Pool) serve(w *waiter, c *Conn, err error) {
	p.leave(w)
	w.conn, w.err = c, err
	close(w.ready)
}

// Put takes back a connection that Get returned. reusable says that it can serve another call, doubtful that the peer may
// close it because of the last one.
func (p *Pool) Put(c *Conn, reusable, doubtful bool) {
	if reusable && !p.config.Short {
		c = p.keep(c, doubtful)
	}
	if c != nil {
		p.drop(c)
	}
}

// keep gives c to the first in the queue, or makes it idle. It returns what is to be closed: c, a doubtful connection in whose place c is
// kept, or nil.
func (p *Pool) keep(c *Conn, doubtful bool) (surplus *Conn) {
	p.lock.Lock()
	defer p.lock.Unlock()
	first := p.queue.Front()
	switch {
	case p.closed || p.retired:
		return c
	case doubtful && (first != nil || !c.CanProbe()):
		return c // its slot serves as well, or there would be no telling whether the peer has closed it
	case first != nil:
		p.serve(first.Value.(*waiter), c, nil)
		return nil
	case len(p.idle) < p.config.MaxIdle:
	case doubtful:
		return c
	default:
		if surplus = p.takeDoubtful(); surplus == nil {
			return c
		}
	}
	c.SetDeadline(time.Time{})
	c.idleSince = time.Now()
	if doubtful {
		c.doubtful = c.idleSince.Add(doubt)
	}
	p.idle = append(p.idle, c)
	p.watchLater()
	return surplus
}

// watchLater sets the timer of watchIdle, if it is not set. lock is held.
func (p *Pool) watchLater() {
	if p.timed {
		return
	}
	p.timed = true
	wait := p.config.WatchAfter
	if p.config.IdleTimeout > 0 {
		wait = min(wait, p.config.IdleTimeout)
	}
	if p.timer == nil {
		p.timer = time.AfterFunc(wait, p.watchIdle)
	} else {
		p.timer.Reset(wait)
	}
}

// watchIdle has connections watched that have been idle for a while. So nothing ticks while nothing happens.
func (p *Pool) watchIdle() {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.timed = false
	now := time.Now()
	for _, c := range p.idle {
		if c.watch != nil {
			continue
		}
		idle := now.Sub(c.idleSince)
		if idle < p.config.WatchAfter && (p.config.IdleTimeout <= 0 || idle < p.config.IdleTimeout) {
			p.watchLater()
			continue
		}
		left := time.Duration(0)
		if p.config.IdleTimeout > 0 {
			left = max(1, p.config.IdleTimeout-idle)
		}
		c.watch = c.Watch(left, func(expired bool) { p.end(c, expired) })
	}
}

// end is called when an idle connection has ended, is too old, or has unexpected input, unless that is not for us.
func (p *Pool) end(c *Conn, expired bool) {
	p.lock.Lock()
	if i := slices.Index(p.idle, c); i >= 0 {
		p.idle = slices.Delete(p.idle, i, i+1)
	}
	p.lock.Unlock()
	usable := false
	defer func() {
		_ = recover() // of users' code, whose connection is closed
		p.Put(c, usable, false)
	}()
	usable = !expired && c.usable()
}

// drop closes a connection that is the caller's, and gives up its slot.
func (p *Pool) drop(c *Conn) {
	p.lock.Lock()
	delete(p.all, c)
	p.lock.Unlock()
	if c.Plain() {
		p.close(c)
	} else {
		go p.close(c) // it may be users' code that takes its time, and a call has none
	}
}

// close does that, even if users' code ends the goroutine meanwhile.
func (p *Pool) close(c *Conn) {
	defer p.config.Event(Closed, c, c.RemoteAddr(), 0, nil)
	defer p.free()
	defer c.Close()
	c.Abort() // so that closing does not wait for the peer
}

// free gives a slot to the first in the queue that no connection is made for, or up.
func (p *Pool) free() {
	p.lock.Lock()
	defer p.lock.Unlock()
	for e := p.queue.Front(); e != nil; e = e.Next() {
		if w := e.Value.(*waiter); w.cancel == nil {
			p.dialFor(w, p.config.ConnectTimeout)
			return
		}
	}
	p.slots--
	if p.retired && p.slots == 0 {
		go p.forget()
	}
}

// Sibling returns a pool of other connections to the same endpoint, for callers that must not share any with those of p.
func (p *Pool) Sibling() *Pool {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.sibling == nil {
		p.sibling = newPool(p.group, p.endpoint)
		p.sibling.parent, p.sibling.closed, p.sibling.retired = p, p.closed, p.retired
	}
	return p.sibling
}

// siblings returns p and its sibling, if there is one.
func (p *Pool) siblings() []*Pool {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.sibling == nil {
		return []*Pool{p}
	}
	return []*Pool{p, p.sibling}
}

// forget is called for a pool that is retired and has no connection any more.
func (p *Pool) forget() {
	if p.parent != nil {
		p = p.parent
	}
	for _, s := range p.siblings() {
		s.lock.Lock()
		left := !s.retired || s.slots > 0
		s.lock.Unlock()
		if left {
			return
		}
	}
	p.group.forget(p)
}

// retire closes the idle connections, because the endpoint is not used any more.
func (p *Pool) retire() {
	for _, s := range p.siblings() {
		s.retireAlone()
	}
}

func (p *Pool) retireAlone() {
	p.lock.Lock()
	p.retired = true
	p.health.stop()
	var idle []*Conn
	for c := p.leastUsed(); c != nil; c = p.leastUsed() {
		idle = append(idle, c)
	}
	if p.slots == 0 {
		go p.forget()
	}
	p.lock.Unlock()
	for _, c := range idle {
		p.drop(c)
	}
}

// shut ends all connections. Those that calls use are put back by them, because they fail.
func (p *Pool) shut() {
	p.lock.Lock()
	p.closed = true // also for a sibling that is made from here on
	p.lock.Unlock()
	for _, s := range p.siblings() {
		s.shutAlone()
	}
}

func (p *Pool) shutAlone() {
	p.lock.Lock()
	p.closed = true
	for e := p.queue.Front(); e != nil; e = p.queue.Front() {
		p.serve(e.Value.(*waiter), nil, ErrShut)
	}
	for w := range p.dialing {
		w.cancel()
	}
	p.lock.Unlock()
	p.retireAlone()
	p.lock.Lock()
	defer p.lock.Unlock()
	for c := range p.all {
		c.Abort()
	}
}
