package nethttp_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/adapters/nethttp"
	"github.com/tagwire/tagwire/rpc"
)

// FuzzRequests sends bodies. The answer is one of those that are documented and valid JSON, encoding/json has read what was accepted,
// and the reply is a request that has itself as its reply.
func FuzzRequests(f *testing.F) {
	svc := rpc.NewService("S")
	rpc.Handle(svc, "Echo", func(_ context.Context, request *item) (*item, error) { return request, nil })
	handler, err := nethttp.NewHandler(svc, nethttp.WithMaxBody(1<<16))
	if err != nil {
		f.Fatal(err)
	}
	call := func(body string) (int, string) {
		request := httptest.NewRequest(http.MethodPost, "/S/Echo", strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		return recorder.Code, recorder.Body.String()
	}
	for _, seed := range []string{
		`{"name":"x","tags":{"a":"b"},"inner":{"name":""},"data":"AA==","Big":-1,"Color":1,"Ratio":0.5,"List":[{"name":"y"}]}`,
		`{"name":"x","Counts":{"1":[1]},"Paints":{"1":true},"Value":{"x":1},"Set":["a"],"Nested":[{"k":[true]}],"Choice":{"a":1}}`,
		`{"name":"\ud800","other":[null,{}]}`, `{"name":"x"}{`, `{`, `[]`, `null`, `{"name":"x","Big":1e3}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		status, reply := call(body)
		if !json.Valid([]byte(reply)) {
			t.Fatalf("%d %q", status, reply)
		}
		switch status {
		case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
			return
		case http.StatusOK:
		default:
			t.Fatalf("%d %q", status, reply)
		}
		if !json.Valid([]byte(body)) {
			t.Fatalf("%q is no JSON, and is accepted as %q", body, reply)
		}
		if status, again := call(reply); status == http.StatusOK && again != reply || status == http.StatusBadRequest {
			t.Fatalf("%q, sent again: %d %q", reply, status, again)
		}
	})
}
