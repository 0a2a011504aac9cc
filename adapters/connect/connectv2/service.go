package connectv2

import (
	"context"
	"errors"
	"maps"

	"connectrpc.com/connect/v2"
	"github.com/tagwire/tagwire/adapters/connect/internal/message"
	"github.com/tagwire/tagwire/rpc"
)

// Methods returns the methods of svc for the Register of a connect.Server, whose transport needs the codec of this package. The
// error is about the methods of svc, to which nothing can be added afterwards. The same svc can be registered with a rpc.Server, too.
//
// The message of a method is its only parameter, if that is a pointer to a struct, and otherwise a struct with the parameters as its
// fields, under their ids; so it is with the result, whose id is 0. A method without a result, oneway ones too, sends a struct
// without fields when the handler has returned. A method that streams has its requests and responses as messages.
func Methods(svc *rpc.Service) ([]connect.Method, error) {
	methods, err := message.Serve(svc)
	if err != nil {
		return nil, err
	}
	made := make([]connect.Method, len(methods))
	for i, m := range methods {
		made[i] = connect.Method{Spec: specOf(m.Method), Handler: (&servedMethod{m}).handle}
	}
	return made, nil
}

func specOf(m *message.Method) connect.Spec {
	kind := connect.StreamTypeUnary
	if m.ClientStreams {
		kind |= connect.StreamTypeClient
	}
	if m.ServerStreams {
		kind |= connect.StreamTypeServer
	}
	return connect.Spec{StreamType: kind, Procedure: m.Procedure()}
}

// servedMethod is a method with its handler.
type servedMethod struct{ *message.Served }

// handle is the connect.ServerFunc.
func (m *servedMethod) handle(ctx context.Context, _ connect.Spec, stream connect.ServerStream) (err error) {
	info, ok := connect.CallInfoForServerContext(ctx)
	if !ok {
		info = new(connect.CallInfo)
	}
	defer m.failed(info, &err)
	defer m.Recover(&err)
	if m.Streams() {
		return m.handleStream(ctx, info, stream)
	}
	request := m.NewRequest()
	if err := stream.Receive(request); err != nil {
		return err
	}
	if isEmpty(info) {
		if err := m.AcceptEmpty(request); err != nil {
			return err
		}
	}
	reply, err := m.Call(ctx, request, maps.Collect(info.RequestHeader().All()))
	if err != nil {
		return err
	}
	return stream.Send(reply)
}

// isEmpty reports whether the message that was received last had no bytes. In the protocols of gRPC connect does not ask the codec then.
func isEmpty(info *connect.CallInfo) bool {
	return info.ReceiveStats.Size == 0 && (info.Protocol == connect.ProtocolNameGRPC || info.Protocol == connect.ProtocolNameGRPCWeb)
}

// isEmptyInStream is isEmpty for a message of a stream, about which connect does not ask the codec in its own protocol, either.
func isEmptyInStream(info *connect.CallInfo) bool {
	return isEmpty(info) || info.ReceiveStats.Size == 0 && info.Protocol == connect.ProtocolNameConnect
}

// failed makes an error one of connect. The methods of the error may panic.
func (m *servedMethod) failed(info *connect.CallInfo, err *error) {
	if *err == nil {
		return
	}
	made, panicked := m.connectError(*err, info)
	if panicked != nil {
		made, _ = m.connectError(panicked, info)
	}
	*err = made
}

func (m *servedMethod) connectError(err error, info *connect.CallInfo) (made, panicked error) {
	defer m.Recover(&panicked)
	var chosen *message.Failure
	var own *connect.Error
	if errors.As(err, &own) {
		if i, _ := m.ExceptionOf(err); i < 0 {
			return err, nil
		}
		chosen = &message.Failure{Code: uint32(own.Code()), Message: own.Message()}
	}
	f := m.FailureOf(err, chosen)
	failure := connect.NewError(connect.Code(f.Code), f.Message)
	for _, d := range f.Details {
		failure = failure.WithDetail(&connect.ErrorDetail{Type: d.Type, Value: d.Value})
	}
	for key, values := range f.Metadata {
		info.ResponseTrailer().SetValues(key, values)
	}
	return failure, nil
}
