package rpc

import "context"

// runChain calls the interceptors one inside the other, and last inside all of them.
func runChain(chain []Interceptor, ctx context.Context, info *CallInfo, last func(context.Context) error) error {
	for i := range chain {
		if chain[i].Call != nil {
			rest := chain[i+1:]
			return chain[i].Call(ctx, info, func(ctx context.Context) error { return runChain(rest, ctx, info, last) })
		}
	}
	return last(ctx)
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
