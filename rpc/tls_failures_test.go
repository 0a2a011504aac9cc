package rpc_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// TestServerCertificates: a client does not call a server whose certificate is wrong, and both sides say why.
func TestServerCertificates(t *testing.T) {
	noLeaks(t)
	a, stranger := newAuthority(t), newAuthority(t)
	for name, c := range map[string]struct {
		certificate tls.Certificate
		host        string
		cause       any
	}{
		"authority": {stranger.issue(t, "server.test", time.Hour), "server.test", new(x509.UnknownAuthorityError)},
		"expired":   {a.issue(t, "server.test", -time.Hour), "server.test", new(x509.CertificateInvalidError)},
		"name":      {a.issue(t, "server.test", time.Hour), "another.test", new(x509.HostnameError)},
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, echo(), rpc.WithTLS(&tls.Config{Certificates: []tls.Certificate{c.certificate}}))
			client := overTLS(t, c.host+":1", &tls.Config{RootCAs: a.pool}, rpc.WithDialer(towards(server.address)))
			_, err := callEcho(client, "x")
			require.ErrorIs(t, err, rpc.CodeConnect)
			require.ErrorContains(t, err, "the server's certificate is not accepted")
			require.ErrorAs(t, err, c.cause)
			server.says(t, "the handshake failed: remote error: tls:")
		})
	}
}

// TestClientCertificates: a server does not serve a client whose certificate is wrong, and both sides say why. A client of TLS 1.3
// has a connection before the server has seen its certificate.
func TestClientCertificates(t *testing.T) {
	noLeaks(t)
	a, stranger := newAuthority(t), newAuthority(t)
	server := serve(t, whoCalls(), rpc.WithTLS(a.server(t)))
	for name, c := range map[string]struct {
		certificates []tls.Certificate
		said, logged string
	}{
		"none":      {nil, "remote error: tls: ", "client didn't provide a certificate"},
		"authority": {[]tls.Certificate{stranger.issue(t, "mallory", time.Hour)}, "remote error: tls: ", "signed by unknown authority"},
		"expired":   {[]tls.Certificate{a.issue(t, "oldie", -time.Hour)}, "remote error: tls: expired certificate", "has expired"},
	} {
		for version, code := range map[uint16]rpc.Code{tls.VersionTLS12: rpc.CodeConnect, tls.VersionTLS13: rpc.CodeClosed} {
			t.Run(name+" "+tls.VersionName(version), func(t *testing.T) {
				config := &tls.Config{RootCAs: a.pool, MaxVersion: version, Certificates: c.certificates}
				config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
					if len(c.certificates) == 0 {
						return new(tls.Certificate), nil
					}
					return &c.certificates[0], nil // whether the server has asked for it or not
				}
				_, err := callEcho(overTLS(t, server.address, config), "x")
				require.ErrorIs(t, err, code)
				require.ErrorContains(t, err, c.said)
				server.says(t, c.logged)
			})
		}
	}
	reply, err := callEcho(overTLS(t, server.address, a.client(t, "frank")), "")
	require.NoError(t, err)
	require.Equal(t, "frank", reply.Text)
}

// TestOneSideTLS: where one side speaks TLS alone, both say so.
func TestOneSideTLS(t *testing.T) {
	noLeaks(t)
	a := newAuthority(t)
	for _, way := range transports {
		server := serve(t, echo(), rpc.WithTLS(a.server(t)))
		_, err := callEcho(connect(t, server.address, rpc.WithWay(way)), "a text longer than what TLS looks at first")
		require.ErrorIs(t, err, rpc.CodeInvalidReply)
		require.ErrorContains(t, err, "the server speaks TLS; see rpc.WithTLS")
		server.says(t, "the handshake failed: the peer does not speak TLS")
		settle(t, func() string {
			if broken := server.broken.Load(); broken != 1 {
				return fmt.Sprintf("%d connections are reported as broken", broken)
			}
			return ""
		})
	}
	server := serve(t, echo())
	_, err := callEcho(overTLS(t, server.address, a.client(t, "x")), "x")
	require.ErrorIs(t, err, rpc.CodeConnect)
	require.ErrorContains(t, err, "the server ended the TLS handshake, as one does that does not speak TLS")
	server.says(t, "the peer speaks TLS, which this server does not; give the server rpc.WithTLS")

	talker := listen(t)
	defer func() { _ = talker.Close() }()
	go func() {
		conn, err := talker.Accept()
		if err != nil {
			return
		}
		_, _ = conn.Write([]byte("220 mail.test\r\n"))
		_, _ = conn.Read(make([]byte, 1000))
		_ = conn.Close()
	}()
	_, err = callEcho(overTLS(t, talker.Addr().String(), a.client(t, "x")), "x")
	require.ErrorIs(t, err, rpc.CodeConnect)
	require.ErrorContains(t, err, "the server does not speak TLS; leave out rpc.WithTLS")
}

// TestHandshakeNeverComes: a peer that is silent in the handshake has as long as it is given to read or to connect.
func TestHandshakeNeverComes(t *testing.T) {
	noLeaks(t)
	a := newAuthority(t)
	server := serve(t, whoCalls(), rpc.WithTLS(a.server(t)), rpc.WithReadTimeout(100*time.Millisecond))
	mustClose(t, dial(t, server.address))
	server.says(t, "the handshake was not complete")

	client := overTLS(t, silent(t), a.client(t, "x"), rpc.WithConnectTimeout(500*time.Millisecond))
	_, err := callEcho(client, "x")
	require.ErrorIs(t, err, rpc.CodeConnect)
	require.ErrorContains(t, err, "the TLS handshake was not complete in time")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err = rpc.Call[Request, Reply](ctx, overTLS(t, silent(t), a.client(t, "x")), "Echo", &Request{})
	require.ErrorIs(t, err, rpc.CodeTimeout)
}

