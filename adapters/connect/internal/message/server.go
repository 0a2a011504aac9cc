package message

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"runtime/debug"
	"unsafe"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/invoke"
)

// Served is a method with its handler.
type Served struct {
	*Method
	invoke invoke.Invoker
}

// Serve returns the methods of svc, to which nothing can be added afterwards.
func Serve(svc *rpc.Service) ([]*Served, error) {
	methods, err := svc.Methods()
	if err != nil {
		return nil, err
	}
	served := make([]*Served, len(methods))
	for i, m := range methods {
		served[i] = &Served{newMethod(svc.Name(), m.Method), m.Invoke}
	}
	return served, nil
}

// Call calls the handler. headers are those of the request.
func (m *Served) Call(ctx context.Context, request any, headers map[string][]string) (reply any, err error) {
	message := reflect.ValueOf(request)
	if !message.IsValid() || message.Type() != reflect.PointerTo(m.request.message) || message.IsNil() {
		return nil, &rpc.Error{Code: rpc.CodeInternal, Method: m.Name,
			Message: fmt.Sprintf("it takes a *%v, and an interceptor passed on a %T", m.request.message, request)}
	}
	arguments := message.UnsafePointer()
	if m.request.bare {
		holder := reflect.New(m.Arguments)
		holder.Elem().Field(0).Set(message)
		arguments = holder.UnsafePointer()
	}
	var result unsafe.Pointer
	if m.Result != nil {
		result = reflect.New(m.Result).UnsafePointer()
	}
	ctx = metainfo.TransferForward(metainfo.FromHTTPHeader(ctx, metainfo.HTTPHeader(headers)))
	if err := m.invoke(ctx, arguments, result); err != nil {
		return nil, err
	}
	switch {
	case !m.Returns:
		return new(contract.Void), nil
	case m.reply.bare:
		// The first field of the result is the pointer to the reply; nil is sent as a struct without fields.
		result = *(*unsafe.Pointer)(result)
	}
	// Otherwise the message is a struct with the first field of the result alone, so it begins where the result does.
	return reflect.NewAt(m.reply.message, result).Interface(), nil
}

// Recover, which is deferred, turns a panic into an error that does not show its value: that may hold what the caller must not see.
func (m *Served) Recover(err *error) {
	if value := recover(); value != nil {
		slog.Error("connect: the handler of "+m.Procedure()+" panicked", "value", value, "stack", string(debug.Stack()))
		*err = &rpc.Error{Code: rpc.CodeInternal, Method: m.Name, Message: "the handler panicked"}
	}
}
