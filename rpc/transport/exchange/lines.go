package exchange

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/tagwire/tagwire/rpc/endpoint"
)

// lines are the connections to one endpoint that calls share. A call takes the one that has the fewest. Large messages go over a
// connection of their own, so that they hold up no small ones.
type lines struct {
	exchanger *Exchanger
	pool      *endpoint.Pool
	room      room

	lock  sync.Mutex // guards the lines, too
	slots []slot     // the last one is for large messages, where there are others
}

// slot is the place of a line.
type slot struct {
	line     *line   // nil if there is none
	making   *making // nil if none is being made
	earliest time.Time
}

// making is a line that is being made.
type making struct {
	place   *slot
	done    chan struct{} // closed when there is a line, or err
	err     error
	waiting int // calls
	cancel  context.CancelFunc
}

const (
	// largeMessage is the length of a message, in bytes, that is not sent among small ones.
	largeMessage = 64 << 10
	// remakeAfter is when a line is made again that no call waits for, after it could not be made.
	remakeAfter = time.Second
	// mostShared bounds Config.Shared, since each call looks at all of them.
	mostShared = 1 << 10
)

// linesOf returns the lines to the endpoint of a pool.
func (e *Exchanger) linesOf(pool *endpoint.Pool) *lines {
	if s, made := pool.State.Load().(*lines); made {
		return s
	}
	n := max(1, min(e.config.Shared, e.config.Endpoints.MaxConnections, mostShared))
	most := n * min(e.config.Limits.MaxInFlight, 1<<16)
	if n < e.config.Endpoints.MaxConnections {
		n++
	}
	pool.State.CompareAndSwap(nil, &lines{exchanger: e, pool: pool, room: room{most: int64(most)}, slots: make([]slot, n)})
	return pool.State.Load().(*lines)
}

// timerFor returns a channel that has an item when deadline has passed, never if that is zero.
func timerFor(deadline time.Time) (expired <-chan time.Time, stop func() bool) {
	if deadline.IsZero() {
		return nil, func() bool { return true }
	}
	timer := time.NewTimer(time.Until(deadline))
	return timer.C, timer.Stop
}

// board has the request of a flight sent over the line that has the fewest. Where there is none, it returns what to await: a line that is
// being made. Where both are nil, the flight needs another id, because its own is in use.
func (s *lines) board(f *flight, large bool) (*line, *making) {
	s.lock.Lock()
	l, m := s.choose(large)
	if l != nil && !l.take(f) {
		l = nil
	}
	s.lock.Unlock()
	if l != nil {
		l.queue.Put(f)
	}
	return l, m
}

// choose returns the line with the fewest flights, or one that is being made. lock is held.
func (s *lines) choose(large bool) (*line, *making) {
	slots := s.slots
	if last := len(slots) - 1; large {
		slots = slots[last:]
	} else if last > 0 {
		slots = slots[:last]
	}
	var best *line
	var free *slot
	for i := range slots {
		switch l := slots[i].line; {
		case l == nil && free == nil:
			free = &slots[i]
		case l != nil && (best == nil || len(l.flights) < len(best.flights)):
			best = l
		}
	}
	if best == nil {
		m := s.make(free)
		m.waiting++
		return nil, m
	}
	if free != nil && len(best.flights) > 0 && free.making == nil && !time.Now().Before(free.earliest) {
		s.make(free)
	}
	return best, nil
}

// make has a line made, if it is not being made. lock is held.
func (s *lines) make(place *slot) *making {
	if place.making == nil {
		ctx, cancel := context.WithCancel(context.Background())
		place.making = &making{place: place, done: make(chan struct{}), cancel: cancel}
		go s.connect(ctx, place.making)
	}
	return place.making
}

// await waits for a line that is being made, while canceled is open, which is that of ctx.
func (s *lines) await(ctx context.Context, canceled <-chan struct{}, deadline time.Time, m *making) error {
	expired, stop := timerFor(deadline)
	defer stop()
	select {
	case <-m.done:
		return m.err
	case <-canceled:
		s.forsake(m)
		return endOf(ctx)
	case <-expired:
		s.forsake(m)
		return endpoint.ErrTimeout
	}
}

// endOf says why ctx, which may be users' code, and not return, has ended.
func endOf(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return context.Canceled
}

// forsake is called for a call that does not wait any longer for a line that is being made.
func (s *lines) forsake(m *making) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if m.waiting--; m.waiting == 0 && s.exchanger.config.Endpoints.ConnectTimeout <= 0 && m.place.making == m {
		m.place.making = nil
		m.cancel() // else it is made all the same, for the next call
	}
}

// errConnectEnded stands for users' code that ended the goroutine in which a line was made.
var errConnectEnded = errors.New("making the connection panicked or ended its goroutine")

// connect makes a line, and reads from it until it ends.
func (s *lines) connect(ctx context.Context, m *making) {
	var l *line
	var conn *endpoint.Conn
	var err error = &endpoint.DialError{Endpoint: s.pool.Endpoint(), Err: errConnectEnded}
	defer func() {
		if value := recover(); value != nil {
			s.exchanger.config.Endpoints.Panicked("the connection", value)
		}
		if l == nil {
			s.made(m, nil, err)
		}
		if l == nil && conn != nil {
			s.pool.Put(conn, false, false)
		}
	}()
	defer m.cancel()
	var failed error
	if conn, failed = s.pool.Get(ctx, time.Time{}); failed != nil {
		err = failed
		return
	}
	l = newLine(s, m.place, conn)
	s.made(m, l, nil)
	l.run()
}

// made puts a line into use, or tells those that wait for it why there is none. One that has been cancelled leaves at once.
func (s *lines) made(m *making, l *line, err error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	m.err = err
	close(m.done)
	switch {
	case m.place.making != m:
		if l != nil {
			l.leave()
		}
		return
	case l == nil:
		m.place.earliest = time.Now().Add(remakeAfter)
	}
	m.place.making, m.place.line = nil, l
}
