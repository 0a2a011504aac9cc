package transport

import (
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAbort: Abort ends all that waits, in whichever goroutine, and what is begun later; it may come at any time.
func TestAbort(t *testing.T) {
	overEach(t, nil, func(t *testing.T, c *Conn, _ net.Conn) {
		var group sync.WaitGroup
		for range 4 {
			group.Add(1)
			time.AfterFunc(10*time.Millisecond, func() {
				defer group.Done()
				c.Abort()
			})
		}
		within(t, "reading", func() { require.True(t, IsClosed(c.Await())) })
		group.Wait()
		_, err := c.Peek(1)
		require.True(t, IsClosed(err))
		_, err = c.Malloc(1)
		require.NoError(t, err)
		require.True(t, IsClosed(c.Flush()))
		c.Close()
	})
}

// aborting is a connection of users' code whose owner is aborted while it reads or writes, and which says that its time is up then.
type aborting struct {
	net.Conn
	owner *Conn
}

func (a *aborting) Read([]byte) (int, error) {
	a.owner.closed.Store(true) // as Abort does before it closes anything
	return 0, os.ErrDeadlineExceeded
}

func (a *aborting) Write([]byte) (int, error) { return a.Read(nil) }

// TestAbortIsNoTimeout: where no deadline has passed, a read or write that is cut off as the connection is aborted has not timed out.
func TestAbortIsNoTimeout(t *testing.T) {
	for _, brittle := range []bool{true, false} {
		for name, act := range map[string]func(c *Conn) error{
			"read":  func(c *Conn) error { _, err := c.Peek(1); return err },
			"await": (*Conn).Await,
			"ahead": func(c *Conn) error { return c.readUntil(1, func(int) error { return nil }) },
			"write": func(c *Conn) error {
				_, err := c.Malloc(1)
				require.NoError(t, err)
				return c.Flush()
			},
			"pieces": func(c *Conn) error {
				_, err := c.Malloc(1)
				require.NoError(t, err)
				require.NoError(t, c.WriteDirect(make([]byte, 1<<20), 0))
				return c.Flush()
			},
		} {
			near, far := net.Pipe()
			raw := &aborting{Conn: near}
			c := NewConn(raw, nil)
			c.brittle, raw.owner = brittle, c
			err := act(c)
			require.Truef(t, IsClosed(err), "%s, %v: %v", name, brittle, err)
			c.Close()
			require.NoError(t, far.Close())
		}
	}
}
