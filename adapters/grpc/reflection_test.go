package grpcadapter_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	alphapb "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/tagwire/tagwire/adapters/grpc/gen/extended"
	"github.com/tagwire/tagwire/adapters/grpc/gen/sealed"
	"github.com/tagwire/tagwire/adapters/grpc/gen/shop"
	rpcgrpc "github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/grpc/descriptor"
	"github.com/tagwire/tagwire/rpc/grpc/health"
	"github.com/tagwire/tagwire/rpc/grpc/reflection"
)

// wallet is a message without a file, with messages that have one.
type wallet struct {
	Item  *shop.Item         `protobuf:"1"`
	Cards map[string]product `protobuf:"2"`
	Since time.Time          `protobuf:"3,stdtime"`
}

// describedServices are services of all kinds: generated as it is, generated in part, and by hand.
func describedServices() []descriptor.Service {
	item, nothing, around := reflect.TypeFor[shop.Item](), reflect.TypeFor[shop.Nothing](), reflect.TypeFor[extended.Around]()
	return []descriptor.Service{
		{Name: "shop.Store", Methods: []descriptor.Method{
			{Name: "Watch", Request: item, Reply: item, ServerStreams: true}, {Name: "Get", Request: item, Reply: item}}},
		{Name: "shop.Sealed", Methods: []descriptor.Method{{Name: "Seal", Request: reflect.TypeFor[sealed.Box](), Reply: reflect.TypeFor[sealed.Box]()}}},
		{Name: "shop.Wallets", Methods: []descriptor.Method{
			{Name: "Pay", Request: reflect.TypeFor[wallet](), Reply: nothing, ClientStreams: true, ServerStreams: true,
				Exceptions: []reflect.Type{reflect.TypeFor[shop.NotFound](), reflect.TypeFor[strict]()}},
			{Name: "Around", Request: around, Reply: around}}},
		{Name: health.Name, Methods: []descriptor.Method{
			{Name: "Check", Request: reflect.TypeFor[health.HealthCheckRequest](), Reply: reflect.TypeFor[health.HealthCheckResponse]()},
			{Name: "List", Request: reflect.TypeFor[health.HealthListRequest](), Reply: reflect.TypeFor[health.HealthListResponse]()},
			{Name: "Watch", Request: reflect.TypeFor[health.HealthCheckRequest](), Reply: reflect.TypeFor[health.HealthCheckResponse](), ServerStreams: true}}},
		{Name: "Thrift", Methods: []descriptor.Method{{Name: "Get"}}},
	}
}

// registerReflection registers the service with grpc-go, under either name.
func registerReflection(server *grpc.Server, contract reflection.Contract) {
	for _, name := range []string{reflection.Name, reflection.NameAlpha} {
		server.RegisterService(&grpc.ServiceDesc{ServiceName: name, HandlerType: (*any)(nil), Streams: []grpc.StreamDesc{{
			StreamName: "ServerReflectionInfo", ClientStreams: true, ServerStreams: true,
			Handler: func(_ any, stream grpc.ServerStream) error {
				requests := func(yield func(*reflection.ServerReflectionRequest, error) bool) {
					for {
						request := new(reflection.ServerReflectionRequest)
						if err := stream.RecvMsg(request); err == io.EOF || !yield(request, err) {
							return
						}
					}
				}
				for response, err := range contract.ServerReflectionInfo(stream.Context(), requests) {
					if err != nil {
						return err
					}
					if err := stream.SendMsg(response); err != nil {
						return err
					}
				}
				return nil
			},
		}}}, nil)
	}
}

// asker asks a server for what it serves, with the messages of grpc-go.
type asker struct {
	t      *testing.T
	stream reflectionpb.ServerReflection_ServerReflectionInfoClient
	files  map[string]*descriptorpb.FileDescriptorProto
}

func (a *asker) ask(request *reflectionpb.ServerReflectionRequest) *reflectionpb.ServerReflectionResponse {
	a.t.Helper()
	if err := a.stream.Send(request); err != nil {
		a.t.Fatal(err)
	}
	response, err := a.stream.Recv()
	if err != nil {
		a.t.Fatal(err)
	}
	if !proto.Equal(response.OriginalRequest, request) || response.ValidHost != request.Host {
		a.t.Errorf("%v answers %v", response, request)
	}
	return response
}

func askSymbol(name string) *reflectionpb.ServerReflectionRequest {
	return &reflectionpb.ServerReflectionRequest{Host: "here",
		MessageRequest: &reflectionpb.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: name}}
}

// collect asks as grpcurl does: for a file, and then by its name for each one that it imports. It takes the first file of each answer.
func (a *asker) collect(request *reflectionpb.ServerReflectionRequest) {
	a.t.Helper()
	response := a.ask(request)
	answer := response.GetFileDescriptorResponse()
	if answer == nil {
		a.t.Fatal(response)
	}
	file := &descriptorpb.FileDescriptorProto{}
	if err := proto.Unmarshal(answer.FileDescriptorProto[0], file); err != nil {
		a.t.Fatal(err)
	}
	a.files[file.GetName()] = file
	for _, needed := range file.Dependency {
		if a.files[needed] == nil {
			a.collect(&reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_FileByFilename{FileByFilename: needed}})
		}
	}
}

