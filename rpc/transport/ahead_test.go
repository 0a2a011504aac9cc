package transport

import (
	"bytes"
	"io"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestReadAhead: while the owner is busy, what comes is read, up to a limit, and the end is noticed behind it.
func TestReadAhead(t *testing.T) {
	overEach(t, NewBudget(1<<30), func(t *testing.T, c *Conn, peer net.Conn) {
		gone := make(chan struct{})
		c.ReadAhead(1<<20, func() { t.Error("the owner has not lent the connection") })
		c.AllowReadAhead()
		c.ReadAhead(4<<20, func() { close(gone) })
		c.ReadAhead(4<<20, func() { t.Error("once is enough") })
		data := noise(6, 3<<20)
		send(t, peer, data)
		require.NoError(t, peer.Close())
		within(t, "noticing the end", func() { <-gone })
		c.EndReadAhead()
		got, err := c.Next(len(data))
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, got))
		_, err = c.Peek(1)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		require.ErrorIs(t, c.Await(), io.EOF)
		require.False(t, c.Quiet())
		c.Close()
		require.Zero(t, c.budget.Used())
	})
}

// TestReadAheadLimit: more than the limit is not read; flow control holds the peer back.
func TestReadAheadLimit(t *testing.T) {
	overEach(t, nil, func(t *testing.T, c *Conn, peer net.Conn) {
		c.AllowReadAhead()
		c.ReadAhead(1<<20, func() { t.Error("there is no end") })
		require.NoError(t, peer.SetWriteDeadline(time.Now().Add(300*time.Millisecond)))
		_, err := io.Copy(peer, zeros{})
		require.True(t, IsTimeout(err))
		c.EndReadAhead()
		require.LessOrEqual(t, c.Len(), 1<<20)
		require.LessOrEqual(t, c.Charged(), int64(2<<20))
		c.Close()
	})
}

// TestReadAheadBesideFlush: the owner sends while something else reads ahead and is interrupted.
func TestReadAheadBesideFlush(t *testing.T) {
	overEach(t, nil, func(t *testing.T, c *Conn, peer net.Conn) {
		go func() { _, _ = io.Copy(io.Discard, peer) }()
		c.AllowReadAhead()
		c.ReadAhead(1<<20, func() { t.Error("there is no end") })
		for range 300 {
			c.interruptRead()
			_, err := c.Malloc(10)
			require.NoError(t, err)
			require.NoError(t, c.Flush())
		}
		c.EndReadAhead()
		c.Close()
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestReadAheadWithoutMemory: no memory is no reason to wait, or to end the connection.
func TestReadAheadWithoutMemory(t *testing.T) {
	budget := NewBudget(1000)
	overEach(t, budget, func(t *testing.T, c *Conn, peer net.Conn) {
		send(t, peer, []byte("x"))
		c.AllowReadAhead()
		c.ReadAhead(1<<20, func() { t.Error("there is no end") })
		c.EndReadAhead()
		require.ErrorIs(t, c.Await(), ErrMemory)
		c.Close()
	})
}

// TestReadAheadIsEnded: however the right to read passes between the two, no byte is lost or comes twice.
func TestReadAheadIsEnded(t *testing.T) {
	overEach(t, nil, func(t *testing.T, c *Conn, peer net.Conn) {
		data := noise(7, 4<<20)
		go func() {
			for rest := data; len(rest) > 0; rest = rest[min(len(rest), 1000):] {
				_, _ = peer.Write(rest[:min(len(rest), 1000)])
			}
			_ = peer.(*net.TCPConn).CloseWrite()
		}()
		stop := make(chan struct{})
		var sweeper sync.WaitGroup
		sweeper.Add(1)
		go func() {
			defer sweeper.Done()
			for {
				select {
				case <-stop:
					return
				default:
					c.ReadAhead(100_000, func() {})
					runtime.Gosched()
				}
			}
		}()
		var got []byte
		for i := 0; ; i++ {
			c.AllowReadAhead()
			if i%3 == 0 {
				time.Sleep(20 * time.Microsecond)
			}
			c.EndReadAhead()
			if err := c.Await(); err != nil {
				require.ErrorIs(t, err, io.EOF)
				break
			}
			piece, err := c.Next(min(c.Len(), 1+i%3000))
			require.NoError(t, err)
			got = append(got, piece...)
			c.Release()
		}
		close(stop)
		sweeper.Wait()
		require.True(t, bytes.Equal(data, got))
		c.Close()
	})
}

// TestReadAheadOfStrangeReads: a Read that panics or ends its goroutine ends the connection, not the process.
func TestReadAheadOfStrangeReads(t *testing.T) {
	for name, read := range map[string]func([]byte) (int, error){
		"panics": func([]byte) (int, error) { panic("no") },
		"exits":  func([]byte) (int, error) { runtime.Goexit(); return 0, nil },
	} {
		t.Run(name, func(t *testing.T) {
			raw, _ := pipe(t)
			c := NewConn(stubborn{raw, read}, nil)
			gone := make(chan struct{})
			c.AllowReadAhead()
			c.ReadAhead(1<<20, func() { close(gone) })
			within(t, "noticing", func() { <-gone })
			c.EndReadAhead()
			require.ErrorIs(t, c.Await(), errReadEnded)
			c.Close()
		})
	}
}

// TestCloseWhileReadingAhead: Close and Abort end what reads ahead.
func TestCloseWhileReadingAhead(t *testing.T) {
	overEach(t, nil, func(t *testing.T, c *Conn, _ net.Conn) {
		c.AllowReadAhead()
		c.ReadAhead(1<<20, func() {})
		within(t, "closing", c.Close)
	})
	overEach(t, nil, func(t *testing.T, c *Conn, _ net.Conn) {
		gone := make(chan struct{})
		c.AllowReadAhead()
		c.ReadAhead(1<<20, func() { close(gone) })
		c.Abort()
		within(t, "ending", func() { <-gone })
		c.Close()
	})
}
