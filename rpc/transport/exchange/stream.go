package exchange

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/tagwire/tagwire/rpc/endpoint"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/thrift"
	"github.com/tagwire/tagwire/rpc/transport"
)

// stream is the caller's side of a stream whose frames are messages of the protocol.
type stream struct {
	attempt // without a reply
	channel *channel
	id      int32
	in      transport.Inbox
	out     transport.Outbox
	ctx     context.Context
	unhook  func() bool // what ends the stream with ctx
	done    func(error) // of the balancer; may be nil

	closed bool // for sending; of the goroutine that sends

	lock    sync.Mutex
	begun   chan struct{} // closed when something has come, or nothing will
	came    bool          // begun is closed
	header  map[string]string
	trailer map[string]string
	first   error // the failure, if that came first
	failed  error // why the stream has ended, io.EOF for a success, nil if it has not
}

// Open is that of transport.Streamer.
func (e *Exchanger) Open(ctx context.Context, call *transport.Call) (opened transport.ClientStream, err error) {
	set, err := e.endpoints(ctx, call)
	if err != nil {
		return nil, e.unsent(ctx, err, call)
	}
	target, done := set.Pick(call)
	pool := set.Pool(target)
	switch {
	case pool == nil && call.Tried > 0:
		return nil, transport.ErrNoneLeft
	case pool == nil:
		return nil, e.unsent(ctx, endpoint.ErrNoEndpoint, call)
	}
	err = transport.ErrNotReturned
	defer func() {
		if err != nil && done != nil {
			done(err)
		}
	}()
	var s *stream
	if s, err = e.open(ctx, call, pool); err != nil {
		return nil, err
	}
	s.done = done
	return s, nil
}

// open opens a stream on a connection of pool.
func (e *Exchanger) open(ctx context.Context, call *transport.Call, pool *endpoint.Pool) (*stream, error) {
	c := e.channelsOf(pool)
	if err := c.room.enter(ctx, ctx.Done(), call.Deadline, e.shut); err != nil {
		return nil, e.unsent(ctx, err, call)
	}
	own := *call // which is the caller's again when Open has returned
	s := &stream{attempt: attempt{exchanger: e, call: &own, remote: pool.Addr()}, ctx: ctx, begun: make(chan struct{})}
	boarded := false
	defer func() {
		if !boarded {
			c.room.leave()
		}
	}()
	if err := c.board(ctx, call.Deadline, s); err != nil {
		return nil, e.unsent(ctx, err, call)
	}
	boarded = true
	call.Remote, call.TLS, call.Sequence = own.Remote, own.TLS, own.Sequence
	if err := s.begin(); err != nil {
		s.leave()
		return nil, err
	}
	hooked := make(chan struct{})
	s.unhook = context.AfterFunc(ctx, func() {
		<-hooked // Close uses unhook
		s.abort(s.classify(ctx, endOf(ctx)))
	})
	close(hooked)
	return s, nil
}

// message returns a frame of the stream without its body.
func (s *stream) message(kind message.FrameKind) *message.Message {
	return &message.Message{Frame: kind, Method: s.call.Request.Method, Sequence: s.id, FrameSequence: s.id, Format: s.call.Request.Format}
}

// write puts a frame together.
func (s *stream) write(m *message.Message, body message.Body) (*transport.Frame, error) {
	config, frame := &s.exchanger.config, s.out.NewFrame()
	if err := config.Protocol.Write(frame, m, body, config.Limits); err != nil {
		frame.Drop()
		return nil, err
	}
	return frame, nil
}

// begin sends the header.
func (s *stream) begin() error {
	m := s.call.Request
	m.Frame, m.Type, m.OutOfOrder, m.Sequence, m.FrameSequence = message.FrameHeader, 0, false, s.id, s.id
	if !s.call.Deadline.IsZero() {
		m.Timeout = max(time.Until(s.call.Deadline), time.Millisecond)
	}
	frame, err := s.write(&m, thrift.NoBody{})
	if err != nil {
		wrong := &message.Error{Code: message.CodeEncode, Method: s.call.Method, Err: err}
		if errors.Is(err, message.CodeLimit) {
			wrong.Code = message.CodeLimit
		}
		return wrong
	}
	s.out.Put(frame, s.sentHeader)
	return nil
}

// sentHeader is called when the header was sent, or cannot be.
func (s *stream) sentHeader(err error) {
	if err == transport.ErrUnsent {
		s.disconnected(err) // the server cannot know the stream
	}
}

// Send is that of transport.Stream.
func (s *stream) Send(body message.Body) error {
	if s.closed || !s.out.Await() {
		return io.EOF
	}
	frame, err := s.write(s.message(message.FrameData), message.FlatBody{Body: body})
	if err != nil {
		return err
	}
	s.out.Put(frame, nil)
	return nil
}

// CloseSend is that of transport.ClientStream.
func (s *stream) CloseSend() error {
	if s.closed || s.end() != nil {
		return nil
	}
	s.closed = true
	frame, err := s.write(s.message(message.FrameTrailer), thrift.NoBody{})
	if err == nil {
		s.out.Put(frame, nil)
	}
	return err
}

