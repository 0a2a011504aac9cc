package endpoint

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Directory knows the endpoints of a service. Its methods may be called by any goroutine.
type Directory struct {
	group    *Group
	resolver Resolver // nil if the endpoints do not change
	service  string
	refresh  time.Duration
	failed   func(error)

	ctx context.Context // of the resolver
	end context.CancelFunc

	expires atomic.Pointer[time.Time] // when the group's set is old, zero for never; nil if there is none

	lock     sync.Mutex
	asking   *question // nil if the resolver is not asked
	failures int       // in a row
	earliest time.Time // before which it is not asked again
}

// question is a call of the resolver that calls wait for.
type question struct {
	done chan struct{} // closed when err is set, or the answer is in use
	err  error
}

// ErrNoEndpoint is returned where a resolver found nothing.
var ErrNoEndpoint = errors.New("the resolver found no endpoint")

// errResolverEnded stands for a resolver that ended its goroutine.
var errResolverEnded = errors.New("the resolver panicked or ended its goroutine")

// Resolvers that fail are asked again after a pause, which doubles.
const (
	firstPause = 10 * time.Millisecond
	lastPause  = time.Second
)

// NewStatic returns a directory of endpoints, at least one.
func NewStatic(g *Group, endpoints []Endpoint) *Directory {
	d := &Directory{group: g}
	d.ctx, d.end = context.WithCancel(context.Background())
	g.Use(endpoints)
	d.expires.Store(&time.Time{})
	return d
}

// NewDirectory returns a directory that asks resolver for service, and again when an answer is as old as refresh, or as a
// TimedResolver says. An answer stays in use until the next. failed is told why there is no next one.
func NewDirectory(g *Group, resolver Resolver, service string, refresh time.Duration, failed func(error)) *Directory {
	d := &Directory{group: g, resolver: resolver, service: service, refresh: refresh, failed: failed}
	d.ctx, d.end = context.WithCancel(context.Background())
	return d
}

// Close ends the resolver's context, and with ErrShut the waits for it.
func (d *Directory) Close() { d.end() }

// Endpoints returns what the resolver found. Where it has not found anything yet, Endpoints waits until deadline, if that is not
// zero, and as long as ctx; the error is ErrTimeout, the context's, ErrShut or the resolver's.
func (d *Directory) Endpoints(ctx context.Context, deadline time.Time) (*Set, error) {
	expires := d.expires.Load()
	if expires != nil && (expires.IsZero() || time.Now().Before(*expires)) {
		return d.group.Set(), nil
	}
	q := d.ask(expires == nil)
	if expires != nil {
		return d.group.Set(), nil
	}
	var expired <-chan time.Time
	if !deadline.IsZero() {
		timer := time.NewTimer(time.Until(deadline))
		defer timer.Stop()
		expired = timer.C
	}
	select {
	case <-q.done:
		if d.expires.Load() != nil {
			return d.group.Set(), nil
		}
		return nil, q.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-expired:
		return nil, ErrTimeout
	case <-d.ctx.Done():
		return nil, ErrShut
	}
}

// ask has the resolver asked, unless it is already, and returns the question; that waits for the end of a pause if wait is true,
// else there may be none.
func (d *Directory) ask(wait bool) *question {
	d.lock.Lock()
	defer d.lock.Unlock()
	pause := time.Until(d.earliest)
	if d.asking == nil && (wait || pause <= 0) {
		d.asking = &question{done: make(chan struct{})}
		go d.resolve(d.asking, pause)
	}
	return d.asking
}

// resolve asks the resolver after a pause. The resolver is users' code.
func (d *Directory) resolve(q *question, pause time.Duration) {
	err := errResolverEnded
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("%w: %v", errResolverEnded, value)
		}
		d.resolved(q, err)
	}()
	if pause > 0 {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-d.ctx.Done():
			err = ErrShut
			return
		}
	}
	endpoints, valid, failure := d.consult()
	if err = failure; err == nil && len(endpoints) == 0 {
		err = ErrNoEndpoint
	}
	if err == nil {
		d.group.Use(endpoints)
		expires := time.Now().Add(valid)
		d.expires.Store(&expires)
	}
}

// consult calls the resolver, and returns how long its answer is used.
func (d *Directory) consult() (endpoints []Endpoint, valid time.Duration, err error) {
	if r, timed := d.resolver.(TimedResolver); timed {
		endpoints, valid, err = r.ResolveTimed(d.ctx, d.service)
	} else {
		endpoints, err = d.resolver.Resolve(d.ctx, d.service)
	}
	if valid <= 0 {
		valid = d.refresh
	}
	return endpoints, valid, err
}

// resolved ends a question.
func (d *Directory) resolved(q *question, err error) {
	d.lock.Lock()
	d.asking = nil
	if err == nil {
		d.failures, d.earliest = 0, time.Time{}
	} else {
		pause := min(lastPause, firstPause<<min(d.failures, 10))
		d.failures++
		d.earliest = time.Now().Add(pause)
	}
	d.lock.Unlock()
	q.err = err
	close(q.done)
	if err != nil && d.ctx.Err() == nil && d.failed != nil {
		d.failed(err)
	}
}
