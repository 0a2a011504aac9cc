package grpcadapter_test

import (
	"context"
	"flag"
	"net"
	"os"
	"testing"
	"time"

	grpcadapter "github.com/tagwire/tagwire/adapters/grpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/experimental"
	"google.golang.org/grpc/mem"
)

// poisonPool overwrites what it takes back, so that a use after the return is seen.
type poisonPool struct{ mem.BufferPool }

func (p poisonPool) Put(buffer *[]byte) {
	all := (*buffer)[:cap(*buffer)]
	for i := range all {
		all[i] = 0xdb
	}
	p.BufferPool.Put(buffer)
}

func TestMain(m *testing.M) {
	flag.Parse()
	grpcadapter.RegisterProto()
	if flag.Lookup("test.bench").Value.String() == "" {
		experimental.SetDefaultBufferPool(poisonPool{mem.DefaultBufferPool()})
	}
	os.Exit(m.Run())
}

// serve starts a server on loopback and returns a connection to it.
func serve(t testing.TB, register func(*grpc.Server), options ...grpc.ServerOption) *grpc.ClientConn {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(options...)
	register(server)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return dial(t, listener.Addr().String())
}

// dial returns a connection to an address.
func dial(t testing.TB, address string, options ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///"+address, append(options, grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// background returns a context that ends a test that hangs.
func background(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
