package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/tagwire/tagwire/rpc"
)

// hostName is that of the servers in their certificate.
const hostName = "bench.invalid"

// serverCertificate is the same in all processes: its key is made of zeros, and such signatures are not random.
var serverCertificate = func() tls.Certificate {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{hostName},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC),
		BasicConstraintsValid: true, IsCA: true,
	}
	data, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(data)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{data}, PrivateKey: key, Leaf: leaf}
}()

func serverConfig() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{serverCertificate}}
}

func clientConfig() *tls.Config {
	trusted := x509.NewCertPool()
	trusted.AddCert(serverCertificate.Leaf)
	return &tls.Config{RootCAs: trusted, ServerName: hostName}
}

func serverTLS() rpc.ServerOption { return rpc.WithTLS(serverConfig()) }

func clientTLS() rpc.ClientOption { return rpc.WithTLS(clientConfig()) }

func grpcServerTLS() grpc.ServerOption { return grpc.Creds(credentials.NewTLS(serverConfig())) }

func grpcClientTLS() grpc.DialOption {
	return grpc.WithTransportCredentials(credentials.NewTLS(clientConfig()))
}
