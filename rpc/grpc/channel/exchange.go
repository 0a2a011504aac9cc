package channel

import (
	"context"
	"errors"
	"sync"

	"github.com/tagwire/tagwire/rpc/endpoint"
	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/grpc/streams"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
	"github.com/tagwire/tagwire/rpc/transport/http2"
)

// Exchange makes an attempt of a call over a connection of pool. unsent says that there was none; then err is one of package endpoint, or that of the
// context. Otherwise it is as transport.Exchanger says.
func (c *Channel) Exchange(ctx context.Context, call *transport.Call, pool *endpoint.Pool) (unsent bool, err error) {
	r, err := c.request(ctx, call, pool)
	if err != nil {
		return false, c.explain(ctx, call, err)
	}
	p, timer := patience(ctx, call.Deadline)
	defer release(timer)
	s := c.of(pool)
	for tries := 0; tries < mostTries; tries++ {
		l, failed := c.link(ctx, p, s)
		if failed != nil {
			call.Remote, call.TLS = nil, nil // those of a link over which nothing was executed
			return true, failed
		}
		if err = c.attempt(ctx, p, call, l, &r); !again(err) {
			break
		}
		if err == http2.ErrFull {
			tries-- // it has less room now
		} else if err == http2.ErrClosed {
			s.retire(l)
		}
	}
	return false, c.explain(ctx, call, err)
}

// attempt makes the attempt over a link, which it leaves, unless there is a stream, which does so.
func (c *Channel) attempt(ctx context.Context, p http2.Patience, call *transport.Call, l *link, r *streams.Request) (err error) {
	call.Remote, call.TLS = l.conn.RemoteAddr(), l.tls.Load()
	leaves := true
	defer func() { // also if users' code does not return
		if leaves {
			l.links.leave(l)
		}
	}()
	if call.Streams {
		err = c.open(ctx, call, l, r)
		leaves = err != nil
		return err
	}
	err = c.call(ctx, p, call, l, r)
	call.TLS = l.tls.Load() // the handshake may have come with the call
	return err
}

// call makes the attempt over a link.
func (c *Channel) call(ctx context.Context, p http2.Patience, call *transport.Call, l *link, r *streams.Request) error {
	s := streams.NewClientCall(l.Conn, l.conn.Conn, c.config.Limits, true)
	err := s.Open(r, p, call.Arguments)
	if err == http2.ErrClosed || err == http2.ErrFull {
		s.Reuse(false)
		return err
	}
	var body []byte
	if err == nil || err != http2.ErrImpatient && s.Begun() {
		body, err = s.Await(p)
	}
	if err == http2.ErrImpatient || !s.Begun() {
		s.Cancel(nil)
		s.Free(false)
		return err
	}
	call.Sequence = s.ID()
	aliased := false
	defer func() { // also if users' code does not return
		if err != nil {
			s.Cancel(nil)
			s.Free(aliased)
			return
		}
		s.Reuse(aliased)
	}()
	aliased, err = c.receive(ctx, call, s, body, err)
	return err
}

// receive hands the outcome of a call to what takes it.
func (c *Channel) receive(ctx context.Context, call *transport.Call, s *streams.ClientCall, body []byte, err error) (aliased bool, failure error) {
	header, trailer := s.Metadata()
	grpc.ReplyOf(ctx).Receive(header, trailer)
	if status, ok := err.(*streams.StatusError); ok {
		if f, ok := call.Reply.(Failer); ok {
			return false, f.Fail(status.Status, status.Trailer)
		}
	}
	if err != nil {
		return false, err
	}
	m := replies.Get().(*message.Message)
	*m = message.Message{
		Type: message.MessageReply, Method: call.Request.Method, Sequence: call.Sequence, FrameSequence: call.Sequence,
		Format: call.Request.Format, Body: body, Metadata: joinInfo(header, trailer),
	}
	receipt, err := call.Reply.Receive(ctx, m)
	*m = message.Message{}
	replies.Put(m)
	return receipt.Aliases, err
}

// replies are messages that are used again.
var replies = sync.Pool{New: func() any { return new(message.Message) }}

// joinInfo returns the values of package metainfo in the metadata of a reply.
func joinInfo(header, trailer grpc.Metadata) map[string]string {
	info := grpc.InfoOf(header)
	for key, value := range grpc.InfoOf(trailer) {
		if info == nil {
			info = map[string]string{}
		}
		info[key] = value
	}
	return info
}

// explain makes the error of a call from what went wrong.
func (c *Channel) explain(ctx context.Context, call *transport.Call, err error) error {
	if err == nil {
		return nil
	}
	wrong, known := err.(*message.Error)
	if !known {
		if call.Remote != nil && !isOwn(err) {
			return err // an exception of the method's, or of the business
		}
		wrong = c.classify(ctx, err)
	}
	labelled := *wrong
	labelled.Method, labelled.Remote = call.Method, call.Remote
	return &labelled
}

// isOwn reports that an error is one of the connection, and not what the server has said.
func isOwn(err error) bool {
	var status *streams.StatusError
	return err == http2.ErrImpatient || err == http2.ErrClosed || err == http2.ErrFull || errors.As(err, &status) ||
		transport.IsClosed(err) || transport.IsTimeout(err) || err == errShut
}

// classify makes an error of what the connection returned.
func (c *Channel) classify(ctx context.Context, err error) *message.Error {
	ended := ctx.Err() // once, because it may end now
	var status *streams.StatusError
	switch {
	case c.isShut():
		return &message.Error{Code: message.CodeShutdown}
	case errors.Is(ended, context.DeadlineExceeded):
		return &message.Error{Code: message.CodeTimeout, Err: ended}
	case ended != nil:
		return &message.Error{Code: message.CodeCanceled, Err: ended}
	case err == http2.ErrImpatient:
		return &message.Error{Code: message.CodeTimeout, Err: context.DeadlineExceeded}
	case err == http2.ErrClosed, err == http2.ErrFull:
		return &message.Error{Code: message.CodeClosed, Err: err, Retryable: true}
	case errors.As(err, &status):
		return &message.Error{Code: status.Status.Code.RPC(), Message: status.Status.Message, Err: status.Status}
	}
	return &message.Error{Code: message.CodeClosed, Err: err}
}

func (c *Channel) isShut() bool {
	select {
	case <-c.shut:
		return true
	default:
		return false
	}
}
