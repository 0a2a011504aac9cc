package connectadapter_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"connectrpc.com/connect"
	connect2 "connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	"connectrpc.com/connect/v2/connectproto"
	"github.com/tagwire/tagwire"
	connectadapter "github.com/tagwire/tagwire/adapters/connect"
	"github.com/tagwire/tagwire/adapters/connect/connectv2"
	"github.com/tagwire/tagwire/adapters/connect/gen/depot"
	"github.com/tagwire/tagwire/adapters/connect/gen/depot/depotconnect"
	"github.com/tagwire/tagwire/adapters/connect/gen/locked"
	"github.com/tagwire/tagwire/rpc"
	"google.golang.org/protobuf/proto"
)

// missing is depot.NotFound by hand, under another name; NotFound has the name that a peer with generated code knows, too.
type missing struct {
	Key string `protobuf:"1"`
}

func (e *missing) Error() string { return "nothing is called " + e.Key }

type NotFound missing

func (e *NotFound) Error() string { return "no " + e.Key }

// protoDepot is a contract of depot.Depot with structs by hand.
type protoDepot struct {
	Get  func(ctx context.Context, request *box) (*box, error) `throws:"1=missing,2=NotFound"`
	Lock func(ctx context.Context, request *locked.Safe) (*locked.Safe, error)
	Must func(ctx context.Context, request *strict) (*strict, error)
}

var protoOptions = []rpc.ContractOption{rpc.Protobuf(), rpc.Exceptions(missing{}, NotFound{})}

// contractDepot returns a service that implements protoDepot, with the errors that names of boxes ask for.
func contractDepot() *rpc.Service {
	svc := rpc.NewService("depot.Depot")
	rpc.Implement[protoDepot](svc, &protoDepot{
		Get: func(_ context.Context, request *box) (*box, error) {
			switch request.Name {
			case "missing":
				return nil, fmt.Errorf("x: %w", &missing{"k"})
			case "NotFound":
				return nil, &NotFound{"\"ü"}
			case "exception":
				return nil, &missing{"\xff"}
			case "business":
				return nil, &rpc.BizError{Status: 3, Message: "no money"}
			case "panic":
				panic("secret")
			case "reply":
				return &box{Name: "\xff"}, nil
			case "nil":
				return nil, nil
			}
			return request, nil
		},
		Lock: func(_ context.Context, request *locked.Safe) (*locked.Safe, error) { return request, nil },
		Must: func(_ context.Context, request *strict) (*strict, error) {
			if *request.Name == "nil" {
				return nil, nil
			}
			return request, nil
		},
	}, protoOptions...)
	return svc
}

func serveProto1(t testing.TB, mux *http.ServeMux, svc *rpc.Service, options ...connect.HandlerOption) {
	path, handler, err := connectadapter.NewHandler(svc, options...)
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle(path, handler)
}

func serveProto2(t testing.TB, mux *http.ServeMux, svc *rpc.Service) {
	methods, err := connectv2.Methods(svc)
	if err != nil {
		t.Fatal(err)
	}
	server := connect2.NewServer()
	server.Register(methods...)
	connecthttp.Mount(mux, server, connecthttp.WithCodecs(connectv2.NewProtoCodec()))
}

func protoClient2(t testing.TB, url, protocol string, codec connect2.Codec, options ...connecthttp.Option) *connect2.Client {
	options = append(options, connecthttp.WithCodecs(codec))
	switch protocol {
	case connect.ProtocolGRPC:
		options = append(options, connecthttp.WithGRPC())
	case connect.ProtocolGRPCWeb:
		options = append(options, connecthttp.WithGRPCWeb())
	}
	return connect2.NewClient(connecthttp.NewTransport(httpClient(t), url, options...))
}

// protoServers has the contract as each version serves it.
var protoServers = map[string]func(testing.TB, *http.ServeMux, *rpc.Service){
	"v1": func(t testing.TB, mux *http.ServeMux, svc *rpc.Service) { serveProto1(t, mux, svc) }, "v2": serveProto2,
}

