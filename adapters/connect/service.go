package connectadapter

import (
	"context"
	"errors"
	"maps"
	"net/http"

	"connectrpc.com/connect"
	"github.com/tagwire/tagwire/adapters/connect/internal/message"
	"github.com/tagwire/tagwire/rpc"
	"google.golang.org/protobuf/types/known/anypb"
)

// NewHandler returns a handler for the methods of svc, and the path to mount it on: /, the name of svc, and /. The error is about the
// methods of svc, to which nothing can be added afterwards. The same svc can be registered with a rpc.Server, too.
//
// The message of a method is its only parameter, if that is a pointer to a struct, and otherwise a struct with the parameters as its
// fields, under their ids; so it is with the result, whose id is 0. A method without a result, oneway ones too, sends a struct
// without fields when the handler has returned. A method that streams has its requests and responses as messages. The codec is NewCodec(), or NewProtoCodec() with rpc.Protobuf, unless the
// options have another one of its name.
func NewHandler(svc *rpc.Service, options ...connect.HandlerOption) (string, http.Handler, error) {
	methods, err := message.Serve(svc)
	if err != nil {
		return "", nil, err
	}
	handlers := router{}
	thrift, proto := connect.WithCodec(NewCodec()), connect.WithCodec(NewProtoCodec())
	for _, m := range methods {
		codec := thrift
		if m.Protobuf {
			codec = proto
		}
		served := &servedMethod{m}
		own := connect.WithHandlerOptions(codec, connect.WithHandlerOptions(options...), connect.WithRequestInitializer(served.newRequest))
		handlers[m.Procedure()] = served.handler(own)
	}
	return "/" + svc.Name() + "/", handlers, nil
}

// router has the handler of each procedure.
type router map[string]http.Handler

func (r router) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if found := r[request.URL.Path]; found != nil {
		found.ServeHTTP(w, request)
		return
	}
	http.NotFound(w, request) // which clients take for an unknown method
}

// servedMethod is a method with its handler.
type servedMethod struct{ *message.Served }

// handler returns the handler of net/http for the method.
func (m *servedMethod) handler(options connect.HandlerOption) http.Handler {
	switch {
	case !m.Streams():
		return connect.NewUnaryHandler(m.Procedure(), m.call, options)
	case !m.ClientStreams:
		return connect.NewServerStreamHandler(m.Procedure(), m.serverStream, options)
	case !m.ServerStreams:
		return connect.NewClientStreamHandler(m.Procedure(), m.clientStream, options, connect.WithInterceptors(sendOnce{}))
	}
	return connect.NewBidiStreamHandler(m.Procedure(), m.bothStream, options)
}

// newRequest gives a message the type of the method's requests.
func (m *servedMethod) newRequest(_ connect.Spec, v any) (err error) {
	defer m.failed(&err)
	defer m.Recover(&err)
	made := v.(*Message)
	made.Value, made.empty, made.panicked = m.NewRequest(), true, m.Recover
	return nil
}

// call calls the handler, behind the interceptors.
func (m *servedMethod) call(ctx context.Context, request *connect.Request[Message]) (reply *connect.Response[Message], err error) {
	defer m.failed(&err)
	defer m.Recover(&err)
	if request.Msg.empty {
		if err := m.AcceptEmpty(request.Msg.Value); err != nil {
			return nil, err
		}
	}
	value, err := m.Call(ctx, request.Msg.Value, request.Header())
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&Message{Value: value}), nil
}

// failed makes an error one of connect. The methods of the error may panic.
func (m *servedMethod) failed(err *error) {
	if *err == nil {
		return
	}
	made, panicked := m.connectError(*err)
	if panicked != nil {
		made, _ = m.connectError(panicked)
	}
	*err = made
}

func (m *servedMethod) connectError(err error) (made, panicked error) {
	defer m.Recover(&panicked)
	var chosen *message.Failure
	var own *connect.Error
	if errors.As(err, &own) {
		if i, _ := m.ExceptionOf(err); i < 0 {
			_ = err.Error() // which may panic, and connect calls it later
			return err, nil
		}
		chosen = &message.Failure{Code: uint32(own.Code()), Message: own.Message()}
	}
	f := m.FailureOf(err, chosen)
	failure := connect.NewError(connect.Code(f.Code), errors.New(f.Message))
	for _, d := range f.Details {
		detail, err := connect.NewErrorDetail(&anypb.Any{TypeUrl: "type.googleapis.com/" + d.Type, Value: d.Value})
		if err != nil {
			return err, nil
		}
		failure.AddDetail(detail)
	}
	maps.Copy(failure.Meta(), f.Metadata)
	return failure, nil
}
