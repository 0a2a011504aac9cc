package rpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/thrift"
	"github.com/tagwire/tagwire/rpc/transport"
)

// framedStreams are the streams of a connection whose frames are messages among others. The lock of shared guards them.
//
// Such streams have no flow control of their own. What has come for them and was not taken is bounded for all together: beyond that the
// connection is not read, until some is taken.
type framedStreams struct {
	byID   map[int32]*framedStream // those whose handlers have not returned
	count  int                     // of all, until their last frame is sent
	bytes  int                     // of their metadata
	unread *transport.Unread
}

// stalledTime is how long a connection is not read because nothing of what waits is taken. Then the stream that has most of that ends, if
// there are others, which it holds up.
const stalledTime = 5 * time.Second

// framedStream is the handler's side of a stream whose frames are messages among others.
type framedStream struct {
	shared   *shared
	protocol Protocol
	id       int32
	method   *boundMethod
	call     *callContext
	size     int // of the metadata
	in       transport.Inbox
	out      transport.Outbox
	cancel   context.CancelFunc // of the parent of call
	unhook   func() bool        // what ends the stream with that

	halfClosed bool // nothing more is to come; of the goroutine that reads
	started    bool // the header is sent; of the goroutine that sends

	over bool // the peer takes no frames any more; guarded by shared.lock
}

// frame handles a frame of a stream, and reports whether the connection goes on.
func (c *serverConn) frame(p Protocol, m *Message) bool {
	s := c.sharing(p, m)
	s.lock.Lock()
	f := s.framed.byID[m.FrameSequence]
	s.lock.Unlock()
	switch {
	case m.FrameSequence == 0 || m.Frame == message.FrameMeta:
		// About the connection, in later versions.
	case m.Frame == message.FrameHeader && f != nil:
		c.fail(fmt.Errorf("the stream %d has two headers", f.id))
		return false
	case m.Frame == message.FrameHeader:
		s.begin(p, m)
	case f == nil:
		// It has ended on our side, and the peer did not know.
	case m.Frame == message.FrameReset:
		f.canceled(m)
	case f.halfClosed:
		f.reset(&Error{Code: CodeProtocolError, Message: "a frame follows on the trailer"})
	case m.Frame == message.FrameTrailer:
		f.halfClosed = true
		f.in.End(io.EOF)
	default:
		return f.put(m)
	}
	c.conn.Release()
	return true
}

// put takes a message that has come, and reports whether the connection goes on. It waits where too much is not taken.
func (f *framedStream) put(m *Message) bool {
	c := f.shared.c
	if m.Format != f.method.request.Format {
		f.reset(&Error{Code: CodeInvalidProtocol, Message: f.method.Name + " does not take messages in " + m.Format.String()})
		c.conn.Release()
		return true
	}
	body, memory, err := c.conn.Detach(m.Body)
	if err != nil {
		memory.Free(true)
		c.fail(err)
		return false
	}
	f.in.Put(body, memory)
	if unread := f.shared.framed.unread; unread.Full() {
		f.shared.idle(func() {
			for !unread.Await(stalledTime, c.ctx.Done()) {
				f.shared.relieve()
			}
		})
	}
	return true
}

// relieve ends the stream that has most unread messages, if it is not the only one.
func (s *shared) relieve() {
	s.lock.Lock()
	var most *framedStream
	for _, f := range s.framed.byID {
		if most == nil || f.in.Held() > most.in.Held() {
			most = f
		}
	}
	alone := len(s.framed.byID) < 2
	s.lock.Unlock()
	if !alone {
		most.reset(&Error{Code: CodeOverloaded, Message: "the messages of the stream were not taken, and hold up others"})
	}
}

