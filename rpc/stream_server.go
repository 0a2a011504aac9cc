package rpc

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/grpc/streams"
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
	server *Server
	call   *callContext
	own    transport.ServerStream // messages.stream

	// Where the method's requests are decoded into memory of earlier ones: the one that is in use.
	request unsafe.Pointer
	arena   *memory.RequestArena

	lock     sync.Mutex
	failure  error // what has ended the stream on this side, before the handler returned
	outcome  error
	metadata map[string]string
}

// serveStream calls the handler of a stream through the interceptors, and ends the stream when that has returned, with call's context.
// It may end the goroutine. Where the handler has left goroutines behind that use the stream still, the last one ends it.
func (s *Server) serveStream(b *boundMethod, call *callContext, stream transport.ServerStream) {
	call.info.ClientStreams, call.info.ServerStreams, call.info.Messages = b.ClientStreams, b.ServerStreams, new(MessageCount)
	exceeded, entered := b.gate.Enter()
	if !entered {
		wrong := &Error{Code: CodeOverloaded, Method: b.Name, Message: b.Name + ": " + exceeded}
		call.finish()
		defer stream.Finish(wrong, nil) // also if users' code that is told of it does not return
		s.reportRejected(call, wrong)
		return
	}
	h := &serverStream{server: s, call: call, own: stream}
	h.messages = messages{method: b, journal: &s.journal, stream: stream, observers: s.config.onMessage, ctx: call, info: &call.info}
	var err error = &panicError{} // unless run returns
	defer func() { h.conclude(err) }()
	err = h.run()
}

// reportRejected reports a stream that no handler is called for.
func (s *Server) reportRejected(call *callContext, err *Error) {
	s.journal.Warn("rpc: call rejected", "remote", call.info.Remote, "method", call.info.Method, "reason", err.Message)
	for _, rejected := range s.config.rejected {
		rejected(call.parent, &call.info, err)
	}
}

// run calls the handler.
func (h *serverStream) run() (err error) {
	returned := false
	defer func() {
		if !returned {
			value := recover()
			err = &panicError{value}
			h.server.logPanic(h.method, h.info.Remote, value)
		}
	}()
	var begun atomic.Bool
	err = intercept.Run(h.server.config.chain, h.call, &h.call.info, func(ctx context.Context) error {
		if begun.Swap(true) {
			return h.method.usedOnce()
		}
		err := h.method.stream(ctx, h)
		if failure := h.failed(); failure != nil {
			return failure
		}
		return err
	})
	returned = true
	if err == nil && !h.method.ServerStreams && h.info.Messages.Sent.Load() == 0 {
		err = &Error{Code: CodeMissingResult, Message: h.method.Name + ": the handler sent no response"}
	}
	return err
}

// conclude ends the stream.
func (h *serverStream) conclude(err error) {
	h.outcome = h.tame(err)
	h.metadata = h.call.finish()
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
	h.method.gate.Leave()
	h.own.Finish(h.outcome, h.metadata)
}

// tame returns the error of a handler as one whose methods are not users' code, unless it is an exception that the method declares.
func (h *serverStream) tame(err error) (tame error) {
	if err == nil {
		return nil
	}
	defer func() {
		if value := recover(); value != nil { // in a method of the error
			h.server.logPanic(h.method, h.info.Remote, value)
			tame = &Error{Code: CodeInternal, Message: (*panicError)(nil).Error()}
		}
	}()
	if business := message.Business(err); business != nil {
		return business
	}
	if i, exception := h.method.ExceptionOf(err); i >= 0 {
		return exception.Interface().(error)
	}
	_, ofGRPC := h.own.(*streams.ServerCall)
	if ofGRPC && (err == invoke.ErrNoRequest || err == invoke.ErrSeveralRequests) {
		return &grpc.Status{Code: grpc.Unimplemented, Message: err.(*Error).Message}
	}
	if e, ok := err.(*Error); ok && e.Code.Remote() && e.Remote == nil {
		return &Error{Code: e.Code, Message: e.Message, Err: e.Err}
	}
	if _, panicked := err.(*panicError); ofGRPC && !panicked {
		status, _ := grpc.StatusOf(err, nil, "")
		return status
	}
	return &Error{Code: CodeInternal, Message: journal.Text(err)}
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
		return &Error{Code: CodeCanceled, Method: h.method.Name, Message: "the handler has returned", Err: context.Canceled}
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
	if err := h.observe(h.method.request, p, false); err != nil {
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
	t := h.method.request
	if h.method.requests == nil {
		p := t.Fresh()
		if err := h.decode(t, nil, body, p, CodeProtocolError); err != nil {
			return nil, h.fail(err)
		}
		return p, nil
	}
	h.recycle()
	h.request, h.arena = t.Get(), h.method.requests.Get(len(body))
	if err := h.decode(t, h.arena, body, h.request, CodeProtocolError); err != nil {
		return nil, h.fail(err)
	}
	return h.request, nil
}

// recycle takes back the memory of the request that came last, if it is used again.
func (h *serverStream) recycle() {
	if h.request != nil && h.arena != nil { // without an arena there is too much of it
		h.method.request.Put(h.request)
		h.method.requests.Put(h.arena)
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
	if err := h.observe(h.method.response, p, true); err != nil {
		return h.fail(err)
	}
	if err := h.begin(sending); err != nil {
		return err
	}
	defer h.leave(sending)
	if !h.method.ServerStreams && h.info.Messages.Sent.Load() > 0 {
		return h.errOnce()
	}
	err := h.put(h.method.response, p)
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
		return &Error{Code: CodeContract, Method: h.method.Name, Message: "the header has been sent, or the stream has ended"}
	}
	return nil
}

// ended is the error of a handler whose stream has ended, because of err if that is not nil.
func (h *serverStream) ended(err error) error {
	wrong := &Error{Code: CodeCanceled, Method: h.method.Name, Remote: h.info.Remote, Message: "the stream has ended", Err: err}
	var status *grpc.Status
	known, _ := err.(*Error)
	switch ended := h.call.Err(); {
	case errors.Is(ended, context.DeadlineExceeded):
		wrong.Code, wrong.Err = CodeTimeout, ended
	case errors.As(err, &status): // what came is wrong, and that has ended the context, too
		wrong.Code, wrong.Message = status.Code.RPC(), ""
	case known != nil && known.Code != CodeCanceled && known.Code != CodeClosed:
		return known // the same
	case ended != nil:
		wrong.Err = ended
	case err == nil:
		wrong.Err = context.Canceled
	case known != nil:
		return known
	default:
		wrong.Code = CodeClosed
	}
	return wrong
}
