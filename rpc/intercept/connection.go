package intercept

import (
	"cmp"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/tagwire/tagwire/rpc/transport"
)

// ConnectionCounts is what a connection, or several together, have done.
type ConnectionCounts = transport.ConnectionCounts

// Connection is a connection that is reported to interceptors.
type Connection struct {
	side   Side
	conn   *transport.Conn
	opened time.Time
}

// NewConnection returns what stands for a connection that has just been opened.
func NewConnection(side Side, conn *transport.Conn) *Connection {
	return &Connection{side, conn, time.Now()}
}

// Stats returns what is known of the connection now. It may be called at any time, also when the connection has ended. Whoever keeps a Connection
// keeps some memory of the connection, so it is to be forgotten at ConnectionClosed.
func (c *Connection) Stats() ConnectionStats {
	s := ConnectionStats{Side: c.side, Remote: c.conn.RemoteAddr(), Local: c.conn.LocalAddr(), TLS: c.conn.Secured(), Opened: c.opened}
	s.ConnectionCounts, s.HTTP2 = c.conn.Report()
	return s
}

// ConnectionStats is what is known of a connection.
type ConnectionStats struct {
	// Side is the side that reports it.
	Side Side
	// Remote is the peer's address, and Local this side's; nil if it is not known.
	Remote, Local net.Addr
	// TLS reports that the connection has TLS.
	TLS bool
	// Opened is when it was made or accepted.
	Opened time.Time
	// ConnectionCounts is what it has done.
	ConnectionCounts
	// HTTP2 is there for connections of gRPC, on a server when the client has begun to speak.
	HTTP2 *transport.HTTP2Stats
}

// connectionSet is the connections that are open, and what the others did together.
type connectionSet struct {
	lock sync.Mutex
	open map[*Connection]struct{}
	past ConnectionCounts
}

func (s *connectionSet) add(c *Connection) {
	if c == nil {
		return
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.open == nil {
		s.open = map[*Connection]struct{}{}
	}
	s.open[c] = struct{}{}
}

// remove takes a connection off that has ended.
func (s *connectionSet) remove(c *Connection) {
	if c == nil {
		return
	}
	counts, _ := c.conn.Report()
	s.lock.Lock()
	defer s.lock.Unlock()
	if _, open := s.open[c]; !open {
		return
	}
	delete(s.open, c)
	if s.past.Add(&counts); len(s.open) == 0 {
		s.open = nil // a map keeps the memory of what it had
	}
}

// snapshot returns the connections that are open, sorted, and what all did together.
func (s *connectionSet) snapshot() ([]ConnectionStats, ConnectionCounts) {
	s.lock.Lock()
	total := s.past
	open := make([]*Connection, 0, len(s.open))
	for c := range s.open {
		open = append(open, c)
	}
	s.lock.Unlock()
	type entry struct {
		remote, local string
		stats         ConnectionStats
	}
	entries := make([]entry, len(open))
	for i, c := range open {
		s := c.Stats()
		entries[i] = entry{addressOf(s.Remote), addressOf(s.Local), s}
		total.Add(&entries[i].stats.ConnectionCounts)
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.remote, b.remote), cmp.Compare(a.local, b.local), a.stats.Opened.Compare(b.stats.Opened))
	})
	all := make([]ConnectionStats, len(entries))
	for i := range entries {
		all[i] = entries[i].stats
	}
	return all, total
}

// addressOf returns the text of an address, which may be users' code that panics.
func addressOf(a net.Addr) (text string) {
	if a == nil {
		return ""
	}
	defer func() { _ = recover() }()
	return a.String()
}
