package contract

import (
	"fmt"
	"reflect"

	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/thrift"
)

// Void stands for no arguments, or no result, of a function.
type Void struct{}

var voidType = reflect.TypeFor[Void]()

// Options is what the Go types of a function do not say.
type Options struct {
	Exceptions []Exception
	Oneway     bool   // there is no reply
	Spread     bool   // the fields of the request are the parameters
	Returns    string // the type of the result as a tag spells it, where the Go type leaves a choice
	Reuse      bool   // the handler keeps nothing of its requests
	Protobuf   bool   // request and response are messages of Protobuf
}

// Exception is one that a method declares.
type Exception struct {
	ID    int
	Value any // of its type, or a nil pointer to it
}

// Describe returns the description of a function that takes a *request and returns a *response.
func Describe(name string, request, response reflect.Type, o *Options) (*Method, error) {
	m := &Method{Name: name, Oneway: o.Oneway, Transient: o.Reuse}
	if request.Kind() != reflect.Struct {
		return nil, message.ContractError(name, "%v is not a struct; write a struct with tags, or rpc.Void", request)
	}
	for _, e := range o.Exceptions {
		t, err := exceptionType(reflect.TypeOf(e.Value))
		if err != nil {
			return nil, message.ContractError(name, "rpc.Throws(%d, ...): %v", e.ID, err)
		}
		m.Exceptions = append(m.Exceptions, thrift.Exceptional{ID: e.ID, Type: t})
	}
	if o.Protobuf {
		return m, m.describeProtobuf(request, response, o)
	}
	switch {
	case request == voidType:
		m.Arguments = reflect.StructOf(nil)
	case o.Spread:
		m.Arguments, m.Retained = request, true
	default:
		m.Arguments = thrift.ArgumentsOf([]thrift.Parameter{{ID: 1, Type: reflect.PointerTo(request)}})
	}
	success, err := m.successOf(response, o.Returns)
	if err == nil {
		err = m.setResult(success, o.Returns)
	}
	if err != nil {
		return nil, message.ContractError(name, "%v", err)
	}
	return m, m.check()
}

// successOf returns the type of the result's field for a function that returns a *response; nil for none.
func (m *Method) successOf(response reflect.Type, wire string) (reflect.Type, error) {
	switch response.Kind() {
	case reflect.Struct:
		m.Nilable = true
		if response == voidType {
			return nil, nil
		}
	case reflect.Slice, reflect.Map:
		m.Nilable, m.ByValue = true, true
		if fault := thrift.Undecided(response, wire); fault != nil {
			return nil, fmt.Errorf("%v; add the option rpc.Returns(%q), or the same with %s", fault, fault.First, fault.Second)
		}
		return response, nil
	case reflect.Pointer:
		return nil, fmt.Errorf("the response is a pointer anyway; write %v instead of %v", response.Elem(), response)
	default:
		if fault := thrift.Undecided(response, wire); fault != nil {
			return nil, fmt.Errorf("%v; add the option rpc.Returns(%q), or the same with %s", fault, fault.First, fault.Second)
		}
	}
	return reflect.PointerTo(response), nil
}
