package endpoint

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/tagwire/tagwire/rpc/transport"
)

// dialFor makes a connection in a slot that is taken, for w, or for the waiter that is first in the queue then. A timeout of 0 is
// none. lock is held.
func (p *Pool) dialFor(w *waiter, timeout time.Duration) {
	ctx := context.Background()
	if timeout > 0 {
		ctx, w.cancel = context.WithTimeout(ctx, timeout)
	} else {
		ctx, w.cancel = context.WithCancel(ctx)
	}
	p.dialing[w] = struct{}{}
	go p.dial(ctx, w)
}

// dial makes a connection. The dialer and what is told of the connection are users' code.
func (p *Pool) dial(ctx context.Context, w *waiter) {
	var raw net.Conn
	var c *Conn
	err, ended := errDialEnded, failed
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("%w: %v", errDialEnded, value)
			p.config.Panicked("the dialer", value)
		}
		if raw != nil && c == nil {
			transport.Close(raw)
		}
		w.cancel()
		p.judge(ended)
		p.dialed(w, c, err)
	}()
	start := time.Now()
	var refused error
	raw, refused = p.config.connect(ctx, p.endpoint)
	took := time.Since(start)
	if refused == nil && raw == nil {
		refused = errors.New("the dialer returned neither a connection nor an error")
	}
	if refused != nil {
		err, ended = refused, failure(ctx, took)
		p.config.Event(Failed, nil, p.endpoint.Addr(), took, refused)
		return
	}
	c = &Conn{Conn: transport.NewConn(raw, nil), pool: p}
	err, ended = nil, made
	p.config.Event(Opened, c, c.RemoteAddr(), took, nil)
}

// dialed puts a connection that was made into use, or gives w the reason why there is none.
func (p *Pool) dialed(w *waiter, c *Conn, err error) {
	p.lock.Lock()
	delete(p.dialing, w)
	w.cancel = nil
	if c == nil {
		if w.element != nil {
			p.serve(w, nil, &DialError{p.endpoint, err})
		}
		p.lock.Unlock()
		p.free()
		return
	}
	p.all[c] = struct{}{}
	if first := p.queue.Front(); first != nil && !p.closed {
		p.serve(first.Value.(*waiter), c, nil)
		p.lock.Unlock()
		return
	}
	p.lock.Unlock()
	p.Put(c, true, false)
}
