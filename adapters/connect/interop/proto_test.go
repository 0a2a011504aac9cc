package interop_test

import (
	"context"
	"errors"
	"fmt"
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
	grpcadapter "github.com/tagwire/tagwire/adapters/grpc"
	"github.com/tagwire/tagwire/adapters/grpc/gen/shop"
	"github.com/tagwire/tagwire/rpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// thing has fields of shop.Item and of depot.Crate, and NotFound is the message of that name in both.
type thing struct {
	Name  string            `protobuf:"1"`
	Tags  map[string]string `protobuf:"2"`
	Stock []int64           `protobuf:"7,zigzag"`
}

type NotFound struct {
	Key string `protobuf:"1"`
}

func (e *NotFound) Error() string { return "no " + e.Key }

// holder is a contract of shop.Store and of depot.Depot.
type holder struct {
	Get func(ctx context.Context, request *thing) (*thing, error) `throws:"1=NotFound"`
}

var protoOptions = []rpc.ContractOption{rpc.Protobuf(), rpc.Exceptions(NotFound{})}

func protoService(name string) *rpc.Service {
	svc := rpc.NewService(name)
	rpc.Implement[holder](svc, &holder{func(_ context.Context, request *thing) (*thing, error) {
		switch request.Name {
		case "exception":
			return nil, &NotFound{"k"}
		case "business":
			return nil, business
		case "panic":
			panic("secret")
		}
		return request, nil
	}}, protoOptions...)
	return svc
}

func checkProto(t *testing.T, client *holder) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, want := range []*thing{{}, {Name: "x", Tags: map[string]string{"a": "b"}, Stock: []int64{-1}}} {
		if got, err := client.Get(ctx, want); err != nil || !reflect.DeepEqual(got, want) {
			t.Error(got, err)
		}
	}
	for name, want := range map[string]error{"exception": &NotFound{"k"}, "business": business} {
		if _, err := client.Get(ctx, &thing{Name: name}); !reflect.DeepEqual(err, want) {
			t.Errorf("%s: %T %v", name, err, err)
		}
	}
	if _, err := client.Get(ctx, &thing{Name: "panic"}); !errors.Is(err, rpc.CodeInternal) {
		t.Error(err)
	}
	if _, err := client.Get(ctx, &thing{Name: "\xff"}); err == nil || errors.Is(err, rpc.CodeTimeout) {
		t.Error("a request that is not UTF-8:", err)
	}
}

// serveConnect serves a contract by a version of connect, and returns the address.
func serveConnect(t *testing.T, version, service string) string {
	t.Helper()
	handler := http.Handler(nil)
	if version == "v1" {
		var err error
		if _, handler, err = connectadapter.NewHandler(protoService(service)); err != nil {
			t.Fatal(err)
		}
	} else {
		methods, err := connectv2.Methods(protoService(service))
		if err != nil {
			t.Fatal(err)
		}
		server, mux := connect2.NewServer(), http.NewServeMux()
		server.Register(methods...)
		connecthttp.Mount(mux, server, connecthttp.WithCodecs(connectv2.NewProtoCodec()))
		handler = mux
	}
	listener := listen(t)
	server := &http.Server{Handler: handler, Protocols: new(http.Protocols)}
	server.Protocols.SetUnencryptedHTTP2(true)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Close()
		if err := <-done; err != http.ErrServerClosed {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// serveGRPC serves a contract by grpc-go, and returns the address.
func serveGRPC(t *testing.T, service string) string {
	t.Helper()
	desc, err := grpcadapter.ServiceDesc(protoService(service))
	if err != nil {
		t.Fatal(err)
	}
	listener, server := listen(t), grpc.NewServer(grpc.ForceServerCodecV2(grpcadapter.NewProtoCodec()))
	server.RegisterService(desc, nil)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// TestGRPCCallsConnectByProto has contracts and generated code of grpc-go call contracts of connect.
func TestGRPCCallsConnectByProto(t *testing.T) {
	for _, version := range []string{"v1", "v2"} {
		t.Run(version, func(t *testing.T) {
			conn, err := grpc.NewClient("passthrough:///"+serveConnect(t, version, "shop.Store"), grpc.WithTransportCredentials(insecure.NewCredentials()))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			var client holder
			if err := grpcadapter.Fill(conn, "shop.Store", &client, protoOptions...); err != nil {
				t.Fatal(err)
			}
			checkProto(t, &client)
			for _, codec := range []grpc.CallOption{grpc.EmptyCallOption{}, grpc.ForceCodecV2(grpcadapter.NewProtoCodec())} {
				generated, want := shop.NewStoreClient(conn), &shop.Item{Name: "x", Stock: []int64{-1, 1}}
				if got, err := generated.Get(context.Background(), want, codec); err != nil || !proto.Equal(got, want) {
					t.Error(got, err)
				}
				_, err := generated.Get(context.Background(), &shop.Item{Name: "exception"}, codec)
				if details := status.Convert(err).Details(); len(details) != 2 || fmt.Sprintf("%T", details[1]) != "*shop.NotFound" {
					t.Error(details)
				}
			}
		})
	}
}

// TestConnectCallsGRPCByProto has contracts and generated code of connect call contracts of grpc-go, in the protocol gRPC.
func TestConnectCallsGRPCByProto(t *testing.T) {
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	client, url := &http.Client{Transport: transport}, "http://"+serveGRPC(t, "depot.Depot")
	var first, second holder
	if err := connectadapter.Fill(client, url, "depot.Depot", &first, protoOptions, connect.WithGRPC()); err != nil {
		t.Fatal(err)
	}
	t.Run("v1", func(t *testing.T) { checkProto(t, &first) })
	over := connecthttp.NewTransport(client, url, connecthttp.WithCodecs(connectv2.NewProtoCodec()), connecthttp.WithGRPC())
	if err := connectv2.Fill(connect2.NewClient(over), "depot.Depot", &second, protoOptions...); err != nil {
		t.Fatal(err)
	}
	t.Run("v2", func(t *testing.T) { checkProto(t, &second) })
	for name, options := range map[string][]connect.ClientOption{"connect's own codec": nil, "ours": {connect.WithCodec(connectadapter.NewProtoCodec())}} {
		t.Run("generated code, "+name, func(t *testing.T) {
			generated, want := depotconnect.NewDepotClient(client, url, append(options, connect.WithGRPC())...), &depot.Crate{Name: "x", Stock: []int64{-1, 1}}
			if got, err := generated.Get(context.Background(), connect.NewRequest(want)); err != nil || !proto.Equal(got.Msg, want) {
				t.Error(got, err)
			}
			_, err := generated.Get(context.Background(), connect.NewRequest(&depot.Crate{Name: "exception"}))
			var failure *connect.Error
			if !errors.As(err, &failure) || len(failure.Details()) != 2 {
				t.Fatal(err)
			}
			if found, err := failure.Details()[1].Value(); err != nil || !proto.Equal(found, &depot.NotFound{Key: "k"}) {
				t.Error(found, err)
			}
		})
	}
}
