package transport

import (
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// newInbox returns an inbox, and what puts a message with a number into it.
func newInbox(t *testing.T, most int) (*Inbox, *Unread, *Conn, func(n uint32)) {
	ours, theirs := net.Pipe()
	t.Cleanup(func() { _ = theirs.Close() })
	budget := NewBudget(1 << 30)
	conn := NewConn(ours, budget)
	t.Cleanup(func() {
		if used := budget.used.Load(); used != 0 {
			t.Errorf("%d bytes are in use", used)
		}
	})
	unread, b := NewUnread(most), new(Inbox)
	b.Use(unread)
	return b, unread, conn, func(n uint32) {
		memory, err := conn.Allocate(4)
		require.NoError(t, err)
		b.Put(binary.BigEndian.AppendUint32(memory.Memory()[:0], n)[:4], memory)
	}
}

// TestInboxOrder: messages are taken in the order in which they came, however many wait, and what they took is given back.
func TestInboxOrder(t *testing.T) {
	b, unread, _, put := newInbox(t, 1<<30)
	random := rand.New(rand.NewPCG(1, 2))
	next, last := uint32(0), uint32(0)
	for range 2000 {
		for range random.IntN(20) {
			put(last)
			last++
		}
		for range random.IntN(20) {
			if next == last {
				break
			}
			body, err := b.Receive()
			require.NoError(t, err)
			require.Equal(t, next, binary.BigEndian.Uint32(body))
			next++
		}
	}
	put(last)
	b.End(io.EOF)
	b.End(errors.New("another"))
	put(last + 1)
	for ; next <= last; next++ {
		body, err := b.Receive()
		require.NoError(t, err)
		require.Equal(t, next, binary.BigEndian.Uint32(body))
	}
	for range 2 {
		_, err := b.Receive()
		require.Equal(t, io.EOF, err)
	}
	require.Zero(t, b.Held())
	require.Zero(t, unread.bytes)
	b.Free()
}

// TestInboxAbort: what has come is dropped, and those who wait are told why.
func TestInboxAbort(t *testing.T) {
	b, unread, _, put := newInbox(t, 1<<30)
	put(1)
	put(2)
	_, err := b.Receive()
	require.NoError(t, err)
	b.End(io.EOF)
	gone := errors.New("gone")
	b.Abort(gone)
	b.Abort(io.ErrClosedPipe)
	_, err = b.Receive()
	require.Equal(t, gone, err)
	require.Zero(t, unread.bytes)
	put(3)
	b.Free()

	b, _, _, _ = newInbox(t, 1<<30)
	done := make(chan error)
	go func() {
		_, err := b.Receive()
		done <- err
	}()
	b.Abort(gone)
	require.Equal(t, gone, <-done)
	b.Free()
}

// TestUnread: what waits for room goes on when something is taken, and learns that nothing was.
func TestUnread(t *testing.T) {
	b, unread, _, put := newInbox(t, 3*smallestBuffer)
	for n := uint32(0); !unread.Full(); n++ {
		require.True(t, unread.Await(time.Hour, nil))
		put(n)
	}
	require.False(t, unread.Await(time.Millisecond, nil))
	done := make(chan struct{})
	close(done)
	require.True(t, unread.Await(time.Hour, done))
	waited := make(chan bool)
	go func() { waited <- unread.Await(time.Hour, nil) }()
	for unread.Full() {
		_, err := b.Receive()
		require.NoError(t, err)
	}
	require.True(t, <-waited)
	b.Free()
	require.Zero(t, unread.bytes)
}
