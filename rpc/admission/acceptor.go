package admission

import (
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/tagwire/tagwire/rpc/socket"
)

// Config is what an Acceptor needs: all of it.
type Config struct {
	Listener net.Listener
	// Socket is what Listener is over, or the same.
	Socket net.Listener
	// Take gets each connection, and Failed the error of an Accept after which the listener goes on. Neither blocks.
	Take   func(net.Conn)
	Failed func(error)
	// Ended reports that the listener is closed on purpose. Done is closed at some time after that, and ends a pause.
	Ended func() bool
	Done  <-chan struct{}
}

// Acceptor accepts the connections of a listener.
type Acceptor struct {
	Config
	socket deadlined       // Config.Socket, nil if it is not one of package net
	raw    syscall.RawConn // the same, if it is of TCP
	last   atomic.Bool     // it accepts what is there, and ends
	over   chan struct{}   // closed when it has

	lock sync.Mutex
	undo func() // has the listener take connections again
}

// deadlined is a listener of package net.
type deadlined interface{ SetDeadline(time.Time) error }

// NewAcceptor returns an acceptor, which Run lets accept.
func NewAcceptor(config Config) *Acceptor {
	a := &Acceptor{Config: config, over: make(chan struct{}), undo: func() {}}
	switch l := config.Socket.(type) {
	case *net.TCPListener:
		a.socket = l
		a.raw, _ = l.SyscallConn()
	case *net.UnixListener:
		a.socket = l
	}
	return a
}

// How long a listener waits for another connection before it is closed, and, if others come all the time, in all. After that those are
// accepted that clients have begun to make, which are there within lastAccept.
const (
	lastAccept  = 2 * time.Millisecond
	lastAccepts = 50 * time.Millisecond
)

// Finish makes Run accept the connections that clients have made already, and return, since closing a listener resets those. over is
// closed when Run returns; ends is false if it does not, because the listener is not one of package net.
func (a *Acceptor) Finish() (over <-chan struct{}, ends bool) {
	if a.socket == nil {
		return nil, false
	}
	a.last.Store(true)
	return a.over, a.socket.SetDeadline(time.Now()) == nil
}

// Finished reports that Finish was called.
func (a *Acceptor) Finished() bool { return a.last.Load() }

// Pauses after an Accept that failed: the first, which doubles with each failure that follows, and the longest.
const (
	firstPause   = time.Millisecond
	longestPause = time.Second
)

// ending is what Run knows after Finish.
type ending struct {
	since   time.Time
	waits   int  // in vain, for another connection
	refuses bool // no other connections can be made
}

// over reports that there are no connections any more that clients have made; waited says that none came. For the last ones, the
// listener takes no others, where it can be kept from that.
func (e *ending) over(a *Acceptor, waited bool) bool {
	if e.since.IsZero() {
		e.since = time.Now()
	}
	if waited && !a.waiting() { // where others wait, the deadline had passed before Accept looked
		e.waits++
	}
	enough := e.waits > 2 // the deadline of Finish may have ended the first at once, and the second
	switch late := time.Since(e.since) > lastAccepts; {
	case e.refuses:
		return enough
	case !enough && !late:
		return false
	}
	e.refuses, e.waits = a.refuse(), 0
	return !e.refuses && !a.waiting()
}

// refuse has the listener take no more connections, if it can be kept from that.
func (a *Acceptor) refuse() (done bool) {
	if a.raw == nil {
		return false
	}
	a.lock.Lock()
	defer a.lock.Unlock()
	done, a.undo = socket.IgnoreConnects(a.raw)
	return done
}

// waiting reports that a connection can be accepted.
func (a *Acceptor) waiting() bool { return a.raw != nil && socket.Waiting(a.raw) }

// Run returns when the listener is closed, with what its Accept returned. No code of the user runs here but the listener's. After Finish
// it returns nil, and the acceptor is to be closed at once.
func (a *Acceptor) Run() error {
	defer close(a.over)
	pause := firstPause
	var end ending
	for waited := false; ; {
		if a.last.Load() {
			if end.over(a, waited) {
				return nil
			}
			_ = a.socket.SetDeadline(time.Now().Add(lastAccept))
		}
		waited = false
		conn, err := a.Listener.Accept()
		switch {
		case err == nil:
			pause = firstPause
			a.Take(conn)
		case a.Ended() || errors.Is(err, net.ErrClosed):
			return err
		case a.last.Load() && errors.Is(err, os.ErrDeadlineExceeded):
			waited = true
		default:
			// Such as too many open files, which passes. The connection stays in the listener's queue, so that without a pause
			// this would repeat at once.
			a.Failed(err)
			timer := time.NewTimer(pause)
			select {
			case <-timer.C:
			case <-a.Done:
			}
			timer.Stop()
			pause = min(2*pause, longestPause)
		}
	}
}

// Close closes the listener. Another process that has inherited it takes connections again.
func (a *Acceptor) Close() error {
	a.lock.Lock()
	undo := a.undo
	a.lock.Unlock()
	undo()
	return a.Listener.Close()
}
