package grpcadapter_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bytedance/gopkg/cloud/metainfo"
	grpcadapter "github.com/tagwire/tagwire/adapters/grpc"
	"github.com/tagwire/tagwire/rpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

type notFound struct {
	Key string `frugal:"1"`
}

func (e *notFound) Error() string { return "no item " + e.Key }

type denied struct {
	Why string `frugal:"1"`
}

func (e *denied) Error() string { return "denied: " + e.Why }

// GRPCStatus chooses the code of the status.
func (e *denied) GRPCStatus() *status.Status { return status.New(codes.PermissionDenied, e.Error()) }

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

// serveStore serves the contract, and returns a connection and the contract on it.
func serveStore(t testing.TB, implementation *store, options ...grpc.ServerOption) (*grpc.ClientConn, *store) {
	t.Helper()
	svc := rpc.NewService("shop.Store")
	rpc.Implement[store](svc, implementation, exceptions)
	desc, err := grpcadapter.ServiceDesc(svc)
	if err != nil {
		t.Fatal(err)
	}
	conn := serve(t, func(s *grpc.Server) { s.RegisterService(desc, nil) }, options...)
	client := new(store)
	if err := grpcadapter.Fill(conn, "shop.Store", client, exceptions); err != nil {
		t.Fatal(err)
	}
	return conn, client
}

func TestContract(t *testing.T) {
	_, client := serveStore(t, handlers(nil))
	ctx := background(t)
	for _, size := range []int{0, 2000, 300_000} {
		got, err := client.Get(ctx, sample(size))
		if err != nil || !reflect.DeepEqual(got, sample(size)) {
			t.Fatalf("%d bytes: %v", size, err)
		}
	}
	if sum, err := client.Add(ctx, 40, 2); sum != 42 || err != nil {
		t.Error(sum, err)
	}
	if names, err := client.Names(ctx, []string{"a"}); len(names) != 1 || names[0] != "a" || err != nil {
		t.Error(names, err)
	}
	if names, err := client.Names(ctx, nil); len(names) != 0 || err != nil {
		t.Error(names, err)
	}
	if got, err := client.Value(ctx, *sample(3)); !reflect.DeepEqual(&got, sample(3)) || err != nil {
		t.Error(got, err)
	}
	if err := client.Ping(ctx); err != nil {
		t.Error(err)
	}
	if err := client.Notify(ctx, "hello"); err != nil {
		t.Error(err)
	}
	if got, err := client.Get(ctx, nil); got != nil && got.Name != "" || err == nil {
		t.Error("a request without its required field was accepted:", got, err)
	}
}

func TestNilReply(t *testing.T) {
	_, client := serveStore(t, handlers(func(context.Context, *item) (*item, error) { return nil, nil }))
	if _, err := client.Get(background(t), sample(1)); !errors.Is(err, rpc.CodeInternal) {
		t.Error("a reply without its required field was accepted:", err)
	}
}

func TestPlainClient(t *testing.T) {
	conn, _ := serveStore(t, handlers(nil))
	ctx := background(t)
	for _, options := range [][]grpc.CallOption{
		{grpc.CallContentSubtype(grpcadapter.Name)},
		{grpc.CallContentSubtype(grpcadapter.Name), grpc.UseCompressor(gzip.Name)},
		{grpc.ForceCodecV2(grpcadapter.NewCodec())},
	} {
		got := new(item)
		if err := conn.Invoke(ctx, "/shop.Store/Get", sample(5000), got, options...); err != nil || !reflect.DeepEqual(got, sample(5000)) {
			t.Error(err)
		}
	}
	sum := new(struct {
		Sum int64 `frugal:"0"`
	})
	arguments := &struct {
		A int64 `frugal:"1"`
		B int64 `frugal:"5"`
	}{40, 2}
	if err := conn.Invoke(ctx, "/shop.Store/Add", arguments, sum, grpc.CallContentSubtype(grpcadapter.Name)); err != nil || sum.Sum != 42 {
		t.Error(sum, err)
	}
}

// plainStore is a service of grpc-go that knows nothing of contracts.
var plainStore = grpc.ServiceDesc{
	ServiceName: "shop.Store",
	HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{{
		MethodName: "Get",
		Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			request := new(item)
			if err := decode(request); err != nil {
				return nil, err
			}
			if request.Name == "gone" {
				return nil, status.Error(codes.NotFound, "gone")
			}
			return request, nil
		},
	}},
}

func TestPlainServer(t *testing.T) {
	conn := serve(t, func(s *grpc.Server) { s.RegisterService(&plainStore, nil) })
	var client store
	if err := grpcadapter.Fill(conn, "shop.Store", &client, exceptions); err != nil {
		t.Fatal(err)
	}
	ctx := background(t)
	if got, err := client.Get(ctx, sample(5000)); err != nil || !reflect.DeepEqual(got, sample(5000)) {
		t.Error(err)
	}
	_, err := client.Get(ctx, &item{Name: "gone"})
	if s, ok := status.FromError(err); !ok || s.Code() != codes.NotFound || !errors.Is(err, rpc.CodeUnknown) {
		t.Error(err)
	}
	if err := client.Ping(ctx); !errors.Is(err, rpc.CodeUnknownMethod) {
		t.Error(err)
	}
}

