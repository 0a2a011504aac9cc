package framing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/thrift"
	"github.com/tagwire/tagwire/rpc/transport"
)

// Server is the streams of a connection of a server whose frames are messages among others.
//
// Such streams have no flow control of their own. What has come for them and was not taken is bounded for all together: beyond that the
// connection is not read, until some is taken.
type Server struct {
	conn   *transport.Conn
	queue  *transport.Queue
	limits *message.Limits
	host   Host
	unread *transport.Unread

	lock  sync.Mutex
	over  sync.Cond
	byID  map[int32]*Stream // those whose handlers have not returned
	count int               // of all, until their last frame is sent
	bytes int               // of their metadata
}

// Host is what a server does for the streams of a connection.
type Host interface {
	// Begin begins the stream that a header is for: s.Begin is called before the handler is. Otherwise it returns the answer.
	Begin(p message.Protocol, m *message.Message, s *Stream) *message.Error
	// Idle runs wait, during which the connection is not read. It ends when done is closed.
	Idle(wait func(done <-chan struct{}))
	// Stalled is told how long nothing was read and nothing taken. It may end the connection.
	Stalled(since time.Duration)
	// Decline has a frame sent that is the only one of its stream. It may wait while too many are on their way.
	Decline(write func(w message.Writer) error)
	// Draining reports that the connection will be closed.
	Draining() bool
	// Panicked is told of a panic in an error of a handler, and Warn of what is left out of what is sent.
	Panicked(value any)
	Warn(text string, attributes ...any)
}

// NewServer returns what handles the frames of a connection, whose owner sends nothing itself but by q.
func NewServer(conn *transport.Conn, q *transport.Queue, limits *message.Limits, host Host) *Server {
	s := &Server{conn: conn, queue: q, limits: limits, host: host, unread: transport.NewUnread(limits.MaxPending), byID: map[int32]*Stream{}}
	s.over.L = &s.lock
	return s
}

// stalledTime is how long a connection is not read because nothing of what waits is taken. Then the stream that has most of that ends, if
// there are others, which it holds up.
const stalledTime = 5 * time.Second

// Stream is the handler's side of a stream.
type Stream struct {
	server   *Server
	protocol message.Protocol
	id       int32
	size     int // of the metadata
	in       transport.Inbox
	out      transport.Outbox

	// Set by Begin:
	method string
	name   []byte
	format tagwire.Format
	parent context.Context
	cancel context.CancelFunc
	unhook func() bool // what ends the stream with parent

	halfClosed bool // nothing more is to come; of the goroutine that reads
	started    bool // the header is sent; of the goroutine that sends
	over       bool // the peer takes no frames any more; guarded by server.lock
}

// InFlight returns how many streams there are.
func (s *Server) InFlight() int {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.count
}

// Wait returns when there is no stream, and all that they have sent has been sent, or cannot be.
func (s *Server) Wait() {
	s.lock.Lock()
	defer s.lock.Unlock()
	for s.count > 0 {
		s.over.Wait()
	}
}

// Handle handles a frame that was read, and releases it. An error ends the connection.
func (s *Server) Handle(p message.Protocol, m *message.Message) error {
	s.lock.Lock()
	f := s.byID[m.FrameSequence]
	s.lock.Unlock()
	switch {
	case m.FrameSequence == 0 || m.Frame == message.FrameMeta:
		// About the connection, in later versions.
	case m.Frame == message.FrameHeader && f != nil:
		return fmt.Errorf("the stream %d has two headers", f.id)
	case m.Frame == message.FrameHeader:
		s.begin(p, m)
	case f == nil:
		// It has ended on our side, and the peer did not know.
	case m.Frame == message.FrameReset:
		f.canceled(m)
	case f.halfClosed:
		f.reset(&message.Error{Code: message.CodeProtocolError, Message: "a frame follows on the trailer"})
	case m.Frame == message.FrameTrailer:
		f.halfClosed = true
		f.in.End(io.EOF)
	default:
		return f.put(m)
	}
	s.conn.Release()
	return nil
}

// put takes a message that has come. It waits where too much is not taken.
func (f *Stream) put(m *message.Message) error {
	s := f.server
	if m.Format != f.format {
		f.reset(&message.Error{Code: message.CodeInvalidProtocol, Message: f.method + " does not take messages in " + m.Format.String()})
		s.conn.Release()
		return nil
	}
	body, memory, err := s.conn.Detach(m.Body)
	if err != nil {
		memory.Free(true)
		return err
	}
	f.in.Put(body, memory)
	if s.unread.Full() {
		s.host.Idle(func(done <-chan struct{}) {
			for since := stalledTime; !s.unread.Await(stalledTime, done); since += stalledTime {
				s.relieve()
				s.host.Stalled(since)
			}
		})
	}
	return nil
}

