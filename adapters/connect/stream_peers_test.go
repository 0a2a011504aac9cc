package connectadapter_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"reflect"
	"testing"
	"time"

	"connectrpc.com/connect"
	connect2 "connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	connectadapter "github.com/tagwire/tagwire/adapters/connect"
	"github.com/tagwire/tagwire/adapters/connect/connectv2"
	"github.com/tagwire/tagwire/adapters/connect/gen/depot"
	"github.com/tagwire/tagwire/adapters/connect/gen/depot/depotconnect"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/streamtest"
)

// Watch sends as many crates as the request says.
func (generatedDepot) Watch(_ context.Context, request *connect.Request[depot.Crate], stream *connect.ServerStream[depot.Crate]) error {
	for i := range request.Msg.GetCents() {
		if err := stream.Send(&depot.Crate{Name: request.Msg.Name, Price: &depot.Crate_Cents{Cents: i}}); err != nil {
			return err
		}
	}
	return nil
}

// Gather joins the names.
func (generatedDepot) Gather(_ context.Context, stream *connect.ClientStream[depot.Crate]) (*connect.Response[depot.Crate], error) {
	sum := new(depot.Crate)
	for stream.Receive() {
		sum.Name += stream.Msg().Name
	}
	return connect.NewResponse(sum), stream.Err()
}

// Trade sends the requests back, and fails where one has no name.
func (generatedDepot) Trade(_ context.Context, stream *connect.BidiStream[depot.Crate, depot.Crate]) error {
	for {
		request, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if request.Name == "" {
			return connect.NewError(connect.CodeNotFound, errors.New("nameless"))
		}
		if err := stream.Send(request); err != nil {
			return err
		}
	}
}

func named(names ...string) iter.Seq2[*streamtest.Good, error] {
	return func(yield func(*streamtest.Good, error) bool) {
		for _, name := range names {
			if !yield(&streamtest.Good{Name: name}, nil) {
				return
			}
		}
	}
}

func namesIn(responses iter.Seq2[*streamtest.Good, error]) (names []string, err error) {
	for response, err := range responses {
		if err != nil {
			return names, err
		}
		names = append(names, response.Name)
	}
	return names, nil
}

// atDepot sends the calls of shop.Store to depot.Depot.
func atDepot(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		request.URL.Path = "/depot.Depot" + request.URL.Path[len("/shop.Store"):]
		handler.ServeHTTP(w, request)
	})
}

// TestStreamsOfGeneratedService has contracts call generated code.
func TestStreamsOfGeneratedService(t *testing.T) {
	_, handler := depotconnect.NewDepotHandler(generatedDepot{})
	url := listen(t, atDepot(handler))
	for name, fill := range streamClients {
		for _, protocol := range protocols {
			t.Run(name+" by "+protocol, func(t *testing.T) {
				client, ctx := new(streamtest.Market), background(t)
				fill(t, url, protocol, "protobuf", client)
				if got, err := namesIn(client.Watch(ctx, &streamtest.Good{Name: "x", Cents: 3})); err != nil || len(got) != 3 {
					t.Error(got, err)
				}
				if got, err := client.Gather(ctx, named("a", "b")); err != nil || got.Name != "ab" {
					t.Error(got, err)
				}
				if got, err := namesIn(client.Trade(ctx, named("a", "b"))); err != nil || !reflect.DeepEqual(got, []string{"a", "b"}) {
					t.Error(got, err)
				}
				got, err := namesIn(client.Trade(ctx, named("a", "", "b")))
				if len(got) != 1 || codeOf(err) != connect.CodeNotFound || !errors.Is(err, rpc.CodeUnknown) {
					t.Error(got, err)
				}
			})
		}
	}
}