// protoClients fills a contract by each version.
var protoClients = map[string]func(t testing.TB, url, protocol string, target any){
	"v1": func(t testing.TB, url, protocol string, target any) {
		if err := connectadapter.Fill(httpClient(t), url, "depot.Depot", target, protoOptions, options1(protocol)...); err != nil {
			t.Fatal(err)
		}
	},
	"v2": func(t testing.TB, url, protocol string, target any) {
		if err := connectv2.Fill(protoClient2(t, url, protocol, connectv2.NewProtoCodec()), "depot.Depot", target, protoOptions...); err != nil {
			t.Fatal(err)
		}
	},
}

func TestProtoContract(t *testing.T) {
	for server, serve := range protoServers {
		mux := http.NewServeMux()
		serve(t, mux, contractDepot())
		url := listen(t, mux)
		for client, fill := range protoClients {
			for _, protocol := range protocols {
				t.Run(server+" serves "+client+" by "+protocol, func(t *testing.T) {
					var filled protoDepot
					fill(t, url, protocol, &filled)
					checkProtoContract(t, &filled)
				})
			}
		}
	}
}

func checkProtoContract(t *testing.T, client *protoDepot) {
	ctx := background(t)
	for _, size := range []int{1, 2000, 300_000} {
		if got, err := client.Get(ctx, byHand(size)); err != nil || !reflect.DeepEqual(got, byHand(size)) {
			t.Fatalf("%d bytes: %v", size, err)
		}
	}
	for _, request := range []*box{nil, {}, {Name: "nil"}} {
		if got, err := client.Get(ctx, request); err != nil || !reflect.DeepEqual(got, new(box)) {
			t.Errorf("%+v, %v", got, err)
		}
	}
	for _, label := range []string{"", "x"} {
		if got, err := client.Lock(ctx, safe(label)); err != nil || got.GetLabel() != label {
			t.Error(got, err)
		}
	}
	name := "nil"
	if _, err := client.Must(ctx, &strict{&name}); !errors.Is(err, rpc.CodeInternal) && !errors.Is(err, rpc.CodeUnknown) {
		t.Error("a reply without its required field:", err)
	}
	if _, err := client.Must(ctx, nil); !errors.Is(err, rpc.CodeEncode) {
		t.Error("a request without its required field:", err)
	}
	for name, want := range map[string]error{"missing": &missing{"k"}, "NotFound": &NotFound{"\"ü"}, "business": &rpc.BizError{Status: 3, Message: "no money"}} {
		if _, err := client.Get(ctx, &box{Name: name}); !reflect.DeepEqual(err, want) {
			t.Errorf("%s: %T %v", name, err, err)
		}
	}
	for name, want := range map[string]rpc.Code{"panic": rpc.CodeInternal, "reply": rpc.CodeInternal, "exception": rpc.CodeInternal, "\xff": rpc.CodeEncode} {
		if _, err := client.Get(ctx, &box{Name: name}); !errors.Is(err, want) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// generatedDepot is a service of generated code.
type generatedDepot struct {
	depotconnect.UnimplementedDepotHandler
}

func (generatedDepot) Get(_ context.Context, request *connect.Request[depot.Crate]) (*connect.Response[depot.Crate], error) {
	if request.Msg.Name == "NotFound" {
		failure := connect.NewError(connect.CodeNotFound, errors.New("m"))
		for _, m := range []proto.Message{crate(1), &depot.NotFound{Key: "theirs"}} {
			detail, err := connect.NewErrorDetail(m)
			if err != nil {
				return nil, err
			}
			failure.AddDetail(detail)
		}
		return nil, failure
	}
	return connect.NewResponse(request.Msg), nil
}

func (generatedDepot) Lock(_ context.Context, request *connect.Request[locked.Safe]) (*connect.Response[locked.Safe], error) {
	return connect.NewResponse(request.Msg), nil
}

// TestGeneratedServices has generated code on one side or on both, with each codec.
func TestGeneratedServices(t *testing.T) {
	handlers := map[string]http.Handler{}
	for name, options := range map[string][]connect.HandlerOption{"generated, connect's own codec": nil, "generated": {connect.WithCodec(connectadapter.NewProtoCodec())}} {
		_, handlers[name] = depotconnect.NewDepotHandler(generatedDepot{}, options...)
	}
	for name, serve := range protoServers {
		mux := http.NewServeMux()
		serve(t, mux, contractDepot())
		handlers["contract by "+name] = mux
	}
	for name, handler := range handlers {
		url := listen(t, handler)
		for _, protocol := range protocols {
			for _, own := range []bool{false, true} {
				t.Run(fmt.Sprint(name, " called by ", protocol, ", connect's own codec: ", own), func(t *testing.T) {
					second, options := connectv2.NewProtoCodec(), append(options1(protocol), connect.WithSendGzip())
					if own {
						second = connectproto.NewBinaryCodec()
					} else {
						options = append(options, connect.WithCodec(connectadapter.NewProtoCodec()))
					}
					callDepot(t, depotconnect.NewDepotClient(httpClient(t), url, options...), protoClient2(t, url, protocol, second))
				})
			}
			for client, fill := range protoClients {
				if !strings.HasPrefix(name, "generated") {
					continue
				}
				var filled protoDepot
				fill(t, url, protocol, &filled)
				if got, err := filled.Get(background(t), byHand(2000)); err != nil || !reflect.DeepEqual(got, byHand(2000)) {
					t.Error(name, client, protocol, err)
				}
				if got, err := filled.Lock(background(t), safe("x")); err != nil || got.GetLabel() != "x" {
					t.Error(name, client, protocol, got, err)
				}
				if _, err := filled.Get(background(t), &box{Name: "NotFound"}); !reflect.DeepEqual(err, &NotFound{"theirs"}) {
					t.Errorf("%s %s %s: %T %v", name, client, protocol, err, err)
				}
			}
		}
	}
}

func callDepot(t *testing.T, first depotconnect.DepotClient, second *connect2.Client) {
	ctx := background(t)
	for _, want := range []*depot.Crate{{}, crate(10), crate(5000)} {
		got, err := first.Get(ctx, connect.NewRequest(want))
		if err != nil || !proto.Equal(got.Msg, want) {
			t.Error("v1:", err)
		}
		reply := new(depot.Crate)
		if err := second.CallUnary(ctx, connect2.Spec{Procedure: depotconnect.DepotGetProcedure}, want, reply); err != nil || !proto.Equal(reply, want) {
			t.Error("v2:", err)
		}
	}
	if got, err := first.Lock(ctx, connect.NewRequest(safe("x"))); err != nil || got.Msg.GetLabel() != "x" {
		t.Error(err)
	}
	_, err := first.Get(ctx, connect.NewRequest(&depot.Crate{Name: "NotFound"}))
	var failure *connect.Error
	if !errors.As(err, &failure) || len(failure.Details()) != 2 {
		t.Fatal(err)
	}
	if detail, err := failure.Details()[1].Value(); err != nil || detail.ProtoReflect().Descriptor().FullName() != "depot.NotFound" {
		t.Error(detail, err)
	}
}

// TestProtoInURLs has calls by GET, which need stable encodings.
func TestProtoInURLs(t *testing.T) {
	_, handler := depotconnect.NewDepotHandler(generatedDepot{}, connect.WithCodec(connectadapter.NewProtoCodec()))
	methods := make(chan string, 1)
	url := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		methods <- r.Method
		handler.ServeHTTP(w, r)
	}))
	first := depotconnect.NewDepotClient(httpClient(t), url, connect.WithCodec(connectadapter.NewProtoCodec()), connect.WithHTTPGet())
	if got, err := first.Get(background(t), connect.NewRequest(crate(10))); err != nil || !proto.Equal(got.Msg, crate(10)) || <-methods != http.MethodGet {
		t.Error(err)
	}
	second, reply := protoClient2(t, url, connect.ProtocolConnect, connectv2.NewProtoCodec(), connecthttp.WithHTTPGet()), new(depot.Crate)
	spec := connect2.Spec{Procedure: depotconnect.DepotGetProcedure, IdempotencyLevel: connect2.IdempotencyNoSideEffects}
	if err := second.CallUnary(background(t), spec, crate(10), reply); err != nil || !proto.Equal(reply, crate(10)) || <-methods != http.MethodGet {
		t.Error(err)
	}
}

