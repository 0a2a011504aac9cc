package connectadapter_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"

	"connectrpc.com/connect"
	connect2 "connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	"github.com/bytedance/gopkg/cloud/metainfo"
	connectadapter "github.com/tagwire/tagwire/adapters/connect"
	"github.com/tagwire/tagwire/adapters/connect/connectv2"
	"github.com/tagwire/tagwire/rpc"
)

func TestContract(t *testing.T) {
	pairs(t, handlers(nil), func(t *testing.T, client *store) {
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
		if got, err := client.Get(ctx, nil); got != nil || !errors.Is(err, rpc.CodeEncode) {
			t.Error("a request without its required field was sent:", got, err)
		}
	})
}

// get2 describes the method to plain connect.
var get2 = connect2.Spec{Procedure: "/shop.Store/Get"}

func TestPlainClients(t *testing.T) {
	for _, server := range versions {
		url := serveStore(t, server, handlers(nil))
		for _, protocol := range protocols {
			t.Run(server.name+" by "+protocol, func(t *testing.T) {
				options := append(options1(protocol), connect.WithCodec(connectadapter.NewCodec()), connect.WithSendGzip())
				first := connect.NewClient[item, item](httpClient(t), url+"/shop.Store/Get", options...)
				got, err := first.CallUnary(background(t), connect.NewRequest(sample(5000)))
				if err != nil || !reflect.DeepEqual(got.Msg, sample(5000)) {
					t.Error("v1:", err)
				}
				reply := new(item)
				if err := client2(t, url, protocol).CallUnary(background(t), get2, sample(5000), reply); err != nil || !reflect.DeepEqual(reply, sample(5000)) {
					t.Error("v2:", err)
				}
			})
		}
	}
}

// plain1 and plain2 are services of connect that know nothing of contracts.
func plain1(mux *http.ServeMux) {
	mux.Handle("/shop.Store/Get", connect.NewUnaryHandler("/shop.Store/Get",
		func(_ context.Context, request *connect.Request[item]) (*connect.Response[item], error) {
			if request.Msg.Name == "gone" {
				return nil, connect.NewError(connect.CodeNotFound, errors.New("gone"))
			}
			return connect.NewResponse(request.Msg), nil
		}, connect.WithCodec(connectadapter.NewCodec())))
}

func plain2(mux *http.ServeMux) {
	server := connect2.NewServer()
	server.Register(connect2.Method{Spec: get2, Handler: func(_ context.Context, _ connect2.Spec, stream connect2.ServerStream) error {
		request := new(item)
		if err := stream.Receive(request); err != nil {
			return err
		}
		if request.Name == "gone" {
			return connect2.NewError(connect2.CodeNotFound, "gone")
		}
		return stream.Send(request)
	}})
	connecthttp.Mount(mux, server, connecthttp.WithCodecs(connectv2.NewCodec()))
}

func TestPlainServers(t *testing.T) {
	for name, plain := range map[string]func(*http.ServeMux){"v1": plain1, "v2": plain2} {
		mux := http.NewServeMux()
		plain(mux)
		url := listen(t, mux)
		for _, v := range versions {
			for _, protocol := range protocols {
				t.Run(name+" serves "+v.name+" by "+protocol, func(t *testing.T) {
					var client store
					v.fill(t, url, protocol, "shop.Store", &client, exceptions)
					if got, err := client.Get(background(t), sample(5000)); err != nil || !reflect.DeepEqual(got, sample(5000)) {
						t.Error(err)
					}
					_, err := client.Get(background(t), &item{Name: "gone"})
					var failure *rpc.Error
					if !errors.As(err, &failure) || failure.Code != rpc.CodeUnknown || failure.Message != "gone" || codeOf(err) != connect.CodeNotFound {
						t.Error(err)
					}
					if err := client.Ping(background(t)); !errors.Is(err, rpc.CodeUnknownMethod) {
						t.Error(err)
					}
				})
			}
		}
	}
}

// codeOf returns the code of the error of connect, of either version, in err.
func codeOf(err error) connect.Code {
	var second *connect2.Error
	if errors.As(err, &second) {
		return connect.Code(second.Code())
	}
	return connect.CodeOf(err)
}

func TestFunctions(t *testing.T) {
	for _, v := range versions {
		svc := rpc.NewService("odd name {x}")
		rpc.Handle(svc, "Hello", func(_ context.Context, request *item) (*item, error) {
			return &item{Name: "Hello, " + request.Name}, nil
		})
		if v.name == "v1" {
			// The path is no pattern of a ServeMux, so it is up to the caller's router.
			if path, handler, err := connectadapter.NewHandler(svc); path != "/odd name {x}/" || handler == nil || err != nil {
				t.Error(path, err)
			}
		}
		svc = rpc.NewService("Greeter")
		rpc.Handle(svc, "Hello", func(_ context.Context, request *item) (*item, error) {
			return &item{Name: "Hello, " + request.Name}, nil
		})
		mux := http.NewServeMux()
		v.serve(t, mux, svc)
		var client struct {
			Hello func(ctx context.Context, request *item) (*item, error)
		}
		v.fill(t, listen(t, mux), connect.ProtocolConnect, "Greeter", &client)
		if got, err := client.Hello(background(t), &item{Name: "you"}); err != nil || got.Name != "Hello, you" {
			t.Error(got, err)
		}
	}
}

