package exchange

import (
	"cmp"
	"crypto/tls"
	"net"
	"os"
	"sync/atomic"
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

	unsent  atomic.Int64 // messages that are with the queue
	leaving atomic.Bool  // changed under lines.lock

	// Guarded by lines.lock:
	flights  map[int32]*flight // that wait for their reply, or to be sent if there is none, by the ids of their requests
	owed     int               // replies that no call waits for any more
	received uint              // messages
	taken    uint              // flights so far
	seen     uint              // taken, when idle was set
	silent   time.Duration     // since when nothing is received that a call waited for in vain, from epoch on; 0 if that is not known
	silentAt uint              // received then
	doubtful bool              // the peer may close the connection
	last     bool              // the connection is not used again
	over     bool              // nothing reads any more
	tls      *tls.ConnectionState
	alarm    *time.Timer // for the first deadline of a flight; nil until there is one
	alarmAt  time.Time   // zero if the alarm is not set
}

// lastRead is how long a line is read from that cannot be written to any more.
const lastRead = lastWordsTime

func newLine(s *lines, place *slot, conn *endpoint.Conn) *line {
	l := &line{lines: s, place: place, conn: conn, remote: conn.RemoteAddr(), flights: map[int32]*flight{}, tls: conn.TLS()}
	l.queue = transport.NewQueue(conn.Conn, &s.exchanger.workers, l.unwritable)
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
	case l.leaving.Load() && l.quiet():
		l.abort() // it was interrupted while it read a message whose rest does not come
	case l.quiet() && l.seen == l.taken:
		l.leave()
	default:
		l.seen = l.taken
		l.idle.Reset(l.idleTime())
	}
}

// quiet reports that the line does nothing. lines.lock is held.
func (l *line) quiet() bool { return len(l.flights) == 0 && l.unsent.Load() == 0 }

// leave gives the line no more calls. lines.lock is held.
func (l *line) leave() {
	if !l.leaving.Swap(true) {
		if l.place.line == l {
			l.place.line = nil
		}
	}
	l.endIfQuiet()
}

