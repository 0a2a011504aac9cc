package grpcadapter

import (
	"context"
	"io"
	"runtime/debug"

	"github.com/tagwire/tagwire/rpc/contract"
	rpcgrpc "github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/grpc/adapt"
	"google.golang.org/grpc"
	"google.golang.org/grpc/grpclog"
)

// streamBody returns what a field of a contract that is a stream does.
func (m *calledMethod) streamBody(f *contract.Field) contract.Body {
	desc := &grpc.StreamDesc{StreamName: m.Name, ClientStreams: m.ClientStreams, ServerStreams: m.ServerStreams}
	called := &adapt.Caller{
		Method: m.Method,
		Open: func(ctx context.Context) (adapt.ClientStream, error) {
			ctx, err := send(ctx)
			if err != nil {
				return nil, err
			}
			stream, err := m.conn.NewStream(ctx, desc, m.fullName(), m.codec)
			if err != nil {
				return nil, m.errorOf(err, nil)
			}
			return &calledStream{m.method, stream}, nil
		},
		Panicked: func(value any) {
			grpclog.Errorf("grpcadapter: the requests of %s ended in a panic: %v\n%s", m.fullName(), value, debug.Stack())
		},
	}
	return called.Body(f)
}

// calledStream is the caller's side of a stream.
type calledStream struct {
	*method
	stream grpc.ClientStream
}

// Send sends a request.
func (s *calledStream) Send(request any) error {
	err := s.stream.SendMsg(request)
	if err == nil || err == io.EOF {
		return err
	}
	return s.errorOf(err, nil)
}

// CloseSend says that no request follows.
func (s *calledStream) CloseSend() { _ = s.stream.CloseSend() }

// Receive returns the next response.
func (s *calledStream) Receive() (any, error) {
	response := s.NewReply()
	err := s.stream.RecvMsg(response)
	switch err {
	case nil:
		return response, nil
	case io.EOF:
		s.end()
		return nil, err
	}
	s.end()
	return nil, s.errorOf(err, s.stream.Trailer())
}

// end leaves the metadata of the reply where rpc/grpc.WithReply has said.
func (s *calledStream) end() {
	header, _ := s.stream.Header()
	rpcgrpc.ReplyOf(s.stream.Context()).Receive(visible(header), visible(s.stream.Trailer().Copy()))
}

// Close has nothing to do: the stream ends with its context.
func (*calledStream) Close() {}
