package streaming

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/tagwire/tagwire/rpc/intercept"
	"github.com/tagwire/tagwire/rpc/invoke"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// streamCall is a call of a stream, from the first interceptor to the last.
type streamCall struct {
	*Calls
	count intercept.MessageCount
	// converse does what the caller wants with the stream, inside of all interceptors.
	converse func(s *clientStream) error

	begun     atomic.Bool                  // next of the last interceptor was called
	over      chan struct{}                // closed when that has returned
	stream    atomic.Pointer[clientStream] // nil until it is open
	abandoned atomic.Bool                  // the interceptors do not wait for it
	outside   atomic.Bool                  // the body of the caller's loop runs, which may panic
}

// run makes the call. A panic of the code that runs here becomes an error, unless it is that of the caller's own loop.
func (c *streamCall) run(ctx context.Context) (err error) {
	c.over = make(chan struct{})
	returned := false
	defer func() {
		if returned || c.outside.Load() {
			return
		}
		if value := recover(); value != nil {
			c.Journal.Panicked("rpc: a call panicked", value, "method", c.Method.Name)
			err = c.Method.panicked()
		}
	}()
	defer c.settle()
	if len(c.Chain) == 0 {
		err = c.last(ctx, new(intercept.Encounter))
	} else {
		_, err = intercept.RunAttempts(c.Chain, ctx, c.Caller.Describe(&c.count), c.last)
	}
	returned = true
	return err
}

// last is what the last interceptor calls.
func (c *streamCall) last(ctx context.Context, met *intercept.Encounter) error {
	if c.begun.Swap(true) {
		return c.Method.usedOnce()
	}
	defer close(c.over)
	s, err := c.open(ctx, &c.count, met)
	if err != nil {
		return err
	}
	// Also where users' code does not return.
	defer s.end(&message.Error{Code: message.CodeCanceled, Method: c.Method.Name, Remote: s.info.Remote, Err: context.Canceled})
	c.stream.Store(s)
	if c.abandoned.Load() {
		return c.unawaited(s)
	}
	return c.converse(s)
}

// settle ends the stream where an interceptor has not waited for it, and waits until it does not run the caller's code any more.
func (c *streamCall) settle() {
	if !c.begun.Swap(true) {
		return
	}
	select {
	case <-c.over:
		return
	default:
	}
	c.abandoned.Store(true)
	if s := c.stream.Load(); s != nil {
		s.end(c.unawaited(s))
	}
	<-c.over
}

func (c *streamCall) unawaited(s *clientStream) error {
	return s.stopped("an interceptor has not waited for the stream", nil)
}

// Calls makes the calls of a method.
type Calls struct {
	*Side
	Method   *Method
	Streamer transport.Streamer
	Caller   Caller
	// OtherNumber is what an error wraps that says that the server has sent another number of responses than the method has; it may be nil.
	OtherNumber error
}

// Caller is what a client knows of its calls of a method. Its methods may be called by many goroutines at once.
type Caller interface {
	// Describe describes a call to interceptors.
	Describe(count *intercept.MessageCount) *intercept.CallInfo
	// Prepare sets what a call under ctx sends beside its messages, and its deadline.
	Prepare(ctx context.Context, call *transport.Call)
	// Receive takes metadata that has come from the server.
	Receive(ctx context.Context, metadata map[string]string)
}

// call returns a call of the method.
func (c *Calls) call(converse func(*streamCall, *clientStream) error) *streamCall {
	made := &streamCall{Calls: c}
	made.converse = func(s *clientStream) error { return converse(made, s) }
	return made
}

// contextOr returns ctx, or one that never ends if it is nil.
func contextOr(ctx context.Context) context.Context {
	if ctx == nil {
		return context.Background()
	}
	return ctx
}