func TestProtoHostileRequests(t *testing.T) {
	whole, err := proto.Marshal(crate(3))
	if err != nil {
		t.Fatal(err)
	}
	bad := [][]byte{{0}, {8}, {0x0a, 0x7f}, {0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, {0x0a, 1, 0xff}, {0x0b}, {0x0c}, {0x0f}}
	for n := range whole {
		if proto.Unmarshal(whole[:n], new(depot.Crate)) != nil {
			bad = append(bad, whole[:n])
		}
	}
	for name, serve := range protoServers {
		mux := http.NewServeMux()
		serve(t, mux, contractDepot())
		url, client := listen(t, mux), httpClient(t)
		get := url + "/depot.Depot/Get"
		for _, body := range bad {
			if status, _, _ := post(t, client, get, "application/proto", body); status != http.StatusBadRequest {
				t.Fatalf("%s: status %d for % x", name, status, body)
			}
			if _, status, _ := post(t, client, get, "application/grpc+proto", enveloped(body)); status != "3" { // InvalidArgument
				t.Fatalf("%s: status %s of gRPC for % x", name, status, body)
			}
		}
		for contentType, want := range map[string]int{"application/proto": http.StatusOK, "application/thrift": http.StatusUnsupportedMediaType, "application/octet-stream": http.StatusUnsupportedMediaType} {
			if status, _, _ := post(t, client, get, contentType, whole); status != want {
				t.Errorf("%s: status %d for %s", name, status, contentType)
			}
		}
		if _, status, _ := post(t, client, get, "application/grpc", enveloped(whole)); status != "0" {
			t.Errorf("%s: status %s of gRPC without a codec", name, status)
		}
		// No bytes are a message, unless a field is required.
		for method, want := range map[string]string{"Get": "0", "Must": "3"} {
			if _, status, _ := post(t, client, url+"/depot.Depot/"+method, "application/grpc+proto", enveloped(nil)); status != want {
				t.Errorf("%s: status %s of gRPC for no bytes to %s", name, status, method)
			}
		}
	}
}

func TestProtoHostileReplies(t *testing.T) {
	var reply []byte
	contentType := "application/proto"
	url := listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		if contentType == "application/proto" {
			_, _ = w.Write(reply)
			return
		}
		_, _ = w.Write(enveloped(reply))
		w.Header().Set(http.TrailerPrefix+"Grpc-Status", "0")
	}))
	for name, fill := range protoClients {
		for protocol, contentTypeOf := range map[string]string{connect.ProtocolConnect: "application/proto", connect.ProtocolGRPC: "application/grpc+proto"} {
			contentType = contentTypeOf
			var client protoDepot
			fill(t, url, protocol, &client)
			for _, reply = range [][]byte{{0}, {8}, {0x0a, 0x7f}, {0x0a, 1, 0xff}, {0x0b}, {0x0c}} {
				if got, err := client.Get(background(t), byHand(1)); err == nil {
					t.Errorf("%s %s: % x is %v", name, protocol, reply, got)
				}
			}
			some := "x"
			reply = nil
			if got, err := client.Must(background(t), &strict{&some}); err == nil {
				t.Errorf("%s %s: no bytes are %v", name, protocol, got)
			}
			if _, err := client.Get(background(t), byHand(1)); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestProtoLimits(t *testing.T) {
	mux := http.NewServeMux()
	serveProto1(t, mux, contractDepot(), connect.WithReadMaxBytes(1000), connect.WithCodec(connectadapter.NewProtoCodec(tagwire.WithMaxAlloc(500))))
	url := listen(t, mux)
	for name, fill := range protoClients {
		var client protoDepot
		fill(t, url, connect.ProtocolConnect, &client)
		if _, err := client.Get(background(t), byHand(1000)); !errors.Is(err, rpc.CodeLimit) {
			t.Error(name, err)
		}
		if _, err := client.Get(background(t), byHand(400)); codeOf(err) != connect.CodeInvalidArgument {
			t.Error("more memory than the codec allows:", name, err)
		}
		if _, err := client.Get(background(t), &box{Name: "small"}); err != nil {
			t.Error(name, err)
		}
	}
}
