package grpcadapter

import (
	"reflect"

	"github.com/tagwire/tagwire/rpc/contract"
)

// method is a method of a contract with the messages that gRPC carries for it.
type method struct {
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

func newMethod(service string, m *contract.Method) *method {
	made := &method{Method: m, service: service, request: form{message: m.Arguments}}
	if m.Arguments.NumField() == 1 {
		made.request = formOf(m.Arguments)
	}
	made.reply = form{message: reflect.TypeFor[contract.Void]()}
	if m.Returns {
		// Without the fields of the exceptions, which are sent in the status.
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

// fullName is the path of the method in gRPC.
func (m *method) fullName() string { return "/" + m.service + "/" + m.Name }