// ServerStream returns the responses to a request.
func (c *Calls) ServerStream(ctx context.Context, request unsafe.Pointer) invoke.Sequence {
	return c.responses(ctx, func(s *clientStream) error {
		if err := s.send(request); err != nil && err != io.EOF {
			return err
		}
		_ = s.closeSend()
		return nil
	})
}

// BothStream returns the responses to requests, which are sent by another goroutine.
func (c *Calls) BothStream(ctx context.Context, requests invoke.Sequence) invoke.Sequence {
	return c.responses(ctx, func(s *clientStream) error {
		go s.pump(requests)
		return nil
	})
}

// responses returns an iterator that makes a call. begin has requests sent.
func (c *Calls) responses(ctx context.Context, begin func(*clientStream) error) invoke.Sequence {
	return func(yield func(unsafe.Pointer, error) bool) {
		stopped := false
		call := c.call(func(call *streamCall, s *clientStream) error {
			if err := begin(s); err != nil {
				return err
			}
			for {
				response, err := s.receive()
				if err == io.EOF {
					return nil
				}
				if err != nil {
					return err
				}
				call.outside.Store(true)
				goesOn := yield(response, nil)
				call.outside.Store(false)
				if !goesOn {
					stopped = true
					return s.stopped("the caller takes no more responses", nil)
				}
			}
		})
		if err := call.run(contextOr(ctx)); err != nil && !stopped && !call.outside.Load() {
			yield(nil, err)
		}
	}
}

// ClientStream sends requests, in the caller's goroutine, and returns the response to them.
func (c *Calls) ClientStream(ctx context.Context, requests invoke.Sequence) (response unsafe.Pointer, err error) {
	var received unsafe.Pointer
	err = c.call(func(call *streamCall, s *clientStream) error {
		if err := s.sendAll(requests); err != nil {
			return err
		}
		var err error
		if received, err = s.receive(); err == nil {
			err = s.drained()
		} else if err == io.EOF {
			err = s.missing()
		}
		return err
	}).run(contextOr(ctx))
	if err == nil && received == nil {
		err = &message.Error{Code: message.CodeMissingResult, Method: c.Method.Name, Message: "an interceptor returned no error, and there is no result"}
	}
	if err != nil {
		received = nil
	}
	return received, err
}

// missing is the error where the server has ended a stream without the one response that the method has.
func (s *clientStream) missing() error {
	return &message.Error{Code: message.CodeMissingResult, Method: s.method.Name, Remote: s.info.Remote,
		Message: "the server ended the stream without a response", Err: s.otherNumber}
}

// sendAll sends what an iterator yields, and says that nothing follows. It returns nil also where the stream has ended: why, receive tells.
func (s *clientStream) sendAll(requests invoke.Sequence) error {
	var failure error
	ended := false
	var lock sync.Mutex // it may yield in several goroutines, although it must not
	if requests != nil {
		requests(func(request unsafe.Pointer, err error) bool {
			lock.Lock()
			defer lock.Unlock()
			switch {
			case failure != nil || ended:
				return false // it goes on although it was told not to
			case err != nil:
				failure = s.stopped("the requests ended with an error", err)
			case request == nil:
				failure = s.stopped("the requests ended", invoke.ErrNothing)
			default:
				if err := s.send(request); err == io.EOF {
					ended = true
				} else {
					failure = err
				}
			}
			return failure == nil && !ended
		})
	}
	lock.Lock()
	defer lock.Unlock()
	if failure != nil {
		s.end(failure)
		return failure
	}
	_ = s.closeSend()
	return nil
}

// pump is sendAll for a goroutine of its own. The iterator is users' code, which may panic or end the goroutine.
func (s *clientStream) pump(requests invoke.Sequence) {
	returned := false
	defer func() {
		if !returned {
			s.Journal.Panicked("rpc: an iterator of requests did not return", recover(), "method", s.method.Name)
			s.end(s.method.panicked())
		}
	}()
	_ = s.sendAll(requests) // its error is the outcome of the stream
	returned = true
}
