package nethttp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/tagwire/tagwire/adapters/nethttp"
	"github.com/tagwire/tagwire/rpc"
)

func TestContract(t *testing.T) {
	_, client := serveStore(t, handlers(nil), nethttp.WithMaxBody(math.MaxInt64), nethttp.WithTimeout(0))
	ctx := background(t)
	if got, err := client.Get(ctx, sample()); err != nil || !reflect.DeepEqual(got, sample()) {
		t.Errorf("%+v %v", got, err)
	}
	if sum, err := client.Add(ctx, math.MaxInt64-1, 1); sum != math.MaxInt64 || err != nil {
		t.Error(sum, err)
	}
	if names, err := client.Names(ctx, []string{"a"}); len(names) != 1 || names[0] != "a" || err != nil {
		t.Error(names, err)
	}
	if names, err := client.Names(ctx, nil); len(names) != 0 || err != nil {
		t.Error(names, err)
	}
	if got, err := client.Value(ctx, place{1, 2}); got != (place{1, 2}) || err != nil {
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
}

func TestPlainClient(t *testing.T) {
	url, _ := serveStore(t, handlers(nil))
	client := httpClient(t)
	for _, row := range []struct {
		method, body string
		status       int
		want         string
	}{
		{"Get", `{"name":"x"}`, 200, `{"name":"x","tags":{},"Big":0,"Color":0,"Value":{"x":0,"y":0}}`},
		{"Get", ` { "name" : "x", "later": [{"a":[1]}], "Value": {"y":2}, "Inner": null, "tags": null, "data": "AP8=" } `, 200,
			`{"name":"x","tags":{},"data":"AP8=","Big":0,"Color":0,"Value":{"x":7,"y":2}}`},
		{"Get", `{"name":"x","Big":-9223372036854775808,"Color":-2147483648,"Ratio":1e-7}`, 200,
			`{"name":"x","tags":{},"Big":-9223372036854775808,"Color":-2147483648,"Ratio":1e-7,"Value":{"x":0,"y":0}}`},
		{"Get", `{"name":"x","Counts":{"-1":[1],"10":[]},"Paints":{"3":true}}`, 200,
			`{"name":"x","tags":{},"Big":0,"Color":0,"Counts":{"-1":[1],"10":[]},"Paints":{"3":true},"Value":{"x":0,"y":0}}`},
		{"Add", `{"1":40,"-5":2}`, 200, `42`},
		{"Add", `{}`, 200, `0`},
		{"Names", `{"1":["a","b"]}`, 200, `["a","b"]`},
		{"Names", `{"1":null}`, 200, `[]`},
		{"Value", `{"y":1}`, 200, `{"x":7,"y":1}`},
		{"Ping", `{}`, 200, `{}`},
		{"notify", `{"1":"hello"}`, 202, ``},
	} {
		if status, body := post(t, client, url+"/shop.Store/"+row.method, row.body); status != row.status || body != row.want {
			t.Errorf("%s %s: %d %s", row.method, row.body, status, body)
		}
	}
}

// plainStore is a service of net/http and encoding/json that knows nothing of contracts.
func plainStore(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Name string `json:"name"`
		Big  int64
	}
	switch err := json.NewDecoder(r.Body).Decode(&request); {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case r.URL.Path == "/base/shop.Store/Ping":
		w.WriteHeader(http.StatusNoContent)
	case r.URL.Path == "/base/shop.Store/Add":
		fmt.Fprint(w, "null")
	case r.URL.Path != "/base/shop.Store/Get":
		http.NotFound(w, r)
	case request.Name == "busy":
		http.Error(w, "{", http.StatusServiceUnavailable)
	case request.Name == "teapot":
		http.Error(w, `{"error":"short"}`, http.StatusTeapot)
	default:
		_ = json.NewEncoder(w).Encode(map[string]any{"name": request.Name, "Big": request.Big, "other": []any{}})
	}
}

func TestPlainServer(t *testing.T) {
	client := fill(t, listen(t, http.HandlerFunc(plainStore))+"/base/")
	ctx := background(t)
	if got, err := client.Get(ctx, &item{Name: "x", Big: 1 << 60}); err != nil || got.Name != "x" || got.Big != 1<<60 {
		t.Error(got, err)
	}
	if err := client.Ping(ctx); err != nil {
		t.Error(err)
	}
	if _, err := client.Add(ctx, 1, 2); !errors.Is(err, rpc.CodeMissingResult) {
		t.Error(err)
	}
	if _, err := client.Get(ctx, &item{Name: "busy"}); !errors.Is(err, rpc.CodeClosed) {
		t.Error(err)
	}
	if _, err := client.Get(ctx, &item{Name: "teapot"}); !errors.Is(err, rpc.CodeUnknown) || !strings.Contains(err.Error(), "short") {
		t.Error(err)
	}
	if _, err := client.Names(ctx, nil); !errors.Is(err, rpc.CodeUnknownMethod) {
		t.Error(err)
	}
}

