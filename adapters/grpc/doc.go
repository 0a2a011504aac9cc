// Package grpcadapter makes tagged structs the messages of grpc-go, and contracts of package rpc its services.
//
// Importing it registers a codec with the content-subtype thrift, which a client chooses by
// grpc.CallContentSubtype(grpcadapter.Name) and a server finds by itself. A message is a pointer to a struct with tags, in Thrift Binary.
package grpcadapter
