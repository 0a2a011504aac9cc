package apachethrift

import (
	"context"
	"reflect"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire/rpc"
)

// NewClient returns a contract, a struct of func fields, see rpc.Implement, whose functions make calls by c, such as a
// TStandardClient. The error says what is wrong with the contract.
//
// The functions return the exceptions that the contract declares, as pointers, and else the errors of c. A reply without a result
// and without such an exception is a TApplicationException with the code MISSING_RESULT, unless the result may be nil. They may be called by several goroutines at
// once if c may be; a TStandardClient may not.
func NewClient[Contract any](c thrift.TClient, options ...rpc.ContractOption) (*Contract, error) {
	methods, err := methodsOf(reflect.TypeFor[Contract](), options)
	if err != nil {
		return nil, err
	}
	filled := new(Contract)
	v := reflect.ValueOf(filled).Elem()
	for _, m := range methods {
		v.FieldByIndex(m.Index).Set(reflect.MakeFunc(m.Function, m.caller(c)))
	}
	return filled, nil
}

// caller returns what the func field of the method does.
func (m *method) caller(c thrift.TClient) func([]reflect.Value) []reflect.Value {
	return func(in []reflect.Value) []reflect.Value {
		arguments := reflect.New(m.Arguments)
		for i := range m.Arguments.NumField() {
			arguments.Elem().Field(i).Set(in[i+1])
		}
		ctx, _ := in[0].Interface().(context.Context)
		success, err := m.invoke(ctx, c, arguments)
		failure := reflect.ValueOf(&err).Elem()
		if m.Success == nil {
			return []reflect.Value{failure}
		}
		if err != nil {
			success = reflect.Zero(m.Success)
		}
		return []reflect.Value{success, failure}
	}
}

// invoke makes a call. success is what it returns, if it returns anything.
func (m *method) invoke(ctx context.Context, c thrift.TClient, arguments reflect.Value) (success reflect.Value, err error) {
	request := &object{m.arguments, arguments.Interface()}
	if m.Oneway {
		_, err = c.Call(ctx, m.Name, request, nil)
		return success, err
	}
	result := reflect.New(m.Result)
	if _, err = c.Call(ctx, m.Name, request, &object{m.result, result.Interface()}); err != nil {
		return success, err
	}
	for i := range m.Result.NumField() {
		field := result.Elem().Field(i)
		switch {
		case field.IsNil():
		case i > 0 || !m.Returns:
			return success, field.Interface().(error)
		case m.Boxed:
			success = field.Elem()
		default:
			success = field
		}
	}
	switch {
	case !m.Returns || success.IsValid():
	case !m.Boxed && m.Result.Field(0).Type.Kind() != reflect.Pointer:
		success = reflect.Zero(m.Result.Field(0).Type) // nil, which servers leave out
	default:
		return success, thrift.NewTApplicationException(thrift.MISSING_RESULT, m.Name+": the reply has no result")
	}
	return success, nil
}
