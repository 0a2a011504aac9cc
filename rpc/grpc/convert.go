package grpc

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/message"
)

// The keys of trailers that tell more of an error than its status.
const (
	// BusinessStatus and BusinessExtra are the status and the extra of a business error, with the code Internal. They are Kitex's.
	BusinessStatus = "biz-status"
	BusinessExtra  = "biz-extra"
	// RPCCode is the code of package rpc, where the status has that of several.
	RPCCode = "tagwire-code"
)

// StatusOf returns what a server sends for the error that a handler has returned: a status, nil for nil, and metadata for the trailer, nil if
// there is none. method, which may be nil, is the method in a service of that name.
//
// In this order err is, or wraps: an exception that the method declares, which becomes the last detail; a business error; an error with a
// status, of this package or of google.golang.org/grpc/status; a *message.Error; the error of a context. Any other error is Unknown.
// docs/errors.md has the tables. The methods of err may be the handler's, and panic.
func StatusOf(err error, method *contract.Method, service string) (*Status, Metadata) {
	return statusOf(err, method, service, CodeOf)
}

// ConnectStatusOf is StatusOf with the codes of connect.
func ConnectStatusOf(err error, method *contract.Method, service string) (*Status, Metadata) {
	return statusOf(err, method, service, ConnectCodeOf)
}

func statusOf(err error, method *contract.Method, service string, codeOf func(message.Code) Code) (*Status, Metadata) {
	if err == nil {
		return nil, nil
	}
	chosen := chosenStatus(err)
	if method != nil {
		if i, exception := method.ExceptionOf(err); i >= 0 {
			if chosen == nil {
				chosen = &Status{Code: Unknown, Message: err.Error()}
			}
			return exceptionStatus(chosen, method, service, i, exception), nil
		}
	}
	if b := message.Business(err); b != nil {
		return &Status{Code: Internal, Message: b.Message}, businessTrailer(b)
	}
	if chosen != nil {
		return chosen, nil
	}
	var failure *message.Error
	switch {
	case errors.As(err, &failure) && failure != nil:
		return failureStatus(err, failure, codeOf(failure.Code))
	case errors.Is(err, context.DeadlineExceeded):
		return &Status{Code: DeadlineExceeded, Message: err.Error()}, nil
	case errors.Is(err, context.Canceled):
		return &Status{Code: Canceled, Message: err.Error()}, nil
	}
	return &Status{Code: Unknown, Message: err.Error()}, nil
}

// chosenStatus returns the status that err has or wraps, of this package or of grpc-go, nil if none. As with grpc-go its text is that of err,
// if err wraps it.
func chosenStatus(err error) *Status {
	var carrier interface{ GRPCStatus() *Status }
	s, direct := (*Status)(nil), false
	if errors.As(err, &carrier) {
		s = carrier.GRPCStatus()
		_, direct = err.(interface{ GRPCStatus() *Status })
	} else if s, direct = foreignStatus(err); s == nil {
		return nil
	}
	if s == nil || s.Code == OK {
		return &Status{Code: Internal, Message: "the handler has returned an error whose status is OK"}
	}
	if direct {
		return s
	}
	text := err.Error()
	if failure, ok := err.(*message.Error); ok { // what Err returns
		text = failure.Message
	}
	return &Status{s.Code, text, s.Details}
}

// failureStatus returns the status for err, which is or wraps failure. A code that is the handler's own, and not that of a call which it has
// made, is the caller's too: as over Thrift.
func failureStatus(err error, failure *message.Error, code Code) (*Status, Metadata) {
	s := &Status{Code: code}
	if own, ok := err.(*message.Error); !ok || !own.Code.Remote() || own.Remote != nil {
		s.Message = err.Error()
		return s, nil
	}
	switch {
	case failure.Err != nil:
		s.Message = err.Error()
	case failure.Message != "":
		s.Message = failure.Message
	default:
		s.Message = failure.Code.Error()
	}
	if failure.Code < 0 || s.Code.RPC() == failure.Code {
		return s, nil
	}
	return s, Metadata{RPCCode: {strconv.Itoa(int(failure.Code))}}
}

// businessTrailer returns what is sent for a business error beside the status.
func businessTrailer(b *message.BizError) Metadata {
	trailer := Metadata{BusinessStatus: {strconv.Itoa(int(b.Status))}}
	if len(b.Extra) > 0 {
		extra, _ := json.Marshal(b.Extra) // of strings, which cannot fail
		trailer[BusinessExtra] = []string{toASCII(string(extra))}
	}
	return trailer
}