// Receive is that of transport.Stream.
func (s *stream) Receive() ([]byte, error) { return s.in.Receive() }

// Header is that of transport.ClientStream.
func (s *stream) Header() (map[string]string, error) {
	<-s.begun
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.header == nil && s.failed != nil && s.failed != io.EOF {
		return nil, s.failed
	}
	return s.header, nil
}

// Trailer is that of transport.ClientStream.
func (s *stream) Trailer() map[string]string {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.trailer
}

// end returns why the stream has ended, nil if it has not.
func (s *stream) end() error {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.failed
}

// Close is that of transport.ClientStream.
func (s *stream) Close() {
	s.unhook()
	s.abort(&message.Error{Code: message.CodeCanceled, Err: context.Canceled})
	s.leave()
	if s.done != nil {
		s.done(s.first)
	}
}

// leave gives back what the stream has.
func (s *stream) leave() {
	s.channel.drop(s)
	s.in.Free()
	s.channel.room.leave()
}

// arrived notes that something has come, which is no failure. lock is held.
func (s *stream) arrived() {
	if !s.came {
		s.came = true
		close(s.begun)
	}
}

// conclude ends the stream, with io.EOF or an error, unless it has ended.
func (s *stream) conclude(err error, trailer map[string]string) bool {
	if wrong, ok := err.(*message.Error); ok {
		labelled := *wrong
		labelled.Method, labelled.Remote = s.call.Method, s.remote
		err = &labelled
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.failed != nil {
		return false
	}
	s.failed, s.trailer = err, trailer
	if !s.came && err != io.EOF {
		s.first = err
	}
	s.arrived()
	s.out.End()
	return true
}

// abort ends the stream because of err, on this side, and tells the server.
func (s *stream) abort(err *message.Error) {
	if !s.conclude(err, nil) {
		return
	}
	s.in.Abort(s.end())
	m := s.message(message.FrameReset)
	m.Type, m.Format = message.MessageException, 0
	text := err.Code.Error()
	if len(s.call.Request.Caller) > 0 {
		m.Metadata = map[string]string{keyCancelPath: string(s.call.Request.Caller)}
	}
	if frame, err := s.write(m, thrift.NewException(resetType, text).In(m.Format)); err == nil {
		s.out.Put(frame, nil)
	}
}

const (
	// keyCancelPath is the key under which a reset has the names of the services that have cancelled the stream.
	keyCancelPath = "ttscp"
	// resetType is the type of the exception of a reset by a caller, which is Kitex's.
	resetType = 12007
)

// disconnected is called when the connection has ended. Messages that have come are received first.
func (s *stream) disconnected(err error) {
	wrong, known := err.(*message.Error)
	if !known {
		wrong = s.classify(s.ctx, err)
	}
	if s.conclude(wrong, nil) {
		s.in.End(s.end())
	}
}

// receive handles a frame. An error ends the connection.
func (s *stream) receive(m *message.Message) error {
	conn := s.channel.conn
	switch m.Frame {
	case message.FrameHeader:
		s.receiveHeader(m)
	case message.FrameData:
		return s.receiveData(m)
	case message.FrameTrailer, message.FrameReset:
		if err := outcome(m); s.conclude(err, m.Metadata) {
			if m.Frame == message.FrameReset {
				s.in.Abort(s.end())
			} else {
				s.in.End(s.end())
			}
		}
	}
	conn.Release()
	return nil
}

func (s *stream) receiveHeader(m *message.Message) {
	s.lock.Lock()
	late := s.came
	if !late {
		if s.header = m.Metadata; s.header == nil {
			s.header = map[string]string{}
		}
		s.arrived()
	}
	s.lock.Unlock()
	if late {
		s.abort(&message.Error{Code: message.CodeInvalidReply, Message: "a header comes when the stream has begun"})
	}
}

// receiveData takes a message, and waits where too many have not been received.
func (s *stream) receiveData(m *message.Message) error {
	conn := s.channel.conn
	if m.Format != s.call.Request.Format {
		s.abort(&message.Error{Code: message.CodeInvalidReply, Message: "the server answers in " + m.Format.String()})
		conn.Release()
		return nil
	}
	s.lock.Lock()
	s.arrived()
	s.lock.Unlock()
	body, memory, err := conn.Detach(m.Body)
	if err != nil {
		memory.Free(true)
		return err
	}
	s.in.Put(body, memory)
	s.channel.makeRoom()
	return nil
}

// outcome returns what a frame that ends a stream says: io.EOF for a success.
func outcome(m *message.Message) error {
	switch {
	case m.Type == message.MessageException:
		e, err := thrift.ReadException(m)
		if err != nil {
			return &message.Error{Code: message.CodeInvalidReply, Message: "an exception that cannot be read", Err: err}
		}
		code := message.Code(e.Type)
		if code < 0 || !code.Remote() {
			code = message.CodeUnknown
		}
		return &message.Error{Code: code, Message: e.Message, Retryable: code == message.CodeOverloaded}
	case m.Frame == message.FrameReset:
		return &message.Error{Code: message.CodeUnknown, Message: "the server has reset the stream"}
	case m.Business != nil && m.Business.Status != 0:
		return m.Business
	}
	return io.EOF
}
