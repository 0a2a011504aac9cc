package socket

import (
	"context"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// raw returns access to a socket.
func raw(t *testing.T, of syscall.Conn) syscall.RawConn {
	t.Helper()
	r, err := of.SyscallConn()
	require.NoError(t, err)
	return r
}

// listen listens without Multipath TCP.
func listen(t *testing.T) *net.TCPListener {
	t.Helper()
	var config net.ListenConfig
	config.SetMultipathTCP(false)
	listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener.(*net.TCPListener)
}

// unacknowledged returns how many bytes of those that were sent the peer's kernel has not said that it has.
func unacknowledged(t *testing.T, conn *net.TCPConn) (n int) {
	t.Helper()
	require.NoError(t, raw(t, conn).Control(func(fd uintptr) { n = queued(int(fd)) }))
	return n
}

// TestIgnoreData: what comes to the connection is not taken, nor acknowledged, until undo; what had come is there, and so is the end.
func TestIgnoreData(t *testing.T) {
	listener := listen(t)
	for _, undone := range []bool{true, false} {
		client, err := net.Dial("tcp", listener.Addr().String())
		require.NoError(t, err)
		defer client.Close()
		server, err := listener.Accept()
		require.NoError(t, err)
		defer server.Close()

		_, err = client.Write([]byte("before"))
		require.NoError(t, err)
		undo := IgnoreData(raw(t, server.(*net.TCPConn)))
		_, err = client.Write([]byte("after"))
		require.NoError(t, err)
		buf := make([]byte, 20)
		n, err := server.Read(buf)
		require.NoError(t, err)
		require.Equal(t, "before", string(buf[:n]))
		require.Equal(t, len("after"), unacknowledged(t, client.(*net.TCPConn)))
		require.NoError(t, server.SetReadDeadline(time.Now().Add(10*time.Millisecond)))
		_, err = server.Read(buf)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)

		_, err = server.Write([]byte("x")) // the other direction goes on
		require.NoError(t, err)
		n, err = client.Read(buf)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		if undone {
			undo()
			require.NoError(t, server.SetReadDeadline(time.Time{}))
			n, err = server.Read(buf)
			require.NoError(t, err)
			require.Equal(t, "after", string(buf[:n]))
			continue
		}
		require.NoError(t, server.Close())
		_, err = client.Read(buf)
		require.Error(t, err)
		require.Equal(t, len("after"), unacknowledged(t, client.(*net.TCPConn)))
	}
}

// TestIgnoreConnects: a listener takes no other connections; those that were made can be accepted.
func TestIgnoreConnects(t *testing.T) {
	listener := listen(t)
	before, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	defer before.Close()

	IgnoreConnects(raw(t, listener))
	_, err = net.DialTimeout("tcp", listener.Addr().String(), 20*time.Millisecond)
	var timeout net.Error
	require.ErrorAs(t, err, &timeout)
	require.True(t, timeout.Timeout(), err)
	require.True(t, Waiting(raw(t, listener)))
	conn, err := listener.Accept()
	require.NoError(t, err)
	_, err = before.Write([]byte("x"))
	require.NoError(t, err)
	_, err = conn.Read(make([]byte, 1))
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	require.False(t, Waiting(raw(t, listener)))

	detach(raw(t, listener))
	after, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	require.NoError(t, after.Close())
}

// TestClosedSockets: a socket that is closed is left alone.
func TestClosedSockets(t *testing.T) {
	listener := listen(t)
	r := raw(t, listener)
	require.NoError(t, listener.Close())
	IgnoreConnects(r)
	IgnoreData(r)()
	require.False(t, Waiting(r))
}

// queued returns how many bytes a socket has sent, or has to send, that are not acknowledged.
func queued(fd int) int {
	var n int32
	_, _, failed := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.TIOCOUTQ, uintptr(unsafe.Pointer(&n)))
	if failed != 0 {
		return -1
	}
	return int(n)
}