func TestConcurrentCalls(t *testing.T) {
	pairs(t, handlers(nil), func(t *testing.T, client *store) {
		ctx := background(t)
		var group sync.WaitGroup
		for caller := range 8 {
			group.Go(func() {
				for call := range 10 {
					want := sample(caller * 400)
					want.Name = fmt.Sprint(caller, call)
					got, err := client.Get(ctx, want)
					if err != nil || !reflect.DeepEqual(got, want) {
						t.Errorf("%s: %v", want.Name, err)
						return
					}
				}
			})
		}
		group.Wait()
	})
}

func TestMetadataAndDeadline(t *testing.T) {
	seen := make(chan string, 1)
	pairs(t, handlers(func(ctx context.Context, request *item) (*item, error) {
		value, _ := metainfo.GetPersistentValue(ctx, "TENANT")
		if user, _ := metainfo.GetValue(ctx, "user-Id"); user != "Zoë\n" { // what no header field stands for
			value = "wrong user: " + user
		}
		_, limited := ctx.Deadline()
		seen <- fmt.Sprint(value, " ", limited)
		return request, nil
	}), func(t *testing.T, client *store) {
		if _, err := client.Get(metainfo.WithValue(metainfo.WithPersistentValue(background(t), "TENANT", "seven"), "user-Id", "Zoë\n"), sample(1)); err != nil {
			t.Fatal(err)
		}
		if got := <-seen; got != "seven true" {
			t.Error(got)
		}
	})
}

func TestHeadersOfTheCaller(t *testing.T) {
	var headers []string
	note := func(_ context.Context, header http.Header) {
		headers = append(headers, header.Get("X-Key"))
	}
	svc := rpc.NewService("shop.Store")
	rpc.Implement[store](svc, handlers(func(ctx context.Context, request *item) (*item, error) {
		info, _ := connect.CallInfoForHandlerContext(ctx)
		note(ctx, info.RequestHeader())
		return request, nil
	}), exceptions)
	mux := http.NewServeMux()
	serve1(t, mux, svc)
	url := listen(t, mux)
	var first, second store
	fill1(t, url, connect.ProtocolConnect, "shop.Store", &first, exceptions)
	fill2(t, url, connect.ProtocolConnect, "shop.Store", &second, exceptions)
	ctx, info := connect.NewClientContext(background(t))
	info.RequestHeader().Set("X-Key", "one")
	if _, err := first.Get(ctx, sample(1)); err != nil {
		t.Fatal(err)
	}
	ctx, info2 := connect2.NewClientContext(background(t))
	info2.RequestHeader().Set("X-Key", "two")
	if _, err := second.Get(ctx, sample(1)); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(headers, " "); got != "one two" {
		t.Error(got)
	}
}

func TestInterceptors(t *testing.T) {
	replace := any(&item{Name: "replaced"})
	intercept := connect.UnaryInterceptorFunc(func(next connect.UnaryFunc) connect.UnaryFunc {
		return func(ctx context.Context, request connect.AnyRequest) (connect.AnyResponse, error) {
			message := request.Any().(*connectadapter.Message)
			if _, ok := message.Value.(*item); !ok || request.Spec().Procedure != "/shop.Store/Get" {
				t.Errorf("%T for %s", message.Value, request.Spec().Procedure)
			}
			return next(ctx, connect.NewRequest(&connectadapter.Message{Value: replace}))
		}
	})
	svc := rpc.NewService("shop.Store")
	rpc.Implement[store](svc, handlers(nil), exceptions)
	path, handler, err := connectadapter.NewHandler(svc, connect.WithInterceptors(intercept))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(path, handler)
	var client store
	fill1(t, listen(t, mux), connect.ProtocolConnect, "shop.Store", &client, exceptions)
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
	type streams struct {
		Watch func(ctx context.Context, stream chan *item) error
	}
	svc := rpc.NewService("Streams")
	rpc.Implement[streams](svc, &streams{Watch: func(context.Context, chan *item) error { return nil }})
	for _, wrong := range []*rpc.Service{svc, rpc.NewService("Empty")} {
		if _, _, err := connectadapter.NewHandler(wrong); !errors.Is(err, rpc.CodeContract) {
			t.Error(err)
		}
		if _, err := connectv2.Methods(wrong); !errors.Is(err, rpc.CodeContract) {
			t.Error(err)
		}
	}
	for _, target := range []any{nil, store{}, (*store)(nil), new(int), new(streams), new(struct{})} {
		if err := connectadapter.Fill(http.DefaultClient, "http://localhost", "Store", target, []rpc.ContractOption{exceptions}); !errors.Is(err, rpc.CodeContract) {
			t.Errorf("%T: %v", target, err)
		}
		if err := connectv2.Fill(nil, "Store", target, exceptions); !errors.Is(err, rpc.CodeContract) {
			t.Errorf("%T: %v", target, err)
		}
	}
}
