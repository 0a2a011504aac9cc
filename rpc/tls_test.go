package rpc_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// TestTLS: both sides verify each other, over each transport, with small and large messages, and interceptors and handlers see
// who the peer is.
func TestTLS(t *testing.T) {
	noLeaks(t)
	a := newAuthority(t)
	server := serve(t, whoCalls(), rpc.WithTLS(a.server(t)))
	for _, way := range transports {
		var state atomic.Pointer[tls.ConnectionState]
		client := overTLS(t, server.address, a.client(t, "alice"), rpc.WithWay(way), seen(&state))
		for _, text := range []string{"", strings.Repeat("x", 2<<20), "!"} {
			reply, err := callEcho(client, text)
			require.NoError(t, err)
			require.Equal(t, len("alice"+text), len(reply.Text))
			require.Equal(t, "alice"+text, reply.Text)
			require.Equal(t, "server.test", state.Load().VerifiedChains[0][0].Subject.CommonName)
		}
	}
	require.Equal(t, int64(len(transports)), server.opened.Load(), "connections are used again")
}

// TestTLSOfTheUser: the peer is known also where listener and dialer have TLS of their own, whenever the handshake is done, and it
// is nil without TLS.
func TestTLSOfTheUser(t *testing.T) {
	noLeaks(t)
	a := newAuthority(t)
	config := a.client(t, "bob")
	config.ServerName = "server.test"
	late := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return tls.Client(conn, config), nil
	}
	for name, dial := range map[string]rpc.DialFunc{"early": (&tls.Dialer{Config: config}).DialContext, "late": late} {
		t.Run(name, func(t *testing.T) {
			var state atomic.Pointer[tls.ConnectionState]
			server := serveOn(t, tls.NewListener(listen(t), a.server(t)), whoCalls())
			client := connect(t, server.address, rpc.WithConnectTimeout(0), rpc.WithDialer(dial), seen(&state))
			reply, err := callEcho(client, "")
			require.NoError(t, err)
			require.Equal(t, "bob", reply.Text)
			require.Equal(t, "server.test", state.Load().VerifiedChains[0][0].Subject.CommonName)
		})
	}
	var state atomic.Pointer[tls.ConnectionState]
	server := serve(t, whoCalls())
	reply, err := callEcho(connect(t, server.address, seen(&state)), "")
	require.NoError(t, err)
	require.Equal(t, "plain", reply.Text)
	require.Nil(t, state.Load())
}

// TestTLSRejected: the peer is known where a message is rejected.
func TestTLSRejected(t *testing.T) {
	noLeaks(t)
	a := newAuthority(t)
	names := make(chan string, 1)
	rejected := rpc.Interceptor{Rejected: func(_ context.Context, call *rpc.CallInfo, _ *rpc.Error) {
		names <- call.TLS.PeerCertificates[0].Subject.CommonName
	}}
	server := serve(t, echo(), rpc.WithTLS(a.server(t)), rpc.WithInterceptors(rejected))
	client := overTLS(t, server.address, a.client(t, "carol"))
	_, err := rpc.Call[Request, Reply](context.Background(), client, "Missing", &Request{})
	require.ErrorIs(t, err, rpc.CodeUnknownMethod)
	require.Equal(t, "carol", <-names)
}

// TestServerName: the host of the address, or the name in the config, is what the server chooses a certificate by, over a dialer
// of the user's too.
func TestServerName(t *testing.T) {
	noLeaks(t)
	a := newAuthority(t)
	certificates := map[string]tls.Certificate{}
	for _, name := range []string{"a.test", "b.test"} {
		certificates[name] = a.issue(t, name, time.Hour)
	}
	config := &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		certificate, found := certificates[hello.ServerName]
		if !found {
			return nil, errors.New("no certificate for " + hello.ServerName)
		}
		return &certificate, nil
	}}
	server := serve(t, echo(), rpc.WithTLS(config))
	for _, c := range []struct{ host, name, want string }{{"a.test", "", "a.test"}, {"b.test", "", "b.test"}, {"a.test", "b.test", "b.test"}} {
		var state atomic.Pointer[tls.ConnectionState]
		client := overTLS(t, c.host+":1", &tls.Config{RootCAs: a.pool, ServerName: c.name}, rpc.WithDialer(towards(server.address)), seen(&state))
		_, err := callEcho(client, "x")
		require.NoError(t, err)
		require.Equal(t, c.want, state.Load().PeerCertificates[0].Subject.CommonName)
	}
	_, err := callEcho(overTLS(t, "c.test:1", &tls.Config{RootCAs: a.pool}, rpc.WithDialer(towards(server.address))), "x")
	require.ErrorIs(t, err, rpc.CodeConnect)
	server.says(t, "no certificate for c.test")
}