// begin begins the stream that a header is for.
func (s *shared) begin(p Protocol, m *Message) {
	size := 0
	for key, value := range m.Metadata {
		size += len(key) + len(value)
	}
	t := &task{c: s.c, work: work{protocol: p}}
	b, wrong := s.c.server.serving.Load().route(m)
	switch {
	case wrong != nil:
	case !b.Streams():
		wrong = thrift.NewException(CodeInvalidMessageType, b.Name+" is no stream, and was called as one")
	case !s.admitStream(size):
		wrong = thrift.NewException(CodeOverloaded, b.Name+": too many streams of the connection are open")
	}
	if wrong != nil {
		t.reject(b, m, &Error{Code: Code(wrong.Type), Message: wrong.Message})
		s.decline(p, m, wrong)
		return
	}
	m.Format = b.request.Format
	f := &framedStream{shared: s, protocol: p, id: m.FrameSequence, method: b, size: size}
	f.call = t.newCall(p, m, b)
	f.call.info.Sequence = f.id
	if f.call.deadline.IsZero() {
		f.call.parent, f.cancel = context.WithCancel(f.call.parent)
	} else {
		f.call.parent, f.cancel = context.WithDeadline(f.call.parent, f.call.deadline)
	}
	f.in.Use(s.framed.unread)
	f.out.Use(s.queue, s.c.conn)
	f.unhook = context.AfterFunc(f.call.parent, f.ended)
	s.lock.Lock()
	if s.framed.byID == nil {
		s.framed.byID = map[int32]*framedStream{}
	}
	s.framed.byID[f.id] = f
	s.lock.Unlock()
	s.c.server.workers.Go(f)
}

// admitStream counts a stream with as much metadata, if there may be one more.
func (s *shared) admitStream(size int) bool {
	limits := &s.c.server.config.limits
	s.lock.Lock()
	defer s.lock.Unlock()
	streams := &s.framed
	if streams.count >= limits.MaxInFlight || streams.count > 0 && streams.bytes+size > limits.MaxPending {
		return false
	}
	streams.count++
	streams.bytes += size
	s.c.conn.Charge(size)
	return true
}

// decline answers the header of a stream that no handler is called for. It waits while too much is in flight, so that a peer which takes
// no answers is not read.
func (s *shared) decline(p Protocol, m *Message, e *thrift.Exception) {
	reply := Message{Frame: message.FrameTrailer, Type: MessageException, Method: append([]byte(nil), m.Method...),
		Sequence: m.FrameSequence, FrameSequence: m.FrameSequence}
	s.acquire(0)
	frame := &controlFrame{shared: s}
	frame.out.Use(s.c.conn)
	if err := p.Write(&frame.out, &reply, e.In(reply.Format), &s.c.server.config.limits); err != nil {
		frame.out.Discard() // and the peer waits until its deadline
	}
	s.queue.Put(frame)
}

// Run calls the handler.
func (f *framedStream) Run() { f.shared.c.server.serveStream(f.method, f.call, f) }

// ended is called when the context of the stream has ended before the stream has.
func (f *framedStream) ended() {
	err := f.call.parent.Err()
	wrong := &Error{Code: CodeCanceled, Method: f.method.Name, Remote: f.call.info.Remote, Err: err}
	if errors.Is(err, context.DeadlineExceeded) {
		wrong.Code = CodeTimeout
	}
	f.in.Abort(wrong)
	f.out.End()
}

// canceled is called when the peer has reset the stream.
func (f *framedStream) canceled(m *Message) {
	wrong := &Error{Code: CodeCanceled, Method: f.method.Name, Remote: f.call.info.Remote, Message: "the caller has reset the stream", Err: context.Canceled}
	if e, err := thrift.ReadException(m); m.Type == MessageException && err == nil {
		wrong.Message += ": " + e.Message
	}
	f.close(wrong, nil)
}

// close ends the stream for the peer, and the context of its handler, unless it has ended. If there is a frame, the peer is sent that.
func (f *framedStream) close(err *Error, frame *transport.Frame) {
	s := f.shared
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
func (f *framedStream) reset(err *Error) {
	err.Method, err.Remote = f.method.Name, f.call.info.Remote
	m := f.message(message.FrameReset)
	m.Type, m.Format = MessageException, tagwire.ThriftBinary
	frame := f.out.NewFrame()
	if f.write(frame, m, thrift.NewException(err.Code, err.Message).In(m.Format)) != nil {
		frame.Discard() // and the peer waits until its deadline
	}
	f.close(err, frame)
}
