package rpc_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// TestDeadlineOfEarlierCall: the deadline of a call does not end a later one on the same connection, which takes longer to be
// sent. Connections of crypto/tls do not survive a write that a deadline interrupts.
func TestDeadlineOfEarlierCall(t *testing.T) {
	overConnKinds(t, func(t *testing.T, l connKind) {
		noLeaks(t)
		server := l.wrap(listen(t))
		defer func() { _ = server.Close() }()
		served := make(chan error, 1)
		go func() { served <- answerLate(server, 600*time.Millisecond) }()
		client := l.connect(t, server.Addr().String())
		large := strings.Repeat("x", 15<<20)
		for i, limit := range []time.Duration{300 * time.Millisecond, patience} {
			ctx, cancel := context.WithTimeout(context.Background(), limit)
			_, err := rpc.Call[Request, Reply](ctx, client, "Echo", &Request{Text: large[:max(1, i*len(large))]})
			cancel()
			require.NoError(t, err)
		}
		require.NoError(t, <-served)
	})
}

// answerLate answers two calls on one connection; the second it does not read for a while.
func answerLate(l net.Listener, late time.Duration) error {
	conn, err := l.Accept()
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	for i := range int32(2) {
		if i > 0 {
			time.Sleep(late)
		}
		head := make([]byte, 4)
		if _, err := io.ReadFull(conn, head); err != nil {
			return err
		}
		body := make([]byte, binary.BigEndian.Uint32(head))
		if _, err := io.ReadFull(conn, body); err != nil {
			return err
		}
		if _, err := conn.Write(frame(envelope(typeReply, "Echo", i+1, []byte{0}))); err != nil {
			return err
		}
	}
	return nil
}

// expiring is a connection whose writes time out on their own account, as those do that another package gave a limit.
type expiring struct {
	net.Conn
	writes *atomic.Int64
}

func (e expiring) Write([]byte) (int, error) {
	e.writes.Add(1)
	return 0, os.ErrDeadlineExceeded
}

type expiringListener struct {
	net.Listener
	writes atomic.Int64
}

func (l *expiringListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return expiring{conn, &l.writes}, err
}

// TestWritesThatTimeOut: a timeout that is not ours ends the connection, and is not tried again and again.
func TestWritesThatTimeOut(t *testing.T) {
	noLeaks(t)
	listener := &expiringListener{Listener: listen(t)}
	server := serveOn(t, listener, echo(), rpc.WithWriteTimeout(time.Second))
	conn := dial(t, server.address)
	send(t, conn, frame(call(t, 1, "x")))
	mustClose(t, conn)
	require.Equal(t, int64(1), listener.writes.Load())
}
