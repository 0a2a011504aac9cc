package contract

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/protobuf"
	"github.com/tagwire/tagwire/rpc/thrift"
)

// UseProtobuf makes the messages of the contract those of Protobuf.
func (r *Reader) UseProtobuf() { r.protobuf = true }

// protobufMethod reads one field of a contract whose messages are those of Protobuf. A function takes the one message, and returns the other.
func (r *Reader) protobufMethod(f reflect.StructField) (*Field, error) {
	m := &Field{Method: &Method{Protobuf: true}, GoName: f.Name, Function: f.Type}
	if err := m.nameFrom(f.Tag.Get("rpc")); err != nil {
		return nil, err
	}
	if err := checkSignature(f.Type); err != nil {
		return nil, err
	}
	for _, tag := range []string{"params", "returns"} {
		if _, found := f.Tag.Lookup(tag); found {
			return nil, fmt.Errorf("with Protobuf the parameter and the result are the messages; take away the tag %s", tag)
		}
	}
	if f.Type.NumIn() != 2 || f.Type.NumOut() != 2 || !isMessage(f.Type.In(1)) || !isMessage(f.Type.Out(0)) || m.Oneway {
		return nil, fmt.Errorf("with Protobuf a function takes a pointer to a struct and returns another, and is not oneway; write "+
			"func(ctx context.Context, request *Request) (*Reply, error), not %v", f.Type)
	}
	m.Success, m.Returns, m.Nilable = f.Type.Out(0), true, true
	var err error
	if m.Exceptions, err = r.throws(f.Tag.Get("throws")); err != nil {
		return nil, err
	}
	m.setMessages(f.Type.In(1), m.Success)
	return m, m.checkProtobuf()
}

// setMessages makes arguments and result, structs as of other methods. They are not sent themselves, so their fields have no tags.
func (m *Method) setMessages(request, reply reflect.Type) {
	m.Arguments = reflect.StructOf([]reflect.StructField{{Name: "Request", Type: request}})
	results := []reflect.StructField{{Name: "Reply", Type: reply}}
	for i, e := range m.Exceptions {
		results = append(results, reflect.StructField{Name: fmt.Sprint("Exception", i), Type: reflect.PointerTo(e.Type)})
	}
	m.Result = reflect.StructOf(results)
}

func isMessage(t reflect.Type) bool {
	return t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct
}

// checkProtobuf asks the codec whether the messages have a wire form. Those of google.golang.org/protobuf that it refuses are for the
// adapters, which have that library.
func (m *Method) checkProtobuf() error {
	messages := []reflect.Type{m.Arguments.Field(0).Type.Elem(), m.Result.Field(0).Type.Elem()}
	for _, t := range messages {
		if err := protobuf.Check(t); err != nil && !protobuf.HasReflection(t) {
			return &message.Error{Code: message.CodeContract, Method: m.Name, Err: err}
		}
	}
	for _, e := range m.Exceptions {
		if err := protobuf.Check(e.Type); err != nil {
			return &message.Error{Code: message.CodeContract, Method: m.Name, Err: err}
		}
	}
	return nil
}

// NeedsThrift returns an error if the messages are those of Protobuf, for what knows Thrift only.
func (m *Method) NeedsThrift() error {
	if !m.Protobuf {
		return nil
	}
	return message.ContractError(m.Name, "its messages are those of Protobuf, which adapters/grpc and adapters/connect carry; take away the "+
		"option rpc.Protobuf to use it here")
}

// ExceptionName returns the name of the message of Protobuf that a declared exception is, in a service of that name.
func ExceptionName(service string, exception reflect.Value) string {
	return protobuf.Name(service, exception.Type().Elem())
}

// DecodeExceptionNamed returns the exception of a method with Protobuf that EncodeException has encoded and ExceptionName has named, nil if
// the method declares none of that name.
func (m *Method) DecodeExceptionNamed(service, name string, data []byte) error {
	i := slices.IndexFunc(m.Exceptions, func(e thrift.Exceptional) bool { return protobuf.Name(service, e.Type) == name })
	if i < 0 || !m.Protobuf {
		return nil
	}
	exception := reflect.New(m.Exceptions[i].Type).Interface()
	if tagwire.Unmarshal(data, exception, tagwire.WithFormat(tagwire.Protobuf)) != nil {
		return nil
	}
	return exception.(error)
}
