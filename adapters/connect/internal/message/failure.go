package message

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/adapters/connect/internal/structcodec"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/message"
	"google.golang.org/protobuf/encoding/protowire"
)

// Business errors travel as metadata under the keys that Kitex uses, with the code of an internal error.
const (
	businessStatus = "Biz-Status"
	businessExtra  = "Biz-Extra"
)

// The codes of connect, which are the same in all its versions.
const (
	codeCanceled          = 1
	codeUnknown           = 2
	codeInvalidArgument   = 3
	codeDeadlineExceeded  = 4
	codeResourceExhausted = 8
	codeUnimplemented     = 12
	codeInternal          = 13
	codeUnavailable       = 14
)

// connectCodes has connect's code for each code of an rpc.Error that is not codeInternal.
var connectCodes = map[rpc.Code]uint32{
	rpc.CodeUnknown:           codeUnknown,
	rpc.CodeUnknownMethod:     codeUnimplemented,
	rpc.CodeUnknownService:    codeUnimplemented,
	rpc.CodeNoService:         codeUnimplemented,
	rpc.CodeUnsupportedClient: codeUnimplemented,
	rpc.CodeProtocolError:     codeInvalidArgument,
	rpc.CodeOverloaded:        codeResourceExhausted,
	rpc.CodeLimit:             codeResourceExhausted,
	rpc.CodeConnect:           codeUnavailable,
	rpc.CodeResolve:           codeUnavailable,
	rpc.CodeClosed:            codeUnavailable,
	rpc.CodeShutdown:          codeUnavailable,
	rpc.CodeCircuitOpen:       codeUnavailable,
	rpc.CodeTimeout:           codeDeadlineExceeded,
	rpc.CodeCanceled:          codeCanceled,
}

// rpcCodes has the code of an rpc.Error for each of connect's codes that is not rpc.CodeUnknown.
var rpcCodes = map[uint32]rpc.Code{
	codeUnimplemented:     rpc.CodeUnknownMethod,
	codeResourceExhausted: rpc.CodeLimit,
	codeUnavailable:       rpc.CodeClosed,
	codeDeadlineExceeded:  rpc.CodeTimeout,
	codeCanceled:          rpc.CodeCanceled,
	codeInternal:          rpc.CodeInternal,
}

// Failure is an error of connect, of whatever version.
type Failure struct {
	Code    uint32
	Name    string // of the code, set in what a client gets
	Message string
	Details []Detail
	// Metadata is what travels beside the error: in headers or in trailers, with keys as in an http.Header.
	Metadata http.Header
}

// Detail is a message of Protobuf in an error.
type Detail struct {
	Type  string
	Value []byte
}

const (
	errorInfo  = "google.rpc.ErrorInfo"
	bytesValue = "google.protobuf.BytesValue"
)

// FailureOf returns what is sent for an error of the handler. An exception has the code and the text of the connect error that wraps
// it: that is chosen, nil if there is none.
func (m *Method) FailureOf(err error, chosen *Failure) *Failure {
	if i, value := m.ExceptionOf(err); i >= 0 {
		if chosen == nil {
			chosen = &Failure{Code: codeUnknown, Message: err.Error()}
		}
		return m.exceptionFailure(chosen, i, value)
	}
	if b := message.Business(err); b != nil {
		return businessFailure(b)
	}
	var failure *rpc.Error
	if errors.As(err, &failure) {
		code, known := connectCodes[failure.Code]
		if !known {
			code = codeInternal
		}
		return &Failure{Code: code, Message: err.Error()}
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return &Failure{Code: codeDeadlineExceeded, Message: err.Error()}
	case errors.Is(err, context.Canceled):
		return &Failure{Code: codeCanceled, Message: err.Error()}
	}
	return &Failure{Code: codeUnknown, Message: err.Error()}
}

func businessFailure(b *rpc.BizError) *Failure {
	metadata := http.Header{businessStatus: {strconv.Itoa(int(b.Status))}}
	if len(b.Extra) > 0 {
		extra, _ := json.Marshal(b.Extra) // of strings, which cannot fail
		// Headers cannot hold the one control character that JSON can.
		metadata.Set(businessExtra, strings.ReplaceAll(string(extra), "\x7f", `\u007f`))
	}
	return &Failure{Code: codeInternal, Message: b.Message, Metadata: metadata}
}