// endIfQuiet makes run return if the line is leaving and has no call. lines.lock is held.
func (l *line) endIfQuiet() {
	switch {
	case !l.leaving.Load() || l.over || len(l.flights) > 0:
	case l.unsent.Load() == 0 && l.conn.Plain() && !l.last && (l.tls != nil || !l.conn.Secured()):
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
	return !l.leaving.Load() || !l.quiet(), nil
}

// receive reads a message that has begun to arrive, and hands it to its call. An error ends the line.
func (l *line) receive() error {
	e, m := l.lines.exchanger, &l.reply
	defer func() { *m = message.Message{} }() // which may refer to a lot
	if err := e.config.Protocol.Read(l.conn, m, e.config.Limits); err != nil {
		return e.foreign(l.conn, err)
	}
	l.conn.CountReceived()
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
	f.end(wrong)
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

// take takes a flight, for the queue, unless another one has its id. lines.lock is held.
func (l *line) take(f *flight) bool {
	if l.flights[f.id] != nil {
		return false
	}
	l.flights[f.id] = f
	l.unsent.Add(1)
	l.taken++
	f.line, f.tls, f.received, f.begun, f.expired = l, l.tls, l.received, time.Since(epoch), false
	f.sent.Store(false)
	f.users.Add(1)
	if deadline := f.call.Deadline; !deadline.IsZero() && (l.alarmAt.IsZero() || deadline.Before(l.alarmAt)) {
		l.setAlarm(deadline, time.Until(deadline))
	}
	return true
}

// sent is called when a request was sent, or cannot be.
func (l *line) sent(f *flight, err error) {
	f.sent.Store(true)
	if err == nil && !f.oneway {
		if l.unsent.Add(-1) > 0 || !l.leaving.Load() {
			return
		}
		l.lines.lock.Lock()
		defer l.lines.lock.Unlock()
		l.endIfQuiet()
		return
	}
	l.lines.lock.Lock()
	defer l.lines.lock.Unlock()
	l.unsent.Add(-1)
	if l.flights[f.id] == f && (err == transport.ErrUnsent || f.oneway) {
		delete(l.flights, f.id)
		f.end(err)
	}
	l.endIfQuiet()
}

// epoch is what times are counted from, which costs less than time.Now.
var epoch = time.Now()

// abandon takes a flight whose call does not wait any more. It returns false if the flight has just ended, so that done has an item or
// gets one at once.
func (l *line) abandon(f *flight) bool {
	l.lines.lock.Lock()
	defer l.lines.lock.Unlock()
	if l.flights[f.id] != f {
		return false
	}
	f.expired = true
	l.forget(f)
	l.endIfQuiet()
	return true
}

// forget takes flights off the line whose calls do not wait any more, those that are expired. lines.lock is held.
func (l *line) forget(flights ...*flight) {
	unsent := false
	for _, f := range flights {
		delete(l.flights, f.id)
		unsent = unsent || !f.sent.Load()
		if !f.oneway {
			l.owed++
		}
	}
	if !unsent {
		return
	}
	l.queue.Withdraw(func(s transport.Sending) bool {
		f := s.(*flight)
		if f.expired {
			l.unsent.Add(-1)
			if !f.oneway {
				l.owed--
			}
			f.drop()
			return true
		}
		return false
	})
}

// alarmInterval is how exactly deadlines are kept.
const alarmInterval = time.Millisecond

// ring ends the flights that have no time left.
func (l *line) ring() {
	l.lines.lock.Lock()
	defer l.lines.lock.Unlock()
	l.alarmAt = time.Time{}
	now, next := time.Now(), time.Time{}
	var over []*flight
	for _, f := range l.flights {
		switch deadline := f.call.Deadline; {
		case deadline.IsZero():
		case !deadline.After(now):
			f.expired = true
			over = append(over, f)
		case next.IsZero() || deadline.Before(next):
			next = deadline
		}
	}
	l.forget(over...)
	for _, f := range over {
		l.suspect(f)
		f.end(os.ErrDeadlineExceeded)
	}
	if !next.IsZero() {
		l.setAlarm(next, max(next.Sub(now), alarmInterval))
	}
	l.endIfQuiet()
}

// setAlarm has ring called. lines.lock is held.
func (l *line) setAlarm(at time.Time, in time.Duration) {
	l.alarmAt = at
	if l.alarm == nil {
		l.alarm = time.AfterFunc(in, l.ring)
		return
	}
	l.alarm.Reset(in)
}

// mostSilence is how long a peer may send nothing while calls wait, until one of them has no time left.
const mostSilence = 200 * time.Millisecond

// blame is suspect for a flight that was abandoned.
func (l *line) blame(f *flight) {
	l.lines.lock.Lock()
	defer l.lines.lock.Unlock()
	l.suspect(f)
}

// suspect gives up a peer that has sent nothing for long. lines.lock is held.
func (l *line) suspect(f *flight) {
	if f.received != l.received {
		return
	}
	if l.silent == 0 || l.silentAt != l.received {
		l.silent, l.silentAt = f.begun, l.received
	}
	if time.Since(epoch)-l.silent >= mostSilence {
		l.leave()
	}
}

// finish ends the line. err is why, nil if it was leaving.
func (l *line) finish(err error) {
	s := l.lines
	s.lock.Lock()
	l.over = true
	l.leaving.Store(true)
	if l.place.line == l {
		l.place.line = nil
	}
	flights := l.flights
	l.flights = nil
	if l.alarm != nil {
		l.alarm.Stop()
	}
	reusable, doubtful := err == nil && l.owed == 0 && !l.last, l.doubtful
	s.lock.Unlock()
	l.idle.Stop()
	for _, f := range flights {
		f.end(err)
	}
	s.pool.Put(l.conn, reusable && l.conn.Len() == 0, doubtful)
}
