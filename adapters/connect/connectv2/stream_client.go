package connectv2

import (
	"context"
	"errors"
	"io"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	"github.com/tagwire/tagwire/adapters/connect/internal/message"
	"github.com/tagwire/tagwire/rpc/grpc/adapt"
)

// HTTPClient returns a client for connecthttp.NewTransport, by which calls of contracts that stream end with their contexts at once. When the
// response to a request has begun, net/http does not look at the context of the request any more, until it has the rest of the request. Without
// this client a call is closed a little later then, and the server takes the requests that it has for all.
func HTTPClient(client connecthttp.HTTPClient) connecthttp.HTTPClient {
	return message.Abortable{HTTPClient: client}
}

// open begins a call that streams. The CallInfo of the caller's context is used, if there is one.
func (m *calledMethod) open(ctx context.Context, headers map[string][]string) (adapt.ClientStream, error) {
	ctx, end := message.Refusable(ctx)
	s := &calledStream{calledMethod: m, refusal: &refusal{end: end}}
	s.ctx = context.WithValue(ctx, refusalKey{}, s.refusal)
	var ok bool
	if s.info, ok = connect.CallInfoForClientContext(s.ctx); !ok {
		s.ctx, s.info = connect.NewClientContext(s.ctx)
	}
	for key, values := range headers {
		s.info.RequestHeader().SetValues(key, values)
	}
	var err error
	if s.stream, err = m.client.CallClientStream(s.ctx, specOf(m.Method)); err != nil {
		return nil, s.errorOf(err, s.info)
	}
	if m.ClientStreams {
		// Now, since the first request may take its time.
		if err := s.stream.SendHeaders(); err != nil && !errors.Is(err, io.EOF) {
			return nil, s.errorOf(err, s.info)
		}
		s.stop = context.AfterFunc(s.ctx, s.abort)
	}
	return s, nil
}

// calledStream is the caller's side of a stream.
type calledStream struct {
	*calledMethod
	ctx     context.Context
	info    *connect.CallInfo
	refusal *refusal // its request is that of the goroutine that sends
	stream  connect.ClientStream
	stop    func() bool // keeps the end of the context from ending the stream; nil for one request
}

// closeDelay is how long a client of HTTPClient has to end a stream before that is closed.
const closeDelay = 100 * time.Millisecond

// abort closes a stream whose context has ended, in case that nothing else has ended it: see HTTPClient.
func (s *calledStream) abort() {
	time.AfterFunc(closeDelay, func() { _ = s.stream.Close() })
}

// errorOf returns the error of the call for one of connect.
func (s *calledStream) errorOf(err error, info *connect.CallInfo) error {
	if refused := s.Refused(s.ctx); refused != nil {
		return refused
	}
	return s.ErrorOf(err, describe(err, info))
}

// Send sends a request.
func (s *calledStream) Send(request any) error {
	s.refusal.request = request
	err := s.stream.Send(request)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF):
		return io.EOF
	}
	return s.errorOf(err, new(connect.CallInfo)) // since the goroutine that receives has the other one
}

// CloseSend says that no request follows.
func (s *calledStream) CloseSend() { _ = s.stream.CloseSend() }

// Receive returns the next response.
func (s *calledStream) Receive() (any, error) {
	response := s.NewReply()
	if err := s.stream.Receive(response); errors.Is(err, io.EOF) {
		if s.stop != nil {
			s.stop()
		}
		return nil, io.EOF
	} else if err != nil {
		return nil, s.errorOf(err, s.info)
	}
	if isEmptyInStream(s.info) {
		if err := s.AcceptEmpty(response); err != nil {
			return nil, err
		}
	}
	return response, nil
}

// Close has nothing to do: the stream ends with its context.
func (*calledStream) Close() {}
