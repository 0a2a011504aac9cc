package rpc

import (
	"context"
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/message"
)

// ContractOption is an option of [Implement] and [WithContract].
type ContractOption func(*contract.Reader)

// Exceptions names the Go types of the exceptions that the throws tags of a contract name: a value of each, or a
// pointer to one, such as rpc.Exceptions(NotFound{}, Denied{}).
func Exceptions(values ...any) ContractOption {
	return func(r *contract.Reader) { r.AddExceptions(values) }
}

// Protobuf makes the messages of a contract those of Protobuf. Each method then takes one message and returns another: its function is a
//
//	func(ctx context.Context, request *Request) (*Reply, error)
//
// of structs with protobuf tags, or generated ones, or a stream of such messages. For single methods there is the option
// [ProtobufMessages].
//
// Servers and clients of this package speak gRPC then, over [GRPC], and Kitex-Protobuf over [Framed], [TTHeader] and [TTHeaderFramed]; a
// server does so on the port where it speaks Thrift. [adapters/grpc] and [adapters/connect] have the same contracts in grpc-go and
// connect-go. nil, as a request or a reply, is sent as a
// message without fields, and arrives as one. Kitex-Protobuf has no place for exceptions that the contract declares: those that a
// handler returns reach the caller as CodeInternal with their text; a *[BizError] arrives over TTHeader.
//
// [adapters/grpc]: https://pkg.go.dev/github.com/tagwire/tagwire/adapters/grpc
// [adapters/connect]: https://pkg.go.dev/github.com/tagwire/tagwire/adapters/connect
func Protobuf() ContractOption { return (*contract.Reader).UseProtobuf }

// Implement makes implementation the implementation of the methods that Contract declares, in svc. Contract is a
// struct with a func field for each method:
//
//	type Store struct {
//		Get  func(ctx context.Context, id int64, opts *GetOptions) (*Item, error) `rpc:"get" throws:"1=NotFound,2=Denied"`
//		Tags func(ctx context.Context, ids []int64) ([]string, error)            `params:"1=set<i64>" returns:"list<string>"`
//		Hint func(ctx context.Context, id int64) error                           `rpc:"hint,oneway"`
//	}
//
// The rpc tag has the name on the wire, the field's own if it is empty, and says which methods are oneway. The
// params tag has the id of each parameter, 1, 2 and so on without it, and a type where the Go type leaves a
// choice; returns does so for the result. throws declares the exceptions, whose types rpc.Exceptions names. A
// field with the tag rpc:"-" is no method. A struct that is embedded by value adds its methods, which is how one service
// extends another.
//
// implementation has a method for each field, of the field's name and type; or it is a Contract, or a pointer to
// one, whose fields are all set. What is wrong is reported by Server.Register.
//
// A field whose function takes or returns an iter.Seq2 of messages, each with an error, is a stream:
//
//	func(ctx context.Context, request *Request) iter.Seq2[*Reply, error]
//	func(ctx context.Context, requests iter.Seq2[*Request, error]) (*Reply, error)
//	func(ctx context.Context, requests iter.Seq2[*Request, error]) iter.Seq2[*Reply, error]
func Implement[Contract any](svc *Service, implementation any, options ...ContractOption) {
	methods, err := contract.NewReader(options).Fields(reflect.TypeFor[Contract]())
	if err != nil {
		svc.fail(err)
		return
	}
	for _, m := range methods {
		made, err := m.Implement(reflect.TypeFor[Contract](), implementation)
		if err != nil {
			svc.fail(message.ContractError(m.Name, "%v", err))
			continue
		}
		svc.implement(made)
	}
}

// fill sets the func fields of the contract that target points to.
func (c *Client) fill(target any, options []ContractOption) error {
	return contract.NewReader(options).Fill(target, func(f *contract.Field) (contract.Body, error) {
		b, err := c.methodFor(f.Method)
		if err != nil {
			return nil, err
		}
		if f.Streams() {
			return streamFunction(f, b.calls), nil
		}
		return c.function(f, b), nil
	})
}

// function returns what a func field of a contract does on a client.
func (c *Client) function(m *contract.Field, b *boundMethod) contract.Body {
	return func(in []reflect.Value) []reflect.Value {
		arguments := b.in.Get()
		fields := b.in.At(arguments)
		for i := range fields.NumField() {
			fields.Field(i).Set(in[i+1])
		}
		ctx, _ := in[0].Interface().(context.Context)
		result, used, err := c.invoke(ctx, b, arguments)
		out := make([]reflect.Value, 0, 2)
		if m.Success != nil {
			out = append(out, load(m, b, result))
		}
		failure := reflect.Zero(m.Function.Out(m.Function.NumOut() - 1))
		if err != nil {
			failure = reflect.ValueOf(&err).Elem()
		}
		if !used {
			b.in.Put(arguments)
		}
		if result != nil {
			b.out.Put(result)
		}
		return append(out, failure)
	}
}

// load returns what a call returns beside its error: the success, or a zero value.
func load(m *contract.Field, b *boundMethod, result unsafe.Pointer) reflect.Value {
	value := reflect.New(m.Success).Elem()
	if result != nil {
		success := b.out.At(result).Field(0)
		if m.Boxed {
			success = success.Elem()
		}
		value.Set(success)
	}
	return value
}
