package streaming

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/intercept"
	"github.com/tagwire/tagwire/rpc/invoke"
	"github.com/tagwire/tagwire/rpc/journal"
	"github.com/tagwire/tagwire/rpc/memory"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// serverStream is the handler's side of a stream.
type serverStream struct {
	messages
	*Serving
	own transport.ServerStream // messages.stream

	// Where the method's requests are decoded into memory of earlier ones: the one that is in use.
	request unsafe.Pointer
	arena   *memory.RequestArena

	lock     sync.Mutex
	failure  error // what has ended the stream on this side, before the handler returned
	outcome  error
	metadata map[string]string
}

// Serving is a call of a stream on a server.
type Serving struct {
	*Side
	Method *Method
	// Context is the handler's, and Info describes the call.
	Context context.Context
	Info    *intercept.CallInfo
	// Finish ends Context, and returns metadata to be sent back.
	Finish func() map[string]string
	// Left is called when nothing uses the stream any more, and Panicked where users' code has panicked.
	Left     func()
	Panicked func(value any)
	// GRPC says that the transport has statuses.
	GRPC bool
}

// errPanicked is what a caller sees of a panic of the handler.
var errPanicked = &message.Error{Code: message.CodeInternal, Message: "the handler panicked, or ended its goroutine"}

// Run calls the handler through the interceptors, and ends the stream when that has returned. It may end the goroutine. Where the handler
// has left goroutines behind that use the stream still, the last one ends it.
func (s *Serving) Run(stream transport.ServerStream) {
	h := &serverStream{Serving: s, own: stream}
	h.messages = messages{Side: s.Side, method: s.Method, stream: stream, ctx: s.Context, info: s.Info}
	var err error = errPanicked // unless run returns
	defer func() { h.conclude(err) }()
	err = h.run()
}

// run calls the handler.
func (h *serverStream) run() (err error) {
	returned := false
	defer func() {
		if !returned {
			value := recover()
			err = errPanicked
			h.Panicked(value)
		}
	}()
	var begun atomic.Bool
	err = intercept.Run(h.messages.Chain, h.Context, h.Info, func(ctx context.Context) error {
		if begun.Swap(true) {
			return h.method.usedOnce()
		}
		err := h.method.Handler(ctx, h)
		if failure := h.failed(); failure != nil {
			return failure
		}
		return err
	})
	returned = true
	if err == nil && !h.method.ServerStreams && h.info.Messages.Sent.Load() == 0 {
		err = &message.Error{Code: message.CodeMissingResult, Message: h.method.Name + ": the handler sent no response"}
	}
	return err
}

// conclude ends the stream.
func (h *serverStream) conclude(err error) {
	h.outcome = h.tame(err)
	h.metadata = h.Finish()
	switch last, _ := h.turns.close(); {
	case last:
		h.release()
	default:
		if i, ok := h.own.(transport.Interrupter); ok {
			i.Interrupt()
		}
	}
}

// release gives the stream back to the transport, when nothing uses it any more.
func (h *serverStream) release() {
	h.recycle()
	h.Left()
	h.own.Finish(h.outcome, h.metadata)
}

// tame returns the error of a handler as one whose methods are not users' code, unless it is an exception that the method declares.
func (h *serverStream) tame(err error) (tame error) {
	if err == nil {
		return nil
	}
	defer func() {
		if value := recover(); value != nil { // in a method of the error
			h.Panicked(value)
			tame = errPanicked
		}
	}()
	if business := message.Business(err); business != nil {
		return business
	}
	if i, exception := h.method.ExceptionOf(err); i >= 0 {
		return exception.Interface().(error)
	}
	if h.GRPC && (err == invoke.ErrNoRequest || err == invoke.ErrSeveralRequests) {
		return &grpc.Status{Code: grpc.Unimplemented, Message: err.(*message.Error).Message}
	}
	if e, ok := err.(*message.Error); ok && e.Code.Remote() && e.Remote == nil {
		return &message.Error{Code: e.Code, Message: e.Message, Err: e.Err}
	}
	if h.GRPC {
		status, _ := grpc.StatusOf(err, nil, "")
		return status
	}
	return &message.Error{Code: message.CodeInternal, Message: journal.Text(err)}
}

// failed returns what has ended the stream on this side.
func (h *serverStream) failed() error {
	h.lock.Lock()
	defer h.lock.Unlock()
	return h.failure
}

