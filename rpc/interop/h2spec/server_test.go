package h2spec

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/tagwire/tagwire/rpc"
)

type note struct {
	Text string `protobuf:"1"`
}

type echo struct {
	Echo func(context.Context, *note) (*note, error)
}

// startServer starts the server of package rpc, with a service that no case calls.
func startServer(t *testing.T, options ...rpc.ServerOption) (address string) {
	t.Helper()
	svc := rpc.NewService("h2spec.Echo")
	rpc.Implement[echo](svc, &echo{func(_ context.Context, n *note) (*note, error) { return n, nil }}, rpc.Protobuf())
	server := rpc.NewServer(options...)
	if err := server.Register(svc); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		<-done
	})
	return listener.Addr().String()
}

// certificate makes one for this test, which h2spec does not verify.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestServer: the server passes every case.
func TestServer(t *testing.T) {
	t.Parallel()
	conform(t, startServer(t), false)
}

// TestServerTLS: TLS, which chooses HTTP/2 by ALPN, changes nothing.
func TestServerTLS(t *testing.T) {
	t.Parallel()
	conform(t, startServer(t, rpc.WithTLS(&tls.Config{
		Certificates: []tls.Certificate{certificate(t)}, NextProtos: []string{"h2"},
	})), true)
}