// registry returns the files that were collected, as the official library takes them.
func (a *asker) registry() *protoregistry.Files {
	a.t.Helper()
	set := &descriptorpb.FileDescriptorSet{}
	for _, file := range a.files {
		set.File = append(set.File, file)
	}
	files, err := protodesc.NewFiles(set)
	if err != nil {
		a.t.Fatal(err)
	}
	return files
}

// TestReflection: a client that knows nothing of a server learns all of it.
func TestReflection(t *testing.T) {
	index := reflection.New(describedServices())
	conn := serve(t, func(s *grpc.Server) {
		registerReflection(s, reflection.Contract{ServerReflectionInfo: index.ServerReflectionInfo})
	})
	stream, err := reflectionpb.NewServerReflectionClient(conn).ServerReflectionInfo(background(t))
	if err != nil {
		t.Fatal(err)
	}
	a := &asker{t, stream, map[string]*descriptorpb.FileDescriptorProto{}}
	list := a.ask(&reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{ListServices: "*"}})
	var names []string
	for _, s := range list.GetListServicesResponse().GetService() {
		if names = append(names, s.Name); s.Name != "Thrift" && s.Name != "shop.Sealed" {
			a.collect(askSymbol(s.Name))
		}
	}
	if want := []string{"Thrift", health.Name, reflection.Name, reflection.NameAlpha, "shop.Sealed", "shop.Store", "shop.Wallets"}; !slices.Equal(names, want) {
		t.Error(names)
	}
	files := a.registry()
	pay := methodIn(t, files, "shop.Wallets.Pay")
	if !pay.IsStreamingClient() || !pay.IsStreamingServer() || pay.Output().FullName() != "shop.Nothing" ||
		pay.Input().Fields().ByName("item").Message().FullName() != "shop.Item" || pay.Input().Fields().ByName("since").Message().FullName() != "google.protobuf.Timestamp" {
		t.Error(protodesc.ToDescriptorProto(pay.Input()))
	}
	if got := a.ask(askSymbol("shop.Sealed")).GetErrorResponse(); got.GetErrorCode() != int32(codes.NotFound) || !strings.Contains(got.GetErrorMessage(), "Opaque API") {
		t.Error(got)
	}
	if got := a.ask(askSymbol("Thrift.Get")).GetErrorResponse(); got.GetErrorCode() != int32(codes.NotFound) || !strings.Contains(got.GetErrorMessage(), "Thrift") {
		t.Error(got)
	}
	numbers := a.ask(&reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_AllExtensionNumbersOfType{
		AllExtensionNumbersOfType: "extended.Extended"}}).GetAllExtensionNumbersResponse()
	if numbers.GetBaseTypeName() != "extended.Extended" || !slices.Equal(numbers.GetExtensionNumber(), []int32{100}) {
		t.Error(numbers)
	}
	a.collect(&reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_FileContainingExtension{
		FileContainingExtension: &reflectionpb.ExtensionRequest{ContainingType: "extended.Extended", ExtensionNumber: 100}}})
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != io.EOF {
		t.Error(err)
	}

	// The messages of the older form are the same.
	older, err := conn.NewStream(background(t), &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, "/"+reflection.NameAlpha+"/ServerReflectionInfo")
	if err != nil {
		t.Fatal(err)
	}
	if err := older.SendMsg(askSymbol("shop.Store")); err != nil {
		t.Fatal(err)
	}
	response := &reflectionpb.ServerReflectionResponse{}
	if err := older.RecvMsg(response); err != nil || len(response.GetFileDescriptorResponse().GetFileDescriptorProto()) != 4 {
		t.Error(response, err)
	}
}

func methodIn(t *testing.T, files *protoregistry.Files, name protoreflect.FullName) protoreflect.MethodDescriptor {
	t.Helper()
	d, err := files.FindDescriptorByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return d.(protoreflect.MethodDescriptor)
}

// TestDescribesOwnServices: reflection and health look as grpc-go has them.
func TestDescribesOwnServices(t *testing.T) {
	index := reflection.New(describedServices())
	for _, official := range []protoreflect.FileDescriptor{reflectionpb.File_grpc_reflection_v1_reflection_proto,
		alphapb.File_grpc_reflection_v1alpha_reflection_proto, healthpb.File_grpc_health_v1_health_proto} {
		service := official.Services().Get(0)
		symbol := string(service.FullName())
		set := &descriptorpb.FileDescriptorSet{}
		for _, data := range index.Answer(&reflection.ServerReflectionRequest{FileContainingSymbol: &symbol}).FileDescriptorResponse.FileDescriptorProto {
			file := &descriptorpb.FileDescriptorProto{}
			if err := proto.Unmarshal(data, file); err != nil {
				t.Fatal(err)
			}
			set.File = append(set.File, file)
		}
		files, err := protodesc.NewFiles(set)
		if err != nil {
			t.Fatal(err)
		}
		for i := range service.Methods().Len() {
			want := service.Methods().Get(i)
			got := methodIn(t, files, want.FullName())
			if got.Input().FullName() != want.Input().FullName() || got.Output().FullName() != want.Output().FullName() ||
				got.IsStreamingClient() != want.IsStreamingClient() || got.IsStreamingServer() != want.IsStreamingServer() {
				t.Errorf("%v", got)
			}
		}
		for i := range official.Messages().Len() {
			sameMessage(t, files, official.Messages().Get(i))
		}
	}
}

