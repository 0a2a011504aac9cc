package rpc

import "context"

// callInterceptor is the Call of an Interceptor.
type callInterceptor = func(ctx context.Context, call *CallInfo, next func(context.Context) error) error

// runChain calls the interceptors one inside the other, and last inside all of them.
func runChain(chain []callInterceptor, ctx context.Context, info *CallInfo, last func(context.Context) error) error {
	if len(chain) == 0 {
		return last(ctx)
	}
	return chain[0](ctx, info, func(ctx context.Context) error { return runChain(chain[1:], ctx, info, last) })
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