func TestFunctions(t *testing.T) {
	svc := rpc.NewService("odd name/{x}")
	rpc.Handle(svc, "Hello", func(_ context.Context, request *item) (*item, error) {
		return &item{Name: "Hello, " + request.Name}, nil
	})
	rpc.Handle(svc, "Spread", func(_ context.Context, request *notFound) (*notFound, error) { return request, nil }, rpc.Spread())
	rpc.Handle(svc, "Void", func(context.Context, *rpc.Void) (*rpc.Void, error) { return nil, nil })
	handler, err := nethttp.NewHandler(svc)
	if err != nil {
		t.Fatal(err)
	}
	url := listen(t, handler) + "/odd%20name%2F%7Bx%7D/"
	client := httpClient(t)
	if status, body := post(t, client, url+"Hello", `{"name":"you"}`); status != 200 || !strings.Contains(body, `"name":"Hello, you"`) {
		t.Error(status, body)
	}
	if status, body := post(t, client, url+"Spread", `{"key":"k"}`); status != 200 || body != `{"key":"k"}` {
		t.Error(status, body)
	}
	if status, body := post(t, client, url+"Void", `{}`); status != 200 || body != `{}` {
		t.Error(status, body)
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
			for call := range 20 {
				want := sample()
				want.Name = fmt.Sprint(caller, call)
				if got, err := client.Get(ctx, want); err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("%s: %v", want.Name, err)
					return
				}
			}
		}()
	}
	group.Wait()
}

func TestMetadata(t *testing.T) {
	seen := make(chan string, 1)
	_, client := serveStore(t, handlers(func(ctx context.Context, request *item) (*item, error) {
		value, _ := metainfo.GetPersistentValue(ctx, "TENANT")
		seen <- value
		return request, nil
	}))
	if _, err := client.Get(metainfo.WithPersistentValue(background(t), "TENANT", "seven"), sample()); err != nil {
		t.Fatal(err)
	}
	if got := <-seen; got != "seven" {
		t.Error(got)
	}
}

type boolKeys struct {
	M map[bool]string `frugal:"1"`
}

type doubleKeys struct {
	M []map[string]map[float64]string `frugal:"1,default,list<map<string:map<double:string>>>"`
}

type structKeys struct {
	M map[*place]string `frugal:"1"`
	S *structKeys       `frugal:"2"`
}

type sameNames struct {
	A string `thrift:"a,1"`
	B string `thrift:"a,2"`
}

type outer struct {
	Inner *boolKeys `frugal:"1"`
}

func TestWhatJSONCannotHold(t *testing.T) {
	for _, row := range []struct {
		path string
		add  func(svc *rpc.Service)
	}{
		{"boolKeys.M", func(svc *rpc.Service) {
			rpc.Handle(svc, "M", func(context.Context, *boolKeys) (*rpc.Void, error) { return nil, nil })
		}},
		{"boolKeys.M", func(svc *rpc.Service) {
			rpc.Handle(svc, "M", func(context.Context, *rpc.Void) (*outer, error) { return nil, nil })
		}},
		{"doubleKeys.M", func(svc *rpc.Service) {
			rpc.Handle(svc, "M", func(context.Context, *doubleKeys) (*rpc.Void, error) { return nil, nil })
		}},
		{"structKeys.M", func(svc *rpc.Service) {
			rpc.HandleOneway(svc, "M", func(context.Context, *structKeys) error { return nil })
		}},
		{"sameNames.B", func(svc *rpc.Service) {
			rpc.Handle(svc, "M", func(context.Context, *sameNames) (*rpc.Void, error) { return nil, nil }, rpc.Spread())
		}},
	} {
		svc := rpc.NewService("S")
		row.add(svc)
		_, err := nethttp.NewHandler(svc)
		var unsupported *nethttp.UnsupportedError
		if !errors.Is(err, rpc.CodeContract) || !errors.As(err, &unsupported) || unsupported.Path != row.path || unsupported.Type == nil {
			t.Errorf("%s: %v", row.path, err)
		}
	}
	type wrong struct {
		Get func(ctx context.Context) (map[bool]string, error)
	}
	client := wrong{}
	err := nethttp.Fill(http.DefaultClient, "http://localhost", "S", &client)
	var unsupported *nethttp.UnsupportedError
	if !errors.As(err, &unsupported) || client.Get != nil {
		t.Error(err)
	}
}

func TestWrongContracts(t *testing.T) {
	if _, err := nethttp.NewHandler(rpc.NewService("Empty")); !errors.Is(err, rpc.CodeContract) {
		t.Error(err)
	}
	type streams struct {
		Watch func(ctx context.Context, stream chan int) error
	}
	type page struct {
		Text string `protobuf:"1"`
	}
	type library struct {
		Turn func(ctx context.Context, page *page) (*page, error)
	}
	svc := rpc.NewService("Library")
	rpc.Implement[library](svc, &library{func(_ context.Context, page *page) (*page, error) { return page, nil }}, rpc.Protobuf())
	if _, err := nethttp.NewHandler(svc); !errors.Is(err, rpc.CodeContract) {
		t.Error("messages of Protobuf:", err)
	}
	if err := nethttp.Fill(http.DefaultClient, "http://localhost", "Library", new(library), rpc.Protobuf()); !errors.Is(err, rpc.CodeContract) {
		t.Error("messages of Protobuf:", err)
	}
	type leaf struct {
		Text string `frugal:"1"`
	}
	type stream struct {
		Turn func(ctx context.Context, leaf *leaf) iter.Seq2[*leaf, error]
	}
	svc = rpc.NewService("Stream")
	rpc.Implement[stream](svc, &stream{func(context.Context, *leaf) iter.Seq2[*leaf, error] { return nil }})
	if _, err := nethttp.NewHandler(svc); !errors.Is(err, rpc.CodeContract) {
		t.Error("a stream:", err)
	}
	for _, target := range []any{nil, store{}, (*store)(nil), new(int), new(streams), new(stream), new(struct{})} {
		if err := nethttp.Fill(http.DefaultClient, "http://localhost", "Store", target, exceptions); !errors.Is(err, rpc.CodeContract) {
			t.Errorf("%T: %v", target, err)
		}
	}
}
