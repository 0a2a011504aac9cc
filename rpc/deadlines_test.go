package rpc_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// waits are the states in which a call can wait. Each returns a client whose calls of Echo wait in it.
var waits = map[string]func(t *testing.T, l connKind, options ...rpc.ClientOption) *rpc.Client{
	"resolving": func(t *testing.T, _ connKind, options ...rpc.ClientOption) *rpc.Client {
		release := make(chan struct{})
		t.Cleanup(func() { close(release) })
		client, err := rpc.NewClient(append(options, rpc.WithResolver(resolverFunc(func() []rpc.Endpoint {
			<-release
			return nil
		}), time.Hour))...)
		require.NoError(t, err)
		t.Cleanup(func() { _ = client.Close() })
		return client
	},
	"dialling": func(t *testing.T, _ connKind, options ...rpc.ClientOption) *rpc.Client {
		return connect(t, "127.0.0.1:1", append(options, rpc.WithDialer(func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}), rpc.WithConnectTimeout(patience))...)
	},
	"dialling, not heeded": func(t *testing.T, _ connKind, options ...rpc.ClientOption) *rpc.Client {
		release := make(chan struct{})
		t.Cleanup(func() { close(release) })
		return connect(t, "127.0.0.1:1", append(options, rpc.WithDialer(func(context.Context, string, string) (net.Conn, error) {
			<-release
			return nil, net.ErrClosed
		}))...)
	},
	"queueing": func(t *testing.T, l connKind, options ...rpc.ClientOption) *rpc.Client {
		release := make(chan struct{})
		svc := rpc.NewService("Slow")
		rpc.Handle(svc, "Hold", func(context.Context, *rpc.Void) (*rpc.Void, error) { <-release; return nil, nil })
		server := l.serve(t, append(echo(), svc))
		t.Cleanup(func() { close(release) })
		client := l.connect(t, server.address, append(options, rpc.WithLimits(rpc.Limits{MaxConnections: 1}))...)
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			_, _ = rpc.Call[rpc.Void, rpc.Void](ctx, client, "Hold", nil)
		}()
		settle(t, func() string {
			if server.open.Load() == 0 {
				return "the slot is free"
			}
			return ""
		})
		return client
	},
	"reading": func(t *testing.T, l connKind, options ...rpc.ClientOption) *rpc.Client {
		release := make(chan struct{})
		svc := rpc.NewService("Echo")
		rpc.Handle(svc, "Echo", func(context.Context, *Request) (*Reply, error) { <-release; return &Reply{}, nil })
		server := l.serve(t, []*rpc.Service{svc})
		t.Cleanup(func() { close(release) })
		return l.connect(t, server.address, options...)
	},
}

// TestWaitsEnd: whatever a call waits for, it ends by the client's timeout, by its context, and by Close, with the code that says
// so, over each kind of connection; and nothing is left behind.
func TestWaitsEnd(t *testing.T) {
	parallel(t)
	for state, waiting := range waits {
		t.Run(state, func(t *testing.T) {
			overConnKinds(t, func(t *testing.T, l connKind) {
				noLeaks(t)
				client := waiting(t, l, rpc.WithTimeout(30*time.Millisecond))
				call := func(ctx context.Context) error {
					_, err := rpc.Call[Request, Reply](ctx, client, "Echo", &Request{Text: "x"})
					return err
				}
				for range 3 {
					err := call(context.Background())
					require.Equal(t, rpc.CodeTimeout, codeOf(t, err), "%v", err)
					require.ErrorIs(t, err, context.DeadlineExceeded)
					ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
					err = call(ctx)
					cancel()
					require.Equal(t, rpc.CodeTimeout, codeOf(t, err))
				}
				client = waiting(t, l, rpc.WithTimeout(0))
				for range 3 {
					ctx, cancel := context.WithCancel(context.Background())
					time.AfterFunc(10*time.Millisecond, cancel)
					err := call(ctx)
					require.Equal(t, rpc.CodeCanceled, codeOf(t, err))
					require.ErrorIs(t, err, context.Canceled)
				}
				time.AfterFunc(10*time.Millisecond, func() { _ = client.Close() })
				require.Equal(t, rpc.CodeShutdown, codeOf(t, call(context.Background())))
				require.Equal(t, rpc.CodeShutdown, codeOf(t, call(context.Background())))
			})
		})
	}
}

