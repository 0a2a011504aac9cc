package channel

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/tagwire/tagwire/rpc/endpoint"
)

// links are the connections to one endpoint. A call takes the one that has the fewest. There is one more where all are full, as far as the
// limits allow.
type links struct {
	channel *Channel
	pool    *endpoint.Pool

	lock     sync.Mutex
	all      []*link
	making   *making // nil if none is being made
	earliest time.Time
	waiting  int           // calls that wait for room
	freed    chan struct{} // closed when there may be some; nil if none wait
}

// making is a link that is being made.
type making struct {
	done    chan struct{} // closed when there is a link, or err
	err     error
	waiting int // calls
	cancel  context.CancelFunc
}

// remakeAfter is when a link is made again that no call waits for, after it could not be made.
const remakeAfter = time.Second

// of returns the links to the endpoint of a pool.
func (c *Channel) of(pool *endpoint.Pool) *links {
	if s, made := pool.State.Load().(*links); made {
		return s
	}
	pool.State.CompareAndSwap(nil, &links{channel: c, pool: pool})
	return pool.State.Load().(*links)
}

// take returns the link with the fewest calls, which has one more then, or what to wait for: a link that is being made, or a channel that is closed
// when there may be room.
func (s *links) take() (l *link, m *making, freed <-chan struct{}) {
	s.lock.Lock()
	defer s.lock.Unlock()
	config := &s.channel.config
	var best *link
	more := len(s.all) < config.MaxConnections
	for _, l := range s.all {
		if !l.last && l.calls < min(config.Limits.MaxInFlight, l.Allowed()) && (best == nil || l.calls < best.calls) {
			best = l
		}
		more = more && l.calls > 0 // a server that takes no calls at all will take none over another one
	}
	if best == nil && more {
		m := s.make()
		m.waiting++
		return nil, m, nil
	}
	if best == nil {
		if s.waiting++; s.freed == nil {
			s.freed = make(chan struct{})
		}
		return nil, nil, s.freed
	}
	if more && best.calls > 0 && len(s.all) < config.Shared && s.making == nil && !time.Now().Before(s.earliest) {
		s.make()
	}
	best.calls++
	best.taken++
	return best, nil, nil
}

// leave is called when a call on a link has ended.
func (s *links) leave(l *link) {
	s.lock.Lock()
	defer s.lock.Unlock()
	l.calls--
	s.wake()
}

// room is called when a server takes more calls than before.
func (s *links) room() {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.wake()
}

// wake wakes the calls that wait for room. lock is held.
func (s *links) wake() {
	if s.waiting > 0 {
		close(s.freed)
		s.waiting, s.freed = 0, nil
	}
}

// retire gives a link no more calls.
func (s *links) retire(l *link) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.drop(l)
}

// remove is called when a link has ended.
func (s *links) remove(l *link) {
	s.retire(l)
	l.timer.Stop()
}

// drop takes a link off the list. lock is held.
func (s *links) drop(l *link) {
	l.last = true
	if i := slices.Index(s.all, l); i >= 0 {
		s.all = slices.Delete(s.all, i, i+1)
		s.wake()
	}
}

// make has a link made, if none is being made. lock is held.
func (s *links) make() *making {
	if s.making == nil {
		ctx, cancel := context.WithCancel(context.Background())
		s.making = &making{done: make(chan struct{}), cancel: cancel}
		go s.connect(ctx, s.making)
	}
	return s.making
}

// forsake is called for a call that does not wait any longer for a link that is being made.
func (s *links) forsake(m *making) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if m.waiting--; m.waiting == 0 && s.channel.config.ConnectTimeout <= 0 && s.making == m {
		s.making = nil
		m.cancel() // else it is made all the same, for the next call
	}
}

// errConnectEnded stands for users' code that ended the goroutine in which a link was made.
var errConnectEnded = errors.New("making the connection panicked or ended its goroutine")

// connect makes a link, and reads from it until it ends.
func (s *links) connect(ctx context.Context, m *making) {
	var l *link
	var conn *endpoint.Conn
	var err error = &endpoint.DialError{Endpoint: s.pool.Endpoint(), Err: errConnectEnded}
	defer func() {
		if value := recover(); value != nil {
			s.channel.config.Panicked("the connection", value)
		}
		if l == nil {
			s.made(m, nil, err)
			if conn != nil {
				s.pool.Put(conn, false, false)
			}
		}
	}()
	defer m.cancel()
	got, failed := s.pool.Get(ctx, time.Time{})
	if failed != nil {
		err = failed
		return
	}
	conn = got
	l = newLink(s, conn)
	s.made(m, l, nil)
	l.run()
}

// made puts a link into use, or tells those that wait for it why there is none.
func (s *links) made(m *making, l *link, err error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	m.err = err
	close(m.done)
	forsaken := s.making != m
	if !forsaken {
		s.making = nil
	}
	switch {
	case l == nil:
		s.earliest = time.Now().Add(remakeAfter)
	case forsaken:
		l.last = true // sweep ends it
	default:
		s.all = append(s.all, l)
		s.wake()
	}
}
