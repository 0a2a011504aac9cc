// Package message makes messages of connect from the calls of a contract, and calls from messages, for all versions of connect.
package message

import (
	"reflect"

	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/memory"
)

// Method is a method of a contract with the messages that connect carries for it.
type Method struct {
	*contract.Method
	service string
	request form // in the struct of arguments
	reply   form // in the struct of results
}

// form says which struct is the message: the only parameter or the result, if that is a pointer to a struct, and otherwise a struct
// with a field for each parameter, or for the result.
type form struct {
	message reflect.Type
	bare    bool // the message is what the first field points to
}

func newMethod(service string, m *contract.Method) *Method {
	made := &Method{Method: m, service: service, request: form{message: m.Arguments}}
	if m.Arguments.NumField() == 1 {
		made.request = formOf(m.Arguments)
	}
	made.reply = form{message: reflect.TypeFor[contract.Void]()}
	if m.Returns {
		// Without the fields of the exceptions, which are sent in the error.
		made.reply = formOf(reflect.StructOf([]reflect.StructField{m.Result.Field(0)}))
	}
	return made
}

// formOf returns the form of a struct with one field.
func formOf(t reflect.Type) form {
	if field := t.Field(0).Type; field.Kind() == reflect.Pointer && field.Elem().Kind() == reflect.Struct {
		return form{field.Elem(), true}
	}
	return form{message: t}
}

// Procedure is the path of the method.
func (m *Method) Procedure() string { return "/" + m.service + "/" + m.Name }

// NewRequest returns a pointer to a request that has its defaults.
func (m *Method) NewRequest() any { return newMessage(m.request.message) }

// NewReply returns a pointer to a reply that has its defaults.
func (m *Method) NewReply() any { return newMessage(m.reply.message) }

// newMessage returns a pointer to a message that has its defaults.
func newMessage(t reflect.Type) any {
	v := reflect.New(t).Interface()
	if d, ok := v.(memory.Defaulter); ok {
		d.InitDefault()
	}
	return v
}
