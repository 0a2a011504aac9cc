package nethttp_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tagwire/tagwire/adapters/nethttp"
	"github.com/tagwire/tagwire/rpc"
)

type color int64

type item struct {
	Name   string              `thrift:"name,1,required"`
	Tags   map[string]string   `thrift:"tags,2"`
	Inner  *item               `thrift:"inner,3,optional"`
	Data   []byte              `thrift:"data,4,optional,binary"`
	Big    int64               `frugal:"5"`
	Color  color               `frugal:"6,default,color"`
	Ratio  *float64            `frugal:"7,optional"`
	List   []*item             `frugal:"8,optional,list<item>"`
	Counts map[int32][]int8    `frugal:"9,optional,map<i32:list<i8>>"`
	Paints map[color]bool      `frugal:"10,optional,map<color:bool>"`
	Value  place               `frugal:"11"`
	Set    []string            `frugal:"12,optional,set<string>"`
	Nested []map[string][]bool `frugal:"13,optional,list<map<string:list<bool>>>"`
	Choice *choice             `frugal:"14,optional"`
}

type place struct {
	X int16 `thrift:"x,1"`
	Y int   `thrift:"y,2"`
}

func (p *place) InitDefault() { p.X = 7 }

// choice is a union.
type choice struct {
	A *int32  `thrift:"a,1,optional"`
	B *string `thrift:"b,2,optional"`
}

func (c *choice) CountSetFieldschoice() int { return 1 }

func sample() *item {
	ratio, number := 0.25, int32(5)
	return &item{
		Name: "outer \"<ü>", Tags: map[string]string{"b": "2", "a": "\u2028", "": ""}, Inner: &item{Name: "inner", Tags: map[string]string{}},
		Data: []byte{0, 0xff, 0xfe}, Big: -9007199254740993, Color: -2, Ratio: &ratio,
		List: []*item{{Name: "x", Tags: map[string]string{}}}, Counts: map[int32][]int8{-1: {1, -128}, 10: {}},
		Paints: map[color]bool{3: true}, Value: place{X: -3, Y: 1 << 30}, Set: []string{"s"},
		Nested: []map[string][]bool{{"k": {true, false}}, {}}, Choice: &choice{A: &number},
	}
}

type notFound struct {
	Key string `thrift:"key,1"`
}

func (e *notFound) Error() string { return "no item " + e.Key }

type denied struct {
	Why    string `frugal:"1"`
	Status int32  `frugal:"2"`
}

func (e *denied) Error() string { return "denied: " + e.Why }

// HTTPStatus chooses the status of the answer.
func (e *denied) HTTPStatus() int { return int(e.Status) }

// store is a contract with a method of each shape.
type store struct {
	Get    func(ctx context.Context, request *item) (*item, error)    `throws:"1=notFound,-2=denied"`
	Add    func(ctx context.Context, a, b int64) (int64, error)       `params:"1,-5"`
	Names  func(ctx context.Context, tags []string) ([]string, error) `params:"1=set<string>" returns:"list<string>"`
	Value  func(ctx context.Context, request place) (place, error)
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
		Value:  func(_ context.Context, request place) (place, error) { return request, nil },
		Ping:   func(context.Context) error { return nil },
		Notify: func(context.Context, string) error { return nil },
	}
}

// serveStore serves the contract, and returns the address and the contract there.
func serveStore(t testing.TB, implementation *store, options ...nethttp.Option) (string, *store) {
	t.Helper()
	svc := rpc.NewService("shop.Store")
	rpc.Implement[store](svc, implementation, exceptions)
	return serve(t, svc, options...)
}

func serve(t testing.TB, svc *rpc.Service, options ...nethttp.Option) (string, *store) {
	t.Helper()
	handler, err := nethttp.NewHandler(svc, options...)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/"+svc.Name()+"/", handler)
	url := listen(t, mux)
	return url, fill(t, url)
}

func fill(t testing.TB, url string) *store {
	t.Helper()
	client := new(store)
	if err := nethttp.Fill(httpClient(t), url, "shop.Store", client, exceptions); err != nil {
		t.Fatal(err)
	}
	return client
}

func httpClient(t testing.TB) *http.Client {
	transport := new(http.Transport)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// listen serves on loopback, and returns the address.
func listen(t testing.TB, handler http.Handler) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler, Protocols: new(http.Protocols)}
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

// background returns a context that ends a test that hangs.
func background(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// post sends JSON as curl does, and returns status and body.
func post(t testing.TB, client *http.Client, url, body string) (int, string) {
	t.Helper()
	return send(t, client, http.MethodPost, url, body, "Content-Type", "application/json")
}

func send(t testing.TB, client *http.Client, method, url, body string, headers ...string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(background(t), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(data)
}
