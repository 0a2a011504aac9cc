package grpc

import (
	"net/http"

	"github.com/tagwire/tagwire/rpc/message"
)

// StatusClientClosed is the HTTP status that stands for a call that its caller has cancelled. Nobody receives it.
const StatusClientClosed = 499

// counterpart is what a code of package rpc is elsewhere.
type counterpart struct {
	grpc Code
	// connect is the code in the protocols of connect, where it is another one.
	connect Code
	// http is the status of an answer in JSON.
	http int
}

// counterparts has a row for each code of package rpc that is not Internal and 500. Thrift has no column: there the codes below 1000 are
// themselves, and the others are CodeInternal. docs/errors.md shows this table and those below, and a test compares them.
var counterparts = map[message.Code]counterpart{
	message.CodeUnknown:           {grpc: Unknown, http: http.StatusInternalServerError},
	message.CodeUnknownMethod:     {grpc: Unimplemented, http: http.StatusNotFound},
	message.CodeUnknownService:    {grpc: Unimplemented, http: http.StatusNotFound},
	message.CodeNoService:         {grpc: Unimplemented, http: http.StatusNotFound},
	message.CodeUnsupportedClient: {grpc: Unimplemented, http: http.StatusNotImplemented},
	message.CodeProtocolError:     {grpc: Internal, connect: InvalidArgument, http: http.StatusBadRequest},
	message.CodeInvalidArgument:   {grpc: InvalidArgument, http: http.StatusBadRequest},
	message.CodeOverloaded:        {grpc: ResourceExhausted, http: http.StatusTooManyRequests},
	message.CodeLimit:             {grpc: ResourceExhausted, http: http.StatusRequestEntityTooLarge},
	message.CodeConnect:           {grpc: Unavailable, http: http.StatusServiceUnavailable},
	message.CodeResolve:           {grpc: Unavailable, http: http.StatusServiceUnavailable},
	message.CodeClosed:            {grpc: Unavailable, http: http.StatusServiceUnavailable},
	message.CodeShutdown:          {grpc: Unavailable, http: http.StatusServiceUnavailable},
	message.CodeCircuitOpen:       {grpc: Unavailable, http: http.StatusServiceUnavailable},
	message.CodeTimeout:           {grpc: DeadlineExceeded, http: http.StatusGatewayTimeout},
	message.CodeCanceled:          {grpc: Canceled, http: StatusClientClosed},
}

// CodeOf returns the code of gRPC for one of package rpc.
func CodeOf(code message.Code) Code {
	if row, found := counterparts[code]; found {
		return row.grpc
	}
	return Internal
}

// ConnectCodeOf returns the code in the protocols of connect for one of package rpc. Codes of connect are those of gRPC.
func ConnectCodeOf(code message.Code) Code {
	if row := counterparts[code]; row.connect != OK {
		return row.connect
	}
	return CodeOf(code)
}

// HTTPStatusOf returns the HTTP status of an answer in JSON for a code of package rpc.
func HTTPStatusOf(code message.Code) int {
	if row, found := counterparts[code]; found {
		return row.http
	}
	return http.StatusInternalServerError
}

// received has the code of package rpc, and the HTTP status in the protocol Connect, for each code of gRPC.
var received = [len(codeNames)]struct {
	code message.Code
	http int
}{
	OK:                 {message.CodeUnknown, http.StatusOK},
	Canceled:           {message.CodeCanceled, StatusClientClosed},
	Unknown:            {message.CodeUnknown, http.StatusInternalServerError},
	InvalidArgument:    {message.CodeUnknown, http.StatusBadRequest},
	DeadlineExceeded:   {message.CodeTimeout, http.StatusGatewayTimeout},
	NotFound:           {message.CodeUnknown, http.StatusNotFound},
	AlreadyExists:      {message.CodeUnknown, http.StatusConflict},
	PermissionDenied:   {message.CodeUnknown, http.StatusForbidden},
	ResourceExhausted:  {message.CodeLimit, http.StatusTooManyRequests},
	FailedPrecondition: {message.CodeUnknown, http.StatusBadRequest},
	Aborted:            {message.CodeUnknown, http.StatusConflict},
	OutOfRange:         {message.CodeUnknown, http.StatusBadRequest},
	Unimplemented:      {message.CodeUnknownMethod, http.StatusNotImplemented},
	Internal:           {message.CodeInternal, http.StatusInternalServerError},
	Unavailable:        {message.CodeClosed, http.StatusServiceUnavailable},
	DataLoss:           {message.CodeUnknown, http.StatusInternalServerError},
	Unauthenticated:    {message.CodeUnknown, http.StatusUnauthorized},
}

// RPC returns the code of package rpc for a code that a server has sent, and nothing else. For a code that gRPC does not have it is
// CodeUnknown.
func (c Code) RPC() message.Code {
	if int64(c) < int64(len(received)) {
		return received[c].code
	}
	return message.CodeUnknown
}

// HTTPStatus returns the HTTP status of an answer in the protocol Connect.
func (c Code) HTTPStatus() int {
	if int64(c) < int64(len(received)) {
		return received[c].http
	}
	return http.StatusInternalServerError
}

// answers has what the HTTP status of an answer means: as a code of gRPC, where the answer should be one of gRPC and is none, and as a code
// of package rpc, where it should be in JSON and is not.
var answers = map[int]struct {
	grpc Code
	json message.Code
}{
	http.StatusBadRequest:            {Internal, message.CodeProtocolError},
	http.StatusUnauthorized:          {Unauthenticated, message.CodeUnknown},
	http.StatusForbidden:             {PermissionDenied, message.CodeUnknown},
	http.StatusNotFound:              {Unimplemented, message.CodeUnknownMethod},
	http.StatusRequestEntityTooLarge: {Unknown, message.CodeLimit},
	http.StatusTooManyRequests:       {Unavailable, message.CodeOverloaded},
	http.StatusInternalServerError:   {Unknown, message.CodeInternal},
	http.StatusBadGateway:            {Unavailable, message.CodeClosed},
	http.StatusServiceUnavailable:    {Unavailable, message.CodeClosed},
	http.StatusGatewayTimeout:        {Unavailable, message.CodeTimeout},
}

// CodeOfHTTPStatus returns the code for an answer that has this HTTP status and is not one of gRPC: it has no grpc-status and another content type.
func CodeOfHTTPStatus(status int) Code {
	if row, found := answers[status]; found {
		return row.grpc
	}
	return Unknown
}

// RPCCodeOfHTTPStatus returns the code of package rpc for an answer that has this HTTP status, and should be in JSON and is not.
func RPCCodeOfHTTPStatus(status int) message.Code { return answers[status].json } // CodeUnknown is 0

// The error codes of HTTP/2 that have a code of their own in gRPC.
const (
	resetRefusedStream      = 7
	resetCancel             = 8
	resetEnhanceYourCalm    = 11
	resetInadequateSecurity = 12
)

// CodeOfReset returns the code for a stream that the server has ended by RST_STREAM with this error code of HTTP/2. After
// REFUSED_STREAM, which is 7, the call was not executed and may be made again.
func CodeOfReset(errorCode uint32) Code {
	switch errorCode {
	case resetRefusedStream:
		return Unavailable
	case resetCancel:
		return Canceled
	case resetEnhanceYourCalm:
		return ResourceExhausted
	case resetInadequateSecurity:
		return PermissionDenied
	}
	return Internal
}
