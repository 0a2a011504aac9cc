package rpc_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// TestSharedClosingIsNotPooled: a connection that the server will close carries no further call, also if it is quiet before the next.
func TestSharedClosingIsNotPooled(t *testing.T) {
	noLeaks(t)
	address, connections := fake(t, func(conn net.Conn) {
		for {
			s := sequencesOf(conn, 1)
			if s == nil {
				return
			}
			_, _ = conn.Write(echoed(t, s[0], s[0], stringBlock("crrst", "1")))
		}
	})
	client := share(t, address, rpc.WithSharedConnections(1))
	for range 5 {
		_, err := callEcho(client, "x")
		require.NoError(t, err)
	}
	require.Equal(t, int64(5), connections.Load())
}

// brokenWrites is a connection whose writes fail from the second on, while the server may go on to send.
type brokenWrites struct {
	net.Conn
	writes atomic.Int64
	failed chan struct{}
}

func (c *brokenWrites) Write(p []byte) (int, error) {
	if c.writes.Add(1) > 1 {
		close(c.failed)
		return 0, io.ErrClosedPipe
	}
	return c.Conn.Write(p)
}

// TestSharedWriteFails: a connection that cannot be written to any more is left at once: what was not sent goes over another one.
func TestSharedWriteFails(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	failed := make(chan struct{})
	client := share(t, server.address, rpc.WithSharedConnections(1), rpc.WithDialer(func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return &brokenWrites{Conn: conn, failed: failed}, err
	}))
	_, err := callEcho(client, "x")
	require.NoError(t, err)
	done := make(chan error)
	go func() {
		_, err := callEcho(client, "lost")
		done <- err
	}()
	<-failed
	_, err = callEcho(client, "x")
	require.NoError(t, err)
	require.Equal(t, rpc.CodeClosed, codeOf(t, <-done))
}

// TestSharedHalfReply: a peer that begins a message which it does not end holds no connection for ever.
func TestSharedHalfReply(t *testing.T) {
	parallel(t)
	noLeaks(t)
	address, connections := fake(t, func(conn net.Conn) {
		s := sequencesOf(conn, 1)
		if s == nil {
			return
		}
		reply := echoed(t, s[0], s[0], nil)
		_, _ = conn.Write(append(reply, reply[:20]...))
		_, _ = io.Copy(io.Discard, conn)
	})
	var open atomic.Int64
	client := share(t, address, rpc.WithSharedConnections(1), rpc.WithInterceptors(counting(&open)))
	_, err := callEcho(client, "x")
	require.NoError(t, err)
	settle(t, func() string {
		if open.Load() > 0 {
			return "the connection is kept"
		}
		return ""
	})
	require.Equal(t, int64(1), connections.Load())
}

// TestSharedGoneAtOnce: calls to what accepts connections and closes them, or says at once that it will, end with an error.
func TestSharedGoneAtOnce(t *testing.T) {
	control := outOfOrder(header(0, stringBlock("crrst", "1"), envelope(typeReply, "none", 0, []byte{0})))
	for name, script := range map[string]func(conn net.Conn){
		"closed": func(net.Conn) {},
		"closing": func(conn net.Conn) {
			_, _ = conn.Write(control)
			_, _ = io.Copy(conn, conn) // a call that is sent all the same is no reply
		},
	} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			address, connections := fake(t, script)
			client := share(t, address, rpc.WithTimeout(time.Second))
			for range 20 {
				_, err := rpc.Call[Request, Reply](context.Background(), client, "Echo", &Request{})
				require.Contains(t, []rpc.Code{rpc.CodeClosed, rpc.CodeInvalidReply}, codeOf(t, err))
			}
			require.LessOrEqual(t, connections.Load(), int64(200))
		})
	}
}

// TestSharedClosedDialer: so do calls over connections that a dialer returns closed.
func TestSharedClosedDialer(t *testing.T) {
	noLeaks(t)
	var dials atomic.Int64
	client := share(t, "127.0.0.1:1", rpc.WithTimeout(time.Second), rpc.WithDialer(func(context.Context, string, string) (net.Conn, error) {
		dials.Add(1)
		ours, theirs := net.Pipe()
		_, _ = ours.Close(), theirs.Close()
		return ours, nil
	}))
	for range 20 {
		_, err := rpc.Call[Request, Reply](context.Background(), client, "Echo", &Request{})
		require.Equal(t, rpc.CodeClosed, codeOf(t, err))
	}
	require.LessOrEqual(t, dials.Load(), int64(200))
}

