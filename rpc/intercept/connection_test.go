package intercept

import (
	"net"
	"runtime"
	"sync"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc/transport"
)

// address is the address of a peer.
type address string

func (a address) Network() string { return "test" }
func (a address) String() string  { return string(a) }

// broken is an address whose text panics.
type broken struct{}

func (broken) Network() string { panic("network") }
func (broken) String() string  { panic("text") }

// fake is a connection with an address.
type fake struct {
	net.Conn
	remote net.Addr
}

func (f *fake) RemoteAddr() net.Addr { return f.remote }
func (f *fake) LocalAddr() net.Addr  { panic("no address") }

// counting is a protocol that counts streams.
type counting int64

func (n counting) Report(c *transport.ConnectionCounts) *transport.HTTP2Stats {
	c.StreamsStarted = int64(n)
	return &transport.HTTP2Stats{OpenStreams: int(n)}
}

func newFake(remote net.Addr) *Connection {
	return NewConnection(ServerSide, transport.NewConn(&fake{remote: remote}, nil))
}

// TestConnections: those that are open are listed by address, and what the others did stays in the sum.
func TestConnections(t *testing.T) {
	var stats Stats
	tell := stats.Interceptor().Connection
	require.Empty(t, stats.Snapshot().Connections)
	var all []*Connection
	for _, remote := range []net.Addr{address("c"), broken{}, address("a"), nil, address("b"), address("a")} {
		c := newFake(remote)
		c.conn.ReportBy(counting(len(all) + 1))
		all = append(all, c)
		tell(ConnectionEvent{Kind: ConnectionOpened, Connection: c})
	}
	tell(ConnectionEvent{Kind: ConnectionOpened}) // of somebody who knows only the kinds
	snapshot := stats.Snapshot()
	var order []net.Addr
	for _, c := range snapshot.Connections {
		require.Equal(t, int(c.StreamsStarted), c.HTTP2.OpenStreams)
		require.Nil(t, c.Local)
		require.False(t, c.TLS)
		require.Equal(t, ServerSide, c.Side)
		if c.Remote != nil && c.Remote != (broken{}) {
			order = append(order, c.Remote)
		}
	}
	require.Equal(t, []net.Addr{address("a"), address("a"), address("b"), address("c")}, order)
	require.Len(t, snapshot.Connections, 6)
	require.EqualValues(t, 1+2+3+4+5+6, snapshot.Traffic.StreamsStarted)
	tell(ConnectionEvent{Kind: ConnectionClosed, Connection: all[1]})
	tell(ConnectionEvent{Kind: ConnectionClosed, Connection: all[1]}) // which counts once
	tell(ConnectionEvent{Kind: ConnectionClosed})
	snapshot = stats.Snapshot()
	require.Len(t, snapshot.Connections, 5)
	require.EqualValues(t, 1+2+3+4+5+6, snapshot.Traffic.StreamsStarted)
}

// TestConnectionsAreForgotten: nothing is kept of connections that have ended, whatever number of them there was, while others look.
func TestConnectionsAreForgotten(t *testing.T) {
	const connections, workers = 10_000, 4
	var stats Stats
	tell := stats.Interceptor().Connection
	var group sync.WaitGroup
	pointers := make(chan weak.Pointer[Connection], connections)
	for range workers {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range connections / workers {
				c := newFake(address("peer"))
				c.conn.ReportBy(counting(1))
				pointers <- weak.Make(c)
				tell(ConnectionEvent{Kind: ConnectionOpened, Connection: c})
				if i%500 == 0 {
					if n := len(stats.Snapshot().Connections); n < 1 || n > workers {
						t.Errorf("%d connections are open", n)
					}
				}
				tell(ConnectionEvent{Kind: ConnectionClosed, Connection: c})
			}
		}()
	}
	group.Wait()
	close(pointers)
	snapshot := stats.Snapshot()
	require.Empty(t, snapshot.Connections)
	require.EqualValues(t, connections, snapshot.Traffic.StreamsStarted)
	require.EqualValues(t, connections, snapshot.Opened)
	left := 0
	for range 100 { // what a stack of another goroutine refers to by chance goes later
		runtime.GC()
		remaining := make(chan weak.Pointer[Connection], connections)
		left = 0
		for p := range pointers {
			if p.Value() != nil {
				left++
				remaining <- p
			}
		}
		if close(remaining); left == 0 {
			break
		}
		pointers = remaining
		time.Sleep(time.Millisecond)
	}
	require.Zero(t, left, "connections are kept")
	runtime.KeepAlive(&stats)
}
