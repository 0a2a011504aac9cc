// Package grpcinterop tests package rpc against other implementations of gRPC, as server and as client. See README.md.
package grpcinterop
