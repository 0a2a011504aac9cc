package grpcadapter_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/tagwire/tagwire"
	grpcadapter "github.com/tagwire/tagwire/adapters/grpc"
	"github.com/tagwire/tagwire/adapters/grpc/gen/sealed"
	"github.com/tagwire/tagwire/adapters/grpc/gen/shop"
	"github.com/tagwire/tagwire/rpc"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// generatedStore is a service of generated code. Its Get is get, an echo if that is nil.
type generatedStore struct {
	shop.UnimplementedStoreServer
	get func(context.Context, *shop.Item) (*shop.Item, error)
}

func (s generatedStore) Get(ctx context.Context, in *shop.Item) (*shop.Item, error) {
	if s.get != nil {
		return s.get(ctx, in)
	}
	return in, nil
}

func (generatedStore) Seal(_ context.Context, in *sealed.Box) (*sealed.Box, error) { return in, nil }

func (generatedStore) Ping(context.Context, *shop.Nothing) (*shop.Nothing, error) {
	return new(shop.Nothing), nil
}

func (generatedStore) Watch(in *shop.Item, stream grpc.ServerStreamingServer[shop.Item]) error {
	for i := range 3 {
		if err := stream.Send(&shop.Item{Name: fmt.Sprint(in.Name, i)}); err != nil {
			return err
		}
	}
	return nil
}

// sides has the codecs of servers and clients, by who has which.
var sides = map[string]struct {
	server grpc.ServerOption
	client grpc.CallOption
}{
	"registered":  {grpc.EmptyServerOption{}, grpc.EmptyCallOption{}},
	"given":       {grpc.ForceServerCodecV2(grpcadapter.NewProtoCodec()), grpc.ForceCodecV2(grpcadapter.NewProtoCodec())},
	"client only": {grpc.ForceServerCodecV2(ownCodec), grpc.ForceCodecV2(grpcadapter.NewProtoCodec())},
	"server only": {grpc.ForceServerCodecV2(grpcadapter.NewProtoCodec()), grpc.ForceCodecV2(ownCodec)},
}

func TestGeneratedService(t *testing.T) {
	for name, side := range sides {
		t.Run(name, func(t *testing.T) {
			conn := serve(t, func(s *grpc.Server) {
				shop.RegisterStoreServer(s, generatedStore{})
				checks := health.NewServer()
				checks.SetServingStatus("shop.Store", healthpb.HealthCheckResponse_NOT_SERVING)
				healthpb.RegisterHealthServer(s, checks)
				reflection.Register(s)
			}, side.server)
			ctx, client := background(t), shop.NewStoreClient(conn)
			for _, options := range [][]grpc.CallOption{{side.client}, {side.client, grpc.UseCompressor(gzip.Name)}} {
				for _, size := range []int{0, 2000, 300_000} {
					if got, err := client.Get(ctx, goods(size), options...); err != nil || !proto.Equal(got, goods(size)) {
						t.Fatalf("%d bytes: %v", size, err)
					}
				}
				box := new(sealed.Box)
				box.SetLabel("sealed")
				if got, err := client.Seal(ctx, box, options...); err != nil || got.GetLabel() != "sealed" {
					t.Error("the Opaque API:", got, err)
				}
				if _, err := client.Ping(ctx, new(shop.Nothing), options...); err != nil {
					t.Error(err)
				}
			}
			stream, err := client.Watch(ctx, &shop.Item{Name: "x"}, side.client)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 3 {
				if got, err := stream.Recv(); err != nil || got.Name != fmt.Sprint("x", i) {
					t.Error(got, err)
				}
			}
			if _, err := stream.Recv(); err != io.EOF {
				t.Error(err)
			}
			checked, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{Service: "shop.Store"}, side.client)
			if err != nil || checked.Status != healthpb.HealthCheckResponse_NOT_SERVING {
				t.Error(checked, err)
			}
			listServices(t, reflectionpb.NewServerReflectionClient(conn), side.client)
		})
	}
}

