package endpoint

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"github.com/tagwire/tagwire/rpc/transport"
)

// DialFunc makes a connection.
type DialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// connect makes a connection, with TLS where that is spoken. The handshake is part of that: the end of ctx ends it.
func (c *Config) connect(ctx context.Context, e Endpoint) (net.Conn, error) {
	if c.TLS == nil {
		return c.Dial(ctx, e.Network, e.Address)
	}
	named, err := WithServerName(c.TLS, e)
	if err != nil {
		return nil, err
	}
	raw, err := c.Dial(ctx, e.Network, e.Address)
	if err != nil || raw == nil {
		return raw, err
	}
	shaken := false
	defer func() { // also when a callback of the config has panicked
		if !shaken {
			go transport.Close(raw) // it may be users' code that takes its time
		}
	}()
	conn := tls.Client(raw, named)
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, explainHandshake(ctx, err)
	}
	shaken = true
	return conn, nil
}

// WithServerName returns the config for connections to an endpoint: with its name, or else the host of its address, as the server's
// name, unless the config has one.
func WithServerName(config *tls.Config, e Endpoint) (*tls.Config, error) {
	if config.ServerName != "" {
		return config, nil
	}
	host := e.Name
	if host == "" && e.Network != "unix" {
		host, _, _ = net.SplitHostPort(e.Address)
	}
	switch {
	case host != "":
		config = config.Clone()
		config.ServerName = host
	case !config.InsecureSkipVerify:
		return nil, fmt.Errorf("the address %s %s has no host to verify the server's certificate by; set ServerName in the config of rpc.WithTLS",
			e.Network, e.Address)
	}
	return config, nil
}

// explainHandshake says what may be wrong where a handshake failed.
func explainHandshake(ctx context.Context, err error) error {
	var plain tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &plain):
		return fmt.Errorf("the server does not speak TLS; leave out rpc.WithTLS: %w", err)
	case errors.As(err, &certificate):
		return fmt.Errorf("the server's certificate is not accepted: %w", err)
	case ctx.Err() != nil:
		return fmt.Errorf("the TLS handshake was not complete in time: %w", err)
	case transport.IsClosed(err) && !transport.IsAlert(err):
		return fmt.Errorf("the server ended the TLS handshake, as one does that does not speak TLS: %w", err)
	}
	return fmt.Errorf("the TLS handshake failed: %w", err)
}
