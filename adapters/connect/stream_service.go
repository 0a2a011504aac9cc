package connectadapter

import (
	"context"
	"errors"
	"io"

	"connectrpc.com/connect"
	"github.com/tagwire/tagwire/adapters/connect/internal/message"
	"github.com/tagwire/tagwire/rpc/grpc"
)

// serverStream calls the handler of a method with any number of responses.
func (m *servedMethod) serverStream(ctx context.Context, request *connect.Request[Message], stream *connect.ServerStream[Message]) error {
	return m.serve(&handlerStream{servedMethod: m, ctx: ctx, conn: stream.Conn(), only: request.Msg})
}

// clientStream calls the handler of a method with any number of requests. The response is sent when the handler sends it.
func (m *servedMethod) clientStream(ctx context.Context, stream *connect.ClientStream[Message]) (*connect.Response[Message], error) {
	if err := m.serve(&handlerStream{servedMethod: m, ctx: ctx, conn: stream.Conn()}); err != nil {
		return nil, err
	}
	return connect.NewResponse(sent), nil
}

// bothStream calls the handler of a method with any number of requests and of responses.
func (m *servedMethod) bothStream(ctx context.Context, stream *connect.BidiStream[Message, Message]) error {
	return m.serve(&handlerStream{servedMethod: m, ctx: ctx, conn: stream.Conn()})
}

// serve calls the handler, behind the interceptors.
func (m *servedMethod) serve(s *handlerStream) (err error) {
	defer m.failed(&err)
	defer m.Recover(&err)
	return m.ServeStream(s.ctx, s, s.conn.RequestHeader())
}

// handlerStream is the handler's side of a stream.
type handlerStream struct {
	*servedMethod
	ctx  context.Context
	conn connect.StreamingHandlerConn
	only *Message // not yet received, of a method with one request
}

// Receive returns the next request.
func (s *handlerStream) Receive() (any, error) {
	request := s.only
	switch {
	case request != nil:
		s.only = nil
	case !s.ClientStreams:
		return nil, io.EOF // connect has looked for another request
	default:
		request = new(Message)
		if err := s.newRequest(s.conn.Spec(), request); err != nil {
			return nil, s.broken(false, err)
		}
		if err := s.conn.Receive(request); errors.Is(err, io.EOF) {
			return nil, io.EOF
		} else if err != nil {
			return nil, s.broken(false, err)
		}
	}
	if request.empty {
		if err := s.AcceptEmpty(request.Value); err != nil {
			return nil, err
		}
	}
	return request.Value, nil
}

// Send sends a response.
func (s *handlerStream) Send(response any) error {
	if err := s.conn.Send(&Message{Value: response}); err != nil {
		return s.broken(true, err)
	}
	return nil
}

// Start sends metadata.
func (s *handlerStream) Start(m grpc.Metadata) error {
	fields, err := message.Fields(m)
	if err != nil {
		return err
	}
	setFields(s.conn.ResponseHeader(), fields)
	if err := s.conn.Send(nil); err != nil {
		return s.broken(true, err)
	}
	return nil
}

// broken returns the error of a handler for one of connect.
func (s *handlerStream) broken(sending bool, err error) error {
	return s.Broken(s.ctx, sending, uint32(connect.CodeOf(err)), err)
}

// sent stands for a response that has been sent.
var sent = new(Message)

// sendOnce is the innermost interceptor of methods with one response. connect sends what the handler returns, but the response has to be
// sent before that: when the handler sends it, whose own it then is again.
type sendOnce struct{}

// WrapUnary does nothing.
func (sendOnce) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc { return next }

// WrapStreamingClient does nothing.
func (sendOnce) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

// WrapStreamingHandler has next get a connection that does not send the response again.
func (sendOnce) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) error { return next(ctx, onceConn{conn}) }
}

type onceConn struct{ connect.StreamingHandlerConn }

// Send sends a message, unless that is done.
func (c onceConn) Send(v any) error {
	if v == sent {
		return nil
	}
	return c.StreamingHandlerConn.Send(v)
}