// fail ends the stream on this side: what follows returns the same error.
func (h *serverStream) fail(err error) error {
	h.lock.Lock()
	defer h.lock.Unlock()
	if h.failure == nil {
		h.failure = err
	}
	return h.failure
}

// leave ends what begin began.
func (h *serverStream) leave(d direction) {
	if h.turns.end(d) {
		h.release()
	}
}

// begin begins to send or to receive.
func (h *serverStream) begin(d direction) error {
	if failure := h.failed(); failure != nil {
		return failure
	}
	switch over, twice := h.turns.begin(d); {
	case over:
		return &message.Error{Code: message.CodeCanceled, Method: h.method.Name, Message: "the handler has returned", Err: context.Canceled}
	case twice:
		return h.errTwice(d)
	}
	return nil
}

// Receive returns the next request.
func (h *serverStream) Receive() (unsafe.Pointer, error) {
	if err := h.begin(receiving); err != nil {
		return nil, err
	}
	p, err := h.take()
	if err != nil {
		return nil, err
	}
	if err := h.observe(h.method.Request, p, false); err != nil {
		return nil, h.fail(err)
	}
	return p, nil
}

// take receives a request in a turn that has begun.
func (h *serverStream) take() (unsafe.Pointer, error) {
	defer h.leave(receiving)
	body, err := h.own.Receive()
	switch {
	case err == io.EOF:
		return nil, err
	case err != nil:
		return nil, h.ended(err)
	}
	t := h.method.Request
	if h.method.Requests == nil {
		p := t.Fresh()
		if err := h.decode(t, nil, body, p, message.CodeProtocolError); err != nil {
			return nil, h.fail(err)
		}
		return p, nil
	}
	h.recycle()
	h.request, h.arena = t.Get(), h.method.Requests.Get(len(body))
	if err := h.decode(t, h.arena, body, h.request, message.CodeProtocolError); err != nil {
		return nil, h.fail(err)
	}
	return h.request, nil
}

// recycle takes back the memory of the request that came last, if it is used again.
func (h *serverStream) recycle() {
	if h.request != nil && h.arena != nil { // without an arena there is too much of it
		h.method.Request.Put(h.request)
		h.method.Requests.Put(h.arena)
	}
	h.request, h.arena = nil, nil
}

// Send sends a response.
func (h *serverStream) Send(p unsafe.Pointer) error {
	if p == nil {
		return h.errNil()
	}
	if failure := h.failed(); failure != nil {
		return failure
	}
	if err := h.observe(h.method.Response, p, true); err != nil {
		return h.fail(err)
	}
	if err := h.begin(sending); err != nil {
		return err
	}
	defer h.leave(sending)
	if !h.method.ServerStreams && h.info.Messages.Sent.Load() > 0 {
		return h.errOnce()
	}
	err := h.put(h.method.Response, p)
	switch {
	case err == io.EOF:
		return h.ended(nil)
	case err != nil:
		return h.unsendable(err)
	}
	return nil
}

// Start sends metadata before the first response.
func (h *serverStream) Start(metadata map[string]string) error {
	if err := h.begin(sending); err != nil {
		return err
	}
	defer h.leave(sending)
	if !h.own.Start(metadata) {
		return &message.Error{Code: message.CodeContract, Method: h.method.Name, Message: "the header has been sent, or the stream has ended"}
	}
	return nil
}

// ended is the error of a handler whose stream has ended, because of err if that is not nil.
func (h *serverStream) ended(err error) error {
	wrong := &message.Error{Code: message.CodeCanceled, Method: h.method.Name, Remote: h.info.Remote, Message: "the stream has ended", Err: err}
	var status *grpc.Status
	known, _ := err.(*message.Error)
	switch ended := h.Context.Err(); {
	case errors.Is(ended, context.DeadlineExceeded), late(h.Context):
		wrong.Code, wrong.Err = message.CodeTimeout, context.DeadlineExceeded
	case errors.As(err, &status): // what came is wrong, and that has ended the context, too
		wrong.Code, wrong.Message = status.Code.RPC(), ""
	case known != nil && known.Code != message.CodeCanceled && known.Code != message.CodeClosed:
		return known // the same
	case ended != nil:
		wrong.Err = ended
	case err == nil:
		wrong.Err = context.Canceled
	case known != nil:
		return known
	default:
		wrong.Code = message.CodeClosed
	}
	return wrong
}

// late reports that a deadline has passed, also if the context does not say so yet.
func late(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ok && !time.Now().Before(deadline)
}
