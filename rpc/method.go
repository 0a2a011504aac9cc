package rpc

import (
	"context"
	"reflect"
	"slices"
	"unsafe"

	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/message"

	"github.com/tagwire/tagwire/rpc/memory"
)

// Void stands for no arguments, or no result, of a function.
type Void = contract.Void

// MethodOption is an option of [NewMethod], [Handle] and [HandleOneway].
type MethodOption func(*contract.Options)

// Throws declares an exception of a method, under the id that its field of the result has. exception is a value
// of its type or a nil pointer to it: a struct with tags whose pointer is an error. A handler that returns one
// sends it; the caller's error is a pointer to an equal one.
func Throws(id int, exception any) MethodOption {
	return func(o *contract.Options) {
		o.Exceptions = append(o.Exceptions, contract.Exception{ID: id, Value: exception})
	}
}

// Oneway declares that a method has no reply. Its result type is Void.
func Oneway() MethodOption { return func(o *contract.Options) { o.Oneway = true } }

// Spread declares that the fields of the request are the parameters of the method, each under the id that its tag
// has. Without it the request is the method's only parameter, with id 1.
func Spread() MethodOption { return func(o *contract.Options) { o.Spread = true } }

// Returns gives the type of the result as a tag spells it, where the Go type leaves a choice: "list<string>" or
// "set<string>" for []string, "Color" or "i64" for an enum.
func Returns(wire string) MethodOption { return func(o *contract.Options) { o.Returns = wire } }

// RequestReuse declares that the handler of a method keeps nothing of its requests; see [WithRequestReuse]. Clients ignore it.
func RequestReuse() MethodOption { return func(o *contract.Options) { o.Reuse = true } }

// ProtobufMessages declares that the request and the response of a method are messages of Protobuf, as [Protobuf] does for a contract:
// structs with protobuf tags, or generated ones. Void is a message without fields. The ids of [Throws] are not used.
func ProtobufMessages() MethodOption { return func(o *contract.Options) { o.Protobuf = true } }

// Method is a method of a service, by its name, the struct that it takes and what it returns: a struct, or any other type that
// a field may have. It is immutable, serves handlers and callers, and is best kept in a package variable.
//
// In Thrift's interface language it is
//
//	Resp name(1: Req request) throws (...)
//
// or, with Void for Req or Resp, a method without parameters or without a result. With [ProtobufMessages] it is
//
//	rpc name(Req) returns (Resp)
type Method[Req, Resp any] struct {
	desc *contract.Method
	err  error // what is wrong with it
}

// NewMethod describes a method. What is wrong with it is reported when it is used: by Server.Register and by
// Call.
func NewMethod[Req, Resp any](name string, options ...MethodOption) *Method[Req, Resp] {
	s, err := newDescription[Req, Resp](name, options)
	return &Method[Req, Resp]{s, err}
}

func newDescription[Req, Resp any](name string, options []MethodOption) (*contract.Method, error) {
	var c contract.Options
	for _, o := range options {
		o(&c)
	}
	return contract.Describe(name, reflect.TypeFor[Req](), reflect.TypeFor[Resp](), &c)
}

// Handle makes handler the implementation of the method in svc. The handler may be called by many goroutines at
// once. It owns the request, unless the server has [WithRequestReuse], and gives away the response: nothing may change it
// after the return. ctx ends when the caller's deadline passes, when its connection ends, and after the return.
//
// A handler returns a response or an error. The error may be, or wrap, a declared exception or a *BizError; the
// text of any other is sent to the caller. A nil response without an error reaches the caller as nil if Resp is a
// struct, a slice or a map, and else as CodeMissingResult; see [WithStrictResults].
func (m *Method[Req, Resp]) Handle(svc *Service, handler func(ctx context.Context, req *Req) (*Resp, error)) {
	if m.err != nil {
		svc.fail(m.err)
		return
	}
	if handler == nil {
		svc.fail(message.ContractError(m.desc.Name, "the handler is nil"))
		return
	}
	s := m.desc
	svc.add(s, func(ctx context.Context, arguments, result unsafe.Pointer) error {
		response, err := handler(ctx, requestIn[Req](s, arguments))
		switch {
		case err != nil || !s.Returns:
		case !s.ByValue:
			// The result's first field is the success, a *Resp, see contract.Method.
			*(**Resp)(result) = response
		case response != nil:
			// It is a Resp.
			*(*Resp)(result) = *response
		}
		return err
	})
}

