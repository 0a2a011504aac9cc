package rpc_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"flag"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

var long = flag.Bool("long", false, "run the long forms of tests")

// connKind is a kind of connection: what it is decides how it is read, watched and closed.
type connKind struct {
	wrap func(net.Listener) net.Listener
	dial rpc.DialFunc // nil for the client's own
}

// connKinds are sockets, connections that hide what they are, and those of crypto/tls.
var connKinds = map[string]connKind{
	"socket": {func(l net.Listener) net.Listener { return l }, nil},
	"opaque": {func(l net.Listener) net.Listener { return opaqueListener{l} }, func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return opaque{conn}, nil
	}},
	"tls": {func(l net.Listener) net.Listener { return tls.NewListener(l, serverTLS()) },
		(&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}).DialContext},
}

// overConnKinds runs a test over each kind of connection.
func overConnKinds(t *testing.T, test func(t *testing.T, l connKind)) {
	t.Helper()
	for name, l := range connKinds {
		t.Run(name, func(t *testing.T) { test(t, l) })
	}
}

// serve runs a server over a connection of the kind.
func (l connKind) serve(t testing.TB, services []*rpc.Service, options ...rpc.ServerOption) *running {
	t.Helper()
	return serveOn(t, l.wrap(listen(t)), services, options...)
}

// connect returns a client over a connection of the kind.
func (l connKind) connect(t testing.TB, address string, options ...rpc.ClientOption) *rpc.Client {
	t.Helper()
	if l.dial != nil {
		// A handshake takes longer than the usual second where the processor is emulated and busy: calls have deadlines of their own.
		options = append([]rpc.ClientOption{rpc.WithConnectTimeout(0), rpc.WithDialer(l.dial)}, options...)
	}
	return connect(t, address, options...)
}

// raw returns a connection over a connection of the kind for a test that speaks bytes.
func (l connKind) raw(t testing.TB, address string) net.Conn {
	t.Helper()
	if l.dial == nil {
		return dial(t, address)
	}
	conn, err := l.dial(context.Background(), "tcp", address)
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

type opaque struct{ net.Conn }

type opaqueListener struct{ net.Listener }

func (l opaqueListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return opaque{conn}, nil
}

// serverTLS has a certificate made for these tests.
var serverTLS = sync.OnceValue(func() *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}}}
})
