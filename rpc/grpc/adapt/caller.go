package adapt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/invoke"
	"github.com/tagwire/tagwire/rpc/message"
)

// ClientStream is the caller's side of a stream in another framework. One goroutine at a time sends, and one receives, beside each other.
// What they wait for ends soon after the context has ended that the stream was opened with.
type ClientStream interface {
	// Send sends a request, which is a pointer to a struct. The error is io.EOF if the stream has ended: why, Receive tells. Any other error
	// is that of the call.
	Send(request any) error
	// CloseSend says that no request follows. Receive tells what is wrong with it.
	CloseSend()
	// Receive returns the next response. The error is io.EOF if the server has ended the stream successfully, and else that of the call. If
	// the method has one response, Receive is called once, and returns it at the end of a stream that has no other.
	Receive() (response any, err error)
	// Close is called once, by the goroutine that receives, when the context has ended.
	Close()
}

// Caller makes the calls of a method that streams.
type Caller struct {
	*contract.Method
	// Open begins a call with a context, which ends when the call does. The error is that of the call.
	Open func(ctx context.Context) (ClientStream, error)
	// Panicked is told that the caller's iterator has panicked with that value, or has ended its goroutine.
	Panicked func(value any)
}

// Body returns what field f of a contract, which has the method, does.
func (c *Caller) Body(f *contract.Field) contract.Body {
	return func(in []reflect.Value) []reflect.Value {
		ctx, _ := in[0].Interface().(context.Context)
		if ctx == nil {
			ctx = context.Background()
		}
		switch {
		case !f.ClientStreams:
			// The iterator may be used again, which makes another call.
			return []reflect.Value{c.serverStream(ctx, in[1].UnsafePointer()).As(f.Function.Out(0))}
		case !f.ServerStreams:
			response, err := c.clientStream(ctx, invoke.SequenceOf(in[1]))
			// It is a *Response, which is what the function returns.
			return []reflect.Value{reflect.NewAt(f.Response, response), reflect.ValueOf(&err).Elem()}
		}
		return []reflect.Value{c.bothStream(ctx, invoke.SequenceOf(in[1])).As(f.Function.Out(0))}
	}
}

// serverStream returns the responses to a request.
func (c *Caller) serverStream(ctx context.Context, request unsafe.Pointer) invoke.Sequence {
	return c.responses(ctx, func(call *call) error {
		if request == nil {
			return c.fault(message.CodeEncode, "the message is nil")
		}
		if err := call.stream.Send(pointer(c.Request, request)); err != nil && err != io.EOF {
			return err
		}
		call.stream.CloseSend()
		return nil
	})
}

// bothStream returns the responses to requests, which are sent by another goroutine.
func (c *Caller) bothStream(ctx context.Context, requests invoke.Sequence) invoke.Sequence {
	return c.responses(ctx, func(call *call) error {
		go call.sendAll(requests)
		return nil
	})
}

// responses returns an iterator that makes a call. begin has requests sent.
func (c *Caller) responses(ctx context.Context, begin func(*call) error) invoke.Sequence {
	return func(yield func(unsafe.Pointer, error) bool) {
		call, err := c.begin(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		// Also if the caller's loop panics, or ends its goroutine.
		defer call.leave()
		if err := begin(call); err != nil {
			yield(nil, call.end(err))
			return
		}
		for {
			response, err := call.receive()
			if err == io.EOF {
				return
			}
			if !yield(response, err) || err != nil {
				return
			}
		}
	}
}

// clientStream sends requests, in the caller's goroutine, and returns the response to them.
func (c *Caller) clientStream(ctx context.Context, requests invoke.Sequence) (unsafe.Pointer, error) {
	call, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer call.leave()
	if call.sendAll(requests); call.isOver() {
		return nil, call.end(nil)
	}
	response, err := call.receive()
	if err == io.EOF {
		err = c.fault(message.CodeMissingResult, "the server ended the stream without a response")
	}
	return response, err
}

// begin begins a call.
func (c *Caller) begin(ctx context.Context) (*call, error) {
	ctx, cancel := context.WithCancel(ctx)
	opened := false
	defer func() {
		if !opened {
			cancel()
		}
	}()
	stream, err := c.Open(ctx)
	if err != nil {
		return nil, err
	}
	opened = true
	return &call{Caller: c, ctx: ctx, stream: stream, cancel: cancel}, nil
}

// fault is an error of the method with that text.
func (c *Caller) fault(code message.Code, text string) error {
	return &message.Error{Code: code, Method: c.Name, Message: text}
}

// stopped is the outcome of a stream that the caller has ended because of err.
func (c *Caller) stopped(text string, err error) error {
	return &message.Error{Code: message.CodeCanceled, Method: c.Name, Message: text, Err: err}
}

// expired is the outcome of a stream whose context has ended with err.
func (c *Caller) expired(err error) error {
	code := message.CodeCanceled
	if errors.Is(err, context.DeadlineExceeded) {
		code = message.CodeTimeout
	}
	return &message.Error{Code: code, Method: c.Name, Err: err}
}

// call is a call under way. It ends once, with an outcome.
type call struct {
	*Caller
	ctx    context.Context
	stream ClientStream
	cancel context.CancelFunc

	lock    sync.Mutex
	over    bool
	outcome error // io.EOF for a success

	sending sync.Mutex // held by the goroutine that sends
	sent    bool       // nothing is sent any more
}

// end ends the call, unless it has ended, and returns its outcome.
func (c *call) end(outcome error) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if !c.over {
		c.over, c.outcome = true, outcome
		c.cancel() // which wakes those that wait
	}
	return c.outcome
}

