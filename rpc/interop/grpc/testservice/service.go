package testservice

import (
	"context"
	"fmt"
	"iter"
	"sync/atomic"
	"time"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/interop/grpc/framework"
	"google.golang.org/grpc"
)

// What a server echoes, if a request has it.
const (
	initialName  = "x-grpc-test-echo-initial"
	trailingName = "x-grpc-test-echo-trailing-bin"
)

// serverID is the same for all calls of a server.
const serverID = "a server"

// New returns the service as a framework serves it.
func New(f framework.Framework) framework.Service { return NewCounted(f, new(atomic.Int64)) }

// NewCounted is New with a count of the calls that handlers were called for.
func NewCounted(f framework.Framework, calls *atomic.Int64) framework.Service {
	s := &service{f, calls}
	return framework.Service{
		Name:      Name,
		Implement: func(svc *rpc.Service) { rpc.Implement[Functions](svc, s, rpc.Protobuf()) },
		Methods: []framework.Method{
			framework.Unary("EmptyCall", s.EmptyCall), framework.Unary("UnaryCall", s.UnaryCall),
			framework.ServerStream("StreamingOutputCall", s.StreamingOutputCall),
			framework.ClientStream("StreamingInputCall", s.StreamingInputCall),
			framework.Bidirectional("FullDuplexCall", s.FullDuplexCall), framework.Bidirectional("HalfDuplexCall", s.HalfDuplexCall),
		},
	}
}

// Contract returns what sets the functions.
func (c *Functions) Contract() framework.Contract {
	return framework.Contract{Service: Name, Functions: c, Fill: func(conn grpc.ClientConnInterface) {
		const prefix = "/" + Name + "/"
		c.EmptyCall = framework.CallUnary[Empty, Empty](conn, prefix+"EmptyCall")
		c.UnaryCall = framework.CallUnary[SimpleRequest, SimpleResponse](conn, prefix+"UnaryCall")
		c.StreamingOutputCall = framework.CallServerStream[StreamingOutputCallRequest, StreamingOutputCallResponse](conn, prefix+"StreamingOutputCall")
		c.StreamingInputCall = framework.CallClientStream[StreamingInputCallRequest, StreamingInputCallResponse](conn, prefix+"StreamingInputCall")
		c.FullDuplexCall = framework.CallBidirectional[StreamingOutputCallRequest, StreamingOutputCallResponse](conn, prefix+"FullDuplexCall")
		c.HalfDuplexCall = framework.CallBidirectional[StreamingOutputCallRequest, StreamingOutputCallResponse](conn, prefix+"HalfDuplexCall")
	}}
}

// Contract returns what sets the function, for one of the two services.
func (m *Missing) Contract(service string) framework.Contract {
	return framework.Contract{Service: service, Functions: m, Fill: func(conn grpc.ClientConnInterface) {
		m.UnimplementedCall = framework.CallUnary[Empty, Empty](conn, "/"+service+"/UnimplementedCall")
	}}
}

type service struct {
	framework.Framework
	calls *atomic.Int64
}

// echo returns the metadata that the specification of the tests says.
func (s *service) echo(ctx context.Context) {
	received := s.Received(ctx)
	if values := received[initialName]; len(values) > 0 {
		s.SetHeader(ctx, framework.Metadata{initialName: values[:1]})
	}
	if values := received[trailingName]; len(values) > 0 {
		s.SetTrailer(ctx, framework.Metadata{trailingName: values[:1]})
	}
}

// payload makes what a response has.
func payload(kind, size int32) (*Payload, error) {
	if kind != 0 || size < 0 {
		return nil, fmt.Errorf("there is no payload of type %d and size %d", kind, size)
	}
	return &Payload{Body: make([]byte, size)}, nil
}

// failure returns the error that a request asks for, if any.
func (s *service) failure(e *EchoStatus) error {
	if e == nil || e.Code == 0 {
		return nil
	}
	return s.Error(framework.Status{Code: e.Code, Message: e.Message})
}

func (s *service) EmptyCall(context.Context, *Empty) (*Empty, error) { return &Empty{}, nil }

func (s *service) UnaryCall(ctx context.Context, request *SimpleRequest) (*SimpleResponse, error) {
	s.calls.Add(1)
	s.echo(ctx)
	if err := s.failure(request.ResponseStatus); err != nil {
		return nil, err
	}
	p, err := payload(request.ResponseType, request.ResponseSize)
	if err != nil {
		return nil, err
	}
	response := &SimpleResponse{Payload: p}
	if request.FillServerID {
		response.ServerID = serverID
	}
	return response, nil
}

// answer yields the messages that a request asks for, and reports whether there may be more.
func answer(request *StreamingOutputCallRequest, yield func(*StreamingOutputCallResponse, error) bool) bool {
	for _, parameters := range request.ResponseParameters {
		time.Sleep(time.Duration(parameters.IntervalUS) * time.Microsecond)
		p, err := payload(request.ResponseType, parameters.Size)
		if err != nil {
			yield(nil, err)
			return false
		}
		if !yield(&StreamingOutputCallResponse{p}, nil) {
			return false
		}
	}
	return true
}

func (s *service) StreamingOutputCall(_ context.Context, request *StreamingOutputCallRequest) iter.Seq2[*StreamingOutputCallResponse, error] {
	return func(yield func(*StreamingOutputCallResponse, error) bool) {
		s.calls.Add(1)
		if err := s.failure(request.ResponseStatus); err != nil {
			yield(nil, err)
			return
		}
		answer(request, yield)
	}
}

func (s *service) StreamingInputCall(_ context.Context, requests iter.Seq2[*StreamingInputCallRequest, error]) (*StreamingInputCallResponse, error) {
	s.calls.Add(1)
	response := &StreamingInputCallResponse{}
	for request, err := range requests {
		if err != nil {
			return nil, err
		}
		if request.Payload != nil {
			response.AggregatedPayloadSize += int32(len(request.Payload.Body))
		}
	}
	return response, nil
}

func (s *service) FullDuplexCall(ctx context.Context, requests iter.Seq2[*StreamingOutputCallRequest, error]) iter.Seq2[*StreamingOutputCallResponse, error] {
	return func(yield func(*StreamingOutputCallResponse, error) bool) {
		s.calls.Add(1)
		s.echo(ctx)
		for request, err := range requests {
			if err == nil {
				err = s.failure(request.ResponseStatus)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !answer(request, yield) {
				return
			}
		}
	}
}

func (s *service) HalfDuplexCall(_ context.Context, requests iter.Seq2[*StreamingOutputCallRequest, error]) iter.Seq2[*StreamingOutputCallResponse, error] {
	return func(yield func(*StreamingOutputCallResponse, error) bool) {
		var all []*StreamingOutputCallRequest
		for request, err := range requests {
			if err != nil {
				yield(nil, err)
				return
			}
			all = append(all, request)
		}
		for _, request := range all {
			if !answer(request, yield) {
				return
			}
		}
	}
}