// empty decodes messages of Protobuf that have no bytes.
var empty = structcodec.NewProto(nil)

// exceptionFailure adds an exception, in field i of the result, to f. A peer without the contract gets an ErrorInfo with the name of
// its type; for others there is the result as a Thrift struct in a BytesValue, or the exception as a message of Protobuf.
func (m *Method) exceptionFailure(f *Failure, i int, exception reflect.Value) *Failure {
	data, err := m.EncodeException(i, exception)
	if err != nil {
		return &Failure{Code: codeInternal, Message: err.Error()}
	}
	// Details cannot be sent beside a text that is not UTF-8.
	f.Message = strings.ToValidUTF8(f.Message, "\uFFFD")
	detail := Detail{bytesValue, appendField(nil, 1, data)}
	if m.Protobuf {
		detail = Detail{contract.ExceptionName(m.service, exception), data}
	}
	f.Details = []Detail{
		{errorInfo, appendField(appendField(nil, 1, []byte(exception.Type().Elem().Name())), 2, []byte(m.service))},
		detail,
	}
	return f
}

// appendField appends a field of a message of Protobuf.
func appendField(dst []byte, number protowire.Number, data []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(dst, number, protowire.BytesType), data)
}

// ErrorOf returns the error of a call from one of connect: cause, which f describes.
func (m *Method) ErrorOf(cause error, f *Failure) error {
	if exception := m.exceptionIn(f.Details); exception != nil {
		return exception
	}
	if number, err := strconv.ParseInt(f.Metadata.Get(businessStatus), 10, 32); err == nil && number != 0 {
		b := &rpc.BizError{Status: int32(number), Message: f.Message}
		if extra := f.Metadata.Get(businessExtra); extra != "" && json.Unmarshal([]byte(extra), &b.Extra) != nil {
			b.Extra = nil
		}
		return b
	}
	// The code of those that are missing in the table is CodeUnknown, which is 0.
	return &rpc.Error{Code: rpcCodes[f.Code], Method: m.Name, Message: f.Message, Err: &connectError{cause, f.Code, f.Name}}
}

// exceptionIn returns the declared exception in the details of an error, nil if there is none.
func (m *Method) exceptionIn(details []Detail) error {
	for _, detail := range details {
		if exception := m.DecodeExceptionNamed(m.service, detail.Type, detail.Value); exception != nil {
			return exception
		}
		number, kind, n := protowire.ConsumeTag(detail.Value)
		if detail.Type != bytesValue || n < 0 || number != 1 || kind != protowire.BytesType {
			continue
		}
		data, n := protowire.ConsumeBytes(detail.Value[n:])
		if n < 0 {
			continue
		}
		if exception := m.DecodeException(data); exception != nil {
			return exception
		}
	}
	return nil
}

// connectError is the error of connect in an rpc.Error, which has the message already.
type connectError struct {
	cause error
	code  uint32
	name  string
}

func (e *connectError) Error() string { return "connect code " + e.name }

// Unwrap returns the error of connect.
func (e *connectError) Unwrap() error { return e.cause }

// Is reports whether target is the context's error that belongs to the code, which a server may have sent.
func (e *connectError) Is(target error) bool {
	return target == context.DeadlineExceeded && e.code == codeDeadlineExceeded ||
		target == context.Canceled && e.code == codeCanceled
}

// AcceptEmpty returns an error for a message of no bytes, about which connect does not ask the codec, unless v may be one. A struct of
// Thrift has bytes even without fields.
func (m *Method) AcceptEmpty(v any) error {
	if m.Protobuf {
		if err := empty.Decode(nil, v); err != nil {
			return &rpc.Error{Code: rpc.CodeProtocolError, Method: m.Name, Err: err}
		}
		return nil
	}
	return &rpc.Error{Code: rpc.CodeProtocolError, Method: m.Name, Message: "the message has no bytes; a struct without fields has one"}
}
