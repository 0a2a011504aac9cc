package message

import (
	"context"
	"fmt"
	"reflect"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/contract"
)

// An Exchange makes a call by a version of connect: it sends the request with the headers, and returns the reply, which NewReply has made.
type Exchange func(ctx context.Context, request any, headers map[string][]string) (reply any, err error)

// Fill sets the func fields of the contract that target points to. exchange is called once a method.
func Fill(service string, target any, options []rpc.ContractOption, exchange func(*Method) Exchange) error {
	v := reflect.ValueOf(target)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return &rpc.Error{Code: rpc.CodeContract, Message: fmt.Sprintf("Fill takes a pointer to a struct of func fields, not %T; write &contract", target)}
	}
	var r contract.Reader
	for _, o := range options {
		o(&r)
	}
	fields, err := r.Fields(v.Type().Elem())
	if err != nil {
		return err
	}
	for _, f := range fields {
		m := newMethod(service, f.Method)
		called := &calledMethod{m, f, exchange(m)}
		v.Elem().FieldByIndex(f.Index).Set(reflect.MakeFunc(f.Function, called.call))
	}
	return nil
}

// refusal, as the cause that ended a context, is why a request has no encoding.
type refusal struct{ error }

// Refusable returns the context of a call, and what ends it: with why the request has no encoding, or with nil once the call is over.
// It may be called by several goroutines, since interceptors may send a request more than once.
func Refusable(ctx context.Context) (context.Context, func(error)) {
	// After a request that has no encoding, connect waits for the answer to a request without a message. Some servers give none.
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, func(err error) {
		if err != nil {
			err = &refusal{err}
		}
		cancel(err)
	}
}

// Refused returns the error of a call whose context of Refusable has ended since the request has no encoding, nil if it has not.
func (m *Method) Refused(ctx context.Context) error {
	if r, ok := context.Cause(ctx).(*refusal); ok {
		return &rpc.Error{Code: rpc.CodeEncode, Method: m.Name, Err: r.error}
	}
	return nil
}

// calledMethod is a method of a contract of a client.
type calledMethod struct {
	*Method
	field    *contract.Field
	exchange Exchange
}

// call is the function in the field of the contract.
func (m *calledMethod) call(in []reflect.Value) []reflect.Value {
	ctx, _ := in[0].Interface().(context.Context)
	if ctx == nil {
		ctx = context.Background()
	}
	var headers map[string][]string
	if metainfo.HasMetaInfo(ctx) {
		headers = map[string][]string{}
		metainfo.ToHTTPHeader(ctx, metainfo.HTTPHeader(headers))
	}
	reply, err := m.exchange(ctx, m.requestOf(in[1:]), headers)
	var out []reflect.Value
	if m.field.Success != nil {
		success := reflect.Zero(m.field.Success)
		if err == nil {
			success, err = m.successIn(reflect.ValueOf(reply))
		}
		out = append(out, success)
	}
	return append(out, reflect.ValueOf(&err).Elem())
}

// requestOf returns the message for the arguments of a call.
func (m *calledMethod) requestOf(parameters []reflect.Value) any {
	if m.request.bare {
		return parameters[0].Interface()
	}
	arguments := reflect.New(m.Arguments)
	for i, p := range parameters {
		arguments.Elem().Field(i).Set(p)
	}
	return arguments.Interface()
}

// successIn returns the result in a reply.
func (m *calledMethod) successIn(reply reflect.Value) (reflect.Value, error) {
	success := reply
	if !m.reply.bare {
		success = reply.Elem().Field(0)
	}
	switch {
	case !m.field.Boxed:
		return success, nil
	case success.IsNil():
		return reflect.Zero(m.field.Success), &rpc.Error{Code: rpc.CodeMissingResult, Method: m.Name, Message: "the reply holds no result"}
	}
	return success.Elem(), nil
}
