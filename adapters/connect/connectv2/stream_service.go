package connectv2

import (
	"context"
	"errors"
	"io"
	"maps"

	"connectrpc.com/connect/v2"
	"github.com/tagwire/tagwire/adapters/connect/internal/message"
	"github.com/tagwire/tagwire/rpc/grpc"
)

// handlerStream is the handler's side of a stream.
type handlerStream struct {
	*servedMethod
	ctx    context.Context
	info   *connect.CallInfo
	stream connect.ServerStream
}

// handleStream calls the handler of a method that streams.
func (m *servedMethod) handleStream(ctx context.Context, info *connect.CallInfo, stream connect.ServerStream) error {
	return m.ServeStream(ctx, &handlerStream{m, ctx, info, stream}, maps.Collect(info.RequestHeader().All()))
}

// Receive returns the next request.
func (s *handlerStream) Receive() (any, error) {
	request := s.NewRequest()
	if err := s.stream.Receive(request); errors.Is(err, io.EOF) {
		return nil, io.EOF
	} else if err != nil {
		return nil, s.broken(false, err)
	}
	if isEmptyInStream(s.info) {
		if err := s.AcceptEmpty(request); err != nil {
			return nil, err
		}
	}
	return request, nil
}

// Send sends a response.
func (s *handlerStream) Send(response any) error {
	if err := s.stream.Send(response); err != nil {
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
	for key, values := range fields {
		s.info.ResponseHeader().SetValues(key, values)
	}
	if err := s.stream.SendHeaders(); err != nil {
		return s.broken(true, err)
	}
	return nil
}

// broken returns the error of a handler for one of connect.
func (s *handlerStream) broken(sending bool, err error) error {
	return s.Broken(s.ctx, sending, uint32(connect.CodeOf(err)), err)
}
