package grpcadapter

import (
	"context"
	"fmt"
	"reflect"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/contract"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// Fill sets the func fields of the contract, a pointer to a struct as rpc.WithContract takes it, to functions that call the service
// of that name over conn. Their errors are declared exceptions, a *rpc.BizError or a *rpc.Error, in which status.FromError finds the
// status. The error of Fill is about the contract.
func Fill(conn grpc.ClientConnInterface, service string, target any, options ...rpc.ContractOption) error {
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
		called := &calledMethod{newMethod(service, f.Method), f, conn}
		v.Elem().FieldByIndex(f.Index).Set(reflect.MakeFunc(f.Function, called.call))
	}
	return nil
}

// calledMethod is a method of a contract on a connection.
type calledMethod struct {
	*method
	field *contract.Field
	conn  grpc.ClientConnInterface
}

// call is the function in the field of the contract.
func (m *calledMethod) call(in []reflect.Value) []reflect.Value {
	ctx, _ := in[0].Interface().(context.Context)
	reply := newMessage(m.reply.message)
	err := m.exchange(ctx, m.requestOf(in[1:]), reply.Interface())
	var out []reflect.Value
	if m.field.Success != nil {
		success := reflect.Zero(m.field.Success)
		if err == nil {
			success, err = m.successIn(reply)
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

// exchange makes the call.
func (m *calledMethod) exchange(ctx context.Context, request, reply any) error {
	if ctx == nil {
		ctx = context.Background()
	}
	if metainfo.HasMetaInfo(ctx) {
		ctx = send(ctx)
	}
	var trailer metadata.MD
	err := m.conn.Invoke(ctx, m.fullName(), request, reply, grpc.CallContentSubtype(Name), grpc.Trailer(&trailer))
	if err != nil {
		return m.errorOf(err, trailer)
	}
	return nil
}

// send returns ctx with the values that package metainfo keeps in the metadata of the call.
func send(ctx context.Context) context.Context {
	outgoing, _ := metadata.FromOutgoingContext(ctx) // a copy
	if outgoing == nil {
		outgoing = metadata.MD{}
	}
	metainfo.ToHTTPHeader(ctx, metainfo.HTTPHeader(outgoing))
	return metadata.NewOutgoingContext(ctx, outgoing)
}
