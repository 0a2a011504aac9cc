package rpc_test

import (
	"context"
	"crypto/tls"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// shaken are listeners of crypto/tls: one whose connections tell that they have a handshake, and one that hides it in their Read.
var shaken = map[string]func(net.Listener) net.Listener{
	"tls":    func(l net.Listener) net.Listener { return tls.NewListener(l, serverTLS()) },
	"opaque": func(l net.Listener) net.Listener { return opaqueListener{tls.NewListener(l, serverTLS())} },
}

// TestSlowHandshake: a handshake may take longer than a connection is idle before it gives up its goroutine, at any of its steps.
func TestSlowHandshake(t *testing.T) {
	parallel(t)
	for name, wrap := range shaken {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			server := serveOn(t, wrap(listen(t)), echo())
			dialer := func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, network, address)
				if err != nil {
					return nil, err
				}
				time.Sleep(250 * time.Millisecond)
				return tls.Client(slowWriter{conn}, &tls.Config{InsecureSkipVerify: true}), nil
			}
			client := connect(t, server.address, rpc.WithDialer(dialer))
			for range 2 {
				reply, err := callEcho(client, "slowly")
				require.NoError(t, err)
				require.Equal(t, "slowly", reply.Text)
			}
			require.Equal(t, int64(1), server.opened.Load())
		})
	}
}

// slowWriter takes its time before each write.
type slowWriter struct{ net.Conn }

func (w slowWriter) Write(p []byte) (int, error) {
	time.Sleep(250 * time.Millisecond)
	return w.Conn.Write(p)
}

// TestNoHandshake: a peer that never says anything is closed after the time for that, and does not hold up Shutdown.
func TestNoHandshake(t *testing.T) {
	parallel(t)
	for name, wrap := range shaken {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			for _, option := range []rpc.ServerOption{rpc.WithReadTimeout(100 * time.Millisecond), rpc.WithIdleTimeout(100 * time.Millisecond)} {
				server := serveOn(t, wrap(listen(t)), echo(), option, rpc.WithIdleTimeout(200*time.Millisecond))
				mustClose(t, dial(t, server.address))
			}
			if name == "tls" { // the time for a message is that for a handshake, where one is seen
				server := serveOn(t, wrap(listen(t)), echo(), rpc.WithReadTimeout(100*time.Millisecond), rpc.WithIdleTimeout(0))
				mustClose(t, dial(t, server.address))
				server.says(t, "the handshake was not complete")
			}
			server := serveOn(t, wrap(listen(t)), echo(), rpc.WithReadTimeout(0), rpc.WithIdleTimeout(0))
			conn := dial(t, server.address)
			settle(t, func() string {
				if server.opened.Load() == 0 {
					return "there is no connection"
				}
				return ""
			})
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			require.NoError(t, server.Shutdown(ctx))
			mustClose(t, conn)
		})
	}
}

// TestSlowToldOfConnections: the time that code takes which is told of a connection is not the peer's.
func TestSlowToldOfConnections(t *testing.T) {
	for name, wrap := range shaken {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			slow := rpc.Interceptor{Connection: func(e rpc.ConnectionEvent) {
				if e.Kind == rpc.ConnectionOpened {
					time.Sleep(1500 * time.Millisecond)
				}
			}}
			server := serveOn(t, wrap(listen(t)), echo(), rpc.WithReadTimeout(time.Second), rpc.WithInterceptors(slow))
			client := connect(t, server.address, rpc.WithConnectTimeout(0),
				rpc.WithDialer((&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}).DialContext))
			_, err := callEcho(client, "x")
			require.NoError(t, err)
			require.Zero(t, server.broken.Load())
		})
	}
}
