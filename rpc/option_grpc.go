package rpc

import (
	"context"
	"time"

	"github.com/tagwire/tagwire/rpc/policy"
	"github.com/tagwire/tagwire/rpc/transport/http2"
)

// KeepAlive says how one side of a connection of gRPC finds out that the other is there, and how often that may ask.
type KeepAlive = http2.KeepAlive

// WithKeepAlive sets how a server, or a client, asks over connections of gRPC whether the peer is there, and for a server how often clients may
// ask. Without the option a client does not ask, and a server asks every two hours, waits 20 seconds for the answer, and lets clients
// ask every five minutes while they have calls: the defaults of gRPC. A Timeout of 0 is 20 seconds. A client
// whose connection a server ends because it asks too often asks half as often over later ones.
func WithKeepAlive(k KeepAlive) Option {
	return commonOption(func(c *commonConfig) { c.keepAlive, c.keepAliveSet = k, true })
}

const (
	keepAliveInterval = 2 * time.Hour
	keepAliveTimeout  = 20 * time.Second
	keepAliveLeast    = 5 * time.Minute
)

// completeKeepAlive sets what WithKeepAlive left open.
func (c *commonConfig) completeKeepAlive(standard KeepAlive) {
	if !c.keepAliveSet {
		c.keepAlive = standard
	}
	if c.keepAlive.Timeout <= 0 {
		c.keepAlive.Timeout = keepAliveTimeout
	}
}

// WithConnectionAge makes a server close connections of gRPC that are older than age, plus or minus a tenth, so that clients come back to another
// server behind the same address: it takes no further calls, and those that are in progress may take for as long as grace, 0 for
// any time. An age of 0 is no limit, the default.
func WithConnectionAge(age, grace time.Duration) ServerOption {
	return serverOption(func(c *serverConfig) { c.age, c.ageGrace = age, grace })
}

// WithCompression makes a client of gRPC compress its messages: by "gzip", or by another one that [grpc.RegisterCompressor] was given. Servers answer
// in kind.
//
// [grpc.RegisterCompressor]: https://pkg.go.dev/github.com/tagwire/tagwire/rpc/grpc#RegisterCompressor
func WithCompression(name string) ClientOption {
	return clientOption(func(c *clientConfig) { c.encoding = name })
}

// WithAuthority sets what a client of gRPC calls its servers, for proxies and virtual hosts. The default is the name, or the address, of the endpoint.
func WithAuthority(name string) ClientOption {
	return clientOption(func(c *clientConfig) { c.authority = name })
}

// WithWaitForReady returns a context whose calls do not fail because no server can be connected to, or none is known: they wait for one until their
// deadline, or the end of ctx.
func WithWaitForReady(ctx context.Context) context.Context { return policy.WithWait(ctx) }
