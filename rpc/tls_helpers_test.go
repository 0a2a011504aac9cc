package rpc_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// authority issues certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pool        *x509.CertPool
}

// serial numbers certificates.
var serial atomic.Int64

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{pool: x509.NewCertPool()}
	template := certificateFor("authority", time.Hour)
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	a.certificate, a.key = template, newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	require.NoError(t, err)
	a.certificate, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	a.pool.AddCert(a.certificate)
	return a
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

func certificateFor(name string, valid time.Duration) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial.Add(1)), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(valid),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
}

// issue returns a certificate for a name, and for the loopback address unless there is another name in its place.
func (a *authority) issue(t testing.TB, name string, valid time.Duration) tls.Certificate {
	t.Helper()
	template := certificateFor(name, valid)
	template.DNSNames, template.IPAddresses = []string{name}, []net.IP{net.IPv4(127, 0, 0, 1)}
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// server and client return configs that name and verify each other.
func (a *authority) server(t testing.TB) *tls.Config {
	t.Helper()
	return &tls.Config{
		Certificates: []tls.Certificate{a.issue(t, "server.test", time.Hour)},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: a.pool,
	}
}

func (a *authority) client(t testing.TB, name string) *tls.Config {
	t.Helper()
	return &tls.Config{RootCAs: a.pool, Certificates: []tls.Certificate{a.issue(t, name, time.Hour)}}
}

// overTLS returns a client of a config, whose connections are made within the deadlines of its calls.
func overTLS(t testing.TB, address string, config *tls.Config, options ...rpc.ClientOption) *rpc.Client {
	t.Helper()
	options = append([]rpc.ClientOption{rpc.WithConnectTimeout(0), rpc.WithTimeout(patience), rpc.WithTLS(config)}, options...)
	return connect(t, address, options...)
}

// whoCalls is an echo that answers with the verified name of its caller.
func whoCalls() []*rpc.Service {
	svc := rpc.NewService("Echo")
	rpc.Handle(svc, "Echo", func(ctx context.Context, req *Request) (*Reply, error) {
		state := rpc.CallOf(ctx).TLS
		if state == nil {
			return &Reply{Text: "plain"}, nil
		}
		if len(state.VerifiedChains) == 0 {
			return &Reply{Text: "unknown"}, nil
		}
		return &Reply{Text: state.VerifiedChains[0][0].Subject.CommonName + req.Text}, nil
	})
	return []*rpc.Service{svc}
}

// seen is a client's interceptor that notes the TLS state of the last call.
func seen(state *atomic.Pointer[tls.ConnectionState]) rpc.ClientOption {
	return rpc.WithInterceptors(rpc.Interceptor{
		Call: func(ctx context.Context, call *rpc.CallInfo, next func(context.Context) error) error {
			err := next(ctx)
			state.Store(call.TLS)
			return err
		},
	})
}

// towards returns a dialer that goes to an address whatever it is asked for.
func towards(address string) rpc.DialFunc {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", address)
	}
}
