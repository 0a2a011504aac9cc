package nethttp_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tagwire/tagwire/adapters/nethttp"
	"github.com/tagwire/tagwire/rpc"
)

func TestHostileRequests(t *testing.T) {
	url, contract := serveStore(t, handlers(nil), nethttp.WithMaxBody(100_000))
	client := httpClient(t)
	for _, row := range []struct {
		body, want string
		status     int
	}{
		{``, "ends too early", 400},
		{` `, "ends too early", 400},
		{`{`, "", 400}, // the text is that of encoding/json, and from Go 1.27 on another one
		{`null`, "null where an object should be", 400},
		{`[]`, "an array where an object should be", 400},
		{`"x"`, "a string where", 400},
		{`{"name":"x"}x`, "invalid character", 400},
		{`{"name":"x"}{}`, "an object follows the value", 400},
		{`{"name":"x"]`, "invalid character", 400},
		{`{"name":"x",}`, "invalid character", 400},
		{`{1:2}`, "", 400},
		{`{"name"}`, "invalid character", 400},
		{`{"name":"x","other":{]}`, "invalid character", 400},
		{`{"name":"x","other":`, "ends too early", 400},
		{`{}`, ".name: the required field is missing", 400},
		{`{"name":null}`, ".name: the required field is missing", 400},
		{`{"NAME":"x"}`, ".name: the required field is missing", 400},
		{`{"name":1}`, ".name: a number where a string", 400},
		{`{"name":"x","name":"y"}`, ".name: the field is there twice", 400},
		{`{"name":"x","name":null}`, ".name: the field is there twice", 400},
		{`{"name":null,"name":"x"}`, ".name: the field is there twice", 400},
		{`{"name":"x","tags":{"a":"","a":""}}`, `.tags[\"a\"]: the key is there twice`, 400},
		{`{"name":"x","tags":[]}`, ".tags: an array where an object", 400},
		{`{"name":"x","tags":{"a":null}}`, `null where a string`, 400},
		{`{"name":"x","Big":9223372036854775808}`, ".Big: 9223372036854775808 is no i64", 400},
		{`{"name":"x","Big":1.0}`, "1.0 is no i64", 400},
		{`{"name":"x","Big":"1"}`, "a string where a number", 400},
		{`{"name":"x","Color":2147483648}`, "is no enum", 400},
		{`{"name":"x","Value":{"x":40000}}`, ".Value.x: 40000 is no i16", 400},
		{`{"name":"x","Ratio":1e400}`, "1e400 is no double", 400},
		{`{"name":"x","Ratio":true}`, "true where a number", 400},
		{`{"name":"x","data":"*"}`, ".data: binary is a string in base64", 400},
		{`{"name":"x","Counts":{"x":[]}}`, "x is no i32", 400},
		{`{"name":"x","Counts":{"1":[200]}}`, "200 is no i8", 400},
		{`{"name":"x","Paints":{"1":"true"}}`, "a string where true or false", 400},
		{`{"name":"x","List":[null]}`, ".List[0]: null where an object", 400},
		{`{"name":"x","List":{}}`, "an object where an array", 400},
		{`{"name":"x","Choice":{}}`, ".Choice: a union has one field, and not 0", 400},
		{`{"name":"x","Choice":{"a":1,"b":"x"}}`, "a union has one field, and not 2", 400},
		{strings.Repeat(`{"name":"x","inner":`, 1001), "more than 1000 levels", 400},
		{`{"name":"x","other":` + strings.Repeat(`[`, 90_000), "", 400},
		{`{"name":"` + strings.Repeat("x", 100_000) + `"}`, "more than 100000 bytes", 413},
		{`{"name":"x","List":[` + strings.Repeat(`{"name":""},`, 8000) + `{"name":""}]}`, "too much memory", 413},
		{`{"name":"x","Nested":[` + strings.Repeat(`{},`, 30_000) + `{}]}`, "", 200},
	} {
		status, body := post(t, client, url+"/shop.Store/Get", row.body)
		if status != row.status || !strings.Contains(body, row.want) {
			t.Errorf("%.80s: %d %.300s", row.body, status, body)
		}
	}
	for _, body := range []string{`1`, `[]`, `{"1":"x"}`, `{"1":1,"1":1}`, `{"-5":9223372036854775808}`, ``} {
		if status, _ := post(t, client, url+"/shop.Store/Add", body); status != 400 {
			t.Errorf("Add %s: %d", body, status)
		}
	}
	if got, err := contract.Get(background(t), sample()); err != nil || !reflect.DeepEqual(got, sample()) {
		t.Error("after them:", err)
	}
}

