package exchange

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/tagwire/tagwire/rpc/endpoint"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// Config is what an Exchanger needs.
type Config struct {
	// Protocol is what is spoken, within Limits.
	Protocol message.Protocol
	Limits   *message.Limits
	// Known are the protocols that are named in the error where a server answers in another one.
	Known []message.Protocol
	// Endpoints is how connections are made and kept.
	Endpoints endpoint.Config

	// Resolver, if it is not nil, finds the endpoints of Service, and is asked again when its answer is as old as Refresh.
	// ResolverFailed is told of its errors.
	Resolver       endpoint.Resolver
	Service        string
	Refresh        time.Duration
	ResolverFailed func(error)
	// Static are the endpoints where there is no resolver, at least one.
	Static []endpoint.Endpoint

	// Shared is how many connections to an endpoint calls share; 0 is for connections that carry one call at a time. Where the limits
	// allow for another connection, large messages have one besides.
	Shared int

	// Over, if it is not nil, makes the attempts on connections of its own, in place of Protocol.
	Over Carrier
}

// Carrier makes attempts of calls over connections that it makes and keeps.
type Carrier interface {
	// Exchange is that of transport.Exchanger for the endpoint of pool. unsent says that there was no connection; the error is then one of package
	// endpoint, or that of ctx.
	Exchange(ctx context.Context, call *transport.Call, pool *endpoint.Pool) (unsent bool, err error)
	// Close ends it, before the pools are closed.
	Close()
}

// nextSequence returns the id of a request, which is not 0.
func (e *Exchanger) nextSequence() int32 {
	for {
		if id := e.sequence.Add(1); id != 0 {
			return id
		}
	}
}

// Exchanger is a transport.Exchanger.
type Exchanger struct {
	config    Config
	group     *endpoint.Group
	directory *endpoint.Directory
	closed    atomic.Bool
	shut      chan struct{} // closed then
	sequence  atomic.Int32
	large     largeReplies
	workers   transport.Workers // that send what calls share connections for
}

// New returns an exchanger, which has no connection yet.
func New(config Config) *Exchanger {
	e := &Exchanger{config: config, group: endpoint.NewGroup(config.Endpoints), shut: make(chan struct{})}
	if config.Resolver == nil {
		e.directory = endpoint.NewStatic(e.group, config.Static)
	} else {
		e.directory = endpoint.NewDirectory(e.group, config.Resolver, config.Service, config.Refresh, config.ResolverFailed)
	}
	return e
}

// Close ends all connections. Calls that are under way end with CodeShutdown.
func (e *Exchanger) Close() {
	if !e.closed.Swap(true) {
		close(e.shut)
		if e.config.Over != nil {
			e.config.Over.Close()
		}
		e.directory.Close()
		e.group.Close()
		e.workers.Close()
	}
}

// Exchange makes one attempt of a call. Where the error has CodeConnect, nothing was sent, and the next attempt is to
// another endpoint if call.Tried has grown. Where none is left, the error is ErrNoneLeft.
func (e *Exchanger) Exchange(ctx context.Context, call *transport.Call) (err error) {
	set, err := e.endpoints(ctx, call)
	if err != nil {
		return e.unsent(ctx, err, call)
	}
	target, done := set.Pick(call)
	pool := set.Pool(target)
	switch {
	case pool == nil && call.Tried > 0:
		return transport.ErrNoneLeft
	case pool == nil:
		return e.unsent(ctx, endpoint.ErrNoEndpoint, call)
	case done == nil:
		return e.exchange(ctx, call, pool)
	}
	err = transport.ErrNotReturned
	defer func() { done(err) }()
	err = e.exchange(ctx, call, pool)
	return err
}

// exchange makes the attempt on a connection of pool. A request that was certainly not read, because the connection ended before, is
// sent over another one, once.
func (e *Exchanger) exchange(ctx context.Context, call *transport.Call, pool *endpoint.Pool) error {
	if e.config.Over != nil {
		unsent, err := e.config.Over.Exchange(ctx, call, pool)
		if unsent {
			return e.unsent(ctx, err, call)
		}
		return err
	}
	if e.config.Shared > 0 {
		return e.share(ctx, call, pool)
	}
	err := e.converse(ctx, call, pool)
	if transport.Unsent(err) {
		call.Remote, call.TLS = nil, nil
		return e.converse(ctx, call, pool)
	}
	return err
}

// converse makes the attempt on a connection of pool that no other call uses meanwhile.
func (e *Exchanger) converse(ctx context.Context, call *transport.Call, pool *endpoint.Pool) error {
	conn, err := pool.Get(ctx, call.Deadline)
	if err != nil {
		return e.unsent(ctx, err, call)
	}
	c, _ := conn.State.(*conversation)
	if c == nil {
		c = newConversation(e, conn)
	}
	c.call, call.Remote, call.TLS = call, c.remote, nil
	reusable, doubtful := false, false
	defer func() {
		c.call, c.reply = nil, message.Message{}
		pool.Put(conn, reusable, doubtful)
	}()
	reusable, doubtful, err = c.run(ctx)
	call.TLS = conn.TLS() // not earlier, because the handshake may have come with the call
	return err
}

// endpoints returns those that a call may go to, the same for all that are tried.
func (e *Exchanger) endpoints(ctx context.Context, call *transport.Call) (*endpoint.Set, error) {
	if set, begun := call.Among.(*endpoint.Set); begun && call.Tried > 0 {
		return set, nil
	}
	switch err := ctx.Err(); {
	case err != nil:
		return nil, err
	case e.closed.Load():
		return nil, endpoint.ErrShut
	}
	set, err := e.directory.Endpoints(ctx, call.Deadline)
	call.Among = set
	return set, err
}

// unsent returns the error of a call that had no connection.
func (e *Exchanger) unsent(ctx context.Context, err error, call *transport.Call) error {
	wrong := &message.Error{Method: call.Method, Err: err, Retryable: true}
	var failed *endpoint.DialError
	ended := ctx.Err() // once, because it may end now
	switch {
	case e.closed.Load() || err == endpoint.ErrShut:
		wrong.Code, wrong.Err, wrong.Retryable = message.CodeShutdown, nil, false
	case err == endpoint.ErrTimeout, err == ended && err == context.DeadlineExceeded:
		wrong.Code, wrong.Err = message.CodeTimeout, context.DeadlineExceeded
	case err == ended:
		wrong.Code, wrong.Retryable = message.CodeCanceled, false
	case errors.As(err, &failed):
		wrong.Code, wrong.Remote, wrong.Err = message.CodeConnect, failed.Endpoint.Addr(), failed.Err
	default:
		wrong.Code = message.CodeResolve
	}
	return wrong
}
