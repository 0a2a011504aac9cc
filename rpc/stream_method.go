package rpc

import (
	"context"
	"iter"
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/invoke"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/streaming"
)

// StreamKind says which sides of a stream send any number of messages; a side that does not sends one.
type StreamKind uint8

const (
	// ClientStreams: the caller sends any number of requests.
	ClientStreams StreamKind = 1 << iota
	// ServerStreams: the handler sends any number of responses.
	ServerStreams
)

// StreamMethod is a method with any number of requests, of responses, or of both, which are structs. It is immutable, serves handlers
// and callers, and is best kept in a package variable.
//
// It is for callers and handlers that need all of a stream: to send and to receive in any order, to close one direction, and metadata
// before the first message. Where iterators suffice, use a contract, or [HandleServerStream], [HandleClientStream] and [HandleStream].
type StreamMethod[Req, Resp any] struct {
	desc *contract.Method
	err  error // what is wrong with it
}

// NewStreamMethod describes a stream: of kind ClientStreams, ServerStreams, or both of them as in ClientStreams|ServerStreams. Of the
// options Throws and RequestReuse apply. What is wrong with it is reported when it is used: by Server.Register and by Open.
func NewStreamMethod[Req, Resp any](name string, kind StreamKind, options ...MethodOption) *StreamMethod[Req, Resp] {
	var c contract.Options
	for _, o := range options {
		o(&c)
	}
	m, err := contract.DescribeStream(name, reflect.TypeFor[Req](), reflect.TypeFor[Resp](), kind&ClientStreams != 0, kind&ServerStreams != 0, &c)
	return &StreamMethod[Req, Resp]{m, err}
}

// Handle makes handler the implementation of the method in svc. The stream ends when the handler returns, with its error, which means
// what that of other handlers does; see [Method.Handle]. A handler of a method with one response sends it before it returns nil.
//
// ctx ends when the caller has cancelled the call or has gone, when its deadline passes, when the server is closed, and after the return.
func (m *StreamMethod[Req, Resp]) Handle(svc *Service, handler func(ctx context.Context, stream *ServerStream[Req, Resp]) error) {
	var call invoke.StreamHandler
	if handler != nil {
		call = func(ctx context.Context, s invoke.Stream) error { return handler(ctx, &ServerStream[Req, Resp]{s}) }
	}
	m.implement(svc, call)
}

// implement makes a function the implementation of the method in svc; nil is none.
func (m *StreamMethod[Req, Resp]) implement(svc *Service, call invoke.StreamHandler) {
	switch {
	case m.err != nil:
		svc.fail(m.err)
	case call == nil:
		svc.fail(message.ContractError(m.desc.Name, "the handler is nil"))
	default:
		svc.implement(&contract.Implementation{Method: m.desc, Stream: call})
	}
}

// Open begins a stream over client. It may return before the server knows of it: what becomes of the call, Receive returns. The caller
// receives until there is an error, or calls Close, or ends ctx, which also ends the stream; otherwise what the stream needs stays.
//
// Interceptors of the client run around all of the stream, in a goroutine of its own. The client's [WithTimeout] does not apply to
// streams: the deadline is that of ctx, or of a [Policy].
func (m *StreamMethod[Req, Resp]) Open(ctx context.Context, client *Client) (*ClientStream[Req, Resp], error) {
	if m.err != nil {
		return nil, m.err
	}
	b, err := client.methodFor(m.desc)
	if err != nil {
		return nil, err
	}
	s, err := b.calls.Open(ctx)
	if err != nil {
		return nil, err
	}
	return &ClientStream[Req, Resp]{s}, nil
}

// ServerStream is the handler's side of a stream. One goroutine at a time may send, and one at a time receive, beside each other. All
// methods return errors when the handler has returned.
type ServerStream[Req, Resp any] struct{ s invoke.Stream }

// Receive returns the next request, which belongs to the handler, unless the server has [WithRequestReuse], or the method [RequestReuse]:
// then it is the handler's until the next one comes, or the handler returns. The error is io.EOF if no more follow, and else a *Error
// that says why none can.
func (s *ServerStream[Req, Resp]) Receive() (*Req, error) {
	p, err := s.s.Receive()
	return (*Req)(p), err
}

// Send sends a response, which is the handler's again when Send returns. It blocks while the caller takes no more. An error says that the
// stream has ended, with CodeCanceled, CodeTimeout or CodeClosed, or what is wrong with the response, which is not sent then.
func (s *ServerStream[Req, Resp]) Send(response *Resp) error {
	return s.s.Send(unsafe.Pointer(response))
}

