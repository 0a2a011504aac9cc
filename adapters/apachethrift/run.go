package apachethrift

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"runtime/debug"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
)

// outcome is what came of a call of an implementation.
type outcome struct {
	result    reflect.Value     // a pointer to the struct of the result; the zero Value if there is none
	fault     thrift.TException // the error that was returned, declared or not
	text      string            // of fault
	abandoned bool              // the implementation wants no reply
}

// run calls the implementation. Whatever it panics with, methods of its error included, becomes an error.
// ctx of the implementation ends when t, the caller's connection, does, unless the call is oneway.
func (f *function) run(ctx context.Context, t thrift.TTransport, arguments reflect.Value) (o outcome) {
	defer func() {
		if p := recover(); p != nil {
			slog.ErrorContext(ctx, "apachethrift: a handler panicked", "method", f.Name, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			o = outcome{fault: errPanic, text: errPanic.Error()}
		}
	}()
	var result reflect.Value
	if f.Oneway {
		result = reflect.ValueOf((*struct{})(nil))
	} else {
		result = reflect.New(f.Result)
	}
	if !f.Oneway { // whose caller waits for nothing, and may close the connection
		var stop func()
		ctx, stop = watch(ctx, t)
		defer stop()
	}
	err := f.Invoke(ctx, arguments.UnsafePointer(), result.UnsafePointer())
	if err == nil {
		return outcome{result: result}
	}
	o = outcome{fault: thrift.WrapTException(err), text: err.Error(), abandoned: isAbandoned(ctx, err)}
	if i, value := f.ExceptionOf(err); i >= 0 {
		o.result = reflect.New(f.Result)
		o.result.Elem().Field(i).Set(value)
	}
	return o
}

var errPanic = thrift.NewTApplicationException(thrift.INTERNAL_ERROR, "the handler panicked")

// isAbandoned reports that nobody waits for a reply.
func isAbandoned(ctx context.Context, err error) bool {
	return errors.Is(err, thrift.ErrAbandonRequest) ||
		errors.Is(err, context.Canceled) && errors.Is(context.Cause(ctx), thrift.ErrAbandonRequest)
}

// watch returns a context that ends when the caller's connection does, as generated processors have it, and when stop is called.
func watch(ctx context.Context, t thrift.TTransport) (watched context.Context, stop func()) {
	interval := thrift.ServerConnectivityCheckInterval
	if interval <= 0 {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stopped := make(chan struct{})
	go func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-stopped:
				return
			case <-ticker.C:
				if !t.IsOpen() {
					cancel(thrift.ErrAbandonRequest)
					return
				}
			}
		}
	}()
	return ctx, func() {
		close(stopped)
		cancel(nil)
	}
}
