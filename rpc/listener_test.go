package rpc_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// guarded is a listener with an Accept of its own, which lets some in.
type guarded struct {
	*net.TCPListener
	letIn    atomic.Bool
	accepted atomic.Int64
}

func (g *guarded) Accept() (net.Conn, error) {
	for {
		conn, err := g.TCPListener.Accept()
		if err != nil {
			return nil, err
		}
		g.accepted.Add(1)
		if g.letIn.Load() {
			return conn, nil
		}
		_ = conn.Close()
	}
}

// TestListenersOfUsers: what a listener's own Accept does counts, whatever it embeds: allow lists, PROXY headers, TLS.
func TestListenersOfUsers(t *testing.T) {
	noLeaks(t)
	g := &guarded{TCPListener: listen(t).(*net.TCPListener)}
	server := serveOn(t, g, echo())
	_, err := callEcho(connect(t, server.address), "x")
	require.Error(t, err)
	require.Positive(t, g.accepted.Load())
	require.Zero(t, server.opened.Load())
	g.letIn.Store(true)
	reply, err := callEcho(connect(t, server.address), "x")
	require.NoError(t, err)
	require.Equal(t, "x", reply.Text)
}

// TestListenerIsClosed: a program that closes the listener that it gave to Serve ends the accepting, and learns of it from
// Serve; connections that are there go on, and the server can serve another listener.
func TestListenerIsClosed(t *testing.T) {
	parallel(t)
	overConnKinds(t, func(t *testing.T, l connKind) {
		noLeaks(t)
		server := rpc.NewServer(rpc.WithLogger((&quiet{}).logger()))
		require.NoError(t, server.Register(echo()[0]))
		listener := l.wrap(listen(t))
		done := make(chan error, 1)
		go func() { done <- server.Serve(listener) }()
		client := l.connect(t, listener.Addr().String())
		_, err := callEcho(client, "x")
		require.NoError(t, err)
		require.NoError(t, listener.Close())
		select {
		case err := <-done:
			require.ErrorIs(t, err, net.ErrClosed)
		case <-time.After(patience):
			t.Fatal("Serve does not return")
		}
		_, err = callEcho(client, "x")
		require.NoError(t, err)

		second := l.wrap(listen(t))
		go func() { done <- server.Serve(second) }()
		_, err = callEcho(l.connect(t, second.Addr().String()), "x")
		require.NoError(t, err)
		require.NoError(t, server.Shutdown(context.Background()))
		require.NoError(t, <-done)

		// A server that has ended closes what it is given, and that is no error.
		third := listen(t)
		require.NoError(t, server.Serve(third))
		_, err = third.Accept()
		require.ErrorIs(t, err, net.ErrClosed)
	})
}

// TestServeAndShutdownAtOnce: however Serve and the end of the server fall together, Serve returns nil, and the listener is closed.
func TestServeAndShutdownAtOnce(t *testing.T) {
	noLeaks(t)
	for i := range 200 {
		server := rpc.NewServer(rpc.WithLogger((&quiet{}).logger()))
		require.NoError(t, server.Register(echo()[0]))
		listener := listen(t)
		done := make(chan error, 1)
		go func() { done <- server.Serve(listener) }()
		if i%2 == 0 {
			time.Sleep(time.Duration(i) * time.Microsecond)
		}
		if i%3 == 0 {
			require.NoError(t, server.Close())
		} else {
			require.NoError(t, server.Shutdown(context.Background()))
		}
		select {
		case err := <-done:
			require.NoError(t, err)
		case <-time.After(patience):
			t.Fatal("Serve does not return")
		}
		_, err := net.Dial("tcp", listener.Addr().String())
		require.Error(t, err)
	}
}

// TestNothingTicks: connections on which nothing happens cost a server no goroutine and no time, and are served as before when
// something does; they are closed when they are too old.
func TestNothingTicks(t *testing.T) {
	overConnKinds(t, func(t *testing.T, l connKind) {
		noLeaks(t)
		server := l.serve(t, echo(), rpc.WithIdleTimeout(500*time.Millisecond))
		settle(t, func() string {
			if !server.Sleeps() {
				return "a server without connections does something"
			}
			return ""
		})
		conn := l.raw(t, server.address)
		for i := range int32(2) {
			send(t, conn, frame(call(t, i, "a")), frame(call(t, i, "b")))
			requireEcho(t, readFrame(t, conn), i, "a")
			requireEcho(t, readFrame(t, conn), i, "b")
			settle(t, func() string {
				if !server.Sleeps() {
					return "a connection on which nothing happens is not parked"
				}
				return ""
			})
		}
		started := time.Now()
		mustClose(t, conn)
		require.Less(t, time.Since(started), patience)
	})
}