// SendHeader sends metadata before the first response, once. What a handler sends back by metainfo comes with the end of the stream.
func (s *ServerStream[Req, Resp]) SendHeader(metadata map[string]string) error {
	return s.s.Start(metadata)
}

// ClientStream is the caller's side of a stream. One goroutine at a time may send, and one at a time receive, beside each other; Header
// counts as receiving. Close may be called at any time.
type ClientStream[Req, Resp any] struct{ s *streaming.ClientStream }

// Send sends a request, which is the caller's again when Send returns. It blocks while the server takes no more. The error is io.EOF if
// the stream has ended: why, Receive tells. Any other error says what is wrong with the request, which is not sent then.
func (s *ClientStream[Req, Resp]) Send(request *Req) error { return s.s.Send(unsafe.Pointer(request)) }

// CloseSend says that no request follows. It is not needed where the method takes one.
func (s *ClientStream[Req, Resp]) CloseSend() error { return s.s.CloseSend() }

// Receive returns the next response, which belongs to the caller. The error is io.EOF when the server has ended the stream successfully,
// and else the error of the call, as those of other calls are: an exception that the method declares, where the transport carries it, a
// *BizError or a *Error. Receive returns the same from then on.
func (s *ClientStream[Req, Resp]) Receive() (*Resp, error) {
	p, err := s.s.Receive()
	return (*Resp)(p), err
}

// Header returns the metadata that the server sent before its first response. It waits for that, or for the end of the stream.
func (s *ClientStream[Req, Resp]) Header() (map[string]string, error) { return s.s.Header() }

// Trailer returns the metadata that came with the end of the stream, once Receive has returned an error.
func (s *ClientStream[Req, Resp]) Trailer() map[string]string { return s.s.Trailer() }

// Close ends the stream, and cancels the call if it goes on. It may be called again.
func (s *ClientStream[Req, Resp]) Close() { s.s.Close() }

// HandleServerStream makes handler the implementation of a method of svc that takes one request and returns any number of responses: what
// its iterator yields, until it ends or yields an error, with which the stream ends. It yields as fast as the caller takes responses, and
// yielding returns false when the caller has gone.
func HandleServerStream[Req, Resp any](svc *Service, method string, handler func(ctx context.Context, req *Req) iter.Seq2[*Resp, error],
	options ...MethodOption) {
	handleShape(svc, NewStreamMethod[Req, Resp](method, ServerStreams, options...), handler, handler == nil)
}

// HandleClientStream makes handler the implementation of a method of svc that takes any number of requests and returns one response. The
// iterator waits for requests; it ends behind the last one, or yields an error where the caller has gone.
func HandleClientStream[Req, Resp any](svc *Service, method string,
	handler func(ctx context.Context, requests iter.Seq2[*Req, error]) (*Resp, error), options ...MethodOption) {
	handleShape(svc, NewStreamMethod[Req, Resp](method, ClientStreams, options...), handler, handler == nil)
}

// HandleStream makes handler the implementation of a method of svc that takes any number of requests and returns any number of responses,
// both by iterators; see [HandleServerStream] and [HandleClientStream].
func HandleStream[Req, Resp any](svc *Service, method string,
	handler func(ctx context.Context, requests iter.Seq2[*Req, error]) iter.Seq2[*Resp, error], options ...MethodOption) {
	handleShape(svc, NewStreamMethod[Req, Resp](method, ClientStreams|ServerStreams, options...), handler, handler == nil)
}

// handleShape is implement for a handler of the shape that the method has.
func handleShape[Req, Resp any](svc *Service, m *StreamMethod[Req, Resp], handler any, none bool) {
	var call invoke.StreamHandler
	if !none && m.err == nil {
		call = m.desc.StreamHandler(reflect.ValueOf(handler))
	}
	m.implement(svc, call)
}

// streamFunction returns what a func field of a contract that is a stream does on a client.
func streamFunction(f *contract.Field, calls *streaming.Calls) contract.Body {
	return func(in []reflect.Value) []reflect.Value {
		ctx, _ := in[0].Interface().(context.Context)
		switch {
		case !f.ClientStreams:
			// The iterator may be used again, which makes another call.
			return []reflect.Value{calls.ServerStream(ctx, in[1].UnsafePointer()).As(f.Function.Out(0))}
		case !f.ServerStreams:
			response, err := calls.ClientStream(ctx, invoke.SequenceOf(in[1]))
			// It is a *Response, which is what the function returns.
			return []reflect.Value{reflect.NewAt(f.Response, response), reflect.ValueOf(&err).Elem()}
		}
		return []reflect.Value{calls.BothStream(ctx, invoke.SequenceOf(in[1])).As(f.Function.Out(0))}
	}
}
