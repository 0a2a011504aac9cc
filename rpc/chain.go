package rpc

import (
	"context"
	"crypto/tls"
	"net"
	"sync"

	"github.com/tagwire/tagwire/rpc/message"
)

// callInterceptor is the Call of an Interceptor.
type callInterceptor = func(ctx context.Context, call *CallInfo, next func(context.Context) error) error

// runChain calls the interceptors one inside the other, and last inside all of them.
func runChain(chain []callInterceptor, ctx context.Context, info *CallInfo, last func(context.Context) error) error {
	if len(chain) == 0 {
		return last(ctx)
	}
	return chain[0](ctx, info, func(ctx context.Context) error { return runChain(chain[1:], ctx, info, last) })
}

// An encounter is what an attempt reports of the server that it came to.
type encounter struct {
	remote   net.Addr // nil if there was no connection
	tls      *tls.ConnectionState
	sequence int32
	attempts []AttemptInfo // nil if the client makes one
}

// A layer is a run of one interceptor, with what the attempts behind it report to it.
type layer struct {
	lock      sync.Mutex // guards Remote, TLS and Sequence of info
	info      *CallInfo
	succeeded bool
	over      bool // the interceptor has returned
}

// intercept is runChain for the attempts of a client, with at least one interceptor: these may call next several times, one
// after the other or at once, and go on before all have returned. So each run of an interceptor has a CallInfo of its own, and
// the attempts behind it fill that in as they end, until one has succeeded or the interceptor has returned.
func intercept(chain []callInterceptor, ctx context.Context, info *CallInfo, attempt func(context.Context, *encounter) error) (met encounter, err error) {
	l, blank := &layer{info: info}, *info
	defer func() { met = l.close() }()
	return met, chain[0](ctx, info, func(ctx context.Context) (err error) {
		var met encounter
		if len(chain) == 1 {
			err = attempt(ctx, &met)
		} else {
			inner := blank
			met, err = intercept(chain[1:], ctx, &inner, attempt)
		}
		l.fill(met, err == nil)
		return err
	})
}

// fill reports an attempt that has ended to the interceptor.
func (l *layer) fill(met encounter, succeeded bool) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.over || l.succeeded && !succeeded || met.remote == nil && met.attempts == nil {
		return
	}
	l.succeeded = succeeded
	l.info.Remote, l.info.TLS, l.info.Sequence, l.info.Attempts = met.remote, met.tls, met.sequence, met.attempts
}

// close is called when the interceptor has returned, and returns what was reported to it.
func (l *layer) close() encounter {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.over = true
	return encounter{l.info.Remote, l.info.TLS, l.info.Sequence, l.info.Attempts}
}

// businessError returns the *BizError that err is or wraps, nil if none.
func businessError(err error) *BizError {
	for ; err != nil; err = message.Unwrap(err) {
		if b, ok := err.(*BizError); ok && b != nil && b.Status != 0 {
			return b
		}
	}
	return nil
}
