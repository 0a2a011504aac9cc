package invoke

import (
	"context"
	"errors"
	"io"
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire/rpc/message"
)

// Stream is the handler's side of a call that streams. Messages are pointers to structs of the types that the method has for them.
type Stream interface {
	// Receive returns the next request. The error is io.EOF if there are no more.
	Receive() (request unsafe.Pointer, err error)
	// Send sends a response.
	Send(response unsafe.Pointer) error
	// Start sends metadata before the first response.
	Start(metadata map[string]string) error
}

// StreamHandler is the handler of a stream: the stream ends with the error that it returns.
type StreamHandler func(ctx context.Context, s Stream) error

// Sequence is an iterator over messages. It is passed where an iter.Seq2[*Message, error] is expected, and taken where one is returned:
// Go passes pointers of all types in the same way, see functionOfPointers.
type Sequence func(yield func(message unsafe.Pointer, err error) bool)

// SequenceOf returns the iterator of messages that v, an iter.Seq2[*Message, error] or a function of the same type, is.
func SequenceOf(v reflect.Value) Sequence { return asType[Sequence](v) }

// As returns s as a value of type t, which is an iter.Seq2[*Message, error] or a function of the same type.
func (s Sequence) As(t reflect.Type) reflect.Value {
	return reflect.NewAt(t, unsafe.Pointer(&s)).Elem()
}

// ServerStream returns the handler that function is, a
//
//	func(context.Context, *Request) iter.Seq2[*Response, error]
func ServerStream(function reflect.Value) StreamHandler {
	call := asType[func(context.Context, unsafe.Pointer) Sequence](function)
	return func(ctx context.Context, s Stream) error {
		request, err := only(s)
		if err != nil {
			return err
		}
		return sendAll(s, call(ctx, request))
	}
}

// ClientStream returns the handler that function is, a
//
//	func(context.Context, iter.Seq2[*Request, error]) (*Response, error)
func ClientStream(function reflect.Value) StreamHandler {
	call := asType[func(context.Context, Sequence) (unsafe.Pointer, error)](function)
	return func(ctx context.Context, s Stream) error {
		response, err := call(ctx, requests(s))
		switch {
		case err != nil:
			return err
		case response == nil:
			return &message.Error{Code: message.CodeMissingResult, Message: "the handler returned neither a response nor an error"}
		}
		return s.Send(response)
	}
}

// BothStream returns the handler that function is, a
//
//	func(context.Context, iter.Seq2[*Request, error]) iter.Seq2[*Response, error]
func BothStream(function reflect.Value) StreamHandler {
	call := asType[func(context.Context, Sequence) Sequence](function)
	return func(ctx context.Context, s Stream) error { return sendAll(s, call(ctx, requests(s))) }
}

// The errors for another number of requests than one, where the method takes one.
var (
	ErrNoRequest       = &message.Error{Code: message.CodeProtocolError, Message: "the caller sent no request"}
	ErrSeveralRequests = &message.Error{Code: message.CodeProtocolError, Message: "the caller sent several requests, and the method takes one"}
)

// only receives the request of a stream whose caller sends one.
func only(s Stream) (unsafe.Pointer, error) {
	request, err := s.Receive()
	if err == io.EOF {
		return nil, ErrNoRequest
	}
	if err != nil {
		return nil, err
	}
	if _, err = s.Receive(); err == nil {
		return nil, ErrSeveralRequests
	}
	if err != io.EOF {
		return nil, err
	}
	return request, nil
}

// requests returns an iterator over those that come. An error is the last thing that it yields.
func requests(s Stream) Sequence {
	return func(yield func(unsafe.Pointer, error) bool) {
		for {
			request, err := s.Receive()
			if err == io.EOF {
				return
			}
			if !yield(request, err) || err != nil {
				return
			}
		}
	}
}

// ErrNothing is the error for an iterator that yields neither a message nor an error.
var ErrNothing = errors.New("the iterator yielded neither a message nor an error")

// sendAll sends what an iterator yields, until it yields an error, which is returned.
func sendAll(s Stream, responses Sequence) error {
	if responses == nil {
		return nil
	}
	var failure error
	responses(func(response unsafe.Pointer, err error) bool {
		switch {
		case failure != nil:
			return false // it goes on although it was told not to
		case err != nil:
			failure = err
		case response == nil:
			failure = &message.Error{Code: message.CodeMissingResult, Err: ErrNothing}
		default:
			failure = s.Send(response)
		}
		return failure == nil
	})
	return failure
}
