package rpc

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tagwire/tagwire/rpc/thrift"
	"github.com/tagwire/tagwire/rpc/transport"
	"github.com/tagwire/tagwire/rpc/transport/framing"
)

// shared is what the tasks of a connection have in common whose peer multiplexes: their messages are handled at the same time, each
// in a goroutine of its own, and the replies are sent in the order in which they are ready. The goroutine of the connection only
// reads, finds the methods, and waits where too much is in flight.
type shared struct {
	c        *serverConn
	queue    *transport.Queue // nil for HTTP/2
	http2    *http2Conn       // nil for others
	protocol Protocol
	note     uint32 // of the first message

	lock    sync.Mutex
	change  sync.Cond       // fewer are in flight
	running int             // tasks
	bytes   int             // of their bodies and metadata
	waiting int             // tasks that wait for memory
	coming  int             // tasks of gRPC whose message has not come, or not all of it
	framed  *framing.Server // nil for HTTP/2

	mixed atomic.Bool // not only frames of streams have come

	announced atomic.Bool // the peer has been told that the connection will be closed

	// What the janitor saw last of the queue, and since when.
	seenWrite uint32
	seen      time.Time
}

// tasks holds tasks of multiplexed messages that are over.
var tasks = sync.Pool{New: func() any { return &task{out: new(transport.Output)} }}

// drainPause is how long a connection is left open where the peer may have sent something before it knew that the server closes: a
// new one, and one whose peer multiplexes, after its last call.
const drainPause = 500 * time.Millisecond

// share handles a message beside others, and reports whether the connection goes on. One that is not multiplexed, on a connection
// with others that are, is waited for.
func (c *serverConn) share(p Protocol, m *Message) bool {
	s := c.sharing(p, m)
	if !s.mixed.Swap(true) && c.server.draining.Load() {
		s.announce()
	}
	size := len(m.Body)
	for key, value := range m.Metadata {
		size += len(key) + len(value)
	}
	s.acquire(size)
	t := s.newTask(m, size)
	serves := false
	defer func() {
		if !serves {
			t.leave() // also if users' code that is told of a rejected call does not return
		}
	}()
	b, goesOn := t.accept(p)
	if b == nil {
		c.conn.Release()
		return goesOn
	}
	t.context = t.newCall(p, &t.message, b)
	t.message.Method, t.message.Service, t.message.Caller = b.nameBytes, nil, nil
	var err error
	if t.message.Body, t.detached, err = c.conn.Detach(m.Body); err != nil {
		c.fail(err)
		return false
	}
	serves = true
	if m.OutOfOrder {
		c.server.workers.Go(t)
		return true
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.Run()
	}()
	s.idle(func() { <-done })
	return true
}

// sharing returns what the tasks have in common, which is made for the first.
func (c *serverConn) sharing(p Protocol, m *Message) *shared {
	if s := c.shared.Load(); s != nil {
		return s
	}
	s := &shared{c: c, queue: transport.NewQueue(c.conn, &c.server.workers, c.conn.Abort), protocol: p, note: m.Note}
	s.change.L = &s.lock
	s.framed = framing.NewServer(c.conn, s.queue, &c.server.config.limits, &framedHost{s})
	c.conn.ReadMany()
	c.shared.Store(s)
	return s
}

// inFlight returns how many tasks there are.
func (s *shared) inFlight() int {
	if s == nil {
		return 0
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.http2 != nil {
		n := s.running + s.http2.Streams()
		if n == 0 && s.http2.Sending() {
			n = 1 // the last reply
		}
		return n
	}
	return s.running + s.framed.InFlight()
}

// acquire waits until another message may be in flight. The lock is not held while reading ahead ends, which may take as long as a
// Read of users' code.
func (s *shared) acquire(size int) {
	for !s.admit(size) {
		s.idle(func() {
			s.lock.Lock()
			defer s.lock.Unlock()
			for s.full(size) {
				s.change.Wait()
			}
		})
	}
}

// admit counts a message among those in flight, if there is room.
func (s *shared) admit(size int) bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.full(size) {
		return false
	}
	s.running++
	s.bytes += size
	return true
}

// come notes that n more calls of gRPC have come in part, or fewer.
func (s *shared) come(n int) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.coming += n
}

// full reports that there is no room for another message. lock is held.
func (s *shared) full(size int) bool {
	limits := &s.c.server.config.limits
	return s.running >= limits.MaxInFlight || s.running > 0 && s.bytes+size > limits.MaxPending
}

// idle runs wait, while the end of the connection is looked for.
func (s *shared) idle(wait func()) {
	c := s.c
	c.state.Store(stateWorking)
	c.conn.AllowReadAhead()
	wait()
	c.conn.EndReadAhead()
}

// await notes whether a task waits for memory.
func (s *shared) await(t *task, waits bool) {
	if t.waits == waits {
		return
	}
	t.waits = waits
	s.lock.Lock()
	defer s.lock.Unlock()
	if waits {
		s.waiting++
	} else {
		s.waiting--
	}
}