// TestSharedDoubtfulReplies: a server that closes its connection after an exception.
func TestSharedDoubtfulReplies(t *testing.T) {
	noLeaks(t)
	address, _ := fake(t, func(conn net.Conn) {
		if s := sequencesOf(conn, 1); s != nil {
			_, _ = conn.Write(header(s[0], nil, envelope(typeException, "Echo", s[0], []byte{0})))
		}
	})
	client := share(t, address, rpc.WithSharedConnections(1))
	for range 50 {
		_, err := callEcho(client, "x")
		require.Error(t, err)
	}
}

// TestSharedManyConnections: the number of connections may be anything.
func TestSharedManyConnections(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	limits := rpc.Limits{MaxConnections: math.MaxInt32, MaxInFlight: math.MaxInt32}
	client := share(t, server.address, rpc.WithSharedConnections(math.MaxInt), rpc.WithLimits(limits))
	_, err := callEcho(client, "x")
	require.NoError(t, err)
}

// TestSharedRejectedUnwinds: an interceptor that panics or ends the goroutine when it is told of a message for no method ends the
// connection, not the server's wait for its calls.
func TestSharedRejectedUnwinds(t *testing.T) {
	for name, unwind := range map[string]func(){"panic": func() { panic("on purpose") }, "exit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			server := serve(t, echo(), rpc.WithInterceptors(rpc.Interceptor{
				Rejected: func(context.Context, *rpc.CallInfo, *rpc.Error) { unwind() },
			}))
			conn := dial(t, server.address)
			_, err := conn.Write(append(muxCall(t, 1, "Echo", "x"), muxCall(t, 2, "Unknown", "x")...))
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, conn)
			require.NoError(t, err)
			require.NoError(t, conn.Close())
			settle(t, func() string {
				if server.open.Load() > 0 {
					return "the connection is kept"
				}
				return ""
			})
		})
	}
}

// counting counts the connections that are open.
func counting(open *atomic.Int64) rpc.Interceptor {
	return rpc.Interceptor{Connection: func(e rpc.ConnectionEvent) {
		switch e.Kind {
		case rpc.ConnectionOpened:
			open.Add(1)
		case rpc.ConnectionClosed:
			open.Add(-1)
		}
	}}
}

// unknownState is a connection that does not tell its state.
type unknownState struct{ net.Conn }

func (unknownState) ConnectionState() tls.ConnectionState { panic("on purpose") }

// TestSharedConnPanics: a connection that cannot be used takes no connection's place.
func TestSharedConnPanics(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return unknownState{conn}, err
	}
	client := share(t, server.address, rpc.WithDialer(dial), rpc.WithLimits(rpc.Limits{MaxConnections: 1}), rpc.WithLogger((&quiet{}).logger()))
	for range 3 {
		_, err := callEcho(client, "x")
		require.Equal(t, rpc.CodeConnect, codeOf(t, err))
	}
}

// askingContext is a context whose Err makes a call.
type askingContext struct {
	context.Context
	ask func()
}

func (c askingContext) Err() error { c.ask(); return c.Context.Err() }

// TestSharedContextReenters: users' contexts may use the client.
func TestSharedContextReenters(t *testing.T) {
	noLeaks(t)
	s, services := newMuxService()
	server := serve(t, services)
	client := share(t, server.address, rpc.WithSharedConnections(1))
	inner, cancel := context.WithCancel(context.Background())
	ctx := askingContext{inner, func() {
		if _, err := callEcho(client, "from Err"); err != nil {
			t.Error(err)
		}
	}}
	done := make(chan error)
	go func() {
		_, err := rpc.Call[Request, Reply](ctx, client, "Wait", &Request{})
		done <- err
	}()
	settle(t, func() string {
		if s.waiting.Load() == 0 {
			return "the call is not handled"
		}
		return ""
	})
	cancel()
	require.Equal(t, rpc.CodeCanceled, codeOf(t, <-done))
	close(s.gate)
}

// mute is a protocol that cannot write replies.
type mute struct{ touchyProtocol }

func (mute) Write(rpc.Writer, *rpc.Message, rpc.Body, *rpc.Limits) error {
	return errors.New("on purpose")
}

// TestSharedReplyCannotBeWritten: neither can the exception in its place; the caller is not left to wait.
func TestSharedReplyCannotBeWritten(t *testing.T) {
	noLeaks(t)
	protocol := touchyProtocol{rpc.TTHeader, &mischief{}}
	server := serve(t, echo(), rpc.WithProtocol(mute{protocol}))
	client := share(t, server.address, rpc.WithTransport(protocol))
	for range 3 {
		_, err := callEcho(client, "x")
		require.Equal(t, rpc.CodeClosed, codeOf(t, err))
	}
	server.says(t, "reply cannot be written")
}