func TestFunctions(t *testing.T) {
	svc := rpc.NewService("Greeter")
	rpc.Handle(svc, "Hello", func(_ context.Context, request *item) (*item, error) {
		return &item{Name: "Hello, " + request.Name}, nil
	})
	desc, err := grpcadapter.ServiceDesc(svc)
	if err != nil {
		t.Fatal(err)
	}
	conn := serve(t, func(s *grpc.Server) { s.RegisterService(desc, nil) })
	got := new(item)
	err = conn.Invoke(background(t), "/Greeter/Hello", &item{Name: "you"}, got, grpc.CallContentSubtype(grpcadapter.Name))
	if err != nil || got.Name != "Hello, you" {
		t.Error(got, err)
	}
}

func TestConcurrentCalls(t *testing.T) {
	_, client := serveStore(t, handlers(nil))
	ctx := background(t)
	var group sync.WaitGroup
	for caller := range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for call := range 25 {
				want := sample(caller * 400)
				want.Name = fmt.Sprint(caller, call)
				got, err := client.Get(ctx, want)
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("%s: %v", want.Name, err)
					return
				}
			}
		}()
	}
	group.Wait()
}

func TestMetadataAndDeadline(t *testing.T) {
	var lock sync.Mutex
	var seen []string
	_, client := serveStore(t, handlers(func(ctx context.Context, request *item) (*item, error) {
		value, _ := metainfo.GetPersistentValue(ctx, "TENANT")
		if user, _ := metainfo.GetValue(ctx, "user-Id"); user != "Zoë\n" { // what no header field stands for
			value = "wrong user: " + user
		}
		_, limited := ctx.Deadline()
		lock.Lock()
		defer lock.Unlock()
		seen = append(metadata.ValueFromIncomingContext(ctx, "x-key"), value, fmt.Sprint(limited))
		return request, nil
	}))
	ctx := metainfo.WithPersistentValue(metadata.AppendToOutgoingContext(background(t), "x-key", "mine"), "TENANT", "seven")
	ctx = metainfo.WithValue(ctx, "user-Id", "Zoë\n")
	if _, err := client.Get(ctx, sample(1)); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(seen, " "); got != "mine seven true" {
		t.Error(got)
	}
}

func TestEndOfTime(t *testing.T) {
	_, client := serveStore(t, handlers(func(ctx context.Context, _ *item) (*item, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}))
	ctx, cancel := context.WithTimeout(background(t), 20*time.Millisecond)
	defer cancel()
	if _, err := client.Get(ctx, sample(1)); !errors.Is(err, rpc.CodeTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	ctx, cancel = context.WithCancel(background(t))
	cancel()
	if _, err := client.Get(ctx, sample(1)); !errors.Is(err, rpc.CodeCanceled) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestInterceptors(t *testing.T) {
	replace := any(&item{Name: "replaced"})
	intercept := func(ctx context.Context, request any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		if _, ok := request.(*item); !ok || info.FullMethod != "/shop.Store/Get" {
			t.Errorf("%T for %s", request, info.FullMethod)
		}
		return next(ctx, replace)
	}
	_, client := serveStore(t, handlers(nil), grpc.UnaryInterceptor(intercept))
	if got, err := client.Get(background(t), sample(1)); err != nil || got.Name != "replaced" {
		t.Error(got, err)
	}
	for _, replace = range []any{nil, (*item)(nil), item{}, "text"} {
		if _, err := client.Get(background(t), sample(1)); !errors.Is(err, rpc.CodeInternal) {
			t.Errorf("%T: %v", replace, err)
		}
	}
}

func TestWrongContracts(t *testing.T) {
	if _, err := grpcadapter.ServiceDesc(rpc.NewService("Empty")); !errors.Is(err, rpc.CodeContract) {
		t.Error(err)
	}
	type streams struct {
		Watch func(ctx context.Context, stream grpc.ServerStream) error
	}
	svc := rpc.NewService("Streams")
	rpc.Implement[streams](svc, &streams{Watch: func(context.Context, grpc.ServerStream) error { return nil }})
	if _, err := grpcadapter.ServiceDesc(svc); !errors.Is(err, rpc.CodeContract) {
		t.Error("a stream:", err)
	}
	for _, target := range []any{nil, store{}, (*store)(nil), new(int), new(streams), new(struct{})} {
		if err := grpcadapter.Fill(nil, "Store", target, exceptions); !errors.Is(err, rpc.CodeContract) {
			t.Errorf("%T: %v", target, err)
		}
	}
	svc = rpc.NewService("Late")
	rpc.Handle(svc, "Hello", func(_ context.Context, request *item) (*item, error) { return request, nil })
	if _, err := grpcadapter.ServiceDesc(svc); err != nil {
		t.Fatal(err)
	}
	rpc.Handle(svc, "More", func(_ context.Context, request *item) (*item, error) { return request, nil })
	if err := svc.Err(); !errors.Is(err, rpc.CodeContract) {
		t.Error(err)
	}
}
