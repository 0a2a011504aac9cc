package connectadapter_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"

	"connectrpc.com/connect"
	"github.com/tagwire/tagwire"
	connectadapter "github.com/tagwire/tagwire/adapters/connect"
	"github.com/tagwire/tagwire/rpc"
)

// post sends a body as it is, and returns the HTTP status, the status of gRPC, and the body.
func post(t *testing.T, client *http.Client, url, contentType string, body []byte) (int, string, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(background(t), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("Grpc-Status") + response.Trailer.Get("Grpc-Status"), data
}

// enveloped returns data as a message of gRPC.
func enveloped(data []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(data))), data...)
}

func TestHostileRequests(t *testing.T) {
	whole, err := tagwire.Marshal(sample(3))
	if err != nil {
		t.Fatal(err)
	}
	bad := [][]byte{append(bytes.Clone(whole), 0), {1}, {11, 0, 1, 0x7f, 0xff, 0xff, 0xff}, {11, 0, 1, 0xff, 0xff, 0xff, 0xff, 0}}
	for n := range whole {
		bad = append(bad, whole[:n])
	}
	for _, v := range versions {
		url, client := serveStore(t, v, handlers(nil))+"/shop.Store/Get", httpClient(t)
		for _, body := range bad {
			if status, _, _ := post(t, client, url, "application/thrift", body); status != http.StatusBadRequest {
				t.Fatalf("%s: status %d for % x", v.name, status, body)
			}
			if _, status, _ := post(t, client, url, "application/grpc+thrift", enveloped(body)); status != "3" { // InvalidArgument
				t.Fatalf("%s: status %s of gRPC for % x", v.name, status, body)
			}
		}
		if status, _, data := post(t, client, url, "application/thrift", whole); status != http.StatusOK || !bytes.Equal(data, whole) {
			t.Errorf("%s: after them %d % x", v.name, status, data)
		}
		if status, _, _ := post(t, client, url, "application/octet-stream", whole); status != http.StatusUnsupportedMediaType {
			t.Errorf("%s: status %d for another content type", v.name, status)
		}
		if status, _, _ := post(t, client, url, "application/json", []byte("{}")); status < 400 || status > 499 {
			t.Errorf("%s: status %d for JSON", v.name, status)
		}
		if status, _, _ := post(t, client, url+"/", "application/thrift", whole); status != http.StatusNotFound && status != http.StatusNotImplemented {
			t.Errorf("%s: status %d for another path", v.name, status)
		}
	}
}

func TestHostileReplies(t *testing.T) {
	var reply []byte
	contentType := "application/thrift"
	url := listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		if contentType == "application/thrift" {
			_, _ = w.Write(reply)
			return
		}
		_, _ = w.Write(enveloped(reply))
		w.Header().Set(http.TrailerPrefix+"Grpc-Status", "0")
	}))
	for _, v := range versions {
		for protocol, contentTypeOf := range map[string]string{connect.ProtocolConnect: "application/thrift", connect.ProtocolGRPC: "application/grpc+thrift"} {
			contentType = contentTypeOf
			var client store
			v.fill(t, url, protocol, "shop.Store", &client, exceptions)
			for _, reply = range [][]byte{nil, {1}, {0, 0}, {11, 0, 1, 0x7f, 0xff, 0xff, 0xff}, {11, 0, 1, 0xff, 0xff, 0xff, 0xff, 0}} {
				if got, err := client.Get(background(t), sample(1)); err == nil {
					t.Errorf("%s %s: % x is %v", v.name, protocol, reply, got)
				}
			}
			reply = []byte{0}
			if _, err := client.Add(background(t), 1, 2); !errors.Is(err, rpc.CodeMissingResult) {
				t.Error(v.name, protocol, err)
			}
		}
	}
}

