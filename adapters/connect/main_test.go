package connectadapter_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"connectrpc.com/connect"
	connect2 "connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	connectadapter "github.com/tagwire/tagwire/adapters/connect"
	"github.com/tagwire/tagwire/adapters/connect/connectv2"
	"github.com/tagwire/tagwire/rpc"
)

type item struct {
	Name  string            `frugal:"1,required"`
	Tags  map[string]string `frugal:"2"`
	Inner *item             `frugal:"3,optional"`
	Data  []byte            `frugal:"4,optional,binary"`
	Photo []byte            `frugal:"5,optional,binary,nocopy"`
}

func sample(size int) *item {
	return &item{Name: "outer", Tags: map[string]string{"a": "b"}, Data: bytes.Repeat([]byte("d"), size),
		Photo: bytes.Repeat([]byte("p"), size), Inner: &item{Name: "inner", Tags: map[string]string{}}}
}

type notFound struct {
	Key string `frugal:"1"`
}

func (e *notFound) Error() string { return "no item " + e.Key }

type denied struct {
	Why string `frugal:"1"`
}

func (e *denied) Error() string { return "denied: " + e.Why }

// store is a contract with a method of each shape.
type store struct {
	Get    func(ctx context.Context, request *item) (*item, error)    `throws:"1=notFound,2=denied"`
	Add    func(ctx context.Context, a, b int64) (int64, error)       `params:"1,5"`
	Names  func(ctx context.Context, tags []string) ([]string, error) `params:"1=set<string>" returns:"list<string>"`
	Value  func(ctx context.Context, request item) (item, error)
	Ping   func(ctx context.Context) error
	Notify func(ctx context.Context, text string) error `rpc:"notify,oneway"`
}

var exceptions = rpc.Exceptions(notFound{}, denied{})

// handlers returns an implementation whose Get is get, an echo if that is nil.
func handlers(get func(context.Context, *item) (*item, error)) *store {
	if get == nil {
		get = func(_ context.Context, request *item) (*item, error) { return request, nil }
	}
	return &store{
		Get:    get,
		Add:    func(_ context.Context, a, b int64) (int64, error) { return a + b, nil },
		Names:  func(_ context.Context, tags []string) ([]string, error) { return tags, nil },
		Value:  func(_ context.Context, request item) (item, error) { return request, nil },
		Ping:   func(context.Context) error { return nil },
		Notify: func(context.Context, string) error { return nil },
	}
}

// protocols are those that connect has.
var protocols = []string{connect.ProtocolConnect, connect.ProtocolGRPC, connect.ProtocolGRPCWeb}

// version is one of connect's, as a server and as a client.
type version struct {
	name  string
	serve func(t testing.TB, mux *http.ServeMux, svc *rpc.Service)
	fill  func(t testing.TB, url, protocol, service string, target any, about ...rpc.ContractOption)
}

var versions = []version{{"v1", serve1, fill1}, {"v2", serve2, fill2}}

func serve1(t testing.TB, mux *http.ServeMux, svc *rpc.Service) {
	path, handler, err := connectadapter.NewHandler(svc)
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle(path, handler)
}

func fill1(t testing.TB, url, protocol, service string, target any, about ...rpc.ContractOption) {
	if err := connectadapter.Fill(httpClient(t), url, service, target, about, options1(protocol)...); err != nil {
		t.Fatal(err)
	}
}

func options1(protocol string) []connect.ClientOption {
	switch protocol {
	case connect.ProtocolGRPC:
		return []connect.ClientOption{connect.WithGRPC()}
	case connect.ProtocolGRPCWeb:
		return []connect.ClientOption{connect.WithGRPCWeb()}
	}
	return nil
}

func serve2(t testing.TB, mux *http.ServeMux, svc *rpc.Service) {
	methods, err := connectv2.Methods(svc)
	if err != nil {
		t.Fatal(err)
	}
	server := connect2.NewServer()
	server.Register(methods...)
	connecthttp.Mount(mux, server, connecthttp.WithCodecs(connectv2.NewCodec()))
}

func fill2(t testing.TB, url, protocol, service string, target any, about ...rpc.ContractOption) {
	if err := connectv2.Fill(client2(t, url, protocol), service, target, about...); err != nil {
		t.Fatal(err)
	}
}

func client2(t testing.TB, url, protocol string) *connect2.Client {
	options := []connecthttp.Option{connecthttp.WithCodecs(connectv2.NewCodec())}
	switch protocol {
	case connect.ProtocolGRPC:
		options = append(options, connecthttp.WithGRPC())
	case connect.ProtocolGRPCWeb:
		options = append(options, connecthttp.WithGRPCWeb())
	}
	return connect2.NewClient(connecthttp.NewTransport(httpClient(t), url, options...))
}

// httpClient returns a client that speaks HTTP/2 without TLS.
func httpClient(t testing.TB) *http.Client {
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// listen serves mux on loopback, and returns its address.
func listen(t testing.TB, mux http.Handler) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: mux, Protocols: new(http.Protocols)}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Close()
		if err := <-done; err != http.ErrServerClosed {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}

// serveStore serves the contract by a version, and returns the address.
func serveStore(t testing.TB, v version, implementation *store) string {
	t.Helper()
	svc := rpc.NewService("shop.Store")
	rpc.Implement[store](svc, implementation, exceptions)
	mux := http.NewServeMux()
	v.serve(t, mux, svc)
	return listen(t, mux)
}

// pairs runs a test for each version as a server, with each as a client in each protocol.
func pairs(t *testing.T, implementation *store, test func(t *testing.T, client *store)) {
	for _, server := range versions {
		url := serveStore(t, server, implementation)
		for _, client := range versions {
			for _, protocol := range protocols {
				t.Run(server.name+" serves "+client.name+" by "+protocol, func(t *testing.T) {
					filled := new(store)
					client.fill(t, url, protocol, "shop.Store", filled, exceptions)
					test(t, filled)
				})
			}
		}
	}
}

// background returns a context that ends a test that hangs.
func background(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
