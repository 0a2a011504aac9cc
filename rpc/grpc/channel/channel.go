package channel

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/endpoint"
	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/grpc/streams"
	"github.com/tagwire/tagwire/rpc/memory"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
	"github.com/tagwire/tagwire/rpc/transport/http2"
)

// Config is what a Channel needs.
type Config struct {
	Limits *message.Limits
	// Service is the name of the service.
	Service string
	// Shared is how many connections to an endpoint there are as soon as calls are made at the same time. MaxConnections bounds those that
	// there are where the others are full.
	Shared, MaxConnections int
	// ConnectTimeout is how long making one may take, 0 for as long as calls wait; IdleTimeout how long one is kept without a call, 0 for ever.
	ConnectTimeout, IdleTimeout time.Duration
	// Secure says that connections have TLS.
	Secure bool
	// UserAgent is what the client calls itself.
	UserAgent string
	// Authority is what the server is called, "" for the address.
	Authority string
	// Encoding is how messages are compressed, "" for not.
	Encoding string
	// KeepAlive is how servers are asked whether they are there.
	KeepAlive http2.KeepAlive
	// Panicked is told of a panic of users' code, and which it was.
	Panicked func(who string, value any)
}

// Channel makes calls to the endpoints that it is given. It is for many goroutines.
type Channel struct {
	config  Config
	workers transport.Workers
	shut    chan struct{}                // closed by Close
	paths   memory.Table[string, string] // of methods
	timeout atomic.Pointer[timeoutText]  // that was sent last
	calmed  atomic.Int64                 // how many connections servers have ended because of too many pings
}

// timeoutText is how long a call may take, in milliseconds, and as it is sent.
type timeoutText struct {
	length int64
	text   string
}

// timeoutOf returns how long a call may take as it is sent, and whether the call before it had the same. It is exact to a millisecond, so that
// many have the same.
func (c *Channel) timeoutOf(deadline time.Time) (text string, repeated bool) {
	left := max(time.Until(deadline), 1)
	if left < 10*time.Millisecond {
		return string(grpc.AppendTimeout(nil, left)), false
	}
	length := int64((left + time.Millisecond - 1) / time.Millisecond)
	if last := c.timeout.Load(); last != nil && last.length == length {
		return last.text, true
	}
	text = string(grpc.AppendTimeout(nil, time.Duration(length)*time.Millisecond))
	c.timeout.Store(&timeoutText{length, text})
	return text, false
}

// New returns a channel.
func New(config Config) *Channel { return &Channel{config: config, shut: make(chan struct{})} }

// keepAlive returns how the servers are asked on a new connection: half as often for each connection that was ended because of too many pings.
func (c *Channel) keepAlive() http2.KeepAlive {
	k := c.config.KeepAlive
	for n := c.calmed.Load(); n > 0 && k.Interval > 0 && k.Interval < longestInterval; n-- {
		k.Interval = min(2*max(k.Interval, sweepInterval), longestInterval)
	}
	return k
}

// longestInterval is how long the interval of pings may become.
const longestInterval = 2 * time.Hour

// Close makes calls return that wait, and later ones. The connections end with their pools.
func (c *Channel) Close() {
	close(c.shut)
	c.workers.Close()
}

// Failer takes the outcome of a call that the server has ended with another status than OK. It is what the Reply of a call may be, too.
type Failer interface {
	Fail(status *grpc.Status, trailer grpc.Metadata) error
}

// request returns what a call begins with. The error is about its metadata.
func (c *Channel) request(ctx context.Context, call *transport.Call, pool *endpoint.Pool) (r streams.Request, err error) {
	m := &call.Request
	r = streams.Request{Authority: c.config.Authority, UserAgent: c.config.UserAgent, Secure: c.config.Secure, Encoding: c.config.Encoding}
	if r.Path, err = c.path(call); err != nil {
		return r, err
	}
	if r.Authority == "" {
		r.Authority = authorityOf(pool.Endpoint())
	}
	if m.Format != tagwire.Protobuf {
		r.Subtype = "thrift"
	}
	if !call.Deadline.IsZero() {
		r.Deadline = call.Deadline
		r.Timeout, r.Repeated = c.timeoutOf(call.Deadline)
	}
	if r.Metadata = grpc.OutgoingMetadata(ctx); len(m.Metadata) > 0 {
		if r.Metadata = r.Metadata.Clone(); r.Metadata == nil {
			r.Metadata = grpc.Metadata{}
		}
		grpc.AddInfo(r.Metadata, m.Metadata)
	}
	return r, r.Metadata.Check()
}

// path returns the path of a method.
func (c *Channel) path(call *transport.Call) (string, error) {
	if call.Service != "" {
		return c.pathOf(call.Service, call.Method)
	}
	if known, found := c.paths.Load(call.Method); found {
		return known, nil
	}
	path, err := c.pathOf(c.config.Service, call.Method)
	if err != nil {
		return "", err
	}
	c.paths.Store(call.Method, path)
	return path, nil
}

func (*Channel) pathOf(service, method string) (string, error) {
	path, ok := grpc.Path(service, method)
	if !ok {
		return "", message.ContractError(method, "gRPC has no path for the service %q and the method %q", service, method)
	}
	return path, nil
}

// authorityOf returns what the server at an endpoint is called.
func authorityOf(e endpoint.Endpoint) string {
	switch {
	case e.Name != "":
		return e.Name
	case e.Network == "unix":
		return "localhost"
	}
	return strings.ToLower(e.Address)
}

// errShut is the error of calls when the channel is closed.
var errShut = endpoint.ErrShut

// timers are used again.
var timers = sync.Pool{New: func() any {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}}

// patience returns how long a call waits, and a timer for that, nil if it needs none.
func patience(ctx context.Context, deadline time.Time) (p http2.Patience, t *time.Timer) {
	p.Done = ctx.Done()
	if !deadline.IsZero() {
		t = timers.Get().(*time.Timer)
		t.Reset(time.Until(deadline))
		p.Expired = t.C
	}
	return p, t
}

// release takes a timer back, which may be nil.
func release(t *time.Timer) {
	if t != nil {
		t.Stop()
		timers.Put(t)
	}
}

// impatient returns why a call does not wait any longer.
func impatient(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return endpoint.ErrTimeout
}

// mostTries is how often a call looks for a link, where they end before anything is sent, or servers refuse its stream.
const mostTries = 8

// link returns a link that has room, to which nothing was sent yet.
func (c *Channel) link(ctx context.Context, p http2.Patience, s *links) (*link, error) {
	for {
		l, m, freed := s.take()
		var done <-chan struct{}
		switch {
		case l != nil:
			return l, nil
		case m != nil:
			done = m.done
		default:
			done = freed
		}
		var err error
		select {
		case <-done:
			if m == nil {
				continue
			}
			if m.err == nil {
				continue
			}
			return nil, m.err
		case <-c.shut:
			err = errShut
		case <-p.Done:
			err = impatient(ctx)
		case <-p.Expired:
			err = endpoint.ErrTimeout
		}
		if m != nil {
			s.forsake(m)
		}
		return nil, err
	}
}

// again reports that an attempt which ended with err may be made over another connection, because the server has not looked at it.
func again(err error) bool {
	if err == nil || err == http2.ErrClosed || err == http2.ErrFull {
		return err != nil
	}
	wrong, ok := err.(*message.Error)
	if !ok {
		return false
	}
	reset, ok := wrong.Err.(*http2.ResetError)
	return ok && reset.Remote && reset.Unread
}