// TestRefusedRequests has a server that never answers, as grpc-go is to a request without a message.
func TestRefusedRequests(t *testing.T) {
	url := listen(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	cycle := &item{Name: "x"}
	cycle.Inner = cycle
	for _, v := range versions {
		for _, protocol := range protocols {
			var client store
			v.fill(t, url, protocol, "shop.Store", &client, exceptions)
			for _, request := range []*item{nil, cycle} {
				if _, err := client.Get(background(t), request); !errors.Is(err, rpc.CodeEncode) {
					t.Errorf("%s by %s: %v", v.name, protocol, err)
				}
			}
		}
	}
}

// TestRefusedTwice has an interceptor that sends a request twice at once, as those that hedge do.
func TestRefusedTwice(t *testing.T) {
	url := listen(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	hedge := connect.UnaryInterceptorFunc(func(next connect.UnaryFunc) connect.UnaryFunc {
		return func(ctx context.Context, request connect.AnyRequest) (connect.AnyResponse, error) {
			errs := make(chan error, 2)
			for range 2 {
				go func() {
					_, err := next(ctx, connect.NewRequest(request.Any().(*connectadapter.Message)))
					errs <- err
				}()
			}
			return nil, errors.Join(<-errs, <-errs)
		}
	})
	var client store
	if err := connectadapter.Fill(httpClient(t), url, "shop.Store", &client, []rpc.ContractOption{exceptions}, connect.WithInterceptors(hedge)); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := client.Get(background(t), nil); !errors.Is(err, rpc.CodeEncode) {
			t.Fatal(err)
		}
	}
}

func TestHostileDetails(t *testing.T) {
	for _, detail := range []string{"", "CgA", "CgEA", "CP8", "EgEA", "Cv///w8", "CgQMAAEA", "/////w", "not base64!"} {
		url := listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Biz-Status", "x")
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, `{"code":"aborted","message":"m","details":[{"type":"google.protobuf.BytesValue","value":"`+detail+`"}]}`)
		}))
		for _, v := range versions {
			var client store
			v.fill(t, url, connect.ProtocolConnect, "shop.Store", &client, exceptions)
			_, err := client.Get(background(t), sample(1))
			var failure *rpc.Error
			if !errors.As(err, &failure) {
				t.Errorf("%s: %q: %T %v", v.name, detail, err, err)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	svc := rpc.NewService("shop.Store")
	rpc.Implement[store](svc, handlers(nil), exceptions)
	path, handler, err := connectadapter.NewHandler(svc, connect.WithReadMaxBytes(1000), connect.WithCodec(connectadapter.NewCodec(tagwire.WithMaxAlloc(500))))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(path, handler)
	url := listen(t, mux)
	for _, v := range versions {
		var client store
		v.fill(t, url, connect.ProtocolConnect, "shop.Store", &client, exceptions)
		if _, err := client.Get(background(t), sample(1000)); !errors.Is(err, rpc.CodeLimit) {
			t.Error(err)
		}
		if _, err := client.Get(background(t), sample(400)); codeOf(err) != connect.CodeInvalidArgument {
			t.Error("more memory than the codec allows:", err)
		}
		if _, err := client.Get(background(t), &item{Name: "small"}); err != nil {
			t.Error(err)
		}
	}
}

// defaults panics when it is made, once noDefaults is set; inner is where that happens inside the codec.
type defaults struct {
	Name string `frugal:"1"`
}

type around struct {
	Inner *defaults `frugal:"1,optional"`
}

var noDefaults atomic.Bool

func (*defaults) InitDefault() {
	if noDefaults.Load() {
		panic("in InitDefault")
	}
}

func TestPanicOfDefaults(t *testing.T) {
	for _, v := range versions {
		svc := rpc.NewService("Defaults")
		rpc.Handle(svc, "Get", func(context.Context, *defaults) (*item, error) { return nil, nil })
		rpc.Handle(svc, "Inside", func(context.Context, *around) (*item, error) { return nil, nil })
		mux := http.NewServeMux()
		v.serve(t, mux, svc)
		url, client := listen(t, mux), httpClient(t)
		noDefaults.Store(true)
		for _, method := range []string{"Get", "Inside"} {
			if status, _, _ := post(t, client, url+"/Defaults/"+method, "application/thrift", []byte{12, 0, 1, 0, 0}); status != http.StatusInternalServerError {
				t.Error(v.name, method, status)
			}
		}
		noDefaults.Store(false)
	}
}