// listServices asks a server for its services, and for the description of one.
func listServices(t *testing.T, client reflectionpb.ServerReflectionClient, option grpc.CallOption) {
	t.Helper()
	stream, err := client.ServerReflectionInfo(background(t), option)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(request *reflectionpb.ServerReflectionRequest) *reflectionpb.ServerReflectionResponse {
		t.Helper()
		if err := stream.Send(request); err != nil {
			t.Fatal(err)
		}
		answer, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	list := ask(&reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{}})
	if services := list.GetListServicesResponse().GetService(); len(services) < 3 {
		t.Error(services)
	}
	file := ask(&reflectionpb.ServerReflectionRequest{
		MessageRequest: &reflectionpb.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: "shop.Store"}})
	if files := file.GetFileDescriptorResponse().GetFileDescriptorProto(); len(files) == 0 || !bytes.Contains(files[0], []byte("Watch")) {
		t.Errorf("%q", files)
	}
	if err := stream.CloseSend(); err != nil {
		t.Error(err)
	}
}

// missing is shop.NotFound by hand, and an exception.
type missing struct {
	Key string `protobuf:"1"`
}

func (e *missing) Error() string { return "nothing is called " + e.Key }

// NotFound has the name that a peer without the contract knows, too.
type NotFound missing

func (e *NotFound) Error() string { return "no " + e.Key }

// protoStore is a contract of shop.Store with structs by hand.
type protoStore struct {
	Get  func(ctx context.Context, request *product) (*product, error) `throws:"1=missing,2=NotFound"`
	Seal func(ctx context.Context, request *sealed.Box) (*sealed.Box, error)
	Void func(ctx context.Context, request *shop.Nothing) (*shop.Nothing, error) `rpc:"Ping"`
}

var protoExceptions = rpc.Exceptions(missing{}, NotFound{})

// contractStore implements protoStore. Its Get is get, an echo if that is nil.
func contractStore(get func(context.Context, *product) (*product, error)) *protoStore {
	if get == nil {
		get = func(_ context.Context, request *product) (*product, error) { return request, nil }
	}
	return &protoStore{
		Get:  get,
		Seal: func(_ context.Context, request *sealed.Box) (*sealed.Box, error) { return request, nil },
		Void: func(context.Context, *shop.Nothing) (*shop.Nothing, error) { return nil, nil },
	}
}

func serveContract(t testing.TB, implementation *protoStore, options ...grpc.ServerOption) *grpc.ClientConn {
	t.Helper()
	svc := rpc.NewService("shop.Store")
	rpc.Implement[protoStore](svc, implementation, rpc.Protobuf(), protoExceptions)
	desc, err := grpcadapter.ServiceDesc(svc)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, func(s *grpc.Server) { s.RegisterService(desc, nil) }, options...)
}

func fillProto(t testing.TB, conn grpc.ClientConnInterface) *protoStore {
	t.Helper()
	client := new(protoStore)
	if err := grpcadapter.Fill(conn, "shop.Store", client, rpc.Protobuf(), protoExceptions); err != nil {
		t.Fatal(err)
	}
	return client
}

// TestProtoContract has a client of the contract call each kind of server.
func TestProtoContract(t *testing.T) {
	for name, conn := range map[string]*grpc.ClientConn{
		"contract":                        serveContract(t, contractStore(nil)),
		"contract, given codec":           serveContract(t, contractStore(nil), grpc.ForceServerCodecV2(grpcadapter.NewProtoCodec())),
		"generated, grpc-go's own codec":  serve(t, func(s *grpc.Server) { shop.RegisterStoreServer(s, generatedStore{}) }, grpc.ForceServerCodecV2(ownCodec)),
		"generated, the registered codec": serve(t, func(s *grpc.Server) { shop.RegisterStoreServer(s, generatedStore{}) }),
	} {
		t.Run(name, func(t *testing.T) {
			ctx, client := background(t), fillProto(t, conn)
			for _, size := range []int{1, 2000, 300_000} {
				if got, err := client.Get(ctx, byHand(size)); err != nil || !reflect.DeepEqual(got, byHand(size)) {
					t.Fatalf("%d bytes: %v", size, err)
				}
			}
			for _, request := range []*product{nil, {}} {
				if got, err := client.Get(ctx, request); err != nil || !reflect.DeepEqual(got, new(product)) {
					t.Errorf("%+v, %v", got, err)
				}
			}
			box := new(sealed.Box)
			box.SetLabel("sealed")
			if got, err := client.Seal(ctx, box); err != nil || got.GetLabel() != "sealed" {
				t.Error(got, err)
			}
			if got, err := client.Void(ctx, nil); err != nil || got == nil {
				t.Error(got, err)
			}
		})
	}
}

