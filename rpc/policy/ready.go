package policy

import (
	"context"
	"strings"
	"time"

	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// waitKey is the key of a context whose calls wait for servers.
type waitKey struct{}

// WithWait returns a context whose calls wait until a server can be connected to.
func WithWait(ctx context.Context) context.Context { return context.WithValue(ctx, waitKey{}, true) }

const (
	firstPause = 20 * time.Millisecond
	mostPause  = time.Second
)

// Waiting returns an Exchanger that makes attempts again until a server can be connected to, where the context of a call says so.
func Waiting(next transport.Exchanger) transport.Exchanger { return &waiting{next} }

type waiting struct{ next transport.Exchanger }

// Exchange makes the attempts.
func (w *waiting) Exchange(ctx context.Context, call *transport.Call) error {
	return untilReady(ctx, call, func() error { return w.next.Exchange(ctx, call) })
}

// WaitingStreamer is Waiting for streams.
func WaitingStreamer(next transport.Streamer) transport.Streamer { return &waitingStreamer{next} }

type waitingStreamer struct{ next transport.Streamer }

// Open makes the attempts.
func (w *waitingStreamer) Open(ctx context.Context, call *transport.Call) (stream transport.ClientStream, err error) {
	err = untilReady(ctx, call, func() error {
		stream, err = w.next.Open(ctx, call)
		return err
	})
	return stream, err
}

// untilReady makes attempts of a call until one comes to a server, if the context says so, and else one.
func untilReady(ctx context.Context, call *transport.Call, attempt func() error) error {
	err := attempt()
	if !isUnready(err) || ctx.Value(waitKey{}) == nil {
		return err
	}
	for pause := firstPause; isUnready(err); pause = min(2*pause, mostPause) {
		left := pause
		if !call.Deadline.IsZero() {
			left = min(pause, time.Until(call.Deadline))
		}
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return unready(ctx.Err(), err)
		}
		if !call.Deadline.IsZero() && !time.Now().Before(call.Deadline) {
			return unready(context.DeadlineExceeded, err)
		}
		err = attempt()
	}
	return err
}

// unready returns the error of a call that has waited for a server until end, with the reason why there was none.
func unready(end, reason error) error {
	e := *reason.(*message.Error)
	e.Code, e.Message, e.Err = message.CodeTimeout, "", &waitError{end, reason}
	if end == context.Canceled {
		e.Code = message.CodeCanceled
	}
	return &e
}

// waitError is why a call does not wait any longer, and why it has waited. The texts may be users' code, which is called when somebody asks.
type waitError struct{ end, reason error }

// Error returns both.
func (e *waitError) Error() string {
	return e.end.Error() + " while waiting for a server: " + strings.TrimPrefix(e.reason.Error(), "rpc: ")
}

// Unwrap returns the end.
func (e *waitError) Unwrap() error { return e.end }

// isUnready reports that a call failed because there was no server. It does not ask errors.Is, because an error may be users' code.
func isUnready(err error) bool {
	e, ok := err.(*message.Error)
	return ok && (e.Code == message.CodeConnect || e.Code == message.CodeResolve)
}
