package intercept

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tagwire/tagwire/rpc/message"
)

// Stats counts calls and connections. Its zero value is ready; add its Interceptor to a server or a client. It is
// safe for concurrent use.
type Stats struct {
	connections                                   connectionSet
	open, opened, broken, refused, failedConnects atomic.Int64
	running                                       atomic.Int64
	methods                                       sync.Map // by name, *methodStats
	rejected                                      codeCounts
}

type methodStats struct {
	calls, failures, exceptions, nanoseconds atomic.Int64
	sent, received                           atomic.Int64
	codes                                    codeCounts
}

// codeCounts counts errors by code.
type codeCounts struct {
	lock   sync.Mutex
	counts map[message.Code]int64
}

func (c *codeCounts) add(code message.Code) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.counts == nil {
		c.counts = map[message.Code]int64{}
	}
	c.counts[code]++
}

func (c *codeCounts) snapshot() map[message.Code]int64 {
	c.lock.Lock()
	defer c.lock.Unlock()
	return maps.Clone(c.counts)
}

// StatsSnapshot is what a Stats has counted.
type StatsSnapshot struct {
	// Running is the number of calls under way.
	Running int64
	// Open is the number of connections, Opened that of all there have been.
	Open, Opened int64
	// Broken, Refused and FailedConnects count the connection events of these names.
	Broken, Refused, FailedConnects int64
	// Connections are those that are open, sorted by the address of the peer, and Traffic is what all that there have been did together.
	Connections []ConnectionStats
	Traffic     ConnectionCounts
	// Methods counts the calls by method.
	Methods map[string]MethodStats
	// Rejected counts, on a server, the messages that no handler was called for, by the code that the caller got.
	Rejected map[message.Code]int64
}

// MethodStats counts the calls of one method.
type MethodStats struct {
	// Calls counts all that have ended, Exceptions those that ended in an exception that the method declares or in a
	// *BizError, which is an answer like another, and Failures those that ended in any other error.
	Calls, Exceptions, Failures int64
	// Total is how long all of them took together.
	Total time.Duration
	// Sent and Received count the messages of streams, also of those that go on.
	Sent, Received int64
	// Codes counts the failures that are an *message.Error, by code; nil if there were none.
	Codes map[message.Code]int64
}

// Interceptor returns what does the counting.
func (s *Stats) Interceptor() Interceptor {
	return Interceptor{
		Call: func(ctx context.Context, call *CallInfo, next func(context.Context) error) error {
			s.running.Add(1)
			start := time.Now()
			counted := false
			count := func(err error) {
				counted = true
				s.running.Add(-1)
				s.method(call.Method).count(time.Since(start), call, err)
			}
			defer func() {
				if !counted {
					count(message.CodeInternal) // the handler has panicked
				}
			}()
			err := next(ctx)
			count(err)
			return err
		},
		Message: func(_ context.Context, call *CallInfo, m StreamMessage) error {
			if n := s.method(call.Method); m.Sent {
				n.sent.Add(1)
			} else {
				n.received.Add(1)
			}
			return nil
		},
		Connection: s.connection,
		Rejected:   func(_ context.Context, _ *CallInfo, err *message.Error) { s.rejected.add(err.Code) },
	}
}

func (s *Stats) connection(e ConnectionEvent) {
	switch e.Kind {
	case ConnectionOpened:
		s.open.Add(1)
		s.opened.Add(1)
		s.connections.add(e.Connection)
	case ConnectionClosed:
		s.open.Add(-1)
		s.connections.remove(e.Connection)
	case ConnectionBroken:
		s.broken.Add(1)
	case ConnectionRefused:
		s.refused.Add(1)
	case ConnectFailed:
		s.failedConnects.Add(1)
	}
}

func (s *Stats) method(name string) *methodStats {
	if m, ok := s.methods.Load(name); ok {
		return m.(*methodStats)
	}
	m, _ := s.methods.LoadOrStore(name, &methodStats{})
	return m.(*methodStats)
}

func (m *methodStats) count(took time.Duration, call *CallInfo, err error) {
	m.calls.Add(1)
	m.nanoseconds.Add(int64(took))
	if err == nil {
		return
	}
	if call.Declares != nil && call.Declares(err) {
		m.exceptions.Add(1)
		return
	}
	m.failures.Add(1)
	var e *message.Error
	if errors.As(err, &e) {
		m.codes.add(e.Code)
	}
}

// Snapshot returns the counts.
func (s *Stats) Snapshot() StatsSnapshot {
	all := StatsSnapshot{
		Running: s.running.Load(), Open: s.open.Load(), Opened: s.opened.Load(), Broken: s.broken.Load(),
		Refused: s.refused.Load(), FailedConnects: s.failedConnects.Load(), Methods: map[string]MethodStats{}, Rejected: s.rejected.snapshot(),
	}
	all.Connections, all.Traffic = s.connections.snapshot()
	s.methods.Range(func(name, value any) bool {
		m := value.(*methodStats)
		all.Methods[name.(string)] = MethodStats{
			Calls: m.calls.Load(), Exceptions: m.exceptions.Load(), Failures: m.failures.Load(),
			Sent: m.sent.Load(), Received: m.received.Load(),
			Total: time.Duration(m.nanoseconds.Load()), Codes: m.codes.snapshot(),
		}
		return true
	})
	return all
}