// TestNameOfEndpoint: where a resolver has turned a name into an address, the server's certificate is verified by the name, and a
// connection for one name serves no other.
func TestNameOfEndpoint(t *testing.T) {
	noLeaks(t)
	a := newAuthority(t)
	certificate := a.issue(t, "store.test", time.Hour)
	server := serve(t, echo(), rpc.WithTLS(&tls.Config{Certificates: []tls.Certificate{certificate}}))
	for name, want := range map[string]error{"store.test": nil, "": nil, "other.test": rpc.CodeConnect} {
		client, err := rpc.NewClient(rpc.WithResolver(resolves{Address: server.address, Name: name}, 0),
			rpc.WithTLS(&tls.Config{RootCAs: a.pool}), rpc.WithConnectTimeout(0), rpc.WithTimeout(patience))
		require.NoError(t, err)
		_, err = callEcho(client, "x")
		require.ErrorIs(t, err, want, name)
		require.NoError(t, client.Close())
	}
}

// resolves is a resolver of one endpoint.
type resolves rpc.Endpoint

func (r resolves) Resolve(context.Context, string) ([]rpc.Endpoint, error) {
	return []rpc.Endpoint{rpc.Endpoint(r)}, nil
}

// TestTLSWithoutHost: an address without a host needs a name in the config, and the error says so: at once, or when a resolver
// has returned it.
func TestTLSWithoutHost(t *testing.T) {
	noLeaks(t)
	a := newAuthority(t)
	listener := listenUnix(t)
	server := serveOn(t, listener, whoCalls(), rpc.WithTLS(a.server(t)))
	config := a.client(t, "dave")
	for _, address := range []string{server.address, ":1"} {
		_, err := rpc.NewClient(rpc.WithAddresses(address), rpc.WithTLS(config))
		require.ErrorIs(t, err, rpc.CodeContract)
		require.ErrorContains(t, err, "set ServerName in the config of rpc.WithTLS")
	}
	client, err := rpc.NewClient(rpc.WithResolver(resolves{Network: "unix", Address: listener.Addr().String()}, 0), rpc.WithTLS(config))
	require.NoError(t, err)
	defer func() { _ = client.Close() }()
	_, err = callEcho(client, "")
	require.ErrorIs(t, err, rpc.CodeConnect)
	require.ErrorContains(t, err, "set ServerName in the config of rpc.WithTLS")

	named, insecure := config.Clone(), config.Clone()
	named.ServerName, insecure.InsecureSkipVerify = "server.test", true
	for _, config := range []*tls.Config{named, insecure} {
		reply, err := callEcho(overTLS(t, server.address, config), "")
		require.NoError(t, err)
		require.Equal(t, "dave", reply.Text)
	}
}

// TestTLSConfigs: what is missing in a config is found at start-up, and the caller may change it afterwards.
func TestTLSConfigs(t *testing.T) {
	noLeaks(t)
	_, err := rpc.NewClient(rpc.WithAddresses("host:1"), rpc.WithTLS(nil))
	require.ErrorIs(t, err, rpc.CodeContract)
	for want, config := range map[string]*tls.Config{"has no config": nil, "has no certificate": {}} {
		server := rpc.NewServer(rpc.WithTLS(config))
		require.NoError(t, server.Register(echo()[0]))
		err := server.ListenAndServe("tcp", "127.0.0.1:0")
		require.ErrorIs(t, err, rpc.CodeContract)
		require.ErrorContains(t, err, want)
		require.NoError(t, server.Close())
	}
	a := newAuthority(t)
	config, own := a.server(t), a.client(t, "erin")
	server := serve(t, whoCalls(), rpc.WithTLS(config))
	client := overTLS(t, server.address, own)
	*config, *own = tls.Config{}, tls.Config{}
	reply, err := callEcho(client, "")
	require.NoError(t, err)
	require.Equal(t, "erin", reply.Text)
}

// TestRenewal: new connections get the certificates that the callbacks return then, and the old ones go on.
func TestRenewal(t *testing.T) {
	noLeaks(t)
	a := newAuthority(t)
	var current, own atomic.Pointer[tls.Certificate]
	renew := func(name string) {
		for _, certificate := range []*atomic.Pointer[tls.Certificate]{&current, &own} {
			issued := a.issue(t, name, time.Hour)
			certificate.Store(&issued)
		}
	}
	renew("first.test")
	server := serve(t, whoCalls(), rpc.WithTLS(&tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return current.Load(), nil },
		ClientAuth:     tls.RequireAndVerifyClientCert, ClientCAs: a.pool,
	}))
	config := &tls.Config{RootCAs: a.pool,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own.Load(), nil }}
	requireBoth := func(client *rpc.Client, state *atomic.Pointer[tls.ConnectionState], want string) {
		t.Helper()
		reply, err := callEcho(client, "")
		require.NoError(t, err)
		require.Equal(t, want, reply.Text)
		require.Equal(t, want, state.Load().PeerCertificates[0].Subject.CommonName)
	}
	var state atomic.Pointer[tls.ConnectionState]
	kept := overTLS(t, server.address, config, seen(&state))
	short := overTLS(t, server.address, config, seen(&state), rpc.WithConnections(rpc.Short))
	requireBoth(kept, &state, "first.test")
	requireBoth(short, &state, "first.test")
	renew("second.test")
	requireBoth(kept, &state, "first.test")
	requireBoth(short, &state, "second.test")
	requireBoth(kept, &state, "first.test")
}
