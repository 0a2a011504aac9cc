package rpc

import (
	"context"
	"fmt"
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire/rpc/invoke"
)

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
func Implement[Contract any](svc *Service, implementation any, options ...ContractOption) {
	methods, err := contractOf(reflect.TypeFor[Contract](), options)
	if err != nil {
		svc.fail(err)
		return
	}
	for _, m := range methods {
		function, err := m.find(reflect.TypeFor[Contract](), implementation)
		if err != nil {
			svc.fail(contractError(m.name, "%v", err))
			continue
		}
		svc.add(m.methodDesc, function)
	}
}

// find returns what calls the function in implementation for the method.
func (m *contractMethod) find(contract reflect.Type, implementation any) (invoke.Invoker, error) {
	v := reflect.ValueOf(implementation)
	if !v.IsValid() {
		return nil, fmt.Errorf("the implementation is nil; pass a value with the method %s", m.goName)
	}
	if inner := reflect.Indirect(v); inner.IsValid() && inner.Type() == contract {
		function := inner.FieldByIndex(m.index)
		if function.IsNil() {
			return nil, fmt.Errorf("the field %s of the implementation is nil; set it", m.goName)
		}
		return m.invocation().Func(function), nil
	}
	function := v.MethodByName(m.goName)
	if !function.IsValid() && v.Kind() != reflect.Pointer && hasMethod(reflect.PointerTo(v.Type()), m.goName) {
		return nil, fmt.Errorf("the methods of %v are those of a pointer; pass a *%v", v.Type(), v.Type())
	}
	if !function.IsValid() {
		return nil, fmt.Errorf("%v has no method %s; write %s", v.Type(), m.goName, m.signature())
	}
	if function.Type() != m.function {
		return nil, fmt.Errorf("the method %s of %v is a %v; write %s", m.goName, v.Type(), function.Type(), m.signature())
	}
	return m.invocation().Of(v, m.goName), nil
}

func hasMethod(t reflect.Type, name string) bool {
	_, found := t.MethodByName(name)
	return found
}

func (m *contractMethod) signature() string {
	return "func " + m.goName + m.function.String()[len("func"):]
}

// invocation describes the method to package invoke.
func (m *contractMethod) invocation() *invoke.Method {
	return &invoke.Method{Function: m.function, Arguments: m.arguments, Result: m.result, Returns: m.returns, Boxed: m.boxed}
}

// fill sets the func fields of the contract that target points to.
func (c *Client) fill(target any, options []ContractOption) error {
	v := reflect.ValueOf(target)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return contractError("", "rpc.WithContract takes a pointer to a struct of func fields, not %T; write &contract", target)
	}
	methods, err := contractOf(v.Type().Elem(), options)
	if err != nil {
		return err
	}
	for _, m := range methods {
		b, err := c.methodFor(m.methodDesc)
		if err != nil {
			return err
		}
		v.Elem().FieldByIndex(m.index).Set(reflect.MakeFunc(m.function, c.function(m, b)))
	}
	return nil
}

// function returns what a func field of a contract does on a client.
func (c *Client) function(m *contractMethod, b *boundMethod) func([]reflect.Value) []reflect.Value {
	return func(in []reflect.Value) []reflect.Value {
		arguments := b.in.Get()
		fields := b.in.At(arguments)
		for i := range fields.NumField() {
			fields.Field(i).Set(in[i+1])
		}
		ctx, _ := in[0].Interface().(context.Context)
		result, used, err := c.invoke(ctx, b, arguments)
		out := make([]reflect.Value, 0, 2)
		if m.success != nil {
			out = append(out, m.load(b, result))
		}
		failure := reflect.Zero(errorType)
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
func (m *contractMethod) load(b *boundMethod, result unsafe.Pointer) reflect.Value {
	value := reflect.New(m.success).Elem()
	if result != nil {
		success := b.out.At(result).Field(0)
		if m.boxed {
			success = success.Elem()
		}
		value.Set(success)
	}
	return value
}
