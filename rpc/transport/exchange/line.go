package exchange

import (
	"cmp"
	"crypto/tls"
	"net"
	"time"

	"github.com/tagwire/tagwire/rpc/endpoint"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// line is a connection that calls share. One goroutine reads from it, and hands each reply to the call that waits for it, which
// decodes the reply itself: users' code that runs with a call holds up no other.
//
// A line that is leaving gets no more calls. When it has none, its connection goes back to the pool, or is closed.
type line struct {
	lines  *lines
	place  *slot
	conn   *endpoint.Conn
	remote net.Addr
	queue  *transport.Queue
	idle   *time.Timer
	reply  message.Message // the one that is being read

	// Guarded by lines.lock:
	flights  map[int32]*flight // that wait for their reply, or to be sent if there is none, by the ids of their requests
	calls    int               // that have the line
	unsent   int               // messages that are with the queue
	owed     int               // replies that no call waits for any more
	received uint              // messages
	taken    uint              // flights so far
	seen     uint              // taken, when idle was set
	silent   time.Time         // since when nothing is received that a call waited for in vain; of when silentAt was received
	silentAt uint
	leaving  bool
	doubtful bool // the peer may close the connection
	last     bool // the connection is not used again
	over     bool // nothing reads any more
	tls      *tls.ConnectionState
}

// lastRead is how long a line is read from that cannot be written to any more.
const lastRead = lastWordsTime

func newLine(s *lines, place *slot, conn *endpoint.Conn) *line {
	l := &line{lines: s, place: place, conn: conn, remote: conn.RemoteAddr(), flights: map[int32]*flight{}, tls: conn.TLS()}
	l.queue = transport.NewQueue(conn.Conn, l.unwritable)
	conn.SetDeadline(time.Time{})
	conn.ReadMany()
	s.lock.Lock()
	defer s.lock.Unlock()
	l.idle = time.AfterFunc(l.idleTime(), l.expire)
	return l
}

// unwritable is called when the queue fails. Replies to what was sent may still come for a while.
func (l *line) unwritable() {
	time.AfterFunc(lastRead, l.conn.Abort)
	l.lines.lock.Lock()
	defer l.lines.lock.Unlock()
	l.last = true
	l.leave()
}

// idleTime is how long the line is kept without a call.
func (l *line) idleTime() time.Duration {
	config := &l.lines.exchanger.config.Endpoints
	if l.conn.Plain() {
		return config.WatchAfter // then the pool keeps the connection, without a goroutine
	}
	return max(config.WatchAfter, cmp.Or(config.IdleTimeout, time.Minute))
}

// expire makes the line leave if there was no call since it was called last.
func (l *line) expire() {
	l.lines.lock.Lock()
	defer l.lines.lock.Unlock()
	switch {
	case l.over:
	case l.leaving && l.quiet():
		l.abort() // it was interrupted while it read a message whose rest does not come
	case l.quiet() && l.seen == l.taken:
		l.leave()
	default:
		l.seen = l.taken
		l.idle.Reset(l.idleTime())
	}
}

// quiet reports that the line does nothing. lines.lock is held.
func (l *line) quiet() bool { return l.calls == 0 && l.unsent == 0 }

// leave gives the line no more calls. lines.lock is held.
func (l *line) leave() {
	if !l.leaving {
		l.leaving = true
		if l.place.line == l {
			l.place.line = nil
		}
	}
	l.endIfQuiet()
}

// endIfQuiet makes run return if the line is leaving and has no call. lines.lock is held.
func (l *line) endIfQuiet() {
	switch {
	case !l.leaving || l.over || l.calls > 0:
	case l.unsent == 0 && l.conn.Plain() && !l.last && (l.tls != nil || !l.conn.Secured()):
		l.conn.Interrupt()
		l.idle.Reset(lastRead)
	default:
		l.abort() // the peer may never take what is being sent, and a Read that does a handshake does not survive an interruption
	}
}

// abort ends the connection. lines.lock is held, so that it cannot be back in the pool.
func (l *line) abort() {
	l.last = true
	l.conn.Abort()
}

// release gives back what choose returned.
func (l *line) release() {
	l.lines.lock.Lock()
	defer l.lines.lock.Unlock()
	l.calls--
	l.endIfQuiet()
}

// run reads replies until the line ends.
func (l *line) run() {
	var err error = &message.Error{Code: message.CodePanic, Message: "code that reads replies panicked or ended its goroutine"}
	defer func() {
		if value := recover(); value != nil {
			l.lines.exchanger.config.Endpoints.Panicked("reading replies", value)
		}
		l.finish(err)
	}()
	err = l.readAll()
}

// readAll returns why the line ends, nil if it was leaving.
func (l *line) readAll() error {
	for {
		if goesOn, err := l.readOne(); !goesOn {
			return err
		}
	}
}

// readOne reads a reply, and reports whether the line goes on.
func (l *line) readOne() (goesOn bool, err error) {
	if err := l.conn.Await(); err != nil && err != transport.ErrInterrupted {
		return false, err
	} else if err == nil {
		if err := l.receive(); err != nil {
			return false, err
		}
	}
	l.lines.lock.Lock()
	defer l.lines.lock.Unlock()
	return !l.leaving || !l.quiet(), nil
}

// receive reads a message that has begun to arrive, and hands it to its call. An error ends the line.
func (l *line) receive() error {
	e, m := l.lines.exchanger, &l.reply
	*m = message.Message{}
	defer func() { *m = message.Message{} }() // which may refer to a lot
	if err := e.config.Protocol.Read(l.conn, m, e.config.Limits); err != nil {
		return e.foreign(l.conn, err)
	}
	f := l.landing(m)
	if f == nil {
		if m.FrameSequence == 0 && m.Type == message.MessageException {
			return unattributed(m)
		}
		l.conn.Release()
		return nil
	}
	if len(m.Body) >= largeMessage {
		e.large.add(f.call.Method)
	}
	f.reply = *m
	wrong := f.check()
	if wrong == nil {
		f.reply.Method, f.reply.Service, f.reply.Caller = nil, nil, nil // they are in the input
		f.reply.Body, f.detached, wrong = l.conn.Detach(m.Body)
	}
	f.err = wrong
	f.done <- struct{}{}
	if wrong != nil {
		return &message.Error{Code: message.CodeClosed, Message: "the connection was closed because of another call's reply", Err: wrong}
	}
	return nil
}

// unattributed is the error for an exception that answers no call, as of a server that could not read one. What call that was there
// is no telling.
func unattributed(m *message.Message) error {
	return &message.Error{Code: message.CodeClosed, Message: "the server sent an exception that belongs to no call"}
}

// landing returns the flight that a message answers, nil if none waits for it.
func (l *line) landing(m *message.Message) *flight {
	state := l.conn.TLS() // the handshake may have come with the first message; it may be users' code
	l.lines.lock.Lock()
	defer l.lines.lock.Unlock()
	l.received++
	l.tls = state
	if m.Closing {
		l.last = true
		l.leave()
	}
	id := cmp.Or(m.FrameSequence, m.Sequence)
	f := l.flights[id]
	switch {
	case f != nil:
		delete(l.flights, id)
		f.tls = l.tls
	case l.owed > 0 && id != 0:
		l.owed--
	}
	return f
}

// put has the request of a flight sent, unless the line takes no more.
func (l *line) put(f *flight) bool {
	l.lines.lock.Lock()
	if l.leaving || l.flights[f.id] != nil {
		l.lines.lock.Unlock()
		return false
	}
	l.flights[f.id] = f
	l.unsent++
	l.taken++
	f.line, f.tls, f.received, f.begun, f.sent = l, l.tls, l.received, time.Now(), false
	l.lines.lock.Unlock()
	f.users.Add(1)
	l.queue.Put(f)
	return true
}

// sent is called when a request was sent, or cannot be.
func (l *line) sent(f *flight, err error) {
	l.lines.lock.Lock()
	defer l.lines.lock.Unlock()
	l.unsent--
	f.sent = true
	if l.flights[f.id] == f && (err == transport.ErrUnsent || f.oneway) {
		delete(l.flights, f.id)
		f.err = err
		f.done <- struct{}{}
	}
	l.endIfQuiet()
}

// abandon takes a flight whose call does not wait any more, because it has no time left or was cancelled. It returns false if the
// flight has just ended, so that done has an item or gets one at once.
func (l *line) abandon(f *flight, canceled bool) bool {
	l.lines.lock.Lock()
	defer l.lines.lock.Unlock()
	if l.flights[f.id] != f {
		return false
	}
	delete(l.flights, f.id)
	if !f.sent && l.queue.Withdraw(f) {
		l.unsent--
		f.drop()
	} else if !f.oneway {
		l.owed++
	}
	if !canceled {
		l.suspect(f)
	}
	return true
}

// mostSilence is how long a peer may send nothing while calls wait, until one of them has no time left.
const mostSilence = 200 * time.Millisecond

// suspect gives up a peer that has sent nothing for long. lines.lock is held.
func (l *line) suspect(f *flight) {
	if f.received != l.received {
		return
	}
	if l.silent.IsZero() || l.silentAt != l.received {
		l.silent, l.silentAt = f.begun, l.received
	}
	if time.Since(l.silent) >= mostSilence {
		l.leave()
	}
}

// finish ends the line. err is why, nil if it was leaving.
func (l *line) finish(err error) {
	s := l.lines
	s.lock.Lock()
	l.over, l.leaving = true, true
	if l.place.line == l {
		l.place.line = nil
	}
	flights := l.flights
	l.flights = nil
	reusable, doubtful := err == nil && l.owed == 0 && !l.last, l.doubtful
	s.lock.Unlock()
	l.idle.Stop()
	for _, f := range flights {
		f.err = err
		f.done <- struct{}{}
	}
	s.pool.Put(l.conn, reusable && l.conn.Len() == 0, doubtful)
}
