package adapt

import (
	"context"
	"errors"
	"io"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/invoke"
	"github.com/tagwire/tagwire/rpc/message"
)

// ServerStream is the handler's side of a stream in another framework. One goroutine at a time sends or starts, and one receives, beside
// each other. [Broken] makes the errors.
type ServerStream interface {
	// Receive returns the next request. The error is io.EOF if no more follow.
	Receive() (request any, err error)
	// Send sends a response, which is a pointer to a struct.
	Send(response any) error
	// Start sends metadata before the first response.
	Start(m grpc.Metadata) error
}

// Handler serves the calls of a method that streams.
type Handler struct {
	*contract.Method
	Call invoke.StreamHandler
	// Panicked is told that the handler has panicked with that value, or has ended its goroutine.
	Panicked func(value any)
	// Exclusive says that nothing may be sent on a stream after Serve has returned: where the handler has left a goroutine behind that
	// sends, Serve waits for it.
	Exclusive bool
}

// Serve calls the handler, in a goroutine that it may end, and returns the error that the stream ends with.
func (h *Handler) Serve(ctx context.Context, stream ServerStream) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &serving{Handler: h, stream: stream}
	done := make(chan error)
	go s.run(ctx, done)
	err := <-done
	if failure := s.close(); failure != nil {
		err = failure
	}
	if err == nil && !h.ServerStreams && !s.sent {
		err = s.fault(message.CodeMissingResult, "the handler sent no response")
	}
	return err
}

// serving is a call under way. It is what the handler has for the stream.
type serving struct {
	*Handler
	stream ServerStream

	lock               sync.Mutex
	over               bool  // the handler has returned
	failure            error // what has ended the stream, before the handler returned
	sending, receiving sync.Mutex
	sent               bool // a response, under sending
}

// run calls the handler.
func (s *serving) run(ctx context.Context, done chan<- error) {
	err := s.fault(message.CodeInternal, "the handler panicked") // unless it returns
	returned := false
	defer func() {
		if !returned {
			s.Panicked(recover())
		}
		done <- err
	}()
	err = s.Call(ctx, s)
	returned = true
}

func (s *serving) fault(code message.Code, text string) error {
	return &message.Error{Code: code, Method: s.Name, Message: text}
}

// close ends the use of the stream, and returns what has ended it before.
func (s *serving) close() error {
	s.lock.Lock()
	s.over = true
	failure := s.failure
	s.lock.Unlock()
	if s.Exclusive || !s.ServerStreams {
		s.sending.Lock() // and never unlocks it
	}
	return failure
}

// begin begins to send or to receive, in which direction is held.
func (s *serving) begin(direction *sync.Mutex) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	switch {
	case s.over:
		return &message.Error{Code: message.CodeCanceled, Method: s.Name, Message: "the handler has returned", Err: context.Canceled}
	case s.failure != nil:
		return s.failure
	case direction.TryLock():
		return nil
	case direction == &s.sending:
		return s.fault(message.CodeContract, "two goroutines send on the stream at once")
	}
	return s.fault(message.CodeContract, "two goroutines receive from the stream at once")
}

// fail ends the stream on this side: what follows returns the same error.
func (s *serving) fail(err error) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.failure == nil {
		s.failure = err
	}
	return s.failure
}

// Receive returns the next request.
func (s *serving) Receive() (unsafe.Pointer, error) {
	if err := s.begin(&s.receiving); err != nil {
		return nil, err
	}
	defer s.receiving.Unlock()
	request, err := s.stream.Receive()
	if err == io.EOF {
		return nil, err
	}
	if err != nil {
		return nil, s.fail(err)
	}
	p, err := address(s.Method, s.Request, request)
	if err != nil {
		return nil, s.fail(err)
	}
	return p, nil
}

// Send sends a response.
func (s *serving) Send(response unsafe.Pointer) error {
	if response == nil {
		return s.fault(message.CodeEncode, "the message is nil")
	}
	if err := s.begin(&s.sending); err != nil {
		return err
	}
	defer s.sending.Unlock()
	if s.sent && !s.ServerStreams {
		return s.fault(message.CodeContract, "a second message was to be sent, and the method has one in this direction")
	}
	err := s.stream.Send(pointer(s.Response, response))
	if err == nil {
		s.sent = true
	}
	return err
}

// Start sends metadata before the first response.
func (s *serving) Start(metadata map[string]string) error {
	if err := s.begin(&s.sending); err != nil {
		return err
	}
	defer s.sending.Unlock()
	if s.sent {
		return s.fault(message.CodeContract, "the header has been sent, or the stream has ended")
	}
	m := grpc.Metadata{}
	if len(metadata) > 0 {
		grpc.AddInfo(m, metadata)
	}
	return s.stream.Start(m)
}

// Broken returns the error of a handler that could not send, or could not receive, since the framework returned err with that code. ctx is
// the context of the call.
func Broken(ctx context.Context, m *contract.Method, sending bool, code grpc.Code, err error) error {
	var own *message.Error
	if errors.As(err, &own) {
		return own // from the code that decodes
	}
	wrong := &message.Error{Code: message.CodeClosed, Method: m.Name, Err: err}
	switch ended := ctx.Err(); {
	case ended == context.DeadlineExceeded || ended == nil && code == grpc.DeadlineExceeded:
		wrong.Code, wrong.Message, wrong.Err = message.CodeTimeout, "the stream has ended", context.DeadlineExceeded
	case ended != nil || code == grpc.Canceled:
		wrong.Code, wrong.Message, wrong.Err = message.CodeCanceled, "the stream has ended", context.Canceled
	case code == grpc.ResourceExhausted:
		wrong.Code = message.CodeLimit
	case sending && code == grpc.Internal:
		wrong.Code = message.CodeEncode
	case !sending && (code == grpc.Internal || code == grpc.InvalidArgument || code == grpc.Unimplemented):
		wrong.Code = message.CodeProtocolError
	}
	return wrong
}
