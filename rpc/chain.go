package rpc

import (
	"context"
	"errors"
	"sync"
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

// innermost runs what interceptors end in, and knows whether that still runs when they have returned: an interceptor
// that gives up leaves behind a goroutine that uses the structs of the call.
type innermost struct {
	lock    sync.Mutex
	running int
	over    bool
}

var errOver = errors.New("rpc: the call is over: an interceptor called next after it had returned")

func (i *innermost) run(last func() error) error {
	i.lock.Lock()
	if i.over {
		i.lock.Unlock()
		return errOver
	}
	i.running++
	i.lock.Unlock()
	defer func() {
		i.lock.Lock()
		i.running--
		i.lock.Unlock()
	}()
	return last()
}

// end is called when the interceptors have returned. It reports whether the structs of the call are still in use.
func (i *innermost) end() (used bool) {
	i.lock.Lock()
	defer i.lock.Unlock()
	i.over = true
	return i.running > 0
}

// businessError returns the *BizError that err is or wraps, nil if none.
func businessError(err error) *BizError {
	for ; err != nil; err = unwrap(err) {
		if b, ok := err.(*BizError); ok && b != nil && b.Status != 0 {
			return b
		}
	}
	return nil
}