// TestGeneratedClient has generated code call a contract.
func TestGeneratedClient(t *testing.T) {
	conn := serveContract(t, contractStore(nil))
	ctx, client := background(t), shop.NewStoreClient(conn)
	for _, options := range [][]grpc.CallOption{nil, {grpc.ForceCodecV2(ownCodec)}, {grpc.ForceCodecV2(ownCodec), grpc.UseCompressor(gzip.Name)}} {
		if got, err := client.Get(ctx, goods(5000), options...); err != nil || !proto.Equal(got, goods(5000)) {
			t.Error(got, err)
		}
		if _, err := client.Ping(ctx, new(shop.Nothing), options...); err != nil {
			t.Error(err)
		}
	}
	stream, err := client.Watch(ctx, goods(1))
	if err == nil {
		_, err = stream.Recv()
	}
	if status.Code(err) != codes.Unimplemented {
		t.Error(err)
	}
}

// TestUnknownFieldsPassAProxy has a contract between two peers that knows fewer fields than they do.
func TestUnknownFieldsPassAProxy(t *testing.T) {
	type name struct {
		Name           string `protobuf:"1"`
		_unknownFields []byte
	}
	type proxied struct {
		Get func(ctx context.Context, request *name) (*name, error)
	}
	var behind proxied
	if err := grpcadapter.Fill(serve(t, func(s *grpc.Server) { shop.RegisterStoreServer(s, generatedStore{}) }), "shop.Store", &behind, rpc.Protobuf()); err != nil {
		t.Fatal(err)
	}
	svc := rpc.NewService("shop.Store")
	rpc.Implement[proxied](svc, &proxied{func(ctx context.Context, request *name) (*name, error) {
		request.Name += "!"
		return behind.Get(ctx, request)
	}}, rpc.Protobuf())
	desc, err := grpcadapter.ServiceDesc(svc)
	if err != nil {
		t.Fatal(err)
	}
	conn := serve(t, func(s *grpc.Server) { s.RegisterService(desc, nil) })
	want := goods(3000)
	want.Name += "!"
	if got, err := shop.NewStoreClient(conn).Get(background(t), goods(3000), grpc.ForceCodecV2(ownCodec)); err != nil || !proto.Equal(got, want) {
		t.Error(got, err)
	}
	_ = name{}._unknownFields
}

func TestProtoExceptions(t *testing.T) {
	for _, row := range []struct {
		sent error
		url  string
	}{{&missing{"k"}, "shop.missing"}, {fmt.Errorf("x: %w", &missing{}), "shop.missing"}, {&NotFound{"\"ü"}, "shop.NotFound"}} {
		conn := serveContract(t, contractStore(func(context.Context, *product) (*product, error) { return nil, row.sent }))
		_, err := fillProto(t, conn).Get(background(t), byHand(1))
		want := row.sent
		if inner := errors.Unwrap(want); inner != nil {
			want = inner
		}
		if !reflect.DeepEqual(err, want) {
			t.Errorf("%T %v", err, err)
		}
		// A peer with generated code.
		_, err = shop.NewStoreClient(conn).Get(background(t), goods(1))
		s := status.Convert(err)
		if details := s.Proto().GetDetails(); s.Code() != codes.Unknown || len(details) != 2 || details[1].TypeUrl != "type.googleapis.com/"+row.url {
			t.Fatal(s, details)
		}
		if info, ok := s.Details()[0].(*errdetails.ErrorInfo); !ok || info.Domain != "shop.Store" || "shop."+info.Reason != row.url {
			t.Error(s.Details())
		}
		if found, ok := s.Details()[1].(*shop.NotFound); ok != (row.url == "shop.NotFound") || ok && found.Key != "\"ü" {
			t.Error(s.Details())
		}
	}
	// Generated code throws an exception of the contract.
	sent, err := status.New(codes.NotFound, "m").WithDetails(goods(1), &shop.NotFound{Key: "theirs"})
	if err != nil {
		t.Fatal(err)
	}
	conn := serve(t, func(s *grpc.Server) {
		shop.RegisterStoreServer(s, generatedStore{get: func(context.Context, *shop.Item) (*shop.Item, error) { return nil, sent.Err() }})
	})
	if _, err := fillProto(t, conn).Get(background(t), byHand(1)); !reflect.DeepEqual(err, &NotFound{"theirs"}) {
		t.Errorf("%T %v", err, err)
	}
	// One that cannot be encoded.
	conn = serveContract(t, contractStore(func(context.Context, *product) (*product, error) { return nil, &missing{"\xff"} }))
	if _, err := fillProto(t, conn).Get(background(t), byHand(1)); !errors.Is(err, rpc.CodeInternal) {
		t.Error(err)
	}
}

