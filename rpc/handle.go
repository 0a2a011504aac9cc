package rpc

import (
	"context"
	"net"
	"unsafe"

	"github.com/tagwire/tagwire/rpc/intercept"
	"github.com/tagwire/tagwire/rpc/memory"
	"github.com/tagwire/tagwire/rpc/policy"
)

// panicError is a panic of a handler.
type panicError struct{ value any }

// Error does not show the value: it may hold what the caller must not see.
func (*panicError) Error() string { return "the handler panicked, or ended its goroutine" }

// handle calls the handler through the interceptors, and returns a struct of results unless there is an error or no
// reply. It turns a panic into an error and logs it. used reports that the handler still has the arguments, because an
// interceptor did not wait for it.
func (s *Server) handle(call *intercept.CallContext, b *boundMethod, arguments unsafe.Pointer) (result unsafe.Pointer, used bool, err error) {
	var all *policy.Attempts
	defer func() {
		if value := recover(); value != nil {
			err = &panicError{value}
			s.logPanic(b, call.Info.Remote, value)
		}
		if all != nil {
			result, used, err = b.end(all, err)
		}
	}()
	if len(s.config.chain) == 0 {
		if b.out != nil {
			result = b.out.Get()
		}
		if err = s.invoke(call, call, b, arguments, result); err != nil {
			result = nil
		}
		return result, false, err
	}
	attempts := b.newAttempts()
	all = attempts
	return nil, false, intercept.Run(s.config.chain, call, &call.Info, func(ctx context.Context) error {
		return attempts.Run(func(result unsafe.Pointer) error { return s.invoke(ctx, call, b, arguments, result) })
	})
}

// invoke calls the handler, and shows interceptors the arguments and the result.
func (s *Server) invoke(ctx context.Context, call *intercept.CallContext, b *boundMethod, arguments, result unsafe.Pointer) error {
	if len(s.config.onValue) == 0 {
		return b.invoke(ctx, arguments, result)
	}
	err := observe(ctx, &s.config.commonConfig, &call.Info, b.in, arguments, false)
	if err == nil {
		err = b.invoke(ctx, arguments, result)
	}
	if err == nil && result != nil {
		err = observe(ctx, &s.config.commonConfig, &call.Info, b.out, result, true)
	}
	return err
}

// observe shows interceptors a struct of arguments or results.
func observe(ctx context.Context, c *commonConfig, info *CallInfo, of *memory.Structs, value unsafe.Pointer, sent bool) error {
	return intercept.Observe(c.onValue, ctx, info, StreamMessage{Sent: sent, Value: of.At(value).Addr().Interface()})
}

// logPanic is called by the function that recovers.
func (s *Server) logPanic(b *boundMethod, remote net.Addr, value any) {
	s.journal.Panicked("rpc: the handler panicked", value, "service", b.service, "method", b.Name, "remote", remote)
}