func TestWhatIsNoCall(t *testing.T) {
	url, _ := serveStore(t, handlers(nil))
	client := httpClient(t)
	const get = "/shop.Store/Get"
	for _, row := range []struct {
		method, path, contentType, encoding string
		status                              int
	}{
		{"POST", get, "application/json; charset=utf-8", "", 200},
		{"POST", get, "APPLICATION/JSON", "identity", 200},
		{"POST", get, "application/json", "gzip", 415},
		{"POST", get, "text/plain", "", 415},
		{"POST", get, "application/jsonp", "", 415},
		{"POST", get, "application/json; charset", "", 415},
		{"POST", get, "", "", 415},
		{"GET", get, "application/json", "", 405},
		{"PUT", get, "application/json", "", 405},
		{"OPTIONS", get, "application/json", "", 405},
		{"BREW", get, "application/json", "", 405},
		{"POST", "/shop.Store/get", "application/json", "", 404},
		{"POST", "/shop.Store/Get/", "application/json", "", 404},
		{"POST", "/shop.Store/", "application/json", "", 404},
		{"GET", "/shop.Store/Nothing", "application/json", "", 404},
		{"POST", "/other/Get", "application/json", "", 404},
	} {
		headers := []string{"Content-Encoding", row.encoding}
		if row.contentType != "" {
			headers = append(headers, "Content-Type", row.contentType)
		}
		if status, body := send(t, client, row.method, url+row.path, `{"name":"x"}`, headers...); status != row.status {
			t.Errorf("%+v: %d %s", row, status, body)
		}
	}
}

// TestSlowBody has a caller that goes away in the middle of its body.
func TestSlowBody(t *testing.T) {
	url, client := serveStore(t, handlers(nil))
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /shop.Store/Get HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"name\":")
	conn.Close()
	if err := client.Ping(background(t)); err != nil {
		t.Error(err)
	}
}

func TestHostileReplies(t *testing.T) {
	status, reply := 200, ""
	client := fill(t, listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, reply)
	})))
	for _, reply = range []string{"", "{", "[]", "1", `{"name":1}`, `{}`, `{"name":"x"}}`} {
		if got, err := client.Get(background(t), sample()); !errors.Is(err, rpc.CodeInvalidReply) {
			t.Errorf("%q: %v %v", reply, got, err)
		}
	}
	status = 422
	for _, reply = range []string{`{"exception":"notFound"}`, `{"exception":"notFound","value":null}`, `{"exception":"notFound","value":[]}`,
		`{"exception":"item","value":{}}`, `{"code":"x"}`, `{"error":1}`, `[]`, `null`, `{"code":99999}`} {
		_, err := client.Get(background(t), sample())
		var failure *rpc.Error
		if !errors.As(err, &failure) {
			t.Errorf("%q: %T %v", reply, err, err)
		}
	}
}

// errText is an error whose text panics if it is "panic".
type errText string

func (e errText) Error() string {
	if e == "panic" {
		panic("in Error")
	}
	return string(e)
}

