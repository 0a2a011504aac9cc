package rpc_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// dialFrom returns a connection that comes from an address.
func dialFrom(t *testing.T, local, address string) net.Conn {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(local)}}
	conn, err := dialer.Dial("tcp", address)
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// elsewhere is a connection that says where it comes from, as one behind a proxy does.
type elsewhere struct {
	net.Conn
	from net.Addr
}

func (e elsewhere) RemoteAddr() net.Addr { return e.from }

// elsewhereListener has connections from hosts in turn.
type elsewhereListener struct {
	net.Listener
	lock  sync.Mutex
	hosts []string // the last one stays
}

func (l *elsewhereListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.lock.Lock()
	defer l.lock.Unlock()
	host := l.hosts[0]
	if len(l.hosts) > 1 {
		l.hosts = l.hosts[1:]
	}
	return elsewhere{conn, &net.TCPAddr{IP: net.ParseIP(host), Port: 1}}, nil
}

// served checks that a call on the connection is answered.
func served(t *testing.T, conn net.Conn) {
	t.Helper()
	send(t, conn, frame(call(t, 1, "a")))
	requireEcho(t, readFrame(t, conn), 1, "a")
}

// TestConnectionsPerPeer: an address has as many connections as it may, those beyond are closed at once, before any handshake, and
// reported; other addresses are served all the while, and so is this one when it has closed a connection.
func TestConnectionsPerPeer(t *testing.T) {
	overConnKinds(t, func(t *testing.T, l connKind) {
		noLeaks(t)
		hosts := []string{"192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1", "192.0.2.1"}
		listener := l.wrap(&elsewhereListener{Listener: listen(t), hosts: hosts})
		server := serveOn(t, listener, echo(), rpc.WithLimits(rpc.Limits{MaxConnectionsPerPeer: 2}))
		var first net.Conn
		for i := range len(hosts) - 1 {
			if i == 2 || i == 6 {
				mustClose(t, dial(t, server.address)) // plain also where the server has TLS
				continue
			}
			conn := l.raw(t, server.address)
			served(t, conn)
			if first == nil {
				first = conn
			}
		}
		settle(t, func() string {
			if server.refused.Load() != 2 {
				return "not all refused connections were reported"
			}
			return ""
		})
		server.says(t, "2 connections of 192.0.2.1 are open")
		require.NoError(t, first.Close())
		settle(t, func() string {
			if server.open.Load() != 5 {
				return "the closed connection still counts"
			}
			return ""
		})
		served(t, l.raw(t, server.address))
		mustClose(t, dial(t, server.address))
	})
}

// TestConnectionsPerPeerOfUnixSockets: all connections of unix sockets count together.
func TestConnectionsPerPeerOfUnixSockets(t *testing.T) {
	noLeaks(t)
	listener := listenUnix(t)
	serveOn(t, listener, echo(), rpc.WithLimits(rpc.Limits{MaxConnectionsPerPeer: 2}))
	dialUnix := func() net.Conn {
		conn, err := net.Dial("unix", listener.Addr().String())
		require.NoError(t, err)
		require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	served(t, dialUnix())
	served(t, dialUnix())
	mustClose(t, dialUnix())
}

// TestRefusedByTheThousand: a peer that goes on connecting beyond its limit costs a line of the log a second, and the others
// nothing, whatever the interceptors and the logger do.
func TestRefusedByTheThousand(t *testing.T) {
	noLeaks(t)
	release := make(chan struct{})
	slow := rpc.Interceptor{Connection: func(e rpc.ConnectionEvent) {
		if e.Kind == rpc.ConnectionRefused {
			<-release
		}
	}}
	started := time.Now()
	server := serve(t, echo(), rpc.WithLimits(rpc.Limits{MaxConnectionsPerPeer: 1}), rpc.WithInterceptors(slow))
	t.Cleanup(func() { close(release) })
	served(t, dialFrom(t, "127.0.0.2", server.address))
	client := connect(t, server.address)
	for range 2000 {
		conn := dialFrom(t, "127.0.0.2", server.address)
		mustClose(t, conn)
		_ = conn.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := rpc.Call[Request, Reply](ctx, client, "Echo", &Request{Text: "x"})
	require.NoError(t, err)
	server.says(t, "connection refused")
	require.LessOrEqual(t, strings.Count(server.log.String(), "connection refused"), 1+int(time.Since(started)/time.Second))
}
