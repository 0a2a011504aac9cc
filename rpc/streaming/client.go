package streaming

import (
	"context"
	"errors"
	"io"
	"maps"
	"sync"
	"time"
	"unsafe"

	"github.com/tagwire/tagwire/rpc/intercept"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// clientStream is the caller's side of a stream. It ends once, with an outcome: that of the call, that of the context, or that the caller
// goes on no further.
type clientStream struct {
	messages
	own         transport.ClientStream // messages.stream
	caller      Caller
	otherNumber error // see Calls
	closed      bool  // no request follows; of the goroutine that sends
	cancel      context.CancelFunc
	deadline    time.Time   // zero for none
	unhook      func() bool // what ends the stream with its context

	lock            sync.Mutex
	ended           chan struct{} // closed when outcome is set
	outcome         error
	header, trailer map[string]string
	headerKnown     bool
}

// open begins a stream, whose messages are counted by count.
func (c *Calls) open(ctx context.Context, count *intercept.MessageCount, met *intercept.Encounter) (*clientStream, error) {
	call := &transport.Call{Method: c.Method.Name}
	c.Caller.Prepare(ctx, call)
	call.Request.Format = c.Method.Request.Format
	callers := ctx
	var cancel context.CancelFunc
	if call.Deadline.IsZero() {
		ctx, cancel = context.WithCancel(ctx)
	} else {
		ctx, cancel = context.WithDeadline(ctx, call.Deadline)
	}
	opened := false
	defer func() {
		if !opened {
			cancel()
		}
	}()
	stream, err := c.Streamer.Open(ctx, call)
	*met = intercept.Encounter{Remote: call.Remote, TLS: call.TLS, Sequence: call.Sequence}
	if err != nil {
		return nil, err
	}
	s := &clientStream{own: stream, caller: c.Caller, otherNumber: c.OtherNumber, cancel: cancel, deadline: call.Deadline, ended: make(chan struct{})}
	info := c.Caller.Describe(count)
	info.Remote, info.TLS, info.Sequence = call.Remote, call.TLS, call.Sequence
	s.messages = messages{Side: c.Side, method: c.Method, stream: stream, ctx: callers, info: info}
	hooked := make(chan struct{})
	s.unhook = context.AfterFunc(ctx, func() {
		<-hooked // end uses unhook
		s.end(s.endOf(ctx.Err()))
	})
	close(hooked)
	opened = true
	return s, nil
}

// endOf returns the outcome of a stream whose context has ended with err.
func (s *clientStream) endOf(err error) error {
	wrong := &message.Error{Code: message.CodeCanceled, Method: s.method.Name, Remote: s.info.Remote, Err: err}
	if errors.Is(err, context.DeadlineExceeded) {
		wrong.Code = message.CodeTimeout
	}
	return wrong
}

// end ends the stream, unless it has ended.
func (s *clientStream) end(outcome error) {
	last, again := s.turns.close()
	if again {
		return
	}
	s.unhook()
	if last {
		s.release()
	} else {
		s.cancel() // which wakes what is under way
	}
	s.lock.Lock()
	s.outcome = outcome
	s.lock.Unlock()
	close(s.ended)
}

// release gives the stream back to the transport, when nothing uses it any more.
func (s *clientStream) release() {
	s.own.Close()
	s.cancel()
}

// result waits for the end of the stream and returns its outcome, io.EOF for a success.
func (s *clientStream) result() error {
	<-s.ended
	if s.outcome == nil {
		return io.EOF
	}
	return s.outcome
}

// leave ends what begin began.
func (s *clientStream) leave(d direction) {
	if s.turns.end(d) {
		s.release()
	}
}

// send sends a request. The error is io.EOF if the stream has ended.
func (s *clientStream) send(p unsafe.Pointer) error {
	if p == nil {
		return s.errNil()
	}
	returned := false
	defer func() {
		if !returned {
			s.end(s.method.panicked()) // an interceptor has ended the goroutine
		}
	}()
	if err := s.observe(s.method.Request, p, true); err != nil {
		s.end(err)
		returned = true
		return err
	}
	returned = true
	switch over, twice := s.turns.begin(sending); {
	case over:
		return io.EOF
	case twice:
		return s.errTwice(sending)
	}
	defer s.leave(sending)
	if !s.method.ClientStreams && s.info.Messages.Sent.Load() > 0 {
		return s.errOnce()
	}
	if s.closed {
		return &message.Error{Code: message.CodeContract, Method: s.method.Name, Message: "a request follows on CloseSend"}
	}
	switch err := s.put(s.method.Request, p); {
	case err == io.EOF:
		return err
	case err != nil:
		return s.unsendable(err)
	case !s.method.ClientStreams: // nothing can follow
		s.closed = true
		_ = s.own.CloseSend()
	}
	return nil
}

// closeSend says that no request follows. Where the method takes one, that is said with it. It ends the stream if its context has ended: the
// requests may have ended because of that, and the handler must not take them for all.
func (s *clientStream) closeSend() error {
	if err := s.ctx.Err(); err != nil {
		s.end(s.endOf(err))
		return io.EOF
	}
	switch over, twice := s.turns.begin(sending); {
	case over:
		return io.EOF
	case twice:
		return s.errTwice(sending)
	}
	defer s.leave(sending)
	if s.closed {
		return nil
	}
	s.closed = true
	return s.own.CloseSend()
}

// receive returns the next response, or the outcome of the stream, io.EOF for a success.
func (s *clientStream) receive() (unsafe.Pointer, error) {
	switch over, twice := s.turns.begin(receiving); {
	case over:
		return nil, s.result()
	case twice:
		return nil, s.errTwice(receiving)
	}
	returned := false
	defer func() {
		if !returned {
			s.end(s.method.panicked()) // users' code has ended the goroutine
		}
	}()
	p, err := s.take()
	if err == nil {
		if err = s.observe(s.method.Response, p, false); err != nil {
			s.end(err)
		}
	}
	returned = true
	if err != nil {
		return nil, s.result()
	}
	return p, nil
}

// take receives a response in a turn that has begun, and ends the stream if there is none.
func (s *clientStream) take() (unsafe.Pointer, error) {
	defer s.leave(receiving)
	body, err := s.own.Receive()
	if err != nil {
		s.keep()
		switch wrong, ok := err.(*message.Error); {
		case err == io.EOF:
			s.end(nil)
		case ok && wrong.Code.Remote() && !s.deadline.IsZero() && !time.Now().Before(s.deadline):
			s.end(s.endOf(context.DeadlineExceeded)) // which the server has noticed first
		default:
			s.end(err)
		}
		return nil, err
	}
	p := s.method.Response.Fresh()
	if err := s.decode(s.method.Response, nil, body, p, message.CodeInvalidReply); err != nil {
		if wrong, ok := err.(*message.Error); ok {
			wrong.Remote = s.info.Remote
		}
		s.end(err)
		return nil, err
	}
	return p, nil
}

// keep keeps the metadata of a stream that the server has ended, and hands it on to a caller whose context takes it.
func (s *clientStream) keep() {
	s.lock.Lock()
	known := s.headerKnown
	s.lock.Unlock()
	if header, err := s.own.Header(); err == nil && !known {
		s.keepHeader(header)
	}
	trailer := s.own.Trailer()
	s.caller.Receive(s.ctx, trailer)
	s.lock.Lock()
	defer s.lock.Unlock()
	s.trailer = maps.Clone(trailer)
}

func (s *clientStream) keepHeader(header map[string]string) {
	s.caller.Receive(s.ctx, header)
	s.lock.Lock()
	defer s.lock.Unlock()
	s.header, s.headerKnown = maps.Clone(header), true
}

// readHeader returns the metadata that came before the first response.
func (s *clientStream) readHeader() (map[string]string, error) {
	s.lock.Lock()
	known, header := s.headerKnown, s.header
	s.lock.Unlock()
	if known {
		return header, nil
	}
	switch over, twice := s.turns.begin(receiving); {
	case over:
		if err := s.result(); err != io.EOF {
			return nil, err
		}
		return nil, nil
	case twice:
		return nil, s.errTwice(receiving)
	}
	defer s.leave(receiving)
	header, err := s.own.Header()
	if err != nil {
		return nil, err
	}
	s.keepHeader(header)
	return s.header, nil
}

// stopped is the outcome of a stream that the caller has ended, because of err if that is not nil.
func (s *clientStream) stopped(text string, err error) error {
	if err == nil {
		err = context.Canceled
	}
	return &message.Error{Code: message.CodeCanceled, Method: s.method.Name, Remote: s.info.Remote, Message: text, Err: err}
}

// drained waits for the end of a stream of which all responses that there may be have come.
func (s *clientStream) drained() error {
	_, err := s.receive()
	if err == nil {
		err = &message.Error{Code: message.CodeInvalidReply, Method: s.method.Name, Remote: s.info.Remote,
			Message: "the server sent several responses, and the method has one", Err: s.otherNumber}
		s.end(err)
		return err
	}
	if err == io.EOF {
		return nil
	}
	return err
}
