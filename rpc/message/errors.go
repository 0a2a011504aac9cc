package message

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Code classifies an [Error]. A Code is itself an error, so that errors.Is(err, rpc.CodeTimeout) works on every
// error of this package. The codes below 1000 are the types of Thrift's application exceptions and were sent by
// the server; those from 1000 on arise on the side that reports them.
type Code int32

// The exceptions of Apache Thrift, and those that Kitex adds.
const (
	// CodeUnknown: the server gives no reason.
	CodeUnknown Code = 0
	// CodeUnknownMethod: the service has no such method.
	CodeUnknownMethod Code = 1
	// CodeInvalidMessageType: the message is neither a call nor a oneway call.
	CodeInvalidMessageType Code = 2
	// CodeWrongMethodName: a reply names another method than the call did.
	CodeWrongMethodName Code = 3
	// CodeBadSequence: a reply carries another sequence id than the call did.
	CodeBadSequence Code = 4
	// CodeMissingResult: a reply holds neither a result nor a declared exception.
	CodeMissingResult Code = 5
	// CodeInternal: the handler returned an error that the method does not declare, or panicked.
	CodeInternal Code = 6
	// CodeProtocolError: the server could not decode the arguments.
	CodeProtocolError Code = 7
	// CodeInvalidTransform: the message is transformed in a way that the server does not know.
	CodeInvalidTransform Code = 8
	// CodeInvalidProtocol: the message is in a format that the server does not know.
	CodeInvalidProtocol Code = 9
	// CodeUnsupportedClient: the server does not serve this kind of client.
	CodeUnsupportedClient Code = 10
	// CodeUnknownService: the server has no service of that name (Kitex).
	CodeUnknownService Code = 20
	// CodeNoService: the server has several services and the call names none (Kitex).
	CodeNoService Code = 21
	// CodeInvalidArgument: the arguments break a rule that the server checks, and the method was not called; see Validating. It is none
	// of Apache's or Kitex's.
	CodeInvalidArgument Code = 400
	// CodeOverloaded: a limit of the server is exceeded, and the method was not called. It is none of Apache's or Kitex's.
	CodeOverloaded Code = 429
)

// The errors that no server sent.
const (
	// CodeConnect: no connection could be made. Nothing was sent.
	CodeConnect Code = 1000 + iota
	// CodeResolve: the resolver failed or found no address. Nothing was sent.
	CodeResolve
	// CodeTimeout: the call's time ran out. errors.Is also reports context.DeadlineExceeded.
	CodeTimeout
	// CodeCanceled: the caller's context was cancelled. errors.Is also reports context.Canceled.
	CodeCanceled
	// CodeClosed: the connection ended before the reply was complete.
	CodeClosed
	// CodeInvalidReply: the answer is not a reply in the transport of the call, or breaks a rule that the client checks.
	CodeInvalidReply
	// CodeLimit: a message exceeds a limit; see Limits.
	CodeLimit
	// CodeEncode: the arguments, or the result, have no wire form, or break a rule that the client checks.
	CodeEncode
	// CodeShutdown: the client or the server was closed. Nothing was sent.
	CodeShutdown
	// CodeContract: a contract, a handler or an option is wrong. It is found at start-up.
	CodeContract
	// CodePanic: code of the user that runs with a call panicked on the caller's side: an interceptor, a protocol, or the
	// InitDefault of a reply. The log has the stack.
	CodePanic
	// CodeCircuitOpen: the call was not made, because too many others have failed.
	CodeCircuitOpen
)

var codeText = map[Code]string{
	CodeUnknown:            "unknown error",
	CodeUnknownMethod:      "unknown method",
	CodeInvalidMessageType: "invalid message type",
	CodeWrongMethodName:    "wrong method name",
	CodeBadSequence:        "bad sequence id",
	CodeMissingResult:      "missing result",
	CodeInternal:           "internal error",
	CodeProtocolError:      "protocol error",
	CodeInvalidTransform:   "invalid transform",
	CodeInvalidProtocol:    "invalid protocol",
	CodeUnsupportedClient:  "unsupported client type",
	CodeUnknownService:     "unknown service",
	CodeNoService:          "no service named",
	CodeInvalidArgument:    "invalid argument",
	CodeOverloaded:         "overloaded",
	CodeConnect:            "cannot connect",
	CodeResolve:            "no address",
	CodeTimeout:            "timeout",
	CodeCanceled:           "canceled",
	CodeClosed:             "connection closed",
	CodeInvalidReply:       "invalid reply",
	CodeLimit:              "limit exceeded",
	CodeEncode:             "cannot encode",
	CodeShutdown:           "shut down",
	CodeContract:           "wrong contract",
	CodePanic:              "panic",
	CodeCircuitOpen:        "circuit open",
}

// Error returns the code's text, such as "unknown method".
func (c Code) Error() string {
	if text, known := codeText[c]; known {
		return text
	}
	return "code " + strconv.Itoa(int(c))
}

// Error is what a call returns when it ends neither in a result nor in a declared exception nor in a
// [BizError], and what a server or a client returns when it cannot start.
type Error struct {
	// Code says what went wrong; errors.Is compares against it.
	Code Code
	// Method is the method that was called, "" where none is concerned.
	Method string
	// Remote is the peer's address, nil if there was no connection.
	Remote net.Addr
	// Message says more. If Code is below 1000 it is the text that the server sent.
	Message string
	// Retryable reports that the method cannot have been executed, so that making it again does nothing twice.
	Retryable bool
	// Err is the cause, such as context.DeadlineExceeded or a *tagwire.Error; it may be nil.
	Err error
}

// Error returns one line: method, peer, code, text and cause, as far as each is known.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("rpc: ")
	if e.Method != "" {
		b.WriteString(e.Method)
		if e.Remote == nil {
			b.WriteString(": ")
		}
	}
	if e.Remote != nil {
		fmt.Fprintf(&b, "@%v: ", e.Remote)
	}
	b.WriteString(e.Code.Error())
	if e.Message != "" {
		b.WriteString(": ")
		b.WriteString(e.Message)
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is this error's code.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == e.Code
}

// Remote reports whether a server sent this code, as opposed to the caller's side having found the error.
func (c Code) Remote() bool { return c < CodeConnect }

// BizError is a failure that belongs to the business of a service, not to the call: the call worked. A handler
// returns one, and the caller receives an equal one. It is sent in the header of a TTHeader message, and over gRPC in
// the trailer, where Kitex puts it; a caller on another transport receives CodeInternal with the message.
type BizError struct {
	// Status is not zero.
	Status int32
	// Message is for people.
	Message string
	// Extra is further data, may be nil.
	Extra map[string]string
}

// Error returns status and message.
func (e *BizError) Error() string {
	return "business error " + strconv.Itoa(int(e.Status)) + ": " + e.Message
}

// LimitError returns the error for something that exceeds a limit.
func LimitError(format string, arguments ...any) error {
	return &Error{Code: CodeLimit, Message: fmt.Sprintf(format, arguments...)}
}

// ContractError returns the error for something that is wrong with a method's contract, or with an option.
func ContractError(method, format string, arguments ...any) error {
	return &Error{Code: CodeContract, Method: method, Message: fmt.Sprintf(format, arguments...)}
}

// Unwrap returns the error below err. Of several it follows the first: a result can hold one exception.
func Unwrap(err error) error {
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

// Business returns the *BizError that err is or wraps, nil if none.
func Business(err error) *BizError {
	for ; err != nil; err = Unwrap(err) {
		if b, ok := err.(*BizError); ok && b != nil && b.Status != 0 {
			return b
		}
	}
	return nil
}
