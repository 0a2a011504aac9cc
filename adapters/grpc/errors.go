package grpcadapter

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/message"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// Business errors travel in the trailer under the keys that Kitex uses, with the status Internal.
const (
	businessStatus = "biz-status"
	businessExtra  = "biz-extra"
)

// statusCodes has the code of a status for each code of an rpc.Error that is not codes.Internal.
var statusCodes = map[rpc.Code]codes.Code{
	rpc.CodeUnknown:           codes.Unknown,
	rpc.CodeUnknownMethod:     codes.Unimplemented,
	rpc.CodeUnknownService:    codes.Unimplemented,
	rpc.CodeNoService:         codes.Unimplemented,
	rpc.CodeUnsupportedClient: codes.Unimplemented,
	rpc.CodeOverloaded:        codes.ResourceExhausted,
	rpc.CodeLimit:             codes.ResourceExhausted,
	rpc.CodeConnect:           codes.Unavailable,
	rpc.CodeResolve:           codes.Unavailable,
	rpc.CodeClosed:            codes.Unavailable,
	rpc.CodeShutdown:          codes.Unavailable,
	rpc.CodeCircuitOpen:       codes.Unavailable,
	rpc.CodeTimeout:           codes.DeadlineExceeded,
	rpc.CodeCanceled:          codes.Canceled,
}

// rpcCodes has the code of an rpc.Error for each code of a status that is not rpc.CodeUnknown.
var rpcCodes = map[codes.Code]rpc.Code{
	codes.Unimplemented:     rpc.CodeUnknownMethod,
	codes.ResourceExhausted: rpc.CodeLimit,
	codes.Unavailable:       rpc.CodeClosed,
	codes.DeadlineExceeded:  rpc.CodeTimeout,
	codes.Canceled:          rpc.CodeCanceled,
	codes.Internal:          rpc.CodeInternal,
}

// statusOf returns what is sent for an error of the handler.
func (m *method) statusOf(ctx context.Context, err error) error {
	if i, value := m.ExceptionOf(err); i >= 0 {
		return m.exceptionStatus(err, i, value)
	}
	if b := message.Business(err); b != nil {
		trailer := metadata.Pairs(businessStatus, strconv.Itoa(int(b.Status)))
		if len(b.Extra) > 0 {
			extra, _ := json.Marshal(b.Extra) // of strings, which cannot fail
			// Metadata cannot hold the one control character that JSON can.
			trailer.Set(businessExtra, strings.ReplaceAll(string(extra), "\x7f", `\u007f`))
		}
		if err := grpc.SetTrailer(ctx, trailer); err != nil {
			return err
		}
		return status.Error(codes.Internal, b.Message)
	}
	if _, ok := status.FromError(err); ok {
		return err
	}
	var failure *rpc.Error
	if errors.As(err, &failure) {
		code, known := statusCodes[failure.Code]
		if !known {
			code = codes.Internal
		}
		return status.Error(code, err.Error())
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return status.FromContextError(err).Err()
	}
	return status.Error(codes.Unknown, err.Error())
}

// exceptionStatus returns the status for an exception, in field i of the result. A peer without the contract gets its text and an
// ErrorInfo with the name of its type; for others there is the result as a Thrift struct in a BytesValue, or the exception as a message of
// Protobuf.
func (m *method) exceptionStatus(err error, i int, exception reflect.Value) error {
	data, failure := m.EncodeException(i, exception)
	if failure != nil {
		return status.Error(codes.Internal, failure.Error())
	}
	// An exception with a method GRPCStatus chooses its code. Details cannot be sent beside a text that is not UTF-8.
	s, _ := status.FromError(err)
	s, failure = status.New(s.Code(), strings.ToValidUTF8(s.Message(), "\uFFFD")).WithDetails(&errdetails.ErrorInfo{Reason: exception.Type().Elem().Name(), Domain: m.service})
	if failure == nil && !m.Protobuf {
		s, failure = s.WithDetails(wrapperspb.Bytes(data))
	}
	if failure != nil {
		return status.Error(codes.Internal, failure.Error())
	}
	if !m.Protobuf {
		return s.Err()
	}
	sent := s.Proto() // a copy
	sent.Details = append(sent.Details, &anypb.Any{TypeUrl: typeURL + contract.ExceptionName(m.service, exception), Value: data})
	return status.ErrorProto(sent)
}

// typeURL is what the names of messages have before them in an Any.
const typeURL = "type.googleapis.com/"

// errorOf returns the error of a call from that of grpc.
func (m *method) errorOf(err error, trailer metadata.MD) error {
	s, _ := status.FromError(err)
	if exception := m.exceptionIn(s); exception != nil {
		return exception
	}
	if values := trailer.Get(businessStatus); len(values) > 0 {
		if number, failure := strconv.ParseInt(values[0], 10, 32); failure == nil && number != 0 {
			b := &rpc.BizError{Status: int32(number), Message: s.Message()}
			if extra := trailer.Get(businessExtra); len(extra) > 0 && json.Unmarshal([]byte(extra[0]), &b.Extra) != nil {
				b.Extra = nil
			}
			return b
		}
	}
	code := rpcCodes[s.Code()] // CodeUnknown is 0
	return &rpc.Error{Code: code, Method: m.Name, Message: s.Message(), Err: &statusError{s}}
}

// exceptionIn returns the declared exception in the details of a status, nil if there is none.
func (m *method) exceptionIn(s *status.Status) error {
	if len(m.Exceptions) == 0 {
		return nil
	}
	if m.Protobuf {
		for _, detail := range s.Proto().GetDetails() {
			name := detail.TypeUrl[strings.LastIndexByte(detail.TypeUrl, '/')+1:]
			if exception := m.DecodeExceptionNamed(m.service, name, detail.Value); exception != nil {
				return exception
			}
		}
		return nil
	}
	for _, detail := range s.Details() {
		if bytes, ok := detail.(*wrapperspb.BytesValue); ok {
			if exception := m.DecodeException(bytes.Value); exception != nil {
				return exception
			}
		}
	}
	return nil
}

// statusError is the status in an rpc.Error, which has the message already.
type statusError struct{ status *status.Status }

func (e *statusError) Error() string { return "grpc status " + e.status.Code().String() }

// GRPCStatus is what status.FromError looks for.
func (e *statusError) GRPCStatus() *status.Status { return e.status }

// Is reports whether target is the context's error that belongs to the status.
func (e *statusError) Is(target error) bool {
	return target == context.DeadlineExceeded && e.status.Code() == codes.DeadlineExceeded ||
		target == context.Canceled && e.status.Code() == codes.Canceled
}