// TestWritesEnd is the same for a call whose request the server does not read.
func TestWritesEnd(t *testing.T) {
	parallel(t)
	overConnKinds(t, func(t *testing.T, l connKind) {
		noLeaks(t)
		listener := l.wrap(listen(t))
		var conns []net.Conn
		accepted := make(chan struct{})
		go func() {
			defer close(accepted)
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				conns = append(conns, conn)
				go func() { _, _ = conn.Read(make([]byte, 1)) }() // for the handshake
			}
		}()
		t.Cleanup(func() {
			_ = listener.Close()
			<-accepted
			for _, conn := range conns {
				_ = conn.Close()
			}
		})
		text, end := strings.Repeat("x", 15<<20), time.Now().Add(patience)
		client := l.connect(t, listener.Addr().String(), rpc.WithTimeout(50*time.Millisecond))
		for retryable := true; retryable; { // while the time was used up before there was a connection
			_, err := rpc.Call[Request, Reply](context.Background(), client, "Echo", &Request{Text: text})
			require.Equal(t, rpc.CodeTimeout, codeOf(t, err), "%v", err)
			var wrong *rpc.Error
			require.ErrorAs(t, err, &wrong)
			retryable = wrong.Retryable && time.Now().Before(end)
		}
		require.True(t, time.Now().Before(end), "no call gets as far as its write")
		client = l.connect(t, listener.Addr().String(), rpc.WithTimeout(0))
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(50*time.Millisecond, cancel)
		_, err := rpc.Call[Request, Reply](ctx, client, "Echo", &Request{Text: text})
		require.Equal(t, rpc.CodeCanceled, codeOf(t, err))
		time.AfterFunc(50*time.Millisecond, func() { _ = client.Close() })
		_, err = rpc.Call[Request, Reply](context.Background(), client, "Echo", &Request{Text: text})
		require.Equal(t, rpc.CodeShutdown, codeOf(t, err))
	})
}

// TestConnectTimeout: a connection that is not made in time is an error that can be tried again, and the next endpoint is.
func TestConnectTimeout(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	dialer := func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == server.address {
			return new(net.Dialer).DialContext(ctx, network, address)
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	client := connect(t, "127.0.0.1:1", rpc.WithDialer(dialer), rpc.WithConnectTimeout(20*time.Millisecond))
	_, err := callEcho(client, "x")
	require.Equal(t, rpc.CodeConnect, codeOf(t, err))
	var e *rpc.Error
	require.ErrorAs(t, err, &e)
	require.True(t, e.Retryable)
	require.Equal(t, "127.0.0.1:1", e.Remote.String())
	client = connect(t, "127.0.0.1:1", rpc.WithAddresses(server.address), rpc.WithDialer(dialer), rpc.WithConnectTimeout(20*time.Millisecond))
	for range 4 {
		_, err := callEcho(client, "x")
		require.NoError(t, err)
	}
}

// TestManyEndpoints: a rotation over thousands of weighted endpoints costs a call no time to speak of.
func TestManyEndpoints(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	endpoints := make([]rpc.Endpoint, 5000)
	for i := range endpoints {
		endpoints[i] = rpc.Endpoint{Network: "tcp", Address: server.address, Weight: 1 + i%100}
		if i%2 == 1 {
			endpoints[i].Network = "tcp4"
		}
	}
	client, err := rpc.NewClient(rpc.WithResolver(resolverFunc(func() []rpc.Endpoint { return endpoints }), time.Millisecond),
		rpc.WithConnectTimeout(patience))
	require.NoError(t, err)
	defer func() { _ = client.Close() }()
	for range 100 {
		_, err := callEcho(client, "x")
		require.NoError(t, err)
		time.Sleep(time.Millisecond)
	}
	require.Equal(t, int64(2), server.opened.Load(), "one connection for each that differs")
}
