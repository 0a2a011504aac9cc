package dns_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/endpoint/dns"
)

// patience is how long something may take that must happen.
const patience = time.Minute

// Name is what servers of these tests answer.
type Name struct {
	Text string `frugal:"1"`
}

// quiet is a logger for what a test expects.
var quiet = rpc.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))

// noLeaks makes a test fail that leaves goroutines behind. It comes before anything that the test starts.
func noLeaks(t *testing.T) {
	t.Helper()
	warmUp()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for end := time.Now().Add(patience); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				stacks := make([]byte, 1<<20)
				t.Fatalf("goroutines are left:\n%s", stacks[:runtime.Stack(stacks, true)])
			}
		}
	})
}

// warmUp starts what a process has one of.
var warmUp = sync.OnceFunc(func() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	client, err := rpc.NewClient(rpc.WithAddresses(listener.Addr().String()), rpc.WithTimeout(100*time.Millisecond), quiet)
	if err != nil {
		panic(err)
	}
	before := runtime.NumGoroutine()
	_, _ = who(client)
	_ = client.Close()
	_ = listener.Close()
	for end := time.Now().Add(time.Second); runtime.NumGoroutine() > before+1 && time.Now().Before(end); time.Sleep(time.Millisecond) {
	}
})

// serve runs a server that answers with its name, and returns its port.
func serve(t *testing.T, name string, options ...rpc.ServerOption) uint16 {
	t.Helper()
	svc := rpc.NewService("Named")
	rpc.Handle(svc, "Who", func(context.Context, *rpc.Void) (*Name, error) { return &Name{name}, nil })
	server := rpc.NewServer(append(options, quiet)...)
	require.NoError(t, server.Register(svc))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		require.NoError(t, <-done)
	})
	return netip.MustParseAddrPort(listener.Addr().String()).Port()
}

// connect returns a client of a name.
func connect(t *testing.T, name string, p *dns.Peer, options ...rpc.ClientOption) *rpc.Client {
	t.Helper()
	client, err := rpc.NewClient(append(options, quiet, rpc.WithResolver(rpc.DNS(name, p.Address), time.Hour),
		rpc.WithTimeout(patience), rpc.WithConnectTimeout(patience))...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func who(client *rpc.Client) (string, error) {
	reply, err := rpc.Call[rpc.Void, Name](context.Background(), client, "Who", nil)
	if err != nil {
		return "", err
	}
	return reply.Text, nil
}

// count returns how many of n calls each server answers.
func count(t *testing.T, client *rpc.Client, n int) map[string]int {
	t.Helper()
	calls := map[string]int{}
	for range n {
		name, err := who(client)
		require.NoError(t, err)
		calls[name]++
	}
	return calls
}

// TestClient: a client calls the servers of a service in proportion to their weights, and follows the records. When these are gone it
// goes on with the servers that it knows.
func TestClient(t *testing.T) {
	noLeaks(t)
	a, b, c := serve(t, "a"), serve(t, "b"), serve(t, "c")
	local := dns.Address("host.test.", 3600, "127.0.0.1")
	p := dns.NewPeer(t, dns.Zone(local,
		dns.Service("_named._tcp.test.", 0, 10, a, "host.test."), dns.Service("_named._tcp.test.", 0, 30, b, "host.test.")))
	client := connect(t, "_named._tcp.test", p)
	require.Equal(t, map[string]int{"a": 10, "b": 30}, count(t, client, 40))

	p.Set(dns.Zone(local, dns.Service("_named._tcp.test.", 0, 1, c, "host.test.")))
	require.Equal(t, map[string]int{"a": 10, "b": 30}, count(t, client, 40), "the records hold for a minute")

	second := connect(t, "_named._tcp.test", p)
	require.Equal(t, map[string]int{"c": 4}, count(t, second, 4))
}

// TestClientFollows: the records of a name change when their time is over, and any failure keeps those that are known.
func TestClientFollows(t *testing.T) {
	noLeaks(t)
	a, b := serve(t, "a"), serve(t, "b")
	services := func(port uint16) dns.Answering { // records that hold for no time
		record, local := dns.Service("_named._tcp.test.", 0, 1, port, "host.test."), dns.Address("host.test.", 0, "127.0.0.1")
		return dns.Zone(record, local)
	}
	p := dns.NewPeer(t, services(a))
	client := connect(t, "_named._tcp.test", p)
	follows := func(want string) {
		require.Eventually(t, func() bool {
			name, err := who(client)
			require.NoError(t, err)
			return name == want
		}, patience, time.Millisecond)
	}
	follows("a")
	p.Set(services(b))
	follows("b")
	for name, failure := range map[string]dns.Answering{
		"no such name": dns.Zone(), "an empty answer": dns.Failing(dnsmessage.RCodeSuccess), "a failure": dns.Failing(dnsmessage.RCodeServerFailure),
	} {
		asked := p.Asked.Load()
		p.Set(failure)
		require.Eventually(t, func() bool {
			got, err := who(client)
			require.NoError(t, err, name)
			require.Equal(t, "b", got, name)
			return p.Asked.Load() >= asked+2
		}, patience, time.Millisecond)
	}
	p.Set(services(a))
	follows("a")
}

// TestClientFailures: a name that does not exist, and one that cannot be looked up, are errors of the call; a wrong one is found at
// start-up; and of several addresses those are called that answer.
func TestClientFailures(t *testing.T) {
	noLeaks(t)
	a := serve(t, "a")
	down, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, down.Close())
	p := dns.NewPeer(t, dns.Zone(dns.Address("host.test.", 60, "127.0.0.1"), dns.Service("_named._tcp.test.", 0, 1, a, "host.test."),
		dns.Service("_named._tcp.test.", 0, 1, netip.MustParseAddrPort(down.Addr().String()).Port(), "host.test.")))
	require.Equal(t, map[string]int{"a": 20}, count(t, connect(t, "_named._tcp.test", p), 20))

	_, err = who(connect(t, "no.test:80", p))
	require.ErrorIs(t, err, rpc.CodeResolve)
	require.ErrorContains(t, err, "the name no.test: no such name in the DNS (NXDOMAIN)")

	_, err = rpc.NewClient(rpc.WithResolver(rpc.DNS("host.test"), 0))
	require.ErrorIs(t, err, rpc.CodeContract)
	require.ErrorContains(t, err, "rpc.DNS: the name \"host.test\" is not valid")
}

// TestClientOverTLS: a server's certificate is verified by the name that the client was given.
func TestClientOverTLS(t *testing.T) {
	noLeaks(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "store.test"}, DNSNames: []string{"store.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	names := make(chan string, 10)
	port := serve(t, "a", rpc.WithTLS(&tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		names <- hello.ServerName
		return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
	}}))
	p := dns.NewPeer(t, dns.Zone(dns.Alias("store.test.", 60, "host.test."), dns.Alias("other.test.", 60, "host.test."),
		dns.Address("host.test.", 60, "127.0.0.1"), dns.Service("_named._tcp.store.test.", 0, 1, port, "host.test.")))
	suffix := fmt.Sprint(":", port)
	for name, want := range map[string]error{
		"store.test" + suffix: nil, "_named._tcp.store.test": nil, "other.test" + suffix: rpc.CodeConnect,
	} {
		_, err := who(connect(t, name, p, rpc.WithTLS(&tls.Config{RootCAs: roots})))
		require.ErrorIs(t, err, want, name)
		sent := <-names
		require.Equal(t, want == nil, sent == "store.test", name)
	}
}
