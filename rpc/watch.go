package rpc

import (
	"sync/atomic"
	"time"
)

// watcher looks after the connections of a server: netpoll goes on reading while a handler works, so somebody must
// see when a peer sends more than it may, and idle connections have no goroutine of their own.
type watcher struct {
	clock  atomic.Int64 // nanoseconds, as of the latest look
	asleep atomic.Bool  // no call is being worked on
	wake   chan struct{}
}

const (
	// watchInterval is how long a peer can send beyond its limit unseen.
	watchInterval = 10 * time.Millisecond
	// idleInterval is how exactly idle connections are timed.
	idleInterval = time.Second
)

// kick wakes the watcher.
func (w *watcher) kick() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// begin counts a call.
func (s *Server) begin() {
	if s.calls.Add(1) == 1 && s.watch.asleep.Load() && s.watch.asleep.CompareAndSwap(true, false) {
		s.watch.kick()
	}
}

// watchConnections runs until the server is closed.
func (s *Server) watchConnections() {
	s.watch.clock.Store(time.Now().UnixNano())
	timer := time.NewTimer(idleInterval)
	defer timer.Stop()
	var all []*serverConn // used again for each look
	for !s.closed.Load() {
		pause := idleInterval
		if idle := s.config.idleTimeout / 4; idle > 0 && idle < pause {
			pause = idle
		}
		s.watch.asleep.Store(true)
		if s.calls.Load() > 0 {
			s.watch.asleep.Store(false)
			pause = min(pause, watchInterval)
		}
		timer.Reset(pause)
		select {
		case <-timer.C:
		case <-s.watch.wake:
		}
		start := time.Now()
		s.watch.clock.Store(start.UnixNano())
		all = s.appendConnections(all[:0])
		s.look(all, start)
		clear(all)
		// Looking at very many connections takes at most a hundredth of the time.
		if rest := 100 * time.Since(start); rest > watchInterval && !s.closed.Load() {
			time.Sleep(min(rest, idleInterval))
		}
	}
}

// look closes the connections that are idle for too long, and those that hold too much.
func (s *Server) look(all []*serverConn, now time.Time) {
	for _, c := range all {
		switch c.state.Load() {
		case stateWorking:
			if pending := c.reader.Len(); pending > s.config.limits.MaxPending {
				c.kill(limitError("%d bytes of further calls while one is worked on", pending))
			}
		case stateIdle:
			if now.UnixNano()-c.since.Load() > int64(s.config.idleTimeout) && s.config.idleTimeout > 0 {
				c.kill(nil)
			}
		}
	}
}