// sameMessage checks that a message is described in files, too, but for the place of its enums.
func sameMessage(t *testing.T, files *protoregistry.Files, want protoreflect.MessageDescriptor) {
	t.Helper()
	d, err := files.FindDescriptorByName(want.FullName())
	if err != nil {
		t.Fatal(err)
	}
	got := d.(protoreflect.MessageDescriptor).Fields()
	if got.Len() != want.Fields().Len() {
		t.Errorf("%s has %d fields", want.FullName(), got.Len())
	}
	for i := range want.Fields().Len() {
		w := want.Fields().Get(i)
		g := got.ByNumber(w.Number())
		if g == nil || g.Name() != w.Name() || g.JSONName() != w.JSONName() || g.Kind() != w.Kind() || g.Cardinality() != w.Cardinality() ||
			g.HasPresence() != w.HasPresence() || (g.Message() == nil) != (w.Message() == nil) || g.Message() != nil && g.Message().FullName() != w.Message().FullName() ||
			(g.ContainingOneof() == nil) != (w.ContainingOneof() == nil) || g.ContainingOneof() != nil && g.ContainingOneof().Name() != w.ContainingOneof().Name() {
			t.Errorf("%v is described as %v", w, g)
			continue
		}
		if w.Enum() == nil {
			continue
		}
		for i := range w.Enum().Values().Len() {
			if a, b := w.Enum().Values().Get(i), g.Enum().Values().Get(i); a.Name() != b.Name() || a.Number() != b.Number() {
				t.Errorf("%v is described as %v", a, b)
			}
		}
	}
}

// TestHealth: a client of grpc-go asks, and watches.
func TestHealth(t *testing.T) {
	h := health.New()
	contract := health.Contract{Check: h.Check, List: h.List, Watch: h.Watch}
	conn := serve(t, func(s *grpc.Server) {
		s.RegisterService(&grpc.ServiceDesc{ServiceName: health.Name, HandlerType: (*any)(nil),
			Methods: []grpc.MethodDesc{
				{MethodName: "Check", Handler: unary(contract.Check)},
				{MethodName: "List", Handler: unary(contract.List)},
			},
			Streams: []grpc.StreamDesc{{StreamName: "Watch", ServerStreams: true, Handler: serverStream(contract.Watch)}}}, nil)
	})
	client := healthpb.NewHealthClient(conn)
	if r, err := client.Check(background(t), &healthpb.HealthCheckRequest{}); err != nil || r.Status != healthpb.HealthCheckResponse_SERVING {
		t.Error(r, err)
	}
	if r, err := client.Check(background(t), &healthpb.HealthCheckRequest{Service: "a"}); status.Code(err) != codes.NotFound {
		t.Error(r, err)
	}
	watching, err := client.Watch(background(t), &healthpb.HealthCheckRequest{Service: "a"})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []healthpb.HealthCheckResponse_ServingStatus{healthpb.HealthCheckResponse_SERVICE_UNKNOWN,
		healthpb.HealthCheckResponse_SERVING, healthpb.HealthCheckResponse_NOT_SERVING} {
		switch i {
		case 1:
			h.Set("a", health.Serving)
		case 2:
			h.Shutdown()
		}
		if r, err := watching.Recv(); err != nil || r.Status != want {
			t.Fatal(r, err)
		}
	}
	if _, err := watching.Recv(); err != io.EOF {
		t.Error(err)
	}
	if r, err := client.List(background(t), &healthpb.HealthListRequest{}); err != nil || len(r.Statuses) != 2 || r.Statuses["a"].Status != healthpb.HealthCheckResponse_NOT_SERVING {
		t.Error(r, err)
	}
}

// unary returns the handler of a function of a contract.
func unary[Request, Reply any](function func(context.Context, *Request) (*Reply, error)) grpc.MethodHandler {
	return func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		request := new(Request)
		if err := decode(request); err != nil {
			return nil, err
		}
		reply, err := function(ctx, request)
		return reply, asStatus(err)
	}
}

func serverStream[Request, Reply any](function func(context.Context, *Request) iter.Seq2[*Reply, error]) grpc.StreamHandler {
	return func(_ any, stream grpc.ServerStream) error {
		request := new(Request)
		if err := stream.RecvMsg(request); err != nil {
			return err
		}
		for reply, err := range function(stream.Context(), request) {
			if err != nil {
				return asStatus(err)
			}
			if err := stream.SendMsg(reply); err != nil {
				return err
			}
		}
		return nil
	}
}

// asStatus returns the error as grpc-go knows it.
func asStatus(err error) error {
	var own *rpcgrpc.Status
	if errors.As(err, &own) {
		return status.Error(codes.Code(own.Code), own.Message)
	}
	return err
}
