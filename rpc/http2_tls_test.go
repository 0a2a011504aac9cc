package rpc_test

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// TestTLSOfGRPC: calls of gRPC share a connection, and each knows the state of its TLS when it ends, also where a dialer leaves the handshake to
// whoever writes first.
func TestTLSOfGRPC(t *testing.T) {
	noLeaks(t)
	a := newAuthority(t)
	server := serve(t, whoCalls(), rpc.WithTLS(a.server(t)))
	lazily := a.client(t, "alice")
	lazily.ServerName, lazily.NextProtos = "server.test", []string{"h2"}
	for name, over := range map[string]rpc.ClientOption{
		"of the client": rpc.WithTLS(a.client(t, "alice")),
		"of a dialer": rpc.WithDialer(func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return tls.Client(conn, lazily), nil
		}),
	} {
		t.Run(name, func(t *testing.T) {
			states := make(chan *tls.ConnectionState, 100)
			client := connect(t, server.address, over, rpc.WithTransport(rpc.GRPC), rpc.WithService("Echo"), rpc.WithTimeout(patience),
				rpc.WithInterceptors(rpc.Interceptor{Call: func(ctx context.Context, call *rpc.CallInfo, next func(context.Context) error) error {
					err := next(ctx)
					states <- call.TLS
					return err
				}}))
			var callers sync.WaitGroup
			for range 10 {
				callers.Add(1)
				go func() {
					defer callers.Done()
					for range 10 {
						reply, err := callEcho(client, "")
						if err != nil || reply.Text != "alice" {
							t.Errorf("%+v, %v", reply, err)
						}
					}
				}()
			}
			callers.Wait()
			close(states)
			for state := range states {
				require.NotNil(t, state)
				require.Equal(t, "server.test", state.VerifiedChains[0][0].Subject.CommonName)
			}
		})
	}
}

// TestHandshakeOfGRPC: a call does not wait longer than it may for a handshake that its first bytes bring about, and that the server never answers.
func TestHandshakeOfGRPC(t *testing.T) {
	noLeaks(t)
	listener := listen(t)
	defer listener.Close()
	client := connect(t, listener.Addr().String(), rpc.WithTransport(rpc.GRPC), rpc.WithService("Echo"),
		rpc.WithDialer(func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return tls.Client(conn, &tls.Config{InsecureSkipVerify: true}), nil
		}))
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_, err := rpc.Call[Request, Reply](ctx, client, "Echo", &Request{})
	require.ErrorIs(t, err, rpc.CodeTimeout)
}
