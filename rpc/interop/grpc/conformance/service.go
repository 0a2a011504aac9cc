package conformance

import (
	"context"
	"iter"
	"time"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/interop/grpc/framework"
)

// New returns the service as a framework serves it.
func New(f framework.Framework) framework.Service {
	s := &service{f}
	return framework.Service{
		Name:      Name,
		Implement: func(svc *rpc.Service) { rpc.Implement[Functions](svc, s, rpc.Protobuf()) },
		Methods: []framework.Method{
			framework.Unary(methodUnary, s.Unary), framework.ServerStream(methodServerStream, s.ServerStream),
			framework.ClientStream(methodClientStream, s.ClientStream), framework.Bidirectional(methodBidiStream, s.BidiStream),
		},
	}
}

type service struct{ framework.Framework }

func pause(milliseconds uint32) { time.Sleep(time.Duration(milliseconds) * time.Millisecond) }

// info says what has been seen of a call, of the requests of which there are some.
func (s *service) info(ctx context.Context, requests []*framework.Any) *RequestInfo {
	seen := &RequestInfo{RequestHeaders: toHeaders(s.Received(ctx)), Requests: requests}
	if deadline, ok := ctx.Deadline(); ok {
		left := max(0, time.Until(deadline).Milliseconds())
		seen.TimeoutMS = &left
	}
	return seen
}

// announce says what metadata the answer shall have.
func (s *service) announce(ctx context.Context, headers, trailers []*Header) {
	s.SetHeader(ctx, fromHeaders(headers))
	s.SetTrailer(ctx, fromHeaders(trailers))
}

// fail returns the error that a request asks for, with what has been seen of the call.
func (s *service) fail(e *Error, seen *RequestInfo) error {
	detail, err := toAny("ConformancePayload.RequestInfo", seen)
	if err != nil {
		return err
	}
	return fromError(s, e, detail)
}

// single answers with one message.
func (s *service) single(ctx context.Context, definition *UnaryResponseDefinition, requests []*framework.Any) (*Response, error) {
	response := &Response{&Payload{RequestInfo: s.info(ctx, requests)}}
	if definition == nil {
		return response, nil
	}
	s.announce(ctx, definition.ResponseHeaders, definition.ResponseTrailers)
	pause(definition.ResponseDelayMS)
	if definition.Error != nil {
		return nil, s.fail(definition.Error, response.Payload.RequestInfo)
	}
	response.Payload.Data = definition.ResponseData
	return response, nil
}

func (s *service) Unary(ctx context.Context, request *UnaryRequest) (*Response, error) {
	packed, err := toAny("UnaryRequest", request)
	if err != nil {
		return nil, err
	}
	return s.single(ctx, request.ResponseDefinition, []*framework.Any{packed})
}

func (s *service) ClientStream(ctx context.Context, requests iter.Seq2[*UnaryRequest, error]) (*Response, error) {
	var all []*framework.Any
	var definition *UnaryResponseDefinition
	for request, err := range requests {
		if err != nil {
			return nil, err
		}
		if all == nil {
			definition = request.ResponseDefinition
		}
		packed, err := toAny("ClientStreamRequest", request)
		if err != nil {
			return nil, err
		}
		all = append(all, packed)
	}
	return s.single(ctx, definition, all)
}

// A reply answers with several messages.
type reply struct {
	*service
	ctx        context.Context
	definition *StreamResponseDefinition
	yield      func(*Response, error) bool
	sent       int
}

// next sends the next message, and reports whether there may be another one.
func (r *reply) next(seen *RequestInfo) bool {
	pause(r.definition.ResponseDelayMS)
	data := r.definition.ResponseData[r.sent]
	r.sent++
	return r.yield(&Response{&Payload{Data: data, RequestInfo: seen}}, nil)
}

// left is how many messages there are to send.
func (r *reply) left() int {
	if r.definition == nil {
		return 0
	}
	return len(r.definition.ResponseData) - r.sent
}

// end sends the rest, and the status. The requests are told if no message has told them.
func (r *reply) end(requests []*framework.Any) {
	for r.left() > 0 {
		var seen *RequestInfo
		if r.sent == 0 {
			seen = r.info(r.ctx, requests)
		}
		if !r.next(seen) {
			return
		}
	}
	if r.definition == nil || r.definition.Error == nil {
		return
	}
	if r.sent > 0 {
		r.yield(nil, fromError(r, r.definition.Error))
		return
	}
	r.yield(nil, r.fail(r.definition.Error, r.info(r.ctx, requests)))
}

func (s *service) ServerStream(ctx context.Context, request *ServerStreamRequest) iter.Seq2[*Response, error] {
	return func(yield func(*Response, error) bool) {
		packed, err := toAny("ServerStreamRequest", request)
		if err != nil {
			yield(nil, err)
			return
		}
		if definition := request.ResponseDefinition; definition != nil {
			s.announce(ctx, definition.ResponseHeaders, definition.ResponseTrailers)
			s.SendHeader(ctx)
		}
		r := &reply{service: s, ctx: ctx, definition: request.ResponseDefinition, yield: yield}
		r.end([]*framework.Any{packed})
	}
}

func (s *service) BidiStream(ctx context.Context, requests iter.Seq2[*BidiStreamRequest, error]) iter.Seq2[*Response, error] {
	return func(yield func(*Response, error) bool) {
		var r *reply
		var pending []*framework.Any // the requests since the last response
		fullDuplex := false
		for request, err := range requests {
			var packed *framework.Any
			if err == nil {
				packed, err = toAny("BidiStreamRequest", request)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			pending = append(pending, packed)
			if r == nil {
				r = &reply{service: s, ctx: ctx, definition: request.ResponseDefinition, yield: yield}
				fullDuplex = request.FullDuplex
				if definition := request.ResponseDefinition; definition != nil {
					s.announce(ctx, definition.ResponseHeaders, definition.ResponseTrailers)
					if fullDuplex {
						s.SendHeader(ctx)
					}
				}
			}
			if !fullDuplex {
				continue
			}
			if r.left() == 0 {
				break
			}
			seen := &RequestInfo{Requests: pending}
			if r.sent == 0 {
				seen = s.info(ctx, pending)
			}
			if !r.next(seen) {
				return
			}
			pending = nil
		}
		if r != nil {
			r.end(pending)
		}
	}
}
