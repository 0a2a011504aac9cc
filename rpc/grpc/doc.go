// Package grpc holds the rules of gRPC that need no connection: codes and statuses, how errors of package rpc become statuses and come back,
// metadata, timeouts, paths, content types and compression. It does no I/O; package rpc sends and receives what it makes, and so do the
// adapters for grpc-go and connect-go.
//
// A handler chooses the status of its call by returning a [Status], or by an error that wraps one:
//
//	return nil, &grpc.Status{Code: grpc.NotFound, Message: "no such item"}
//
// and a caller finds it in the error of the call:
//
//	var status *grpc.Status
//	if errors.As(err, &status) && status.Code == grpc.NotFound { ... }
//
// or asks errors.Is(err, grpc.NotFound). Metadata is sent by [WithMetadata], and read by [IncomingMetadata]; a handler sends some back by
// [SetHeader] and [SetTrailer], and a caller receives it by [WithReply].
//
// The rules are those of PROTOCOL-HTTP2.md of the gRPC project, and where it leaves a choice those of grpc-go. docs/errors.md has the
// tables of codes.
package grpc
