// Package streamtest has the tests that all who carry the streams of contracts have to pass: package rpc over gRPC, adapters/grpc and
// adapters/connect, each with itself and with the others.
package streamtest
