package grpcinterop

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tagwire/tagwire/rpc/interop/grpc/framework"
)

// frameworks are the ones under test: ours, and grpc-go with the same services and callers, which shows that these are right.
var frameworks = []struct {
	name string
	framework.Framework
}{
	{"grpc-go", framework.GRPCGo{}}, {"tagwire", framework.Tagwire{}},
}

// security is TLS for one test run, with a certificate that is its own authority.
type security struct {
	server, client    *tls.Config
	certFile, keyFile string
}

var secured = sync.OnceValues(func() (*security, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	s := &security{certFile: filepath.Join(scratch, "cert.pem"), keyFile: filepath.Join(scratch, "key.pem")}
	if err := os.WriteFile(s.certFile, certPEM, 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(s.keyFile, keyPEM, 0o600); err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certPEM)
	s.server = &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"}}
	s.client = &tls.Config{RootCAs: roots, ServerName: "localhost", NextProtos: []string{"h2"}}
	return s, nil
})

// secure returns what TLS needs.
func secure(t *testing.T) *security {
	t.Helper()
	s, err := secured()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// serve serves until the test ends, and returns the address.
func serve(t *testing.T, f framework.Framework, options framework.Options, services ...framework.Service) string {
	t.Helper()
	address, _ := begin(t, f, options, services...)
	return address
}

// begin is serve for a test that ends the server.
func begin(t *testing.T, f framework.Framework, options framework.Options, services ...framework.Service) (string, *framework.Server) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, err := f.Serve(listener, options, services...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return listener.Addr().String(), server
}

// dial sets the functions of a contract until the test ends.
func dial(t *testing.T, f framework.Framework, address string, options framework.Options, contract framework.Contract) {
	t.Helper()
	stop, err := f.Dial(address, options, contract)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
}

// modes runs a test without and with TLS.
func modes(t *testing.T, test func(t *testing.T, tls *security)) {
	t.Run("plain", func(t *testing.T) { test(t, nil) })
	t.Run("TLS", func(t *testing.T) { test(t, secure(t)) })
}

// serverOptions and clientOptions are those of a mode.
func (s *security) serverOptions() framework.Options {
	if s == nil {
		return framework.Options{}
	}
	return framework.Options{TLS: s.server}
}

func (s *security) clientOptions() framework.Options {
	if s == nil {
		return framework.Options{}
	}
	return framework.Options{TLS: s.client}
}
