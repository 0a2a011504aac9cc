package transport

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestUntaken: what a connection tells of a message whose peer has gone, before or after it came.
func TestUntaken(t *testing.T) {
	skipUnlessTold(t)
	// ask sends a message and waits for an answer that does not come.
	ask := func(t *testing.T, c *Conn) (Mark, error) {
		t.Helper()
		m := c.Mark()
		buf, err := c.Malloc(100)
		require.NoError(t, err)
		clear(buf)
		require.NoError(t, c.Flush())
		_, err = c.Peek(1)
		require.Error(t, err)
		return m, err
	}
	for name, before := range map[string]int{"first message": 0, "after others": 3} {
		t.Run(name, func(t *testing.T) {
			for _, read := range []bool{false, true} {
				near, far := pipe(t)
				c := NewConn(near, nil)
				for range before {
					buf, err := c.Malloc(10)
					require.NoError(t, err)
					clear(buf)
					require.NoError(t, c.Flush())
					_, err = io.ReadFull(far, make([]byte, 10))
					require.NoError(t, err)
				}
				if read {
					go func() {
						_, _ = io.ReadFull(far, make([]byte, 100))
						_ = far.Close()
					}()
				} else {
					require.NoError(t, far.Close())
				}
				m, err := ask(t, c)
				require.Equal(t, !read, c.Untaken(m, err), "read: %v, %v", read, err)
				require.False(t, c.Untaken(m, net.ErrClosed), "only the end tells something")
				require.False(t, c.Untaken(Mark{}, nil))
				c.Close()
			}
		})
	}
}

// TestUntakenOverTLS: the same is known of what lies below.
func TestUntakenOverTLS(t *testing.T) {
	skipUnlessTold(t)
	for _, read := range []bool{false, true} {
		near, far := pipe(t)
		server := tls.Server(far, testConfig(t))
		client := tls.Client(near, &tls.Config{InsecureSkipVerify: true})
		ready := make(chan error, 1)
		go func() { ready <- server.Handshake() }()
		require.NoError(t, client.Handshake())
		require.NoError(t, <-ready)
		c := NewConn(client, nil)
		// A message and an answer, so that all of the handshake is over.
		go func() {
			buf := make([]byte, 5)
			_, _ = io.ReadFull(server, buf)
			_, _ = server.Write(buf)
			if read {
				_, _ = io.ReadFull(server, make([]byte, 100))
			}
			_ = server.Close()
		}()
		buf, err := c.Malloc(5)
		require.NoError(t, err)
		clear(buf)
		require.NoError(t, c.Flush())
		_, err = c.Next(5)
		require.NoError(t, err)
		c.Release()
		if !read {
			_, err = c.Peek(1) // the end has come before the message is sent
			require.Error(t, err)
			c.failure = nil
		}
		m := c.Mark()
		buf, err = c.Malloc(100)
		require.NoError(t, err)
		clear(buf)
		require.NoError(t, c.Flush())
		_, err = c.Peek(1)
		require.Error(t, err)
		require.Equal(t, !read, c.Untaken(m, err), "read: %v, %v", read, err)
		c.Close()
	}
}

// testConfig has a certificate made for these tests.
func testConfig(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}}}
}

func skipUnlessTold(t *testing.T) {
	t.Helper()
	near, _ := pipe(t)
	if _, known := NewConn(near, nil).acknowledged(); !known {
		t.Skip("the system does not tell what a peer has received")
	}
}
