package contract

import (
	"fmt"
	"reflect"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/invoke"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/protobuf"
	"github.com/tagwire/tagwire/rpc/thrift"
)

// DescribeStream is Describe for a stream: the caller sends any number of requests if clientStreams, and the handler any number of
// responses if serverStreams.
func DescribeStream(name string, request, response reflect.Type, clientStreams, serverStreams bool, o *Options) (*Method, error) {
	switch {
	case !clientStreams && !serverStreams:
		return nil, message.ContractError(name, "it is no stream; write rpc.ClientStreams, rpc.ServerStreams or both, or rpc.NewMethod")
	case o.Oneway || o.Spread || o.Returns != "":
		return nil, message.ContractError(name, "the messages of a stream are structs; take away rpc.Oneway, rpc.Spread and rpc.Returns")
	case response.Kind() != reflect.Struct:
		return nil, message.ContractError(name, "%v is not a struct; write a struct with tags, or rpc.Void", response)
	}
	m, err := Describe(name, request, response, o)
	if err != nil {
		return nil, err
	}
	m.ClientStreams, m.ServerStreams, m.Request, m.Response = clientStreams, serverStreams, request, response
	return m, m.checkMessages()
}

// checkMessages asks the codec whether the messages of a stream have a wire form.
func (m *Method) checkMessages() error {
	for _, t := range []reflect.Type{m.Request, m.Response} {
		if m.Protobuf {
			if err := protobuf.Check(t); err != nil && !protobuf.HasReflection(t) {
				return &message.Error{Code: message.CodeContract, Method: m.Name, Err: err}
			}
			continue
		}
		if err := thrift.CheckTagged(t); err != nil {
			return message.ContractError(m.Name, "%v", err)
		}
		if _, err := tagwire.CodecOf(t); err != nil {
			return &message.Error{Code: message.CodeContract, Method: m.Name, Err: err}
		}
	}
	return nil
}

// messageOf returns the struct that a sequence of messages, such as an iter.Seq2[*Request, error], is of, nil for another type.
func messageOf(t reflect.Type) reflect.Type {
	if t.Kind() != reflect.Func || t.IsVariadic() || t.NumIn() != 1 || t.NumOut() != 0 {
		return nil
	}
	yield := t.In(0)
	if yield.Kind() != reflect.Func || yield.IsVariadic() || yield.NumIn() != 2 || yield.NumOut() != 1 ||
		yield.Out(0) != reflect.TypeFor[bool]() || yield.In(1) != errorType || !isMessage(yield.In(0)) {
		return nil
	}
	return yield.In(0).Elem()
}

// looksLikeStream reports that a function takes or returns a function, as those of streams do.
func looksLikeStream(t reflect.Type) bool {
	if t.Kind() != reflect.Func {
		return false
	}
	for i := range t.NumIn() {
		if t.In(i).Kind() == reflect.Func {
			return true
		}
	}
	for i := range t.NumOut() {
		if t.Out(i).Kind() == reflect.Func {
			return true
		}
	}
	return false
}

// streamMethod reads one field of a contract that is a stream.
func (r *Reader) streamMethod(f reflect.StructField) (*Field, error) {
	m := &Field{Method: &Method{}, GoName: f.Name, Function: f.Type}
	if err := m.nameFrom(f.Tag.Get("rpc")); err != nil {
		return nil, err
	}
	for _, tag := range []string{"params", "returns"} {
		if _, found := f.Tag.Lookup(tag); found {
			return nil, fmt.Errorf("the messages of a stream are structs; take away the tag %s", tag)
		}
	}
	shape := Method{}
	if !shape.shapeFrom(f.Type) || m.Oneway {
		return nil, fmt.Errorf("a stream is one of\n"+
			"\tfunc(ctx context.Context, request *Request) iter.Seq2[*Reply, error]\n"+
			"\tfunc(ctx context.Context, requests iter.Seq2[*Request, error]) (*Reply, error)\n"+
			"\tfunc(ctx context.Context, requests iter.Seq2[*Request, error]) iter.Seq2[*Reply, error]\n"+
			"of structs with tags, and is not oneway; %v is none of them", f.Type)
	}
	exceptions, err := r.throws(f.Tag.Get("throws"))
	if err != nil {
		return nil, err
	}
	if r.protobuf {
		m.Method, err = shape.protobufStream(m.Name, exceptions)
		return m, err
	}
	o := &Options{}
	for _, e := range exceptions {
		o.Exceptions = append(o.Exceptions, Exception{e.ID, reflect.Zero(reflect.PointerTo(e.Type)).Interface()})
	}
	m.Method, err = DescribeStream(m.Name, shape.Request, shape.Response, shape.ClientStreams, shape.ServerStreams, o)
	return m, err
}

// shapeFrom sets which side streams, and the messages, and reports whether the function is a stream.
func (m *Method) shapeFrom(t reflect.Type) bool {
	if t.IsVariadic() || t.NumIn() != 2 || t.In(0) != contextType {
		return false
	}
	if m.Request = messageOf(t.In(1)); m.Request != nil {
		m.ClientStreams = true
	} else if isMessage(t.In(1)) {
		m.Request = t.In(1).Elem()
	}
	switch t.NumOut() {
	case 1:
		m.Response = messageOf(t.Out(0))
		m.ServerStreams = true
	case 2:
		if isMessage(t.Out(0)) && t.Out(1) == errorType {
			m.Response = t.Out(0).Elem()
		}
	}
	return m.Request != nil && m.Response != nil && m.Streams()
}

// protobufStream returns the description of a stream of that shape whose messages are those of Protobuf.
func (m *Method) protobufStream(name string, exceptions []thrift.Exceptional) (*Method, error) {
	made := *m
	made.Name, made.Exceptions = name, exceptions
	if err := made.setMessages(reflect.PointerTo(m.Request), reflect.PointerTo(m.Response)); err != nil {
		return nil, err
	}
	return &made, made.checkMessages()
}

// findStream returns what calls the function in implementation for a stream.
func (m *Field) findStream(contract reflect.Type, implementation any) (invoke.StreamHandler, error) {
	function, _, err := m.lookUp(contract, implementation)
	if err != nil {
		return nil, err
	}
	return m.StreamHandler(function), nil
}

// StreamHandler returns what calls a function of the shape that the stream has.
func (m *Method) StreamHandler(function reflect.Value) invoke.StreamHandler {
	switch {
	case !m.ClientStreams:
		return invoke.ServerStream(function)
	case !m.ServerStreams:
		return invoke.ClientStream(function)
	}
	return invoke.BothStream(function)
}