// TestStreamsOfGeneratedClient has generated code call contracts.
func TestStreamsOfGeneratedClient(t *testing.T) {
	for name, serve := range streamServers {
		svc := streamtest.NewStall().Service("protobuf")
		inner := httpClient(t)
		url := serve(t, "protobuf", svc)
		for _, protocol := range protocols {
			t.Run(name+" by "+protocol, func(t *testing.T) {
				client := depotconnect.NewDepotClient(redirected{inner}, url, append(options1(protocol), connect.WithSendGzip())...)
				ctx := background(t)
				watch, err := client.Watch(ctx, connect.NewRequest(&depot.Crate{Name: "lost", Price: &depot.Crate_Cents{Cents: 2}}))
				if err != nil {
					t.Fatal(err)
				}
				received := 0
				for watch.Receive() {
					received++
				}
				var failure *connect.Error
				if received != 2 || !errors.As(watch.Err(), &failure) || failure.Message() != "lost k" || len(failure.Details()) != 2 {
					t.Error(received, watch.Err())
				}
				watch.Close()
				gather := client.Gather(ctx)
				for _, name := range []string{"a", "b"} {
					if err := gather.Send(&depot.Crate{Name: name}); err != nil {
						t.Fatal(err)
					}
				}
				if got, err := gather.CloseAndReceive(); err != nil || got.Msg.Name != "ab" {
					t.Error(got, err)
				}
				trade := client.Trade(ctx)
				for _, name := range []string{"a", "business"} {
					if err := trade.Send(&depot.Crate{Name: name}); err != nil {
						t.Fatal(err)
					}
					got, err := trade.Receive()
					if name == "a" && (err != nil || got.Name != name) {
						t.Error(got, err)
					}
					if name == "business" && (!errors.As(err, &failure) || failure.Code() != connect.CodeInternal || failure.Meta().Get("biz-status") != "3") {
						t.Error(got, err)
					}
				}
				trade.CloseRequest()
				trade.CloseResponse()
			})
		}
	}
}

// redirected is a client that sends the calls of depot.Depot to shop.Store.
type redirected struct{ client *http.Client }

func (r redirected) Do(request *http.Request) (*http.Response, error) {
	request.URL.Path = "/shop.Store" + request.URL.Path[len("/depot.Depot"):]
	return r.client.Do(request)
}

// TestHostileStreams has peers send what is no message: no bytes, of which connect does not ask the codec, among it.
func TestHostileStreams(t *testing.T) {
	for server, serve := range streamServers {
		url := serve(t, "thrift", streamtest.NewStall().Service("thrift"))
		for _, contentType := range []string{"application/grpc+thrift", "application/connect+thrift"} {
			for _, method := range []string{"Watch", "Gather", "Trade"} {
				for _, data := range [][]byte{{}, {1}, {0}, {11, 0, 1, 0x7f, 0xff, 0xff, 0xff}, {11, 0, 1, 0, 0, 0, 1, 'x', 0, 0}} {
					status, code, text := post(t, httpClient(t), url+"/shop.Store/"+method, contentType, enveloped(data))
					failed := code == "3"
					if contentType == "application/connect+thrift" {
						failed = bytes.Contains(text, []byte(`"error":{"code":"invalid_argument"`))
					}
					if status != http.StatusOK || !failed {
						t.Errorf("%s: %s by %s: % x: %d %q %q", server, method, contentType, data, status, code, text)
					}
				}
			}
		}
	}
}

// TestStreamsWithoutHTTPClient: calls by version 2 end without the client of connectv2, too.
func TestStreamsWithoutHTTPClient(t *testing.T) {
	url := streamServers["v2"](t, "thrift", streamtest.NewStall().Service("thrift"))
	transport := connecthttp.NewTransport(httpClient(t), url, codecs2["thrift"])
	var client streamtest.Market
	if err := connectv2.Fill(connect2.NewClient(transport), "shop.Store", &client, streamtest.Formats["thrift"]...); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(background(t))
	test := background(t)
	waits := func(yield func(*streamtest.Good, error) bool) {
		yield(&streamtest.Good{Name: "x"}, nil)
		<-test.Done()
	}
	time.AfterFunc(50*time.Millisecond, cancel)
	names, err := namesIn(client.Trade(ctx, waits))
	if !errors.Is(err, rpc.CodeCanceled) {
		t.Error(names, err)
	}
}

// TestStreamsHaveOptions: those of connect hold for streams.
func TestStreamsHaveOptions(t *testing.T) {
	path, handler, err := connectadapter.NewHandler(streamtest.NewStall().Service("thrift"), connect.WithReadMaxBytes(1000))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(path, handler)
	url := listen(t, mux)
	for name, fill := range streamClients {
		client := new(streamtest.Market)
		fill(t, url, connect.ProtocolConnect, "thrift", client)
		large := func(yield func(*streamtest.Good, error) bool) {
			yield(&streamtest.Good{Name: "x", Data: make([]byte, 5000)}, nil)
		}
		if _, err := client.Gather(background(t), large); !errors.Is(err, rpc.CodeLimit) {
			t.Error(name, err)
		}
		if _, err := client.Gather(background(t), named("\xff", "x")); err != nil {
			t.Error(name, err)
		}
	}
}
