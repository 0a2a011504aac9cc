package main

import (
	"context"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/tagwire/tagwire/bench/rpc/protogen"
)

// gRPC's service has no code of a generator: a description by hand is what such code holds. The message of an echo is one that comes
// with the Protobuf library, and that of a complex call is generated.

const (
	grpcEchoMethod    = "/" + grpcServiceName + "/Echo"
	grpcComplexMethod = "/" + grpcServiceName + "/Complex"
)

type grpcEcho struct{}

var grpcService = grpc.ServiceDesc{
	ServiceName: grpcServiceName,
	HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{
		grpcMethod("Echo", func(request *wrapperspb.StringValue) *wrapperspb.StringValue {
			return &wrapperspb.StringValue{Value: request.Value}
		}),
		grpcMethod("Complex", func(request *protogen.Complex) *protogen.Complex { return request }),
	},
	Streams: grpcStreams,
}

// grpcMethod describes a method that answers a message with another of the same type.
func grpcMethod[T any](name string, answer func(*T) *T) grpc.MethodDesc {
	return grpc.MethodDesc{
		MethodName: name,
		Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			request := new(T)
			if err := decode(request); err != nil {
				return nil, err
			}
			return answer(request), nil
		},
	}
}

// serveGRPC serves both calls.
func serveGRPC(options ...grpc.ServerOption) func() (string, error) {
	return func() (string, error) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", err
		}
		server := grpc.NewServer(options...)
		server.RegisterService(&grpcService, grpcEcho{})
		go func() { panic(server.Serve(listener)) }() // It ends with the process.
		return listener.Addr().String(), nil
	}
}

// connectGRPC opens one connection, which all callers share, as is usual with gRPC. With more of them it is not faster.
func connectGRPC(newCaller func(*grpc.ClientConn) func() error, options ...grpc.DialOption) connector {
	return func(address string, count int) (runner, error) {
		options := append([]grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())}, options...)
		connection, err := grpc.NewClient("passthrough:///"+address, options...)
		if err != nil {
			return nil, err
		}
		made := make(callers, count)
		for i := range made {
			made[i] = newCaller(connection)
		}
		return made.start()
	}
}

// grpcEchoCalls make callers that send a text.
func grpcEchoCalls(text string) func(*grpc.ClientConn) func() error {
	return func(connection *grpc.ClientConn) func() error {
		return func() error {
			reply := new(wrapperspb.StringValue)
			err := connection.Invoke(context.Background(), grpcEchoMethod, &wrapperspb.StringValue{Value: text}, reply)
			if err != nil {
				return err
			}
			return compareTexts(text, reply.Value)
		}
	}
}

// grpcComplexCalls make callers that send the complex value.
func grpcComplexCalls(connection *grpc.ClientConn) func() error {
	value := protoComplex(complexValue())
	return func() error {
		reply := new(protogen.Complex)
		if err := connection.Invoke(context.Background(), grpcComplexMethod, value, reply); err != nil {
			return err
		}
		return compareComplex(value, reply)
	}
}
