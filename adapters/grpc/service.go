package grpcadapter

import (
	"context"
	"runtime/debug"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/invoke"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/grpclog"
	"google.golang.org/grpc/status"
)

// ServiceDesc returns the description of svc for the RegisterService of a grpc.Server, whose second argument may be nil. The
// service of gRPC has svc's name. The error is about the methods of svc, to which nothing can be added afterwards. The same svc can
// be registered with a rpc.Server, too.
//
// The message of a method is its only parameter, if that is a pointer to a struct, and otherwise a struct with the parameters as its
// fields, under their ids; so it is with the result, whose id is 0. A method without a result, oneway ones too, sends a struct
// without fields when the handler has returned. A method that streams has its requests and responses as messages.
//
// A contract with the option rpc.Protobuf needs a codec for Protobuf that takes structs with tags: RegisterProto, or NewProtoCodec in
// grpc.ForceServerCodecV2.
func ServiceDesc(svc *rpc.Service) (*grpc.ServiceDesc, error) {
	methods, err := svc.Methods()
	if err != nil {
		return nil, err
	}
	desc := &grpc.ServiceDesc{ServiceName: svc.Name(), HandlerType: (*any)(nil)}
	for _, m := range methods {
		if m.Streams() {
			desc.Streams = append(desc.Streams, streamDesc(svc.Name(), m))
			continue
		}
		served := &servedMethod{newMethod(svc.Name(), m.Method), m.Invoke}
		desc.Methods = append(desc.Methods, grpc.MethodDesc{MethodName: m.Name, Handler: served.handle})
	}
	return desc, nil
}

// servedMethod is a method with its handler.
type servedMethod struct {
	*method
	invoke invoke.Invoker
}

// handle is the grpc.MethodHandler.
func (m *servedMethod) handle(server any, ctx context.Context, decode func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
	request, err := m.decode(decode)
	if err != nil {
		return nil, err
	}
	if interceptor == nil {
		return m.serve(ctx, request)
	}
	return interceptor(ctx, request, &grpc.UnaryServerInfo{Server: server, FullMethod: m.fullName()}, m.serve)
}

// decode returns the message of a call. A method InitDefault of the user's runs in it, and may panic.
func (m *servedMethod) decode(decode func(any) error) (request any, err error) {
	defer m.recover(&err)
	request = m.NewRequest()
	return request, decode(request)
}

// serve calls the handler, behind the interceptors.
func (m *servedMethod) serve(ctx context.Context, request any) (reply any, err error) {
	defer m.recover(&err)
	own, handling := receive(ctx)
	if reply, err = m.Serve(own, m.invoke, request); err != nil {
		err = m.statusOf(ctx, err)
	}
	if failure := sendBack(ctx, handling); failure != nil {
		err = failure
	}
	return reply, err
}

// recover turns a panic into an error that does not show its value, which may hold what the caller must not see.
func (m *method) recover(err *error) {
	if value := recover(); value != nil {
		m.panicked(value)
		*err = status.Error(codes.Internal, "the handler panicked")
	}
}

// panicked writes to the log that the handler has panicked, or ended its goroutine.
func (m *method) panicked(value any) {
	grpclog.Errorf("grpcadapter: the handler of %s panicked: %v\n%s", m.fullName(), value, debug.Stack())
}
