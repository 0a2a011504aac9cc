package contract

import (
	"reflect"

	"github.com/tagwire/tagwire/rpc/message"
)

// NewReader returns a Reader with options, such as rpc.Exceptions returns.
func NewReader[Option ~func(*Reader)](options []Option) *Reader {
	r := new(Reader)
	for _, o := range options {
		o(r)
	}
	return r
}

// Body is what a func field of a contract does, for reflect.MakeFunc.
type Body func(in []reflect.Value) []reflect.Value

// Fill sets the func fields of the contract that target points to. body returns what a field does. If one of them fails, no field is set.
func (r *Reader) Fill(target any, body func(*Field) (Body, error)) error {
	v := reflect.ValueOf(target)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return message.ContractError("", "a contract is filled through a pointer to a struct of func fields, not %T; write &contract", target)
	}
	fields, err := r.Fields(v.Type().Elem())
	if err != nil {
		return err
	}
	bodies := make([]Body, len(fields))
	for i, f := range fields {
		if bodies[i], err = body(f); err != nil {
			return err
		}
	}
	for i, f := range fields {
		v.Elem().FieldByIndex(f.Index).Set(reflect.MakeFunc(f.Function, bodies[i]))
	}
	return nil
}

// Out returns what the function of the field returns: err, and before it what success holds, which is the success in a struct of
// results, and is not used if there is an error or no success.
func (f *Field) Out(success reflect.Value, err error) []reflect.Value {
	var out []reflect.Value
	if f.Success != nil {
		if err == nil && f.Boxed && success.IsNil() {
			err = &message.Error{Code: message.CodeMissingResult, Method: f.Name, Message: "the reply holds no result"}
		}
		switch {
		case err != nil:
			success = reflect.Zero(f.Success)
		case f.Boxed:
			success = success.Elem()
		}
		out = append(out, success)
	}
	return append(out, reflect.ValueOf(&err).Elem())
}
