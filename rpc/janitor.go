package rpc

import (
	"sync/atomic"
	"time"
)

// janitor sweeps the connections of a server at intervals. During calls that take long it has what comes behind them read, so
// that the end of the connection is noticed; it closes connections of peers that are too slow, and has idle connections give
// up their goroutines. It sleeps while there is nothing of that to do.
type janitor struct {
	busy   atomic.Int64 // connections that read, work or write
	awake  atomic.Int64 // connections that have a goroutine
	asleep atomic.Bool  // for longer than busyInterval
	wake   chan struct{}
}

const (
	// busyInterval is how soon the end of a connection is noticed while a call is worked on.
	busyInterval = 10 * time.Millisecond
	// sweepInterval is how long the janitor pauses for each connection that it has looked at, which takes about a hundredth
	// of that.
	sweepInterval = 10 * time.Microsecond
)

// parkAfter is how long a connection is idle before it gives up its goroutine. Tests change it.
var parkAfter = time.Second

func (w *janitor) kick() {
	if w.asleep.Load() && w.asleep.CompareAndSwap(true, false) {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// begin is called when a connection has something to do, end when it has done it.
func (w *janitor) begin() {
	if w.busy.Add(1) == 1 {
		w.kick()
	}
}

func (w *janitor) end() { w.busy.Add(-1) }

// goroutineAdded is called when a connection gets a goroutine, goroutineRemoved when it gives it up.
func (w *janitor) goroutineAdded() {
	if w.awake.Add(1) == 1 {
		w.kick()
	}
}

func (w *janitor) goroutineRemoved() { w.awake.Add(-1) }

// sweep runs until the server has ended.
func (s *Server) sweep() {
	w := &s.janitor
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var all []*serverConn // used again for each sweep
	for pause := time.Duration(0); w.sleep(timer, pause, s.idleInterval(), s.base.Done()); {
		start := time.Now()
		all = s.appendConnections(all[:0])
		for _, c := range all {
			c.sweep(start)
		}
		clear(all)
		pause = min(time.Duration(len(all))*sweepInterval, time.Second)
	}
}

// sleep waits until there is something to look at, at least for pause. It returns false when done is closed.
func (w *janitor) sleep(timer *time.Timer, pause, idle time.Duration, done <-chan struct{}) bool {
	if w.busy.Load() == 0 {
		w.asleep.Store(true)
		if w.busy.Load() == 0 {
			var over <-chan time.Time
			if w.awake.Load() > 0 {
				timer.Reset(idle)
				over = timer.C
			}
			select {
			case <-over:
			case <-w.wake:
			case <-done:
				return false
			}
		}
		w.asleep.Store(false)
	}
	timer.Reset(max(pause, busyInterval))
	select {
	case <-timer.C:
		return true
	case <-done:
		return false
	}
}

// idleInterval is how exactly idle connections are timed.
func (s *Server) idleInterval() time.Duration {
	return max(time.Millisecond, min(parkAfter, s.parkAfter()/4))
}

// parkAfter returns after how long idle connections give up their goroutines.
func (s *Server) parkAfter() time.Duration {
	if idle := s.config.idleTimeout; idle > 0 {
		return min(parkAfter, idle)
	}
	return parkAfter
}