// doing returns what the connection is doing for those that look for memory: state, unless there are tasks.
func (s *shared) doing(state uint32) uint32 {
	if s == nil {
		return state
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	switch started := s.running - s.coming; {
	case s.running == 0:
		return state
	case started == 0:
		return stateReading
	case s.waiting == started:
		return stateWaiting
	}
	return stateWorking
}

// sweep ends the connection if the peer does not take replies. The janitor calls it.
func (s *shared) sweep(now time.Time) {
	write := uint32(0)
	if s.http2 != nil {
		write = s.http2.Turn()
		s.http2.sweep(now)
	} else {
		write = s.queue.Turn()
	}
	if write%2 == 0 || write != s.seenWrite {
		s.seenWrite, s.seen = write, now
		return
	}
	if limit := s.c.server.config.writeTimeout; limit > 0 && now.Sub(s.seen) > limit {
		s.c.abort(fmt.Errorf("replies were not taken within %v", limit))
	}
}

// wait returns when no task is left.
func (s *shared) wait() {
	s.lock.Lock()
	defer s.lock.Unlock()
	for s.running > 0 {
		s.change.Wait()
	}
}

// newTask returns a task for a message that may be in flight, for which acquire was given a size.
func (s *shared) newTask(m *Message, size int) *task {
	t := tasks.Get().(*task)
	t.c, t.shared, t.message, t.size = s.c, s, *m, size
	t.out.Use(s.c.conn)
	t.users.Store(1)
	return t
}

// Run runs the task, which has a worker for itself.
func (t *task) Run() {
	defer t.leave()
	returned := false
	defer func() {
		if !returned {
			t.unwound(recover())
		}
	}()
	call := t.context
	t.context = nil // what it has shall not stay until the reply is taken
	if t.call != nil {
		t.runCall(call)
		returned = true
		return
	}
	answered := t.run(t.work.protocol, t.work.method, call)
	returned = true
	if !answered {
		t.c.abort(errNotAnswered) // or the caller would wait
	}
}

// unwound is called when users' code panics or ends the goroutine, in place of what is left of run.
func (t *task) unwound(value any) {
	b, c := t.work.method, t.c
	answered := false
	defer func() {
		if !answered {
			c.abort(errNotAnswered) // or the caller would wait
		}
	}()
	c.server.journal.Panicked("rpc: a call did not return", value, "remote", c.conn.RemoteAddr(), "service", b.service, "method", b.Name)
	answered = t.call != nil && b.Streams() || t.answerPanicked() // a stream has been ended
}

var errNotAnswered = errors.New("a reply could not be written, nor an exception in its place")

// Message is the reply.
func (t *task) Message() *transport.Output { return t.out }

// Sent is called when the reply has been sent, or cannot be.
func (t *task) Sent(error) { t.leave() }

// leave is called by each that has the task. The last one ends it.
func (t *task) leave() {
	if t.users.Add(-1) > 0 {
		return
	}
	s := t.shared
	s.await(t, false)
	t.recycle()
	t.detached.Free(true)
	t.out.Free()
	t.c.conn.Charge(-t.held)
	size := t.size
	*t = task{out: t.out}
	tasks.Put(t)
	s.lock.Lock()
	defer s.lock.Unlock()
	s.running--
	s.bytes -= size
	s.change.Broadcast()
}

// announce tells the peer, once, to send no more calls, because the connection will be closed.
func (s *shared) announce() {
	if s.http2 != nil {
		s.http2.GoAway(true)
		return
	}
	if !s.mixed.Load() || s.announced.Swap(true) {
		return // where there are only streams, their frames say so: peers may take no other message for one of theirs
	}
	frame := &controlFrame{shared: s}
	frame.out.Use(s.c.conn)
	m := Message{Type: MessageReply, Method: []byte(thrift.ControlName), OutOfOrder: true, Closing: true, Note: s.note}
	if !frame.write(&m) {
		return
	}
	s.lock.Lock()
	s.running++
	s.lock.Unlock()
	s.queue.Put(frame)
}

// controlFrame is a message that answers no call.
type controlFrame struct {
	shared *shared
	out    transport.Output
}

// write puts the frame together. The protocol may be users' code.
func (f *controlFrame) write(m *Message) (written bool) {
	defer func() { _ = recover() }()
	return f.shared.protocol.Write(&f.out, m, thrift.EmptyStruct{}, &f.shared.c.server.config.limits) == nil
}

// Message is the frame.
func (f *controlFrame) Message() *transport.Output { return &f.out }

// Sent is called when the frame has been sent, or cannot be.
func (f *controlFrame) Sent(error) {
	f.out.Free()
	s := f.shared
	s.lock.Lock()
	defer s.lock.Unlock()
	s.running--
	s.change.Broadcast()
}
