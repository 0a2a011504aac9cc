package intercept

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/tagwire/tagwire/rpc/message"
)

// Logging returns an interceptor that writes a line for each call and each connection: calls at level, those that
// failed at slog.LevelWarn, connections at slog.LevelDebug and broken ones at slog.LevelWarn. A nil logger is
// slog.Default().
func Logging(logger *slog.Logger, level slog.Level) Interceptor {
	if logger == nil {
		logger = slog.Default()
	}
	return Interceptor{
		Call: func(ctx context.Context, call *CallInfo, next func(context.Context) error) error {
			start := time.Now()
			err := next(ctx)
			attributes := append(make([]slog.Attr, 0, 8), slog.String("side", call.Side.String()),
				slog.String("method", call.Method), slog.Duration("took", time.Since(start)))
			if call.Service != "" {
				attributes = append(attributes, slog.String("service", call.Service))
			}
			if call.Remote != nil {
				attributes = append(attributes, slog.String("remote", call.Remote.String()))
			}
			if n := call.Messages; n != nil {
				attributes = append(attributes, slog.Int64("sent", n.Sent.Load()), slog.Int64("received", n.Received.Load()))
			}
			if n := len(call.Attempts); n > 1 {
				attributes = append(attributes, slog.Int("attempts", n))
			}
			if err == nil {
				logger.LogAttrs(ctx, level, "rpc: call", attributes...)
				return nil
			}
			// A log may keep the text, so it is a copy of what may be the request's.
			attributes = append(attributes, slog.String("error", strings.Clone(err.Error())))
			logger.LogAttrs(ctx, slog.LevelWarn, "rpc: call failed", attributes...)
			return err
		},
		Connection: func(e ConnectionEvent) {
			level := slog.LevelDebug
			if e.Err != nil {
				level = slog.LevelWarn
			}
			attributes := []slog.Attr{slog.String("side", e.Side.String())}
			if e.Remote != nil {
				attributes = append(attributes, slog.String("remote", e.Remote.String()))
			}
			if e.Err != nil {
				attributes = append(attributes, slog.String("error", e.Err.Error()))
			}
			logger.LogAttrs(context.Background(), level, "rpc: connection "+e.Kind.String(), attributes...)
		},
		Rejected: func(ctx context.Context, call *CallInfo, err *message.Error) {
			attributes := []slog.Attr{slog.String("side", call.Side.String()), slog.String("method", call.Method),
				slog.String("error", err.Error())}
			if call.Remote != nil {
				attributes = append(attributes, slog.String("remote", call.Remote.String()))
			}
			logger.LogAttrs(ctx, slog.LevelWarn, "rpc: call rejected", attributes...)
		},
	}
}

// Tracer is what a tracing library needs to follow calls. On a client Start may put what identifies the trace into
// the context with metainfo.WithValue of github.com/bytedance/gopkg/cloud/metainfo; a TTHeader message carries that,
// and so does a call of gRPC, and on the server Start finds it with metainfo.GetValue.
type Tracer interface {
	// Start begins a span for a call. The context it returns is the call's; end is called once when the call is
	// over, with its error.
	Start(ctx context.Context, call *CallInfo) (traced context.Context, end func(err error))
}

// Tracing returns an interceptor that tells a Tracer of each call.
func Tracing(t Tracer) Interceptor {
	return Interceptor{Call: func(ctx context.Context, call *CallInfo, next func(context.Context) error) (err error) {
		traced, end := t.Start(ctx, call)
		ended := false
		defer func() {
			if !ended {
				end(message.CodeInternal) // the handler has panicked
			}
		}()
		err = next(traced)
		ended = true
		end(err)
		return err
	}}
}