func (c *call) isOver() bool {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.over
}

// leave ends the call for the goroutine that receives.
func (c *call) leave() {
	_ = c.end(c.stopped("the caller takes no more responses", context.Canceled))
	c.stream.Close()
}

// receive returns the next response, or the outcome of the call.
func (c *call) receive() (unsafe.Pointer, error) {
	response, err := c.stream.Receive()
	if err != nil {
		return nil, c.end(err)
	}
	p, err := address(c.Method, c.Response, response)
	if err != nil {
		return nil, c.end(err)
	}
	return p, nil
}

// sendAll sends what an iterator yields, and says that nothing follows. Where that goes wrong, the call ends. The iterator is users' code,
// which may panic or end the goroutine.
func (c *call) sendAll(requests invoke.Sequence) {
	returned := false
	defer func() {
		if !returned {
			c.Panicked(recover())
			_ = c.end(c.fault(message.CodePanic, "code that runs with the call panicked"))
		}
	}()
	if requests != nil {
		requests(c.next)
	}
	c.sending.Lock()
	defer c.sending.Unlock()
	switch err := c.ctx.Err(); {
	case c.sent || c.isOver():
	case err != nil: // the requests may have ended because of that, and the handler must not take them for all
		_ = c.end(c.expired(err))
	default:
		c.stream.CloseSend()
	}
	c.sent, returned = true, true
}

// next sends a request that an iterator has yielded with err, and reports whether it may yield more. It may go on although it was told not
// to, and in another goroutine.
func (c *call) next(request unsafe.Pointer, err error) bool {
	if !c.sending.TryLock() {
		_ = c.end(c.fault(message.CodeContract, "two goroutines send on the stream at once"))
		return false
	}
	defer c.sending.Unlock()
	switch {
	case c.sent || c.isOver():
		return false
	case err != nil:
		_ = c.end(c.stopped("the requests ended with an error", err))
	case request == nil:
		_ = c.end(c.stopped("the requests ended", invoke.ErrNothing))
	default:
		if err := c.stream.Send(pointer(c.Request, request)); err == nil {
			return true
		} else if err != io.EOF {
			_ = c.end(err)
		}
	}
	c.sent = true
	return false
}

// pointer returns the pointer to a struct of type t that p is.
func pointer(t reflect.Type, p unsafe.Pointer) any { return reflect.NewAt(t, p).Interface() }

// address is the inverse of pointer. The error says that v, from an interceptor of the framework, is none.
func address(m *contract.Method, t reflect.Type, v any) (unsafe.Pointer, error) {
	if p := reflect.ValueOf(v); p.IsValid() && p.Type() == reflect.PointerTo(t) && !p.IsNil() {
		return p.UnsafePointer(), nil
	}
	return nil, &message.Error{Code: message.CodeInternal, Method: m.Name, Message: fmt.Sprintf("the message is a *%v, and an interceptor passed on a %T", t, v)}
}
