package rpc

import (
	"crypto/tls"
	"slices"

	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/grpc/channel"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport/exchange"
)

// GRPC is gRPC over HTTP/2, for [WithTransport] of a client. A server speaks it on the port of the other transports.
//
// The path of a call has the name of [WithService], with its package: "shop.Store". Messages are those of Protobuf, for contracts and methods
// that say so, and else structs in Thrift Binary, for which the content-subtype is thrift. Calls share a few connections to each
// endpoint, see [WithSharedConnections], and there are more where these are full.
var GRPC Protocol = grpcProtocol{}

// grpcProtocol stands for gRPC where a Protocol is asked for. It has no messages one after the other, as others have.
type grpcProtocol struct{}

var errNoMessages = message.ContractError("", "gRPC is no protocol for rpc.WithProtocol; a server speaks it without that")

func (grpcProtocol) Name() string                                { return "grpc" }
func (grpcProtocol) Headers() bool                               { return true }
func (grpcProtocol) Detect([8]byte, *Limits) bool                { return false }
func (grpcProtocol) Read(Reader, *Message, *Limits) error        { return errNoMessages }
func (grpcProtocol) Write(Writer, *Message, Body, *Limits) error { return errNoMessages }

// protocolHTTP2 is the name of HTTP/2 in TLS (ALPN).
const protocolHTTP2 = "h2"

// channel returns what makes calls of gRPC, nil if the client does not.
func (c *Client) channel() exchange.Carrier {
	config := &c.config
	if config.transport != GRPC {
		return nil
	}
	return channel.New(channel.Config{
		Limits: &config.limits, Service: config.service, Shared: max(1, config.shared), MaxConnections: config.limits.MaxConnections,
		ConnectTimeout: config.connectTimeout, IdleTimeout: config.idleTimeout, Secure: config.secure, UserAgent: "tagwire",
		KeepAlive: config.keepAlive, Encoding: config.encoding, Authority: config.authority,
		Panicked: func(who string, value any) { c.journal.Panicked("rpc: "+who+" panicked", value) },
	})
}

// tlsConfig returns the config for TLS, which names HTTP/2 where that is spoken.
func (c *Client) tlsConfig() *tls.Config {
	config := c.config.tls
	if c.config.transport != GRPC || config == nil || slices.Contains(config.NextProtos, protocolHTTP2) {
		return config
	}
	config = config.Clone()
	config.NextProtos = append(slices.Clip(config.NextProtos), protocolHTTP2)
	return config
}

// Fail makes the error of a call that the server has ended with another status than OK.
func (c *clientCall) Fail(status *grpc.Status, trailer grpc.Metadata) error {
	return status.Err(c.method.Method, c.client.config.service, trailer)
}
