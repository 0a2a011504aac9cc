package rpc

import (
	"context"
	"fmt"
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire/rpc/policy"
)

// fallBack asks the user for the outcome of a call, in place of result and err. It returns a struct of results unless there is an
// error or no reply.
func (c *Client) fallBack(ctx context.Context, fallback policy.Fallback, b *boundMethod, arguments, result unsafe.Pointer, err error) (replaced unsafe.Pointer, failure error) {
	defer func() {
		if value := recover(); value != nil {
			c.journal.Panicked("rpc: a call panicked", value, "method", b.Name)
			failure = b.panicked()
		}
		if failure != nil {
			replaced = nil
		}
	}()
	o := policy.Outcome{Method: b.Name, Arguments: b.parameters(arguments), Err: err}
	if result != nil {
		o.Result = b.value(result)
	}
	value, err := fallback(ctx, o)
	if err != nil || b.out == nil {
		return nil, err
	}
	if result == nil {
		result = b.out.Get()
	}
	return result, b.setValue(result, value)
}

// panicked returns the error of a call in which users' code has panicked.
func (b *boundMethod) panicked() error {
	return &Error{Code: CodePanic, Method: b.Name, Message: "code that runs with the call panicked"}
}

// parameters returns what a function was called with.
func (b *boundMethod) parameters(arguments unsafe.Pointer) (all []any) {
	v := b.in.At(arguments)
	if b.Retained {
		return []any{v.Addr().Interface()}
	}
	for i := range v.NumField() {
		all = append(all, v.Field(i).Interface())
	}
	return all
}

// value returns a pointer to what a result holds for the caller, nil if there is nothing. It does not refer to the result itself.
func (b *boundMethod) value(result unsafe.Pointer) any {
	if !b.Returns || !firstWord(result) {
		return nil
	}
	success := b.out.At(result).Field(0)
	if success.Kind() != reflect.Pointer {
		own := reflect.New(success.Type())
		own.Elem().Set(success)
		return own.Interface()
	}
	return success.Interface()
}

// setValue makes value, a pointer to what the method returns or nil, the success of a result.
func (b *boundMethod) setValue(result unsafe.Pointer, value any) error {
	if !b.Returns {
		return nil
	}
	success, v := b.out.At(result).Field(0), reflect.ValueOf(value)
	wanted := success.Type()
	if success.Kind() != reflect.Pointer {
		wanted = reflect.PointerTo(wanted)
	}
	switch {
	case value != nil && v.Type() != wanted:
		return &Error{Code: CodeContract, Method: b.Name, Message: fmt.Sprintf("a fallback returned a %T; return a %v", value, wanted)}
	case value == nil || v.IsNil():
		success.SetZero()
		if !b.Nilable {
			return &Error{Code: CodeMissingResult, Method: b.Name, Message: "a fallback returned neither a result nor an error"}
		}
	case success.Kind() == reflect.Pointer:
		success.Set(v)
	default:
		success.Set(v.Elem())
	}
	return nil
}
