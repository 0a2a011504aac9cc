package rpc

import (
	"context"
	"fmt"
	"time"

	"github.com/tagwire/tagwire/rpc/grpc/streams"
	"github.com/tagwire/tagwire/rpc/intercept"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/streaming"
	"github.com/tagwire/tagwire/rpc/thrift"
	"github.com/tagwire/tagwire/rpc/transport"
	"github.com/tagwire/tagwire/rpc/transport/framing"
)

// serveStream calls the handler of a stream through the interceptors, and ends the stream when that has returned, with call's context.
// It may end the goroutine.
func (s *Server) serveStream(b *boundMethod, call *intercept.CallContext, stream transport.ServerStream) {
	call.Info.ClientStreams, call.Info.ServerStreams, call.Info.Messages = b.ClientStreams, b.ServerStreams, new(MessageCount)
	exceeded, entered := b.gate.Enter()
	if !entered {
		wrong := &Error{Code: CodeOverloaded, Method: b.Name, Message: b.Name + ": " + exceeded}
		call.Finish()
		defer stream.Finish(wrong, nil) // also if users' code that is told of it does not return
		s.reportRejected(call.Parent, &call.Info, b.Name, wrong)
		return
	}
	_, ofGRPC := stream.(*streams.ServerCall)
	serving := &streaming.Serving{
		GRPC: ofGRPC,
		Side: &s.side, Method: b.streaming, Context: call, Info: &call.Info, Finish: call.Finish, Left: b.gate.Leave,
		Panicked: func(value any) { s.logPanic(b, call.Info.Remote, value) },
	}
	serving.Run(stream)
}

// serveFrame handles a frame of a stream that was read, and reports whether the connection goes on.
func (c *serverConn) serveFrame(p Protocol, m *Message) bool {
	if err := c.sharing(p, m).framed.Handle(p, m); err != nil {
		c.fail(err)
		return false
	}
	return true
}

// framedHost is what a server does for the streams of a connection whose frames are messages among others.
type framedHost struct{ shared *shared }

// framedCall is a task: the call of such a stream.
type framedCall struct {
	server *Server
	method *boundMethod
	call   *intercept.CallContext
	stream *framing.Stream
}

// Run calls the handler.
func (f *framedCall) Run() { f.server.serveStream(f.method, f.call, f.stream) }

// Begin begins a stream.
func (h *framedHost) Begin(p Protocol, m *Message, stream *framing.Stream) *Error {
	s := h.shared.c.server
	b, unknown := s.serving.Load().route(m)
	if unknown == nil && !b.Streams() {
		unknown = thrift.NewException(CodeInvalidMessageType, b.Name+" is no stream, and was called as one")
	}
	t := &task{c: h.shared.c, work: work{protocol: p}}
	if unknown != nil {
		wrong := &Error{Code: Code(unknown.Type), Message: unknown.Message}
		t.reject(b, m, wrong)
		return wrong
	}
	m.Format = b.request.Format
	call := t.newCall(p, m, b)
	call.Info.Sequence = m.FrameSequence
	call.Parent = stream.Begin(call.Parent, call.Until, b.nameBytes, b.request.Format)
	s.workers.Go(&framedCall{s, b, call, stream})
	return nil
}

// Idle runs wait, while the end of the connection is looked for.
func (h *framedHost) Idle(wait func(done <-chan struct{})) {
	h.shared.idle(func() { wait(h.shared.c.ctx.Done()) })
}

// Stalled ends a connection that the peer has closed, or that has done nothing for as long as an idle one may. Handlers that take no
// messages notice neither.
func (h *framedHost) Stalled(since time.Duration) {
	c := h.shared.c
	limit := c.server.config.idleTimeout
	switch {
	case c.conn.PeerClosed():
		c.abort(nil)
	case limit > 0 && since > limit:
		c.abort(fmt.Errorf("no message of a stream was taken within %v", limit))
	default:
		return
	}
	c.cancel()
}

// Decline has a frame sent. Where it cannot be written, the peer waits until its deadline.
func (h *framedHost) Decline(write func(message.Writer) error) {
	s := h.shared
	s.acquire(0)
	frame := &controlFrame{shared: s}
	frame.out.Use(s.c.conn)
	if write(&frame.out) != nil {
		frame.out.Discard()
	}
	s.queue.Put(frame)
}

// Draining reports that the server is about to close the connection.
func (h *framedHost) Draining() bool { return h.shared.c.server.draining.Load() }

// Panicked reports a panic in an error of a handler.
func (h *framedHost) Panicked(value any) {
	c := h.shared.c
	c.server.journal.Panicked("rpc: the handler's error panicked", value, "remote", c.conn.RemoteAddr())
}

// Warn reports what was left out of what is sent.
func (h *framedHost) Warn(text string, attributes ...any) {
	h.shared.c.server.journal.Warn(text, attributes...)
}

// reportRejected reports a call of a method, by the name that the caller uses, that no handler is called for.
func (s *Server) reportRejected(ctx context.Context, info *CallInfo, method string, err *Error) {
	s.journal.Warn("rpc: call rejected", "remote", info.Remote, "method", method, "reason", err.Message)
	for _, rejected := range s.config.rejected {
		rejected(ctx, info, err)
	}
}