// relieve ends the stream that has most unread messages, if it is not the only one.
func (s *Server) relieve() {
	s.lock.Lock()
	var most *Stream
	for _, f := range s.byID {
		if most == nil || f.in.Held() > most.in.Held() {
			most = f
		}
	}
	alone := len(s.byID) < 2
	s.lock.Unlock()
	if !alone {
		most.reset(&message.Error{Code: message.CodeOverloaded, Message: "the messages of the stream were not taken, and hold up others"})
	}
}

// begin begins the stream that a header is for.
func (s *Server) begin(p message.Protocol, m *message.Message) {
	f := &Stream{server: s, protocol: p, id: m.FrameSequence}
	for key, value := range m.Metadata {
		f.size += len(key) + len(value)
	}
	wrong := &message.Error{Code: message.CodeOverloaded, Message: "too many streams of the connection are open"}
	if s.admit(f.size) {
		begun := false
		defer func() {
			if !begun {
				f.leave(nil) // also if users' code that is told of it does not return
			}
		}()
		name := append([]byte(nil), m.Method...) // which the host may change
		if wrong = s.host.Begin(p, m, f); wrong == nil {
			begun = true
			return
		}
		m.Method = name
	}
	e := thrift.NewException(wrong.Code, wrong.Message)
	reply := message.Message{Frame: message.FrameTrailer, Type: message.MessageException, Method: append([]byte(nil), m.Method...),
		Sequence: f.id, FrameSequence: f.id}
	s.host.Decline(func(w message.Writer) error { return p.Write(w, &reply, e.In(reply.Format), s.limits) })
}

// admit counts a stream with as much metadata, if there may be one more.
func (s *Server) admit(size int) bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.count >= s.limits.MaxInFlight || s.count > 0 && s.bytes+size > s.limits.MaxPending {
		return false
	}
	s.count++
	s.bytes += size
	s.conn.Charge(size)
	return true
}

// Begin puts the stream into use, under a method whose name is sent, and whose messages are in a format. It returns the parent of the
// handler's context, which is one of parent, and which a deadline ends that is not zero.
func (f *Stream) Begin(parent context.Context, deadline time.Time, name []byte, format tagwire.Format) context.Context {
	s := f.server
	f.method, f.name, f.format = string(name), name, format
	if deadline.IsZero() {
		f.parent, f.cancel = context.WithCancel(parent)
	} else {
		f.parent, f.cancel = context.WithDeadline(parent, deadline)
	}
	f.in.Use(s.unread)
	f.out.Use(s.queue, s.conn)
	f.unhook = context.AfterFunc(f.parent, f.ended)
	s.lock.Lock()
	defer s.lock.Unlock()
	s.byID[f.id] = f
	return f.parent
}

// ended is called when the context of the stream has ended before the stream has.
func (f *Stream) ended() {
	err := f.parent.Err()
	wrong := f.wrong(message.CodeCanceled, "", err)
	if errors.Is(err, context.DeadlineExceeded) {
		wrong.Code = message.CodeTimeout
	}
	f.in.Abort(wrong)
	f.out.End()
}

// wrong returns an error of the stream.
func (f *Stream) wrong(code message.Code, text string, err error) *message.Error {
	return &message.Error{Code: code, Method: f.method, Remote: f.server.conn.RemoteAddr(), Message: text, Err: err}
}

// canceled is called when the peer has reset the stream.
func (f *Stream) canceled(m *message.Message) {
	wrong := f.wrong(message.CodeCanceled, "the caller has reset the stream", context.Canceled)
	if e, err := thrift.ReadException(m); m.Type == message.MessageException && err == nil {
		wrong.Message += ": " + e.Message
	}
	f.close(wrong, nil)
}

// close ends the stream for the peer, and the context of its handler, unless it has ended. If there is a frame, the peer is sent that.
func (f *Stream) close(err *message.Error, frame *transport.Frame) {
	s := f.server
	s.lock.Lock()
	again := f.over
	f.over = true
	if frame != nil && again {
		frame.Drop()
	} else if frame != nil {
		f.out.Put(frame, nil) // with the lock held, so that Finish puts the last one behind it
	}
	s.lock.Unlock()
	if !again {
		f.in.Abort(err)
		f.out.End()
		f.cancel()
	}
}

// reset ends the stream because of err, and tells the peer.
func (f *Stream) reset(err *message.Error) {
	err.Method, err.Remote = f.method, f.server.conn.RemoteAddr()
	m := f.message(message.FrameReset)
	m.Type, m.Format = message.MessageException, tagwire.ThriftBinary
	frame := f.out.NewFrame()
	if f.write(frame, m, thrift.NewException(err.Code, err.Message).In(m.Format)) != nil {
		frame.Discard() // and the peer waits until its deadline
	}
	f.close(err, frame)
}
