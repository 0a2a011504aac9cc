//go:build unix

package transport

import (
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestUntakenOverUnixSocket: a reset says that not all was read, on the systems on which it is known to.
func TestUntakenOverUnixSocket(t *testing.T) {
	listener, err := net.Listen("unix", t.TempDir()+"/s")
	require.NoError(t, err)
	defer listener.Close()
	for _, read := range []int{0, 99, 100} {
		near, err := net.Dial("unix", listener.Addr().String())
		require.NoError(t, err)
		far, err := listener.Accept()
		require.NoError(t, err)
		c := NewConn(near, nil)
		m := c.Mark()
		buf, err := c.Malloc(100)
		require.NoError(t, err)
		clear(buf)
		require.NoError(t, c.Flush())
		_, err = io.ReadFull(far, make([]byte, read))
		require.NoError(t, err)
		require.NoError(t, far.Close())
		_, err = c.Peek(1)
		require.Error(t, err)
		require.Equal(t, read < 100, c.Untaken(m, err), "read: %v, %v", read, err)
		c.Close()
	}
}