func TestProtoErrorsOfCalls(t *testing.T) {
	conn := serveContract(t, contractStore(func(_ context.Context, request *product) (*product, error) {
		switch request.Name {
		case "business":
			return nil, &rpc.BizError{Status: 3, Message: "no money"}
		case "panic":
			panic("secret")
		case "reply":
			return &product{Name: "\xff"}, nil
		}
		return request, nil
	}), grpc.MaxRecvMsgSize(5000))
	ctx, client := background(t), fillProto(t, conn)
	for name, want := range map[string]rpc.Code{"panic": rpc.CodeInternal, "reply": rpc.CodeInternal, "\xff": rpc.CodeInternal} {
		if _, err := client.Get(ctx, &product{Name: name}); !errors.Is(err, want) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := client.Get(ctx, &product{Name: "business"}); !reflect.DeepEqual(err, &rpc.BizError{Status: 3, Message: "no money"}) {
		t.Error(err)
	}
	for _, options := range [][]grpc.CallOption{nil, {grpc.UseCompressor(gzip.Name)}} {
		if _, err := shop.NewStoreClient(conn).Get(ctx, goods(10_000), options...); status.Code(err) != codes.ResourceExhausted {
			t.Error("more than the server receives:", err)
		}
	}
	limited := grpc.ForceServerCodecV2(grpcadapter.NewProtoCodec(tagwire.WithMaxAlloc(1000)))
	if _, err := fillProto(t, serveContract(t, contractStore(nil), limited)).Get(ctx, byHand(2000)); !errors.Is(err, rpc.CodeInternal) {
		t.Error("more memory than the codec allows:", err)
	}
	// A server that has grpc-go's own codec cannot read structs by hand.
	if _, err := fillProto(t, serveContract(t, contractStore(nil), grpc.ForceServerCodecV2(ownCodec))).Get(ctx, byHand(1)); !errors.Is(err, rpc.CodeInternal) {
		t.Error(err)
	}
	// Bytes of Thrift are none of Protobuf, and structs for the one have no tags for the other.
	if err := conn.Invoke(ctx, "/shop.Store/Get", sample(1), new(item), grpc.CallContentSubtype(grpcadapter.Name)); status.Code(err) != codes.Internal {
		t.Error(err)
	}
}

func TestProtoHostileMessages(t *testing.T) {
	conn := serveContract(t, contractStore(nil))
	whole := encoded(t, ownCodec, goods(3))
	for n := range whole {
		part, reply, want := whole[:n], []byte(nil), codes.Internal
		if ownCodec.Unmarshal(split(part, 16), new(shop.Item)) == nil {
			want = codes.OK // it ends where a field does
		}
		if err := conn.Invoke(background(t), "/shop.Store/Get", &part, &reply, grpc.ForceCodecV2(protoBytes{})); status.Code(err) != want {
			t.Fatalf("% x: %v", part, err)
		}
	}
	var reply []byte
	desc := grpc.ServiceDesc{ServiceName: "shop.Store", HandlerType: (*any)(nil), Methods: []grpc.MethodDesc{
		{MethodName: "Get", Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			return &reply, decode(new([]byte))
		}},
	}}
	client := fillProto(t, serve(t, func(s *grpc.Server) { s.RegisterService(&desc, nil) }, grpc.ForceServerCodecV2(protoBytes{})))
	for _, reply = range [][]byte{{0}, {8}, {0x0a, 0x7f}, {0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, {0x0a, 1, 0xff}, {0x0b}, {0x0c}} {
		if got, err := client.Get(background(t), byHand(1)); !errors.Is(err, rpc.CodeInternal) {
			t.Errorf("% x: %v %v", reply, got, err)
		}
	}
}

// protoBytes sends bytes as they are.
type protoBytes struct{ rawCodec }

func (protoBytes) Name() string { return grpcadapter.ProtoName }

func TestProtoConcurrentCalls(t *testing.T) {
	client := fillProto(t, serveContract(t, contractStore(nil)))
	var group sync.WaitGroup
	for caller := range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for call := range 25 {
				want := byHand(1 + caller*400)
				want.Name = fmt.Sprint(caller, call)
				if got, err := client.Get(background(t), want); err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("%s: %v", want.Name, err)
					return
				}
			}
		}()
	}
	group.Wait()
}

