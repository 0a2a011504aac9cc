package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
)

// secured is a connection that has TLS, as those of crypto/tls have.
type secured interface{ ConnectionState() tls.ConnectionState }

// Handshake does what comes before the first byte, for connections such as those of crypto/tls. Abort ends it, and so does the
// end of ctx, which callbacks of crypto/tls see. A peer that does not speak TLS is told so. After an error only CloseAfter and
// Close may be called.
func (c *Conn) Handshake(ctx context.Context) error {
	err := c.shake(ctx)
	if err == nil {
		return nil
	}
	c.refused = true
	var plain tls.RecordHeaderError
	if !errors.As(err, &plain) {
		return err
	}
	if plain.Conn != nil {
		_, _ = plain.Conn.Write(versionAlert)
	}
	return fmt.Errorf("the peer does not speak TLS, it sends % x; let it use rpc.WithTLS: %w", plain.RecordHeader, err)
}

func (c *Conn) shake(ctx context.Context) error {
	switch shaker := c.raw.(type) {
	case interface{ HandshakeContext(context.Context) error }:
		return shaker.HandshakeContext(ctx)
	case interface{ Handshake() error }:
		return shaker.Handshake()
	}
	return nil
}

// versionAlert is what other TLS servers answer to what is not TLS: the fatal alert protocol_version (RFC 8446, section 6). Clients
// that have no TLS recognise it; crypto/tls sends it for some of what is not TLS only.
var versionAlert = []byte{21, 3, 1, 0, 2, 2, 70}

// TLS returns the state of the connection's TLS, nil if it has none, or none yet because the handshake is not complete. It is
// the same each time. The owner calls it.
func (c *Conn) TLS() *tls.ConnectionState {
	if c.secured != nil && c.state == nil {
		if state := c.secured.ConnectionState(); state.HandshakeComplete {
			c.state = &state
		}
	}
	return c.state
}

// Secured reports that the connection has TLS, whose handshake may not have been done yet.
func (c *Conn) Secured() bool { return c.secured != nil }

// IsAlert reports whether an error of a connection is what the peer's TLS said, such as that it does not accept a certificate.
func IsAlert(err error) bool {
	var operation *net.OpError
	return errors.As(err, &operation) && operation.Op == "remote error"
}
