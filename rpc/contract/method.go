package contract

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/thrift"
)

// Method describes a method before a server or a client takes it into use.
type Method struct {
	Name       string
	Oneway     bool
	Arguments  reflect.Type // a struct
	Retained   bool         // the handler may keep the struct of arguments itself
	Transient  bool         // the handler keeps nothing of its request
	Result     reflect.Type // a struct: the success, if there is one, then the exceptions; nil if oneway
	Returns    bool         // the first field of result is the success
	Nilable    bool         // the success may be nil: then the result is empty
	ByValue    bool         // the success is a slice or a map, and not behind a pointer
	Exceptions []thrift.Exceptional
	Protobuf   bool // the messages are those of Protobuf; see NeedsThrift

	// ClientStreams and ServerStreams say of which side there are any number of messages, not one. If there are of either, Request and
	// Response are the structs that the messages are; arguments and result are those of a call with one of each.
	ClientStreams, ServerStreams bool
	Request, Response            reflect.Type
}

// Streams reports that the method is a stream.
func (m *Method) Streams() bool { return m.ClientStreams || m.ServerStreams }

// NeedsCalls returns an error if the method is a stream, for what knows only calls with one message in each direction.
func (m *Method) NeedsCalls() error {
	if !m.Streams() {
		return nil
	}
	return message.ContractError(m.Name, "it is a stream, which is not supported here; take it out of the contract")
}

var errorType = reflect.TypeFor[error]()

// exceptionType returns the struct type of an exception that was given as a value or a pointer.
func exceptionType(t reflect.Type) (reflect.Type, error) {
	if t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("an exception is a struct with tags; %v is none", t)
	}
	if !reflect.PointerTo(t).Implements(errorType) {
		return nil, fmt.Errorf("an exception is an error; write func (e *%s) Error() string", t.Name())
	}
	return t, nil
}

// setResult makes the type of the result: the success of type success, nil for none, and the exceptions.
func (m *Method) setResult(success reflect.Type, wire string) error {
	if m.Oneway {
		if success != nil || len(m.Exceptions) > 0 {
			return fmt.Errorf("a oneway method has no reply; take away its result and its exceptions, or oneway")
		}
		return nil
	}
	result, err := thrift.ResultOf(success, wire, m.Exceptions)
	m.Result, m.Returns = result, success != nil
	return err
}

// check asks the codec whether arguments and result have a wire form.
func (m *Method) check() error {
	types := []reflect.Type{m.Arguments}
	if !m.Oneway {
		types = append(types, m.Result)
	}
	if m.Name == "" {
		return message.ContractError(m.Name, "a method needs a name")
	}
	for _, t := range types {
		if err := thrift.CheckTagged(t); err != nil {
			return message.ContractError(m.Name, "%v", err)
		}
		for i := range t.NumField() {
			if err := thrift.CheckTagged(t.Field(i).Type); err != nil {
				return message.ContractError(m.Name, "%v", err)
			}
		}
		if _, err := tagwire.CodecOf(t); err != nil {
			return &message.Error{Code: message.CodeContract, Method: m.Name, Err: err}
		}
	}
	return nil
}

// ExceptionOf returns the index of the result's field for err, which is or wraps a declared exception, and the
// pointer to the exception; -1 if it is none.
func (m *Method) ExceptionOf(err error) (field int, value reflect.Value) {
	for ; err != nil; err = message.Unwrap(err) {
		v := reflect.ValueOf(err)
		t := v.Type()
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		i := slices.IndexFunc(m.Exceptions, func(e thrift.Exceptional) bool { return e.Type == t })
		if i < 0 {
			continue
		}
		if v.Kind() != reflect.Pointer {
			pointer := reflect.New(t)
			pointer.Elem().Set(v)
			v = pointer
		}
		if v.IsNil() {
			continue
		}
		if m.Returns {
			i++
		}
		return i, v
	}
	return -1, reflect.Value{}
}

// EncodeException returns the result of a call that ends with an exception, which is in field i of the result: a struct in Thrift's
// Binary protocol, for protocols that carry exceptions as bytes. With Protobuf it returns the exception as a message.
func (m *Method) EncodeException(i int, exception reflect.Value) ([]byte, error) {
	if m.Protobuf {
		return tagwire.Marshal(exception.Interface(), tagwire.WithFormat(tagwire.Protobuf))
	}
	result := reflect.New(m.Result)
	result.Elem().Field(i).Set(exception)
	return tagwire.Marshal(result.Interface())
}

// DecodeException returns the exception that EncodeException has encoded in Thrift, nil if data holds none of the method.
func (m *Method) DecodeException(data []byte) error {
	if len(m.Exceptions) == 0 || m.Protobuf {
		return nil
	}
	result := reflect.New(m.Result)
	if tagwire.Unmarshal(data, result.Interface()) != nil {
		return nil
	}
	fields := result.Elem()
	for i := fields.NumField() - len(m.Exceptions); i < fields.NumField(); i++ {
		if exception := fields.Field(i); !exception.IsNil() {
			return exception.Interface().(error)
		}
	}
	return nil
}
