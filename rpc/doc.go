// Package rpc is the RPC runtime: servers and clients from plain Go functions and structs, without an interface
// definition or generated code, that interoperate with Apache Thrift and gRPC in any language, and with Kitex.
//
// A service is a set of functions, or a struct of func fields that a value implements:
//
//	svc := rpc.NewService("Greeter")
//	rpc.Handle(svc, "Hello", func(ctx context.Context, req *HelloRequest) (*HelloReply, error) {
//		return &HelloReply{Text: "Hello, " + req.Name}, nil
//	})
//	srv := rpc.NewServer()
//	err := srv.Register(svc)
//	...
//	err = srv.ListenAndServe("tcp", ":8888")
//
// and a client calls it by [Call], a [Method], or the functions of a contract, see [Implement]:
//
//	client, err := rpc.NewClient(rpc.WithAddresses("127.0.0.1:8888"))
//	reply, err := rpc.Call[HelloRequest, HelloReply](ctx, client, "Hello", &HelloRequest{Name: "you"})
//
// Structs of arguments and results are built at run time and go through the codec of package tagwire, straight between the
// values and the buffers of the connection, in Thrift Binary, Thrift Compact or Protobuf. Functions that take or return an
// iterator of messages are streams. See docs/rpc.md for a tour, docs/grpc.md for gRPC, and docs/rpc-wire.md for the bytes.
//
// Connections are those of package net, of any kind, on every platform.
package rpc