// requestIn returns the request in a struct of arguments.
func requestIn[Req any](s *contract.Method, arguments unsafe.Pointer) *Req {
	if s.Retained {
		// The struct of arguments is the request.
		return (*Req)(arguments)
	}
	if s.Arguments.NumField() > 0 {
		// Its only field is a *Req.
		if request := *(**Req)(arguments); request != nil {
			return request
		}
	}
	request := new(Req)
	if value, ok := any(request).(memory.Defaulter); ok {
		value.InitDefault()
	}
	return request
}

// Call calls the method over client and returns its result. req may be nil, for a request without fields. The
// error is a declared exception, a *BizError or an *Error. Of a oneway method Call only tells that the request was
// sent.
func (m *Method[Req, Resp]) Call(ctx context.Context, client *Client, req *Req) (*Resp, error) {
	if m.err != nil {
		return nil, m.err
	}
	b, err := client.methodFor(m.desc)
	if err != nil {
		return nil, err
	}
	return callFunction[Req, Resp](ctx, client, b, req)
}

func callFunction[Req, Resp any](ctx context.Context, client *Client, b *boundMethod, req *Req) (*Resp, error) {
	arguments := unsafe.Pointer(req)
	if !b.Retained {
		arguments = b.in.Get()
		if len(b.in.Offsets) > 0 {
			// The only field of the struct of arguments is a *Req, see contract.Method.
			*(**Req)(arguments) = req
		}
	}
	result, used, err := client.invoke(ctx, b, arguments)
	if !b.Retained && !used {
		b.in.Put(arguments)
	}
	if err != nil {
		return nil, err
	}
	var response *Resp
	switch {
	case !b.Returns:
		response = new(Resp)
	case b.ByValue:
		response = new(Resp)
		*response = *(*Resp)(result) // see contract.Method
	default:
		response = *(**Resp)(result)
	}
	if result != nil {
		b.out.Put(result)
	}
	return response, nil
}

// Handle makes handler the implementation of a method of svc; see [Method.Handle]. What is wrong with it is
// reported by Server.Register.
func Handle[Req, Resp any](svc *Service, method string, handler func(ctx context.Context, req *Req) (*Resp, error),
	options ...MethodOption) {
	NewMethod[Req, Resp](method, options...).Handle(svc, handler)
}

// HandleOneway makes handler the implementation of a method without a reply. Its error is logged.
func HandleOneway[Req any](svc *Service, method string, handler func(ctx context.Context, req *Req) error,
	options ...MethodOption) {
	var full func(context.Context, *Req) (*Void, error)
	if handler != nil {
		full = func(ctx context.Context, req *Req) (*Void, error) { return nil, handler(ctx, req) }
	}
	NewMethod[Req, Void](method, append(options, Oneway())...).Handle(svc, full)
}

// Call calls a method by its name; see [Method.Call]. For methods that declare exceptions or have other options,
// make a Method.
func Call[Req, Resp any](ctx context.Context, client *Client, method string, req *Req) (*Resp, error) {
	b, err := methodByName[Req, Resp](client, method, false)
	if err != nil {
		return nil, err
	}
	return callFunction[Req, Resp](ctx, client, b, req)
}

// Send calls a oneway method by its name. It returns when the request has been handed to the kernel.
func Send[Req any](ctx context.Context, client *Client, method string, req *Req) error {
	b, err := methodByName[Req, Void](client, method, true)
	if err != nil {
		return err
	}
	_, err = callFunction[Req, Void](ctx, client, b, req)
	return err
}

// named is a boundMethod under its Go types, so that one look-up by name and one comparison of types find it.
type named[Req, Resp any] struct{ *boundMethod }

// methodByName returns the method that Call or Send names, made on first use.
func methodByName[Req, Resp any](client *Client, method string, oneway bool) (*boundMethod, error) {
	known, _ := client.names.Load(method)
	for _, candidate := range known {
		if found, ok := candidate.(*named[Req, Resp]); ok && found.Oneway == oneway {
			return found.boundMethod, nil
		}
	}
	var options []MethodOption
	if oneway {
		options = append(options, Oneway())
	}
	s, err := newDescription[Req, Resp](method, options)
	if err != nil {
		return nil, err
	}
	b, err := client.newBoundMethod(s)
	if err == nil {
		client.names.Store(method, append(slices.Clip(known), &named[Req, Resp]{b}))
	}
	return b, err
}
