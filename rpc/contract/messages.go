package contract

import (
	"context"
	"fmt"
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire/rpc/invoke"
	"github.com/tagwire/tagwire/rpc/memory"
	"github.com/tagwire/tagwire/rpc/message"
)

// Messages is a method in protocols that carry one message in each direction, and exceptions beside them, as gRPC does.
//
// The request is the only parameter, if that is a pointer to a struct, and otherwise the struct of arguments. The reply is the result, if
// that is a pointer to a struct, and otherwise a struct with the result alone, or without fields if there is none. Messages are
// passed as pointers to these structs. Those of a stream are requests and responses; Serve and Body are not for it.
type Messages struct {
	*Method
	request form // in the struct of arguments
	reply   form // in the struct of results
}

// form says which struct is a message.
type form struct {
	message reflect.Type
	bare    bool // the message is what the first field points to
}

// MessagesOf returns the messages of m.
func MessagesOf(m *Method) *Messages {
	if m.Streams() {
		return &Messages{Method: m, request: form{message: m.Request}, reply: form{message: m.Response}}
	}
	made := &Messages{Method: m, request: form{message: m.Arguments}, reply: form{message: voidType}}
	if m.Arguments.NumField() == 1 {
		made.request = formOf(m.Arguments)
	}
	if m.Returns {
		made.reply = formOf(reflect.StructOf([]reflect.StructField{m.Result.Field(0)}))
	}
	return made
}

// Bare reports whether the request, and the reply, is what the first field of the arguments, or of the result, points to.
func (m *Messages) Bare() (request, reply bool) { return m.request.bare, m.reply.bare }

// formOf returns the form of a struct with one field.
func formOf(t reflect.Type) form {
	if field := t.Field(0).Type; field.Kind() == reflect.Pointer && field.Elem().Kind() == reflect.Struct {
		return form{field.Elem(), true}
	}
	return form{message: t}
}

// NewRequest returns a request that has its defaults. The method InitDefault of a user's struct runs in it, and may panic.
func (m *Messages) NewRequest() any { return newMessage(m.request.message) }

// NewReply returns a reply that has its defaults. The method InitDefault of a user's struct runs in it, and may panic.
func (m *Messages) NewReply() any { return newMessage(m.reply.message) }

func newMessage(t reflect.Type) any {
	v := reflect.New(t).Interface()
	if d, ok := v.(memory.Defaulter); ok {
		d.InitDefault()
	}
	return v
}

// Serve calls the handler of the method. A panic of the handler passes through.
func (m *Messages) Serve(ctx context.Context, handler invoke.Invoker, request any) (reply any, err error) {
	received := reflect.ValueOf(request)
	if !received.IsValid() || received.Type() != reflect.PointerTo(m.request.message) || received.IsNil() {
		return nil, &message.Error{Code: message.CodeInternal, Method: m.Name,
			Message: fmt.Sprintf("it takes a *%v, and an interceptor passed on a %T", m.request.message, request)}
	}
	arguments := received.UnsafePointer()
	if m.request.bare {
		holder := reflect.New(m.Arguments)
		holder.Elem().Field(0).Set(received)
		arguments = holder.UnsafePointer()
	}
	var result unsafe.Pointer // the handler's until it returns, then that of the reply, which keeps it alive
	if m.Result != nil {
		result = reflect.New(m.Result).UnsafePointer()
	}
	if err := handler(ctx, arguments, result); err != nil {
		return nil, err
	}
	switch {
	case !m.Returns:
		return new(Void), nil
	case m.reply.bare:
		// The first field of the result is the pointer to the reply; nil is sent as a struct without fields.
		result = *(*unsafe.Pointer)(result)
	}
	// Otherwise the message is a struct with the first field of the result alone, so it begins where the result does.
	return reflect.NewAt(m.reply.message, result).Interface(), nil
}

// Body returns what field f of a contract, which has the method, does. exchange sends a request and returns the reply; its
// context is never nil.
func (m *Messages) Body(f *Field, exchange func(ctx context.Context, request any) (reply any, err error)) Body {
	return func(in []reflect.Value) []reflect.Value {
		ctx, _ := in[0].Interface().(context.Context)
		if ctx == nil {
			ctx = context.Background()
		}
		reply, err := exchange(ctx, m.requestOf(in[1:]))
		var success reflect.Value
		if err == nil && m.Returns {
			success = m.successIn(reply)
		}
		return f.Out(success, err)
	}
}

// requestOf returns the request for the parameters of a call.
func (m *Messages) requestOf(parameters []reflect.Value) any {
	if m.request.bare {
		return parameters[0].Interface()
	}
	arguments := reflect.New(m.Arguments)
	for i, p := range parameters {
		arguments.Elem().Field(i).Set(p)
	}
	return arguments.Interface()
}

// successIn returns the success in a reply.
func (m *Messages) successIn(reply any) reflect.Value {
	if m.reply.bare {
		return reflect.ValueOf(reply)
	}
	return reflect.ValueOf(reply).Elem().Field(0)
}