// TestServerCallbacks: a callback that misbehaves ends its own connection, and no other.
func TestServerCallbacks(t *testing.T) {
	noLeaks(t)
	a := newAuthority(t)
	certificate := a.issue(t, "server.test", time.Hour)
	for name, do := range map[string]func(context.Context){
		"panic": func(context.Context) { panic("mischief") },
		"exit":  func(context.Context) { runtime.Goexit() },
		"block": func(ctx context.Context) { <-ctx.Done() },
	} {
		t.Run(name, func(t *testing.T) {
			config := &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
				if hello.ServerName == "bad.test" {
					do(hello.Context())
					return nil, hello.Context().Err()
				}
				return &tls.Config{Certificates: []tls.Certificate{certificate}}, nil
			}}
			server := serve(t, echo(), rpc.WithTLS(config), rpc.WithReadTimeout(time.Second))
			_, err := callEcho(overTLS(t, "bad.test:1", &tls.Config{RootCAs: a.pool}, rpc.WithDialer(towards(server.address))), "x")
			require.ErrorIs(t, err, rpc.CodeConnect)
			_, err = callEcho(overTLS(t, server.address, &tls.Config{RootCAs: a.pool}), "x")
			require.NoError(t, err)
			if name == "block" {
				server.says(t, "the handshake was not complete")
			} else {
				server.says(t, "rpc: a handshake did not return")
				server.says(t, "code that runs in the handshake panicked or ended its goroutine")
			}
			settle(t, func() string {
				if server.broken.Load() != 1 || server.open.Load() != 1 {
					return "not just one connection is broken, and one open"
				}
				return ""
			})
		})
	}
}

// TestClientCallbacks: the same on a client, where a call that waits for the connection gets an error.
func TestClientCallbacks(t *testing.T) {
	noLeaks(t)
	a := newAuthority(t)
	server := serve(t, whoCalls(), rpc.WithTLS(a.server(t)))
	certificate := a.issue(t, "grace", time.Hour)
	for name, do := range map[string]func(context.Context){
		"panic": func(context.Context) { panic("mischief") },
		"exit":  func(context.Context) { runtime.Goexit() },
		"block": func(ctx context.Context) { <-ctx.Done() },
	} {
		t.Run(name, func(t *testing.T) {
			bad := true // no two handshakes at once
			config := &tls.Config{RootCAs: a.pool, GetClientCertificate: func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
				if bad {
					bad = false
					do(request.Context())
					return nil, request.Context().Err()
				}
				return &certificate, nil
			}}
			log := &quiet{}
			client := overTLS(t, server.address, config, rpc.WithLogger(log.logger()), rpc.WithConnectTimeout(500*time.Millisecond))
			_, err := callEcho(client, "")
			require.ErrorIs(t, err, rpc.CodeConnect)
			again := overTLS(t, server.address, config, rpc.WithLogger(log.logger()))
			reply, err := callEcho(again, "")
			require.NoError(t, err)
			require.Equal(t, "grace", reply.Text)
		})
	}
}

// TestShutdownOverTLS: calls that are under way are answered, and a handshake that is not complete does not hold up Shutdown, even
// if a callback waits.
func TestShutdownOverTLS(t *testing.T) {
	parallel(t)
	noLeaks(t)
	a := newAuthority(t)
	certificate := a.issue(t, "server.test", time.Hour)
	waits := make(chan struct{}, 1)
	config := &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if hello.ServerName == "wait.test" {
			waits <- struct{}{}
			<-hello.Context().Done()
			return nil, hello.Context().Err()
		}
		return &certificate, nil
	}}
	begun, proceed := make(chan struct{}), make(chan struct{})
	svc := rpc.NewService("Echo")
	rpc.Handle(svc, "Echo", func(_ context.Context, req *Request) (*Reply, error) {
		close(begun)
		<-proceed
		return &Reply{Text: req.Text}, nil
	})
	server := serve(t, []*rpc.Service{svc}, rpc.WithTLS(config), rpc.WithReadTimeout(0), rpc.WithIdleTimeout(0))
	call := func(host string) chan error {
		client := overTLS(t, host+":1", &tls.Config{RootCAs: a.pool}, rpc.WithDialer(towards(server.address)))
		done := make(chan error, 1)
		go func() {
			_, err := callEcho(client, "x")
			done <- err
		}()
		return done
	}
	waiting := call("wait.test")
	<-waits
	silent := dial(t, server.address)
	working := call("server.test")
	<-begun
	ended := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		ended <- server.Shutdown(ctx)
	}()
	require.ErrorIs(t, <-waiting, rpc.CodeConnect)
	mustClose(t, silent)
	close(proceed)
	require.NoError(t, <-working)
	require.NoError(t, <-ended)
}

// TestTLSOverTLS: a dialer whose connections are TLS connections, such as those to a proxy, carries TLS of the client's own, and so
// does a listener.
func TestTLSOverTLS(t *testing.T) {
	noLeaks(t)
	a := newAuthority(t)
	server := serveOn(t, tls.NewListener(listen(t), serverTLS()), whoCalls(), rpc.WithTLS(a.server(t)))
	outer := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}
	client := overTLS(t, "server.test:1", a.client(t, "heidi"), rpc.WithDialer(func(ctx context.Context, _, _ string) (net.Conn, error) {
		return outer.DialContext(ctx, "tcp", server.address)
	}))
	for range 3 {
		reply, err := callEcho(client, "")
		require.NoError(t, err)
		require.Equal(t, "heidi", reply.Text)
	}
}
