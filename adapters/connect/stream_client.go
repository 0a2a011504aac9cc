package connectadapter

import (
	"context"
	"errors"
	"io"

	"connectrpc.com/connect"
	"github.com/tagwire/tagwire/adapters/connect/internal/message"
	"github.com/tagwire/tagwire/rpc/grpc/adapt"
)

// open begins a call that streams.
func (m *calledMethod) open(ctx context.Context, headers map[string][]string) (adapt.ClientStream, error) {
	ctx, refuse := message.Refusable(ctx)
	call := &calledStream{calledMethod: m, ctx: ctx, refuse: refuse}
	switch {
	case !m.ClientStreams:
		return &serverStream{calledStream: call, headers: headers}, nil
	case !m.ServerStreams:
		s := &clientStream{call, m.client.CallClientStream(ctx)}
		setFields(s.stream.RequestHeader(), headers)
		// Now, since the first request may take its time.
		return s, call.failed(s.stream.Send(nil))
	}
	s := &bothStream{call, m.client.CallBidiStream(ctx)}
	setFields(s.stream.RequestHeader(), headers)
	return s, call.failed(s.stream.Send(nil))
}

// calledStream is the caller's side of a stream.
type calledStream struct {
	*calledMethod
	ctx    context.Context
	refuse func(error)
}

// message returns a request that is to be sent.
func (s *calledStream) message(request any) *Message {
	return &Message{Value: request, refused: s.refuse}
}

// ended returns what sending has come to, which was err.
func (s *calledStream) ended(err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return s.errorOf(err)
}

// failed is ended where a stream begins: why it has ended, Receive tells.
func (s *calledStream) failed(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return s.errorOf(err)
}

// errorOf returns the error of the call for one of connect.
func (s *calledStream) errorOf(err error) error {
	if err == nil {
		return nil
	}
	if refused := s.Refused(s.ctx); refused != nil {
		return refused
	}
	return s.ErrorOf(err, describe(err))
}

// received returns a response, or the error of the call.
func (s *calledStream) received(response *Message, err error) (any, error) {
	if err != nil {
		return nil, s.errorOf(err)
	}
	if response.empty {
		if err := s.AcceptEmpty(response.Value); err != nil {
			return nil, err
		}
	}
	return response.Value, nil
}

// serverStream is a stream of responses to one request.
type serverStream struct {
	*calledStream
	headers map[string][]string
	stream  *connect.ServerStreamForClient[Message]
}

// Send sends the request, and waits until the server takes it.
func (s *serverStream) Send(request any) error {
	sent := connect.NewRequest(s.message(request))
	setFields(sent.Header(), s.headers)
	stream, err := s.client.CallServerStream(s.ctx, sent)
	if err != nil {
		return s.errorOf(err)
	}
	s.stream = stream
	return nil
}

// CloseSend has nothing to do.
func (*serverStream) CloseSend() {}

// Receive returns the next response.
func (s *serverStream) Receive() (any, error) {
	if !s.stream.Receive() && s.stream.Err() == nil {
		return nil, io.EOF
	}
	return s.received(s.stream.Msg(), s.stream.Err())
}

// Close ends the stream.
func (s *serverStream) Close() {
	if s.stream != nil {
		_ = s.stream.Close()
	}
}

// clientStream is a stream of requests with one response.
type clientStream struct {
	*calledStream
	stream *connect.ClientStreamForClient[Message, Message]
}

// Send sends a request.
func (s *clientStream) Send(request any) error { return s.ended(s.stream.Send(s.message(request))) }

// CloseSend has nothing to do: Receive says that no request follows.
func (*clientStream) CloseSend() {}

// Receive returns the response.
func (s *clientStream) Receive() (any, error) {
	response, err := s.stream.CloseAndReceive()
	if err != nil {
		return nil, s.errorOf(err)
	}
	return s.received(response.Msg, nil)
}

// Close has nothing to do: the stream ends with its context.
func (*clientStream) Close() {}

// bothStream is a stream of requests and responses.
type bothStream struct {
	*calledStream
	stream *connect.BidiStreamForClient[Message, Message]
}

// Send sends a request.
func (s *bothStream) Send(request any) error { return s.ended(s.stream.Send(s.message(request))) }

// CloseSend says that no request follows.
func (s *bothStream) CloseSend() { _ = s.stream.CloseRequest() }

// Receive returns the next response.
func (s *bothStream) Receive() (any, error) {
	response, err := s.stream.Receive()
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	return s.received(response, err)
}

// Close ends the stream.
func (s *bothStream) Close() { _ = s.stream.CloseResponse() }
