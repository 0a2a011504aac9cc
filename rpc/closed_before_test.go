package rpc_test

import (
	"net"
	"os"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/rpc"
)

// TestUnreadCallsAreRepeated: a server closes each connection when it has replied, and says so to nobody. Calls that come to a
// connection that is closed already are made over another, where the system tells that the server cannot have read them.
func TestUnreadCallsAreRepeated(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH == "386" || runtime.GOARCH == "s390x" || os.Getenv(effort.Emulator) != "" {
		t.Skip("the system does not tell what a peer has received")
	}
	noLeaks(t)
	var calls atomic.Int64
	closed := make(chan struct{}, 1)
	address, connections := fake(t, func(conn net.Conn) {
		if message, ok := readCall(conn); ok {
			calls.Add(1)
			_, _ = conn.Write(frame(envelope(typeReply, "Echo", parse(t, message).sequence, arguments(t, 0, &Reply{}))))
			_ = conn.Close()
			closed <- struct{}{}
		}
	})
	client := connect(t, address)
	const n = 300
	for range n {
		_, err := callEcho(client, "x")
		require.NoError(t, err)
		<-closed // and the next call is made at once, before the end is noticed, or not
	}
	require.Equal(t, int64(n), calls.Load())
	require.Equal(t, int64(n), connections.Load())
}

// TestReadCallsAreNotRepeated: a server that has read a call, all of it or its first bytes, and ends the connection, may have made it.
func TestReadCallsAreNotRepeated(t *testing.T) {
	for name, end := range map[string]func(net.Conn){
		"closed": func(net.Conn) {},
		"half closed": func(conn net.Conn) {
			_ = conn.(*net.TCPConn).CloseWrite()
			_, _ = conn.Read(make([]byte, 1))
		},
		"reset": func(conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0) },
	} {
		for _, connections := range []rpc.ConnectionKind{rpc.Pooled, rpc.Short, rpc.Multiplexed} {
			t.Run(name, func(t *testing.T) {
				noLeaks(t)
				var calls atomic.Int64
				address, _ := fake(t, func(conn net.Conn) {
					if _, ok := readHeaderFrame(conn); ok {
						calls.Add(1)
						end(conn)
					}
				})
				client := connect(t, address, rpc.WithTransport(rpc.TTHeader), rpc.WithConnections(connections))
				for range 20 {
					_, err := callEcho(client, "x")
					require.Equal(t, rpc.CodeClosed, codeOf(t, err))
				}
				require.Equal(t, int64(20), calls.Load())
			})
		}
	}
}
