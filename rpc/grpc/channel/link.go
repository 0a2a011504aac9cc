package channel

import (
	"crypto/tls"
	"net"
	"sync/atomic"
	"time"

	"github.com/tagwire/tagwire/rpc/endpoint"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
	"github.com/tagwire/tagwire/rpc/transport/http2"
)

// link is a connection that calls share. One goroutine reads from it.
type link struct {
	*http2.Conn
	links *links
	conn  *endpoint.Conn
	timer *time.Timer                         // for sweep
	tls   atomic.Pointer[tls.ConnectionState] // nil while there is none; the connection's own is for the goroutine that reads

	silent atomic.Bool // the server does not answer pings

	// Guarded by links.lock:
	calls int       // that are under way
	taken uint64    // calls so far
	seen  uint64    // taken, when sweep looked last
	since time.Time // when taken was seen first
	last  bool      // it gets no more calls

	// Of sweep: the write that is under way, and since when, with more than enough behind it.
	write  uint32
	writes time.Time
}

func newLink(s *links, conn *endpoint.Conn) *link {
	config := s.channel.config
	conn.SetDeadline(time.Time{})
	l := &link{links: s, conn: conn}
	l.tls.Store(conn.TLS()) // before http2 writes, because a handshake that comes with that keeps the state locked
	l.Conn = http2.New(conn.Conn, &http2.Config{
		Client: true, Workers: &s.channel.workers, MaxHeaderList: config.Limits.MaxHeader, KeepAlive: s.channel.keepAlive(),
		Room: s.room,
	})
	return l
}

// sweepInterval is how often a link is looked at.
const sweepInterval = 250 * time.Millisecond

// run reads until the connection ends.
func (l *link) run() {
	s := l.links
	var err error = &message.Error{Code: message.CodePanic, Message: "code that reads replies panicked or ended its goroutine"}
	s.lock.Lock()
	l.timer = time.AfterFunc(sweepInterval, l.sweep)
	s.lock.Unlock()
	defer func() {
		if value := recover(); value != nil {
			s.channel.config.Panicked("reading replies", value)
		}
		s.remove(l)
		if l.Calmed() {
			s.channel.calmed.Add(1)
		}
		l.End(err)
		s.pool.Put(l.conn, false, false)
	}()
	if err = l.read(); l.silent.Load() {
		err = http2.ErrSilent
	}
}

func (l *link) read() error {
	for {
		if err := l.conn.Await(); err != nil && err != transport.ErrInterrupted {
			if transport.IsClosed(err) {
				return net.ErrClosed
			}
			return err
		} else if err == nil {
			if l.conn.Secured() && l.tls.Load() == nil {
				l.tls.Store(l.conn.TLS())
			}
			if err := l.Serve(); err != nil {
				return err
			}
		}
		if l.Leaving() {
			l.links.retire(l)
			if l.Streams() == 0 {
				return net.ErrClosed
			}
		}
	}
}

// sweep looks for what has taken too long, and ends a link that has had no call for a while.
func (l *link) sweep() {
	s := l.links
	now := time.Now()
	err := l.Sweep(now, 0, 0)
	if err != nil {
		l.silent.Store(true)
	}
	if err != nil || l.stuck(now) {
		l.conn.Abort()
		return
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	if l.seen != l.taken || l.calls > 0 || l.since.IsZero() {
		l.seen, l.since = l.taken, now
	}
	idle := s.channel.config.IdleTimeout
	if l.calls == 0 && (l.last || idle > 0 && now.Sub(l.since) > idle) {
		s.drop(l)
		l.conn.Abort()
		return
	}
	if !l.over() {
		l.timer.Reset(sweepInterval)
	}
}

// mostWaiting is how many packets and messages may wait to be sent to a server that takes nothing: they stay when their calls have ended.
const mostWaiting = 8192

// stuck reports that the server takes nothing, while more and more waits for it.
func (l *link) stuck(now time.Time) bool {
	write := l.Turn()
	if write%2 == 0 || write != l.write || l.Waiting() < mostWaiting {
		l.write, l.writes = write, now
	}
	return now.Sub(l.writes) > stuckTime
}

// stuckTime is how long a write may take then.
const stuckTime = time.Second

// over reports that the link gets no calls any more, and has none. links.lock is held.
func (l *link) over() bool { return l.last && l.calls == 0 }