// both has tags for both formats, so that its contract speaks either.
type both struct {
	Name string `frugal:"1" protobuf:"1"`
}

func TestOneContractInBothFormats(t *testing.T) {
	type greeter struct {
		Hello func(ctx context.Context, request *both) (*both, error)
	}
	hello := &greeter{func(_ context.Context, request *both) (*both, error) { return &both{"Hello, " + request.Name}, nil }}
	for _, options := range [][]rpc.ContractOption{nil, {rpc.Protobuf()}} {
		svc := rpc.NewService("Greeter")
		rpc.Implement[greeter](svc, hello, options...)
		desc, err := grpcadapter.ServiceDesc(svc)
		if err != nil {
			t.Fatal(err)
		}
		conn := serve(t, func(s *grpc.Server) { s.RegisterService(desc, nil) })
		// The server answers in the format of the call.
		for _, called := range [][]rpc.ContractOption{nil, {rpc.Protobuf()}} {
			var client greeter
			if err := grpcadapter.Fill(conn, "Greeter", &client, called...); err != nil {
				t.Fatal(err)
			}
			if got, err := client.Hello(background(t), &both{"you"}); err != nil || got.Name != "Hello, you" {
				t.Error(got, err)
			}
		}
	}
}

func TestWrongProtoContracts(t *testing.T) {
	for want, target := range map[string]any{
		"func(ctx context.Context, request *Request) (*Reply, error), not func(context.Context, int64, int64) (int64, error)": new(struct {
			Add func(ctx context.Context, a, b int64) (int64, error)
		}),
		"not func(context.Context) error": new(struct {
			Ping func(ctx context.Context) error
		}),
		"not func(context.Context, grpcadapter_test.product) (*grpcadapter_test.product, error)": new(struct {
			Get func(ctx context.Context, request product) (*product, error)
		}),
		"not func(context.Context, *int32) (*int32, error)": new(struct {
			Get func(ctx context.Context, request *int32) (*int32, error)
		}),
		"is not oneway": new(struct {
			Get func(ctx context.Context, request *product) (*product, error) `rpc:",oneway"`
		}),
		"take away the tag params": new(struct {
			Get func(ctx context.Context, request *product) (*product, error) `params:"1"`
		}),
		"no field of grpcadapter_test.item has a tag of Protobuf": new(struct {
			Get func(ctx context.Context, request *product) (*item, error)
		}),
		"no field of grpcadapter_test.notFound has a tag": new(struct {
			Get func(ctx context.Context, request *product) (*product, error) `throws:"1=notFound"`
		}),
		"wrongNumber.A": new(struct {
			Get func(ctx context.Context, request *wrongNumber) (*product, error)
		}),
		"is not a context.Context": new(struct {
			Get func(request *product) (*product, error)
		}),
	} {
		err := grpcadapter.Fill(nil, "shop.Store", target, rpc.Protobuf(), rpc.Exceptions(notFound{}))
		if !errors.Is(err, rpc.CodeContract) || !strings.Contains(err.Error(), want) {
			t.Errorf("%T: %v", target, err)
		}
	}
}
