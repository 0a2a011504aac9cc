package channel

import (
	"context"
	"errors"
	"io"

	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/grpc/streams"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
	"github.com/tagwire/tagwire/rpc/transport/http2"
)

// stream is a transport.ClientStream.
type stream struct {
	*streams.ClientCall
	channel *Channel
	link    *link
	call    transport.Call // what it was opened with
	ctx     context.Context
	unhook  func() bool // what ends it with its context
	outcome error       // what Receive has returned
}

// open begins a call over a link.
func (c *Channel) open(ctx context.Context, call *transport.Call, l *link, r *streams.Request) error {
	s := &stream{ClientCall: streams.NewClientCall(l.Conn, l.conn.Conn, c.config.Limits, false), channel: c, link: l, ctx: ctx}
	if err := s.Open(r, http2.Patience{Done: ctx.Done()}, nil); err != nil {
		s.Cancel(nil)
		s.Free(false)
		return err
	}
	call.Sequence = s.ID()
	s.call = *call
	s.unhook = context.AfterFunc(ctx, func() { s.Cancel(impatient(ctx)) })
	call.Stream = s
	return nil
}

// Receive is that of transport.Stream.
func (s *stream) Receive() ([]byte, error) {
	if s.outcome != nil {
		return nil, s.outcome
	}
	body, err := s.ClientCall.Receive()
	if err == nil {
		return body, nil
	}
	grpc.ReplyOf(s.ctx).Receive(s.Metadata())
	s.outcome = s.explain(err)
	return nil, s.outcome
}

// explain makes the error of the call.
func (s *stream) explain(err error) error {
	var status *streams.StatusError
	failer, ok := s.call.Reply.(Failer)
	switch {
	case err == io.EOF:
		return err
	case errors.As(err, &status) && ok:
		err = failer.Fail(status.Status, status.Trailer)
	case err == context.Canceled, err == context.DeadlineExceeded:
		return &message.Error{Code: endCode(err), Method: s.call.Method, Remote: s.call.Remote, Err: err}
	}
	return s.channel.explain(s.ctx, &s.call, err)
}

// endCode returns the code for the end of a context.
func endCode(err error) message.Code {
	if err == context.DeadlineExceeded {
		return message.CodeTimeout
	}
	return message.CodeCanceled
}

// Header is that of transport.ClientStream.
func (s *stream) Header() (map[string]string, error) {
	header, err := s.ClientCall.Header()
	if err != nil {
		err = s.explain(err)
	}
	return header, err
}

// Close is that of transport.ClientStream.
func (s *stream) Close() {
	s.unhook()
	s.Cancel(errOver)
	s.Free(false)
	s.link.links.leave(s.link)
}

// errOver is the error of a stream that its caller has closed.
var errOver = &message.Error{Code: message.CodeCanceled, Message: "the stream is closed"}