func TestErrorsOfHandlers(t *testing.T) {
	var sent error
	url, client := serveStore(t, handlers(func(context.Context, *item) (*item, error) { return nil, sent }))
	plain := httpClient(t)
	for name, row := range map[string]struct {
		err    error
		status int
		rpc    rpc.Code
	}{
		"any":             {errText("bad"), 500, rpc.CodeInternal},
		"text not UTF-8":  {errText("\xff"), 500, rpc.CodeInternal},
		"text panics":     {errText("panic"), 500, rpc.CodeInternal},
		"deadline":        {fmt.Errorf("x: %w", context.DeadlineExceeded), 504, rpc.CodeTimeout},
		"canceled":        {context.Canceled, 499, rpc.CodeCanceled},
		"overloaded":      {&rpc.Error{Code: rpc.CodeOverloaded}, 429, rpc.CodeOverloaded},
		"connect":         {fmt.Errorf("x: %w", &rpc.Error{Code: rpc.CodeConnect}), 503, rpc.CodeConnect},
		"unknown method":  {&rpc.Error{Code: rpc.CodeUnknownMethod}, 404, rpc.CodeUnknownMethod},
		"code 0":          {&rpc.Error{}, 500, rpc.CodeUnknown},
		"no code of ours": {&rpc.Error{Code: 4711}, 500, 4711},
		"nil exception":   {error((*denied)(nil)), 500, rpc.CodeInternal},
	} {
		sent = row.err
		if _, err := client.Get(background(t), sample()); !errors.Is(err, row.rpc) {
			t.Errorf("%s: %v", name, err)
		}
		if status, body := post(t, plain, url+"/shop.Store/Get", `{"name":"x"}`); status != row.status || !strings.HasPrefix(body, `{"error":`) {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

func TestDeclaredErrors(t *testing.T) {
	var sent error
	url, client := serveStore(t, handlers(func(context.Context, *item) (*item, error) { return nil, sent }))
	plain := httpClient(t)
	for _, row := range []struct {
		want   error
		status int
		body   string
	}{
		{&notFound{"k"}, 422, `{"error":"no item k","exception":"notFound","value":{"key":"k"}}`},
		{&denied{"no", 403}, 403, `{"error":"denied: no","exception":"denied","value":{"Why":"no","Status":403}}`},
		{&denied{"no", 200}, 422, ""},
		{&denied{"no", 1000}, 422, ""},
		{&rpc.BizError{Status: -7, Message: "no money"}, 422, `{"error":"no money","status":-7}`},
		{&rpc.BizError{Status: 1, Message: "x", Extra: map[string]string{"a": "ü"}}, 422, `{"error":"x","status":1,"extra":{"a":"ü"}}`},
	} {
		for _, sent = range []error{row.want, fmt.Errorf("x: %w", row.want)} {
			if _, err := client.Get(background(t), sample()); !reflect.DeepEqual(err, row.want) {
				t.Errorf("%T %v", err, err)
			}
		}
		sent = row.want
		if status, body := post(t, plain, url+"/shop.Store/Get", `{"name":"x"}`); status != row.status || row.body != "" && body != row.body {
			t.Errorf("%v: %d %s", row.want, status, body)
		}
	}
}

func TestPanics(t *testing.T) {
	var value any
	url, client := serveStore(t, handlers(func(context.Context, *item) (*item, error) { panic(value) }))
	for _, value = range []any{"secret", errors.New("secret"), nil} {
		if _, err := client.Get(background(t), sample()); !errors.Is(err, rpc.CodeInternal) || strings.Contains(err.Error(), "secret") {
			t.Error(err)
		}
	}
	if status, body := post(t, httpClient(t), url+"/shop.Store/Get", `{"name":"x"}`); status != 500 || body != `{"error":"the handler panicked","code":6}` {
		t.Error(status, body)
	}
	if err := client.Ping(background(t)); err != nil {
		t.Error("after panics:", err)
	}
}

// panics has an InitDefault that panics.
type panics struct {
	Name string `frugal:"1"`
}

func (*panics) InitDefault() {
	if panicNow.Load() {
		panic("secret")
	}
}

var panicNow atomic.Bool

func TestPanicOfDefaults(t *testing.T) {
	svc := rpc.NewService("shop.Store")
	rpc.Handle(svc, "Get", func(context.Context, *panics) (*rpc.Void, error) { return nil, nil })
	rpc.Handle(svc, "Spread", func(context.Context, *panics) (*rpc.Void, error) { return nil, nil }, rpc.Spread())
	url, _ := serve(t, svc)
	panicNow.Store(true)
	defer panicNow.Store(false)
	for _, method := range []string{"Get", "Spread"} {
		if status, body := post(t, httpClient(t), url+"/shop.Store/"+method, `{}`); status != 500 || strings.Contains(body, "secret") {
			t.Error(method, status, body)
		}
	}
}

func TestGoexit(t *testing.T) {
	_, client := serveStore(t, handlers(func(context.Context, *item) (*item, error) {
		runtime.Goexit()
		return nil, nil
	}))
	if _, err := client.Get(background(t), sample()); !errors.Is(err, rpc.CodeClosed) {
		t.Error(err)
	}
	if err := client.Ping(background(t)); err != nil {
		t.Error("after the end of a goroutine:", err)
	}
}

func TestValuesWithoutJSON(t *testing.T) {
	cycle := &item{Name: "x"}
	cycle.Inner = cycle
	nan := math.NaN()
	var reply *item
	url, client := serveStore(t, handlers(func(context.Context, *item) (*item, error) { return reply, nil }))
	for _, wrong := range []*item{cycle, {Ratio: &nan}, {Color: 1 << 40}, {Choice: &choice{}},
		{Name: "x", Tags: map[string]string{"\xfe": "1", "\xff": "2"}}, {List: []*item{{Name: "x", Color: math.MinInt64}}}} {
		reply = wrong
		if status, body := post(t, httpClient(t), url+"/shop.Store/Get", `{"name":"x"}`); status != 500 || !strings.Contains(body, "the result has no JSON") {
			t.Errorf("%d %.200s", status, body)
		}
		if _, err := client.Get(background(t), wrong); !errors.Is(err, rpc.CodeEncode) {
			t.Error(err)
		}
	}
	reply = nil
	if got, err := client.Get(background(t), sample()); got != nil || err != nil {
		t.Error(got, err)
	}
}

func TestEndOfTime(t *testing.T) {
	block := handlers(func(ctx context.Context, _ *item) (*item, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	_, client := serveStore(t, block)
	ctx, cancel := context.WithTimeout(background(t), 20*time.Millisecond)
	defer cancel()
	if _, err := client.Get(ctx, sample()); !errors.Is(err, rpc.CodeTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	ctx, cancel = context.WithCancel(background(t))
	cancel()
	if _, err := client.Get(ctx, sample()); !errors.Is(err, rpc.CodeCanceled) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	url, client := serveStore(t, block, nethttp.WithTimeout(time.Millisecond))
	if status, _ := post(t, httpClient(t), url+"/shop.Store/Get", `{"name":"x"}`); status != 504 {
		t.Error(status)
	}
	if _, err := client.Get(background(t), sample()); !errors.Is(err, rpc.CodeTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// TestOneway has a handler that works on after its caller has its answer, and has gone.
func TestOneway(t *testing.T) {
	implementation, release, ended := handlers(nil), make(chan struct{}), make(chan error, 3)
	implementation.Notify = func(ctx context.Context, text string) error {
		<-release
		ended <- ctx.Err()
		if text == "panic" {
			panic("in a oneway handler")
		}
		return errors.New("nobody gets this")
	}
	url, client := serveStore(t, implementation)
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /shop.Store/notify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{\"1\":\"x\"}")
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || response.StatusCode != http.StatusAccepted {
		t.Fatal(response, err)
	}
	conn.Close()
	if err := client.Notify(background(t), "panic"); err != nil {
		t.Error(err)
	}
	close(release)
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if status, _ := post(t, httpClient(t), url+"/shop.Store/notify", `{"1":1}`); status != 400 {
		t.Error(status)
	}
	if err := client.Notify(background(t), "x"); err != nil {
		t.Error("after a panic:", err)
	}
}

// TestOnewayHTTP2 has a protocol in which an answer has not ended before the handler returns.
func TestOnewayHTTP2(t *testing.T) {
	implementation, release := handlers(nil), make(chan struct{})
	implementation.Notify = func(context.Context, string) error {
		<-release
		return nil
	}
	url, _ := serveStore(t, implementation)
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	var client store
	if err := nethttp.Fill(&http.Client{Transport: transport}, url, "shop.Store", &client, exceptions); err != nil {
		t.Fatal(err)
	}
	if err := client.Notify(background(t), "x"); err != nil {
		t.Error(err)
	}
	close(release)
	if err := client.Ping(background(t)); err != nil {
		t.Error(err)
	}
}

func TestNoServer(t *testing.T) {
	if _, err := fill(t, "http://127.0.0.1:0").Add(background(t), 1, 2); !errors.Is(err, rpc.CodeConnect) {
		t.Error(err)
	}
}
