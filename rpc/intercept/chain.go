package intercept

import (
	"context"
	"crypto/tls"
	"net"
	"sync"

	"github.com/tagwire/tagwire/rpc/policy"
)

// Call is the Call of an Interceptor.
type Call = func(ctx context.Context, call *CallInfo, next func(context.Context) error) error

// Run calls the interceptors one inside the other, and last inside all of them.
func Run(chain []Call, ctx context.Context, info *CallInfo, last func(context.Context) error) error {
	if len(chain) == 0 {
		return last(ctx)
	}
	return chain[0](ctx, info, func(ctx context.Context) error { return Run(chain[1:], ctx, info, last) })
}

// Encounter is what an attempt reports of the server that it came to.
type Encounter struct {
	Remote   net.Addr // nil if there was no connection
	TLS      *tls.ConnectionState
	Sequence int32
	Attempts []policy.Attempt // nil if the client makes one
}

// A layer is a run of one interceptor, with what the attempts behind it report to it.
type layer struct {
	lock      sync.Mutex // guards Remote, TLS and Sequence of info
	info      *CallInfo
	succeeded bool
	over      bool // the interceptor has returned
}

// RunAttempts is Run for the attempts of a client, with at least one interceptor: these may call next several times, one
// after the other or at once, and go on before all have returned. So each run of an interceptor has a CallInfo of its own, and
// the attempts behind it fill that in as they end, until one has succeeded or the interceptor has returned.
func RunAttempts(chain []Call, ctx context.Context, info *CallInfo, attempt func(context.Context, *Encounter) error) (met Encounter, err error) {
	l, blank := &layer{info: info}, *info
	defer func() { met = l.close() }()
	return met, chain[0](ctx, info, func(ctx context.Context) (err error) {
		var met Encounter
		if len(chain) == 1 {
			err = attempt(ctx, &met)
		} else {
			inner := blank
			met, err = RunAttempts(chain[1:], ctx, &inner, attempt)
		}
		l.fill(met, err == nil)
		return err
	})
}

// fill reports an attempt that has ended to the interceptor.
func (l *layer) fill(met Encounter, succeeded bool) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.over || l.succeeded && !succeeded || met.Remote == nil && met.Attempts == nil {
		return
	}
	l.succeeded = succeeded
	l.info.Remote, l.info.TLS, l.info.Sequence, l.info.Attempts = met.Remote, met.TLS, met.Sequence, met.Attempts
}

// close is called when the interceptor has returned, and returns what was reported to it.
func (l *layer) close() Encounter {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.over = true
	return Encounter{l.info.Remote, l.info.TLS, l.info.Sequence, l.info.Attempts}
}
