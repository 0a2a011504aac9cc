package rpc

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/thrift"
)

// methodDesc describes a method before a server or a client takes it into use.
type methodDesc struct {
	name       string
	oneway     bool
	arguments  reflect.Type // a struct
	retained   bool         // the handler may keep the struct of arguments itself
	transient  bool         // the handler keeps nothing of its request
	result     reflect.Type // a struct: the success, if there is one, then the exceptions; nil if oneway
	returns    bool         // the first field of result is the success
	nilable    bool         // the success may be nil: then the result is empty
	byValue    bool         // the success is a slice or a map, and not behind a pointer
	exceptions []thrift.Exceptional
}

var errorType = reflect.TypeFor[error]()

// asException returns the struct type of an exception that was given as a value or a pointer.
func asException(t reflect.Type) (reflect.Type, error) {
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
func (s *methodDesc) setResult(success reflect.Type, wire string) error {
	if s.oneway {
		if success != nil || len(s.exceptions) > 0 {
			return fmt.Errorf("a oneway method has no reply; take away its result and its exceptions, or oneway")
		}
		return nil
	}
	result, err := thrift.ResultOf(success, wire, s.exceptions)
	s.result, s.returns = result, success != nil
	return err
}

// check asks the codec whether arguments and result have a wire form.
func (s *methodDesc) check() error {
	types := []reflect.Type{s.arguments}
	if !s.oneway {
		types = append(types, s.result)
	}
	if s.name == "" {
		return contractError(s.name, "a method needs a name")
	}
	for _, t := range types {
		if err := thrift.CheckTagged(t); err != nil {
			return contractError(s.name, "%v", err)
		}
		for i := range t.NumField() {
			if err := thrift.CheckTagged(t.Field(i).Type); err != nil {
				return contractError(s.name, "%v", err)
			}
		}
		if _, err := tagwire.CodecOf(t); err != nil {
			return &Error{Code: CodeContract, Method: s.name, Err: err}
		}
	}
	return nil
}

// exceptionOf returns the index of the result's field for err, which is or wraps a declared exception, and the
// pointer to the exception; -1 if it is none.
func (s *methodDesc) exceptionOf(err error) (field int, value reflect.Value) {
	for ; err != nil; err = unwrap(err) {
		v := reflect.ValueOf(err)
		t := v.Type()
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		i := slices.IndexFunc(s.exceptions, func(e thrift.Exceptional) bool { return e.Type == t })
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
		if s.returns {
			i++
		}
		return i, v
	}
	return -1, reflect.Value{}
}

// unwrap returns the error below err. Of several it follows the first: a result can hold one exception.
func unwrap(err error) error {
	switch u := err.(type) {
	case interface{ Unwrap() error }:
		return u.Unwrap()
	case interface{ Unwrap() []error }:
		if all := u.Unwrap(); len(all) > 0 {
			return all[0]
		}
	}
	return nil
}
