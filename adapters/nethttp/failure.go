package nethttp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/message"
)

// failure is the body of an answer that is an error.
type failure struct {
	Error string `json:"error"`
	// Code is that of the *rpc.Error, absent for exceptions and business errors.
	Code *rpc.Code `json:"code,omitempty"`
	// Exception is the name of the type, Value the exception.
	Exception string          `json:"exception,omitempty"`
	Value     json.RawMessage `json:"value,omitempty"`
	// Status and Extra are those of a *rpc.BizError.
	Status int32             `json:"status,omitempty"`
	Extra  map[string]string `json:"extra,omitempty"`

	status int // of HTTP
}

// fail returns the body for an error with a code.
func fail(status int, code rpc.Code, text string) *failure {
	return &failure{Error: text, Code: &code, status: status}
}

// HTTPStatus is what an exception implements to choose the status of its answers, from 400 to 599. Without it that is 422.
type HTTPStatus interface {
	error
	HTTPStatus() int
}

// failureOf returns what is sent for an error of the handler.
func (m *method) failureOf(err error) *failure {
	if i, value := m.ExceptionOf(err); i >= 0 {
		return m.exceptionFailure(err, i, value)
	}
	if b := message.Business(err); b != nil {
		return &failure{Error: b.Message, Status: b.Status, Extra: b.Extra, status: http.StatusUnprocessableEntity}
	}
	code := rpc.CodeInternal
	var known *rpc.Error
	switch {
	case errors.As(err, &known):
		code = known.Code
	case errors.Is(err, context.DeadlineExceeded):
		code = rpc.CodeTimeout
	case errors.Is(err, context.Canceled):
		code = rpc.CodeCanceled
	}
	return fail(grpc.HTTPStatusOf(code), code, err.Error())
}

// exceptionFailure returns what is sent for an exception, which has its field in the result.
func (m *method) exceptionFailure(err error, field int, exception reflect.Value) *failure {
	e := encoder{plans: m.plans}
	if err := e.value(m.exception(field), exception, 0); err != nil {
		return fail(http.StatusInternalServerError, rpc.CodeEncode, err.Error())
	}
	f := &failure{Error: err.Error(), Exception: exception.Type().Elem().Name(), Value: e.out, status: http.StatusUnprocessableEntity}
	if chooses, ok := exception.Interface().(HTTPStatus); ok {
		if status := chooses.HTTPStatus(); status >= 400 && status <= 599 {
			f.status = status
		}
	}
	return f
}

// errorOf returns the error of a call from an answer that is one.
func (m *method) errorOf(status int, body []byte, limit int64) error {
	var f failure
	if json.Unmarshal(body, &f) != nil {
		// The answer is not of a server like ours.
		return &rpc.Error{Code: grpc.RPCCodeOfHTTPStatus(status), Method: m.Name, Message: "the server answers " + http.StatusText(status)}
	}
	if exception := m.exceptionIn(&f, limit); exception != nil {
		return exception
	}
	if f.Status != 0 {
		return &rpc.BizError{Status: f.Status, Message: f.Error, Extra: f.Extra}
	}
	code := grpc.RPCCodeOfHTTPStatus(status)
	if f.Code != nil {
		code = *f.Code
	}
	failure := &rpc.Error{Code: code, Method: m.Name, Message: f.Error}
	switch code {
	case rpc.CodeTimeout:
		failure.Err = context.DeadlineExceeded
	case rpc.CodeCanceled:
		failure.Err = context.Canceled
	}
	return failure
}

// exceptionIn returns the declared exception of an answer, nil if there is none.
func (m *method) exceptionIn(f *failure, limit int64) error {
	if f.Exception == "" || m.result == nil {
		return nil
	}
	for _, e := range m.Exceptions {
		if e.Type.Name() != f.Exception {
			continue
		}
		i := m.result.byName[name(e.ID)]
		value := reflect.New(m.result.Fields[i].Type.Go).Elem()
		if newDecoder(bytes.NewReader(f.Value), m.plans, limit).all(m.result.Fields[i].Type, value) == nil {
			return value.Interface().(error)
		}
	}
	return nil
}
