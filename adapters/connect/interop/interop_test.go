package interop_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"reflect"
	"testing"
	"time"

	"connectrpc.com/connect"
	connect2 "connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	connectadapter "github.com/tagwire/tagwire/adapters/connect"
	"github.com/tagwire/tagwire/adapters/connect/connectv2"
	grpcadapter "github.com/tagwire/tagwire/adapters/grpc"
	"github.com/tagwire/tagwire/rpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

type item struct {
	Name string `frugal:"1,required"`
}

type notFound struct {
	Key string `frugal:"1"`
}

func (e *notFound) Error() string { return "no item " + e.Key }

type store struct {
	Get  func(ctx context.Context, request *item) (*item, error) `throws:"1=notFound"`
	Add  func(ctx context.Context, a, b int64) (int64, error)
	Ping func(ctx context.Context) error
}

var (
	exceptions = rpc.Exceptions(notFound{})
	business   = &rpc.BizError{Status: 3, Message: "no money", Extra: map[string]string{"a": "ü\n"}}
)

// service returns a service whose answers are in the requests.
func service() *rpc.Service {
	svc := rpc.NewService("shop.Store")
	rpc.Implement[store](svc, &store{
		Get: func(_ context.Context, request *item) (*item, error) {
			switch request.Name {
			case "exception":
				return nil, &notFound{"k"}
			case "business":
				return nil, business
			case "error":
				return nil, errors.New("bad")
			case "panic":
				panic("secret")
			}
			return request, nil
		},
		Add:  func(_ context.Context, a, b int64) (int64, error) { return a + b, nil },
		Ping: func(context.Context) error { return nil },
	}, exceptions)
	return svc
}

// check makes all calls.
func check(t *testing.T, client *store) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if got, err := client.Get(ctx, &item{"x"}); err != nil || got.Name != "x" {
		t.Error(got, err)
	}
	if _, err := client.Get(ctx, &item{"exception"}); !reflect.DeepEqual(err, &notFound{"k"}) {
		t.Errorf("%T %v", err, err)
	}
	if _, err := client.Get(ctx, &item{"business"}); !reflect.DeepEqual(err, business) {
		t.Errorf("%T %v", err, err)
	}
	if _, err := client.Get(ctx, &item{"error"}); !errors.Is(err, rpc.CodeUnknown) {
		t.Error(err)
	}
	if _, err := client.Get(ctx, &item{"panic"}); !errors.Is(err, rpc.CodeInternal) {
		t.Error(err)
	}
	if _, err := client.Get(ctx, nil); err == nil || errors.Is(err, rpc.CodeTimeout) {
		t.Error("a request without its required field:", err)
	}
	if sum, err := client.Add(ctx, 40, 2); sum != 42 || err != nil {
		t.Error(sum, err)
	}
	if err := client.Ping(ctx); err != nil {
		t.Error(err)
	}
}

// handlers has the service as each version of connect serves it.
func handlers(t *testing.T) map[string]http.Handler {
	t.Helper()
	_, first, err := connectadapter.NewHandler(service())
	if err != nil {
		t.Fatal(err)
	}
	methods, err := connectv2.Methods(service())
	if err != nil {
		t.Fatal(err)
	}
	server := connect2.NewServer()
	server.Register(methods...)
	second := http.NewServeMux()
	connecthttp.Mount(second, server, connecthttp.WithCodecs(connectv2.NewCodec()))
	return map[string]http.Handler{"v1": first, "v2": second}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

func TestGRPCCallsConnect(t *testing.T) {
	for name, handler := range handlers(t) {
		t.Run(name, func(t *testing.T) {
			listener := listen(t)
			server := &http.Server{Handler: handler, Protocols: new(http.Protocols)}
			server.Protocols.SetUnencryptedHTTP2(true)
			done := make(chan error, 1)
			go func() { done <- server.Serve(listener) }()
			conn, err := grpc.NewClient("passthrough:///"+listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
			if err != nil {
				t.Fatal(err)
			}
			var client store
			if err := grpcadapter.Fill(conn, "shop.Store", &client, exceptions); err != nil {
				t.Fatal(err)
			}
			check(t, &client)
			conn.Close()
			server.Close()
			if err := <-done; err != http.ErrServerClosed {
				t.Error(err)
			}
		})
	}
}

func TestConnectCallsGRPC(t *testing.T) {
	desc, err := grpcadapter.ServiceDesc(service())
	if err != nil {
		t.Fatal(err)
	}
	listener, server := listen(t), grpc.NewServer()
	server.RegisterService(desc, nil)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	defer func() {
		server.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	client, url := &http.Client{Transport: transport}, "http://"+listener.Addr().String()

	var first, second store
	if err := connectadapter.Fill(client, url, "shop.Store", &first, []rpc.ContractOption{exceptions}, connect.WithGRPC()); err != nil {
		t.Fatal(err)
	}
	t.Run("v1", func(t *testing.T) { check(t, &first) })
	over := connecthttp.NewTransport(client, url, connecthttp.WithCodecs(connectv2.NewCodec()), connecthttp.WithGRPC())
	if err := connectv2.Fill(connect2.NewClient(over), "shop.Store", &second, exceptions); err != nil {
		t.Fatal(err)
	}
	t.Run("v2", func(t *testing.T) { check(t, &second) })
}
