package adapt_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/grpc/adapt"
	"github.com/tagwire/tagwire/rpc/streamtest"
)

const service = "shop.Store"

// pipe is a framework without a network: one stream between a caller and a handler.
type pipe struct {
	method              *contract.Method
	caller, handler     context.Context // each ends for its side
	requests, responses chan any
	done                chan struct{} // closed when the handler has returned, with status and trailer
	status              *grpc.Status
	trailer             grpc.Metadata
}

// open has a handler serve a new stream.
func open(ctx context.Context, h *adapt.Handler) *pipe {
	p := &pipe{method: h.Method, caller: ctx, requests: make(chan any), responses: make(chan any, 4), done: make(chan struct{})}
	var cancel context.CancelFunc
	p.handler, cancel = context.WithCancel(ctx)
	go func() {
		defer close(p.done)
		defer cancel()
		p.status, p.trailer = grpc.StatusOf(h.Serve(p.handler, serverSide{p}), h.Method, service)
	}()
	return p
}

// failed is the error of a call whose context has ended.
func (p *pipe) failed() error {
	status, _ := grpc.StatusOf(p.caller.Err(), nil, "")
	return status.Err(p.method, service, nil)
}

type clientSide struct{ *pipe }

func (c clientSide) Send(request any) error {
	select {
	case <-c.done:
		return io.EOF
	case <-c.caller.Done():
		return c.failed()
	case c.requests <- request:
		return nil
	}
}

func (c clientSide) CloseSend() { close(c.requests) }

func (c clientSide) Receive() (any, error) {
	select {
	case response := <-c.responses:
		return c.only(response)
	case <-c.caller.Done():
		return nil, c.failed()
	case <-c.done:
	}
	select {
	case response := <-c.responses:
		return c.only(response)
	default:
	}
	if err := c.status.Err(c.method, service, c.trailer); err != nil {
		return nil, err
	}
	return nil, io.EOF
}

// only waits for the end of a stream with one response.
func (c clientSide) only(response any) (any, error) {
	if c.method.ServerStreams {
		return response, nil
	}
	<-c.done
	return response, c.status.Err(c.method, service, c.trailer)
}

func (clientSide) Close() {}

type serverSide struct{ *pipe }

func (s serverSide) Receive() (any, error) {
	select {
	case <-s.handler.Done():
		return nil, adapt.Broken(s.handler, s.method, false, grpc.Canceled, s.handler.Err())
	case request, more := <-s.requests:
		if !more {
			return nil, io.EOF
		}
		return request, nil
	}
}

func (s serverSide) Send(response any) error {
	select {
	case <-s.handler.Done():
		return adapt.Broken(s.handler, s.method, true, grpc.Canceled, s.handler.Err())
	case s.responses <- response:
		return nil
	}
}

func (s serverSide) Start(m grpc.Metadata) error {
	if m.Get("rpc-backward-a") != "b" {
		return errors.New("the metadata is another")
	}
	return nil
}

// connect returns the contract over pipes to a service, whose requests and responses change passes on or replaces.
func connect(t *testing.T, format string, svc *rpc.Service, change func(any) any) *streamtest.Market {
	methods, err := svc.Methods()
	if err != nil {
		t.Fatal(err)
	}
	handlers := map[string]*adapt.Handler{}
	for _, m := range methods {
		handlers[m.Name] = &adapt.Handler{Method: m.Method, Call: m.Stream, Panicked: func(any) {}, Exclusive: true}
	}
	filled := new(streamtest.Market)
	err = contract.NewReader(streamtest.Formats[format]).Fill(filled, func(f *contract.Field) (contract.Body, error) {
		called := &adapt.Caller{Method: f.Method, Panicked: func(any) {}, Open: func(ctx context.Context) (adapt.ClientStream, error) {
			return changing{clientSide{open(ctx, handlers[f.Name])}, change}, nil
		}}
		return called.Body(f), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return filled
}

// changing passes on what change returns.
type changing struct {
	clientSide
	change func(any) any
}

func (c changing) Send(request any) error { return c.clientSide.Send(c.change(request)) }

func (c changing) Receive() (any, error) {
	response, err := c.clientSide.Receive()
	if err != nil {
		return nil, err
	}
	return c.change(response), nil
}

func TestStreams(t *testing.T) {
	streamtest.Run(t, func(t *testing.T, format string, svc *rpc.Service) *streamtest.Market {
		return connect(t, format, svc, func(v any) any { return v })
	})
}

// TestOtherMessages: what an interceptor of the framework passes on in place of a message is not taken for one.
func TestOtherMessages(t *testing.T) {
	for _, other := range []any{nil, 7, streamtest.Good{}, (*streamtest.Good)(nil), &streamtest.Lost{}} {
		for _, when := range []int{1, 2} { // a request, a response
			n := 0
			client := connect(t, "thrift", streamtest.NewStall().Service("thrift"), func(v any) any {
				if n++; n == when {
					return other
				}
				return v
			})
			failed := false
			for _, err := range client.Watch(context.Background(), &streamtest.Good{Name: "x", Cents: 1}) {
				failed = errors.Is(err, rpc.CodeInternal)
			}
			if !failed {
				t.Errorf("message %d: %T was taken", when, other)
			}
		}
	}
}

// TestStart: metadata goes before the first response, and nothing is sent twice, or after the return.
func TestStart(t *testing.T) {
	type good = streamtest.Good
	svc := rpc.NewService(service)
	var kept *rpc.ServerStream[good, good]
	rpc.NewStreamMethod[good, good]("Gather", rpc.ClientStreams).Handle(svc, func(_ context.Context, s *rpc.ServerStream[good, good]) error {
		kept = s
		if err := s.SendHeader(map[string]string{"a": "b"}); err != nil {
			return err
		}
		if err := s.Send(nil); !errors.Is(err, rpc.CodeEncode) {
			t.Error(err)
		}
		if err := s.Send(&good{Name: "sent"}); err != nil {
			return err
		}
		if err := s.Send(&good{}); !errors.Is(err, rpc.CodeContract) {
			t.Error(err)
		}
		if err := s.SendHeader(nil); !errors.Is(err, rpc.CodeContract) {
			t.Error(err)
		}
		return nil
	})
	rpc.NewStreamMethod[good, good]("Trade", rpc.ClientStreams|rpc.ServerStreams).Handle(svc, func(context.Context, *rpc.ServerStream[good, good]) error { return nil })
	rpc.NewStreamMethod[good, good]("Watch", rpc.ServerStreams).Handle(svc, func(context.Context, *rpc.ServerStream[good, good]) error { return nil })
	client := connect(t, "thrift", svc, func(v any) any { return v })
	if got, err := client.Gather(context.Background(), nil); err != nil || got.Name != "sent" {
		t.Error(got, err)
	}
	if _, err := kept.Receive(); !errors.Is(err, rpc.CodeCanceled) {
		t.Error(err)
	}
	if err := kept.Send(&good{}); !errors.Is(err, rpc.CodeCanceled) {
		t.Error(err)
	}
	if err := kept.SendHeader(nil); !errors.Is(err, rpc.CodeCanceled) {
		t.Error(err)
	}
}
