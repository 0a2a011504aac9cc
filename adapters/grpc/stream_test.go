package grpcadapter_test

import (
	"testing"

	grpcadapter "github.com/tagwire/tagwire/adapters/grpc"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/streamtest"
	"google.golang.org/grpc"
)

// serveStreams serves by grpc-go, and returns the address.
func serveStreams(t testing.TB, svc *rpc.Service, options ...grpc.ServerOption) string {
	t.Helper()
	desc, err := grpcadapter.ServiceDesc(svc)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, func(s *grpc.Server) { s.RegisterService(desc, nil) }, options...).Target()[len("passthrough:///"):]
}

// fillStreams returns the contract on a connection of grpc-go to an address.
func fillStreams(t testing.TB, address, format string, options ...grpc.DialOption) *streamtest.Market {
	t.Helper()
	filled := new(streamtest.Market)
	if err := grpcadapter.Fill(dial(t, address, options...), "shop.Store", filled, streamtest.Formats[format]...); err != nil {
		t.Fatal(err)
	}
	return filled
}

// TestStreams has the streams of contracts between grpc-go and itself, and between grpc-go and package rpc.
func TestStreams(t *testing.T) {
	t.Run("grpc-go calls grpc-go", func(t *testing.T) {
		streamtest.Run(t, func(t *testing.T, format string, svc *rpc.Service) *streamtest.Market {
			return fillStreams(t, serveStreams(t, svc), format)
		})
	})
	t.Run("grpc-go calls rpc", func(t *testing.T) {
		streamtest.Run(t, func(t *testing.T, format string, svc *rpc.Service) *streamtest.Market {
			return fillStreams(t, streamtest.Serve(t, svc), format)
		})
	})
	t.Run("rpc calls grpc-go", func(t *testing.T) {
		streamtest.Run(t, func(t *testing.T, format string, svc *rpc.Service) *streamtest.Market {
			return streamtest.Fill(t, serveStreams(t, svc), format)
		})
	})
}
