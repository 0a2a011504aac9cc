package framework

import (
	"context"
	"errors"
	"io"
	"iter"

	"github.com/tagwire/tagwire"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

// codec is grpc-go's codec for structs with tags, and for the generated messages of grpc-go's own services.
type codec struct{}

func (codec) Name() string { return "proto" }

func (codec) Marshal(v any) ([]byte, error) {
	if generated, ok := v.(proto.Message); ok {
		return proto.Marshal(generated)
	}
	return tagwire.Marshal(v, tagwire.WithFormat(tagwire.Protobuf))
}

func (codec) Unmarshal(data []byte, v any) error {
	if generated, ok := v.(proto.Message); ok {
		return proto.Unmarshal(data, generated)
	}
	return tagwire.Unmarshal(data, v, tagwire.WithFormat(tagwire.Protobuf))
}

// A Method is served by grpc-go.
type Method struct {
	unary  grpc.MethodDesc
	stream grpc.StreamDesc
}

func describe(s Service) *grpc.ServiceDesc {
	d := &grpc.ServiceDesc{ServiceName: s.Name}
	for _, m := range s.Methods {
		if m.unary.Handler != nil {
			d.Methods = append(d.Methods, m.unary)
		} else {
			d.Streams = append(d.Streams, m.stream)
		}
	}
	return d
}

// Unary returns a method with one message each way.
func Unary[Q, R any](name string, f func(context.Context, *Q) (*R, error)) Method {
	return Method{unary: grpc.MethodDesc{
		MethodName: name,
		Handler: func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			request := new(Q)
			if err := decode(request); err != nil {
				return nil, err
			}
			return f(ctx, request)
		},
	}}
}

// ServerStream returns a method with one message that is answered by any number.
func ServerStream[Q, R any](name string, f func(context.Context, *Q) iter.Seq2[*R, error]) Method {
	return streamed(name, false, true, func(s grpc.ServerStream) error {
		request := new(Q)
		if err := s.RecvMsg(request); err != nil {
			return err
		}
		return send(s, f(s.Context(), request))
	})
}

// ClientStream returns a method with any number of messages that are answered by one.
func ClientStream[Q, R any](name string, f func(context.Context, iter.Seq2[*Q, error]) (*R, error)) Method {
	return streamed(name, true, false, func(s grpc.ServerStream) error {
		response, err := f(s.Context(), receive[Q](s))
		if err != nil {
			return err
		}
		return s.SendMsg(response)
	})
}

// Bidirectional returns a method with any number of messages each way.
func Bidirectional[Q, R any](name string, f func(context.Context, iter.Seq2[*Q, error]) iter.Seq2[*R, error]) Method {
	return streamed(name, true, true, func(s grpc.ServerStream) error { return send(s, f(s.Context(), receive[Q](s))) })
}

func streamed(name string, client, server bool, handle func(grpc.ServerStream) error) Method {
	return Method{stream: grpc.StreamDesc{
		StreamName: name, ClientStreams: client, ServerStreams: server,
		Handler: func(_ any, s grpc.ServerStream) error { return handle(s) },
	}}
}

// messages is what both sides of a stream have.
type messages interface {
	SendMsg(any) error
	RecvMsg(any) error
}

func send[T any](s messages, values iter.Seq2[*T, error]) error {
	for v, err := range values {
		if err == nil {
			err = s.SendMsg(v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func receive[T any](s messages) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for {
			v := new(T)
			err := s.RecvMsg(v)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}

// CallUnary returns the function of a contract.
func CallUnary[Q, R any](conn grpc.ClientConnInterface, method string) func(context.Context, *Q) (*R, error) {
	return func(ctx context.Context, request *Q) (*R, error) {
		response := new(R)
		var header, trailer metadata.MD
		err := conn.Invoke(ctx, method, request, response, grpc.Header(&header), grpc.Trailer(&trailer))
		if a, ok := ctx.Value(answerKey{}).(*answer); ok {
			a.header, a.trailer = header, trailer
		}
		if err != nil {
			return nil, err
		}
		return response, nil
	}
}

// open begins a call. end must be called when it is over.
func open(ctx context.Context, conn grpc.ClientConnInterface, method string, client, server bool) (s grpc.ClientStream, end func(), err error) {
	inner, cancel := context.WithCancel(ctx)
	s, err = conn.NewStream(inner, &grpc.StreamDesc{ClientStreams: client, ServerStreams: server}, method)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	return s, func() {
		cancel()
		if a, ok := ctx.Value(answerKey{}).(*answer); ok {
			a.header, _ = s.Header()
			a.trailer = s.Trailer()
		}
	}, nil
}

// CallServerStream returns the function of a contract.
func CallServerStream[Q, R any](conn grpc.ClientConnInterface, method string) func(context.Context, *Q) iter.Seq2[*R, error] {
	return func(ctx context.Context, request *Q) iter.Seq2[*R, error] {
		return converse[Q, R](ctx, conn, method, false, func(yield func(*Q, error) bool) { yield(request, nil) })
	}
}

// CallClientStream returns the function of a contract.
func CallClientStream[Q, R any](conn grpc.ClientConnInterface, method string) func(context.Context, iter.Seq2[*Q, error]) (*R, error) {
	return func(ctx context.Context, requests iter.Seq2[*Q, error]) (*R, error) {
		s, end, err := open(ctx, conn, method, true, false)
		if err != nil {
			return nil, err
		}
		defer end()
		if err := send(s, requests); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if err := s.CloseSend(); err != nil {
			return nil, err
		}
		response := new(R)
		if err := s.RecvMsg(response); err != nil {
			return nil, err
		}
		return response, nil
	}
}

// CallBidirectional returns the function of a contract.
func CallBidirectional[Q, R any](conn grpc.ClientConnInterface, method string) func(context.Context, iter.Seq2[*Q, error]) iter.Seq2[*R, error] {
	return func(ctx context.Context, requests iter.Seq2[*Q, error]) iter.Seq2[*R, error] {
		return converse[Q, R](ctx, conn, method, true, requests)
	}
}

// converse sends requests in a goroutine of its own, and yields responses.
func converse[Q, R any](ctx context.Context, conn grpc.ClientConnInterface, method string, client bool, requests iter.Seq2[*Q, error]) iter.Seq2[*R, error] {
	return func(yield func(*R, error) bool) {
		s, end, err := open(ctx, conn, method, client, true)
		if err != nil {
			yield(nil, err)
			return
		}
		go func() {
			if send(s, requests) == nil {
				_ = s.CloseSend()
			}
		}()
		for v, err := range receive[R](s) {
			if err != nil {
				end()
				yield(nil, err)
				return
			}
			if !yield(v, nil) {
				break
			}
		}
		end()
	}
}
