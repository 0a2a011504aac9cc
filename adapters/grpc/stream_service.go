package grpcadapter

import (
	"io"

	"github.com/tagwire/tagwire/rpc/contract"
	rpcgrpc "github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/grpc/adapt"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// servedStream is a method that streams, with its handler.
type servedStream struct {
	*method
	handler *adapt.Handler
}

// streamDesc returns the description of a method that streams.
func streamDesc(service string, m *contract.Implementation) grpc.StreamDesc {
	served := &servedStream{method: newMethod(service, m.Method)}
	served.handler = &adapt.Handler{Method: m.Method, Call: m.Stream, Panicked: served.panicked}
	return grpc.StreamDesc{StreamName: m.Name, Handler: served.handle, ClientStreams: m.ClientStreams, ServerStreams: m.ServerStreams}
}

// handle is the grpc.StreamHandler, behind the interceptors.
func (m *servedStream) handle(_ any, stream grpc.ServerStream) (err error) {
	defer m.recover(&err)
	own, handling := receive(stream.Context())
	side := &serverStream{method: m.method, stream: stream, handling: handling}
	err = m.handler.Serve(own, side)
	if !side.sent {
		if failure := side.sendHeader(); failure != nil && err == nil {
			err = failure
		}
	}
	stream.SetTrailer(metadata.MD(handling.End()))
	if err == nil {
		return nil
	}
	s, trailer := m.statusFor(err)
	stream.SetTrailer(metadata.MD(trailer))
	return toPeer(s)
}

// serverStream is the handler's side of a stream.
type serverStream struct {
	*method
	stream   grpc.ServerStream
	handling *rpcgrpc.Handling
	sent     bool // a response
}

// sendHeader adds what the handler has set by package rpc/grpc to what is sent before the first response.
func (s *serverStream) sendHeader() error {
	if header := s.handling.SendHeader(); len(header) > 0 {
		return s.stream.SetHeader(metadata.MD(header))
	}
	return nil
}

// Receive returns the next request.
func (s *serverStream) Receive() (request any, err error) {
	request = s.NewRequest()
	if err = s.stream.RecvMsg(request); err == nil || err == io.EOF {
		return request, err
	}
	return nil, s.broken(false, err)
}

// Send sends a response.
func (s *serverStream) Send(response any) error {
	if !s.sent {
		s.sent = true
		if err := s.sendHeader(); err != nil {
			return s.broken(true, err)
		}
	}
	if err := s.stream.SendMsg(response); err != nil {
		return s.broken(true, err)
	}
	return nil
}

// Start sends metadata.
func (s *serverStream) Start(m rpcgrpc.Metadata) error {
	if err := s.stream.SendHeader(metadata.MD(m)); err != nil {
		return s.broken(true, err)
	}
	return nil
}

// broken returns the error of a handler for one of grpc.
func (s *serverStream) broken(sending bool, err error) error {
	return adapt.Broken(s.stream.Context(), s.Method, sending, rpcgrpc.Code(status.Code(err)), err)
}
