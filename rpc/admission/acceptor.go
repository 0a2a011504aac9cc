package admission

import (
	"errors"
	"net"
	"time"
)

// Acceptor accepts the connections of a listener. All fields are set.
type Acceptor struct {
	Listener net.Listener
	// Take gets each connection, and Failed the error of an Accept after which the listener goes on. Neither blocks.
	Take   func(net.Conn)
	Failed func(error)
	// Ended reports that the listener is closed on purpose. Done is closed at some time after that, and ends a pause.
	Ended func() bool
	Done  <-chan struct{}
}

// Pauses after an Accept that failed: the first, which doubles with each failure that follows, and the longest.
const (
	firstPause   = time.Millisecond
	longestPause = time.Second
)

// Run returns when the listener is closed, with what its Accept returned. No code of the user runs here but the listener's.
func (a *Acceptor) Run() error {
	pause := firstPause
	for {
		conn, err := a.Listener.Accept()
		switch {
		case err == nil:
			pause = firstPause
			a.Take(conn)
		case a.Ended() || errors.Is(err, net.ErrClosed):
			return err
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