// toASCII returns a text in JSON with all characters escaped that metadata cannot hold.
func toASCII(text string) string {
	var out []byte
	done := 0
	for i, r := range text {
		if r <= '~' {
			continue
		}
		out = append(out, text[done:i]...)
		for _, unit := range utf16.AppendRune(nil, r) {
			out = append(out, `\u`...)
			out = append(out, strconv.FormatUint(1<<16|uint64(unit), 16)[1:]...)
		}
		done = i + utf8.RuneLen(r)
	}
	return string(append(out, text[done:]...))
}

// errorInfo is google.rpc.ErrorInfo.
type errorInfo struct {
	Reason string `protobuf:"1"`
	Domain string `protobuf:"2"`
}

// bytesValue is google.protobuf.BytesValue.
type bytesValue struct {
	Value []byte `protobuf:"1"`
}

const (
	errorInfoName  = "google.rpc.ErrorInfo"
	bytesValueName = "google.protobuf.BytesValue"
)

// exceptionStatus adds an exception, in field i of the result, to the details of a status. A peer without the contract gets an ErrorInfo with the
// name of its type; for others there is the result as a Thrift struct in a BytesValue, or the exception as a message of Protobuf.
func exceptionStatus(chosen *Status, method *contract.Method, service string, i int, exception reflect.Value) *Status {
	data, err := method.EncodeException(i, exception)
	if err != nil {
		return &Status{Code: Internal, Message: err.Error()}
	}
	info := detail(errorInfoName, &errorInfo{exception.Type().Elem().Name(), service})
	last := Any{typeURL + contract.ExceptionName(service, exception), data}
	if !method.Protobuf {
		last = detail(bytesValueName, &bytesValue{data})
	}
	details := append(chosen.Details[:len(chosen.Details):len(chosen.Details)], info, last)
	return &Status{chosen.Code, chosen.Message, details}
}

// detail encodes a message of this package's own.
func detail[T any](name string, v *T) Any {
	data, err := tagwire.Marshal(v, tagwire.WithFormat(tagwire.Protobuf), tagwire.WithEngine(tagwire.Reflect))
	if err != nil {
		return Any{typeURL + name, nil} // names that are not UTF-8
	}
	return Any{typeURL + name, data}
}

// Err returns the error of a call that has ended with s, and with metadata in the trailer: nil for OK, and otherwise an equal declared
// exception, an equal *message.BizError, or a *message.Error, in which errors.As finds s, and errors.Is the code of s and the error of a
// context that belongs to it. method is the method that was called in a service of that name. InitDefault of a declared exception runs in
// it, and may panic.
func (s *Status) Err(method *contract.Method, service string, trailer Metadata) error {
	if s == nil || s.Code == OK {
		return nil
	}
	if exception := s.exception(method, service); exception != nil {
		return exception
	}
	if b := businessIn(trailer, s.Message); b != nil {
		return b
	}
	code := s.rpcCode(trailer)
	return &message.Error{Code: code, Method: method.Name, Message: s.Message, Retryable: code == message.CodeOverloaded, Err: &outcome{s}}
}

// exception returns the declared exception in the details, nil if there is none.
func (s *Status) exception(method *contract.Method, service string) error {
	if len(method.Exceptions) == 0 {
		return nil
	}
	for i := range s.Details {
		d := &s.Details[i]
		if method.Protobuf {
			if exception := method.DecodeExceptionNamed(service, d.Name(), d.Value); exception != nil {
				return exception
			}
			continue
		}
		var wrapped bytesValue
		if d.Name() != bytesValueName || d.Decode(&wrapped) != nil {
			continue
		}
		if exception := method.DecodeException(wrapped.Value); exception != nil {
			return exception
		}
	}
	return nil
}

// businessIn returns the business error that a trailer has, nil if none.
func businessIn(trailer Metadata, text string) *message.BizError {
	number, err := strconv.ParseInt(trailer.Get(BusinessStatus), 10, 32)
	if err != nil || number == 0 {
		return nil
	}
	b := &message.BizError{Status: int32(number), Message: text}
	if extra := trailer.Get(BusinessExtra); extra != "" && json.Unmarshal([]byte(extra), &b.Extra) != nil {
		b.Extra = nil
	}
	return b
}

// rpcCode returns the code of package rpc, which is in the trailer if the status has that of several.
func (s *Status) rpcCode(trailer Metadata) message.Code {
	if number, ok := ParseCode(trailer.Get(RPCCode)); ok {
		code := message.Code(number)
		if code.Remote() && (CodeOf(code) == s.Code || ConnectCodeOf(code) == s.Code) {
			return code
		}
	}
	return s.Code.RPC()
}

// outcome is the status in a *message.Error, which has the text already.
type outcome struct{ *Status }

// Error returns the code.
func (o *outcome) Error() string { return "grpc status " + o.Code.String() }

// Unwrap returns the status.
func (o *outcome) Unwrap() error { return o.Status }
