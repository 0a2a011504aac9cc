package streamtest

import (
	"log/slog"
	"net"
	"testing"

	"github.com/tagwire/tagwire/rpc"
)

// Serve serves a service by package rpc, and returns the address.
func Serve(t testing.TB, svc *rpc.Service) string {
	t.Helper()
	server := rpc.NewServer(rpc.WithLogger(slog.New(slog.DiscardHandler)))
	if err := server.Register(svc); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	return listener.Addr().String()
}

// Fill returns the contract on a client of package rpc, which speaks gRPC with the server at an address.
func Fill(t testing.TB, address, format string) *Market {
	t.Helper()
	filled := new(Market)
	client, err := rpc.NewClient(rpc.WithTransport(rpc.GRPC), rpc.WithService("shop.Store"), rpc.WithAddresses(address),
		rpc.WithLogger(slog.New(slog.DiscardHandler)), rpc.WithContract(filled, Formats[format]...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return filled
}
