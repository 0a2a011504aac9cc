package intercept

import (
	"context"
	"errors"
	"reflect"
	"strings"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
)

// Validating returns an interceptor that refuses arguments, results and messages of streams which break a rule of the vt tags of their
// types, before the handler or the caller gets them, or they are sent. Declared exceptions are not looked at.
func Validating() Interceptor {
	return Interceptor{
		Values: func(_ context.Context, call *CallInfo, m StreamMessage) error {
			isResult := m.Sent == (call.Side == ServerSide)
			m.Value = unwrapped(m.Value, isResult)
			return validate(call, m)
		},
		Message: func(_ context.Context, call *CallInfo, m StreamMessage) error { return validate(call, m) },
	}
}

// validate returns the error for a value that breaks a rule. What a server refuses has a code for the caller, who gets the text; what
// a client refuses has one that no server sends, so that a handler which makes the call does not answer with it.
func validate(call *CallInfo, m StreamMessage) error {
	err := tagwire.Validate(m.Value)
	if err == nil {
		return nil
	}
	wrong := &message.Error{Method: call.Method, Err: err}
	switch violation := (*tagwire.ValidationError)(nil); {
	case call.Side == ServerSide:
		wrong.Code = message.CodeInternal
		wrong.Message, wrong.Err = strings.TrimPrefix(err.Error(), "tagwire: "), nil
		if errors.As(err, &violation) || errors.Is(err, tagwire.ErrDepthLimit) {
			if !m.Sent {
				wrong.Code = message.CodeInvalidArgument
			} else {
				wrong.Message = "the result is not valid: " + wrong.Message
			}
		}
	case m.Sent:
		wrong.Code = message.CodeEncode
	default:
		wrong.Code = message.CodeInvalidReply
	}
	return wrong
}

// unwrapped returns the struct that is the only argument, or the result, so that paths begin with its fields; else v, which points to the
// struct of arguments or of results.
func unwrapped(v any, isResult bool) any {
	s := reflect.ValueOf(v).Elem()
	if s.NumField() == 1 || s.NumField() > 1 && isResult { // exceptions follow on a result
		first := s.Field(0)
		if t := first.Type(); t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct {
			return first.Interface()
		}
	}
	return v
}
