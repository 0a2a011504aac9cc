package rpc

import "time"

// sweepInterval is how long a server pauses for each connection that it has looked at, which takes about a hundredth of that.
const sweepInterval = 10 * time.Microsecond

// parkAfter is how long a connection is idle before it gives up its goroutine. Tests change it.
var parkAfter = time.Second

// sweep looks at the connections at intervals until the server has ended. During calls that take long it has what comes behind them read, so
// that the end of the connection is noticed; it closes connections of peers that are too slow, and has idle connections give up their
// goroutines. It sleeps while there is nothing of that to do.
func (s *Server) sweep() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var all []*serverConn // used again for each sweep
	for pause := time.Duration(0); s.janitor.Sleep(timer, pause, s.idleInterval(), s.base.Done()); {
		start := time.Now()
		all = s.appendConnections(all[:0])
		for _, c := range all {
			c.sweep(start)
		}
		clear(all)
		pause = min(time.Duration(len(all))*sweepInterval, time.Second)
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
