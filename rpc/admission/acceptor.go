package admission

import (
	"errors"
	"net"
	"os"
	"runtime"
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
	// Own says that no other process has the listener.
	Own bool
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
	raw    syscall.RawConn // the same
	last   atomic.Bool     // it accepts what is there, and ends
	over   chan struct{}   // closed when it has
}

// deadlined is a listener of package net.
type deadlined interface{ SetDeadline(time.Time) error }

// NewAcceptor returns an acceptor, which Run lets accept.
func NewAcceptor(config Config) *Acceptor {
	a := &Acceptor{Config: config, over: make(chan struct{})}
	switch l := config.Socket.(type) {
	case *net.TCPListener:
		a.socket = l
		a.raw, _ = l.SyscallConn()
	case *net.UnixListener:
		a.socket = l
		a.raw, _ = l.SyscallConn()
	}
	return a
}

// How long a listener waits for another connection before it is closed, three times, and, if others come all the time, in all.
const (
	lastAccept  = 5 * time.Millisecond
	lastAccepts = 50 * time.Millisecond
	// blindAccepts is lastAccepts where the system does not tell whether others wait: they are not to be left there because it is busy.
	blindAccepts = 500 * time.Millisecond
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
	since time.Time
	waits int // in vain, for another connection
}

// over reports that there are no connections any more that clients have made; waited says that none came.
func (e *ending) over(a *Acceptor, waited bool) bool {
	if e.since.IsZero() {
		e.since = time.Now()
	}
	if waited && !a.waiting() { // where others wait, the deadline had passed before Accept looked
		e.waits++
	}
	// The deadline of Finish may have ended the first wait at once, and the second.
	longest := lastAccepts
	if runtime.GOOS != "linux" {
		longest = blindAccepts
	}
	if e.waits <= 2 && time.Since(e.since) < longest {
		return false
	}
	if _, tcp := a.socket.(*net.TCPListener); tcp && a.Own && a.raw != nil {
		socket.IgnoreConnects(a.raw) // so that none comes after the last look
	}
	return !a.waiting()
}

// waiting reports that a connection can be accepted, where the system tells.
func (a *Acceptor) waiting() bool { return a.raw != nil && socket.Waiting(a.raw) }

// Run returns when the listener is closed, with what its Accept returned. No code of the user runs here but the listener's. After Finish
// it returns nil, and the listener is to be closed at once, before clients make other connections.
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
