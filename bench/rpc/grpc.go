package main

import (
	"context"
	"net"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// gRPC's service has no code of a generator: a description by hand is what such code holds, and the message is one that
// comes with the Protobuf library.

const grpcMethod = "/tagwire.bench.Echo/Echo"

type grpcEcho struct{}

var grpcService = grpc.ServiceDesc{
	ServiceName: "tagwire.bench.Echo",
	HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{{
		MethodName: "Echo",
		Handler: func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			request := new(wrapperspb.StringValue)
			if err := decode(request); err != nil {
				return nil, err
			}
			return &wrapperspb.StringValue{Value: request.Value}, nil
		},
	}},
}

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
func connectGRPC(text string, options ...grpc.DialOption) connector {
	return func(address string, count int) (runner, error) {
		options := append([]grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())}, options...)
		connection, err := grpc.NewClient("passthrough:///"+address, options...)
		if err != nil {
			return nil, err
		}
		call := func() error {
			reply := new(wrapperspb.StringValue)
			if err := connection.Invoke(context.Background(), grpcMethod, &wrapperspb.StringValue{Value: text}, reply); err != nil {
				return err
			}
			return compareTexts(text, reply.Value)
		}
		return callers(slices.Repeat([]func() error{call}, count)).start()
	}
}
