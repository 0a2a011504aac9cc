package transport

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMuchBehindKeptBytes: what has arrived behind bytes that are kept stays, however much it is and however little memory is left.
func TestMuchBehindKeptBytes(t *testing.T) {
	const much = 3 << 20
	for _, used := range []int64{0, 40 << 20} { // of 64 MiB: more than half makes memory scarce
		overEach(t, NewBudget(64<<20), func(t *testing.T, c *Conn, peer net.Conn) {
			c.ChargeOwner(int(used))
			data := make([]byte, 10+much)
			for i := range data {
				data[i] = byte(i % 251)
			}
			go func() { _, _ = peer.Write(data) }()
			_, err := c.Next(10)
			require.NoError(t, err)
			_, err = c.Peek(much)
			require.NoError(t, err)
			require.NoError(t, c.Keep())
			require.Equal(t, much, c.Len())
			rest, err := c.Next(much)
			require.NoError(t, err)
			require.True(t, bytes.Equal(data[10:], rest))
			c.ChargeOwner(0)
			c.Close()
		})
	}
}

// TestSmallPieceBehindLargeOne: no piece of a message is lost when memory for a later one is made.
func TestSmallPieceBehindLargeOne(t *testing.T) {
	overEach(t, nil, func(t *testing.T, c *Conn, peer net.Conn) {
		put := func(n int, fill byte) {
			piece, err := c.Malloc(n)
			require.NoError(t, err)
			for i := range piece {
				piece[i] = fill
			}
		}
		put(10, 'a')
		require.NoError(t, c.Flush())
		put(keptBuffer+1, 'b')
		put(smallestBuffer+1, 'c')
		require.NoError(t, c.Flush())
		want := bytes.Join([][]byte{bytes.Repeat([]byte("a"), 10), bytes.Repeat([]byte("b"), keptBuffer+1),
			bytes.Repeat([]byte("c"), smallestBuffer+1)}, nil)
		got := make([]byte, len(want))
		_, err := io.ReadFull(peer, got)
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, got))
	})
}

// TestManyPieces: messages of more pieces than one system call takes are written whole, by a queue and by the owner.
func TestManyPieces(t *testing.T) {
	overEach(t, nil, func(t *testing.T, c *Conn, peer net.Conn) {
		const pieces = 3*mostPieces + 5
		received := make(chan []byte, 1)
		go func() {
			data, _ := io.ReadAll(peer)
			received <- data
		}()
		var want []byte
		for i := range pieces {
			want = append(want, byte(i), byte(i>>8))
		}
		for i := range pieces {
			c.Reference(want[2*i : 2*i+2])
		}
		require.NoError(t, c.Flush())
		q := NewQueue(c, new(Workers), func() { t.Error("sending fails") })
		letters := make([]*letter, pieces)
		for i := range letters {
			letters[i] = newLetter(t, c, want[2*i:2*i+2])
			q.Put(letters[i])
		}
		for _, l := range letters {
			require.NoError(t, <-l.sent)
			l.out.Free()
		}
		c.Close()
		require.True(t, bytes.Equal(append(want, want...), <-received))
	})
}

// TestEmptyPieces: pieces that are empty, alone or behind as many others as one system call takes, do not keep the writer busy for ever.
func TestEmptyPieces(t *testing.T) {
	overEach(t, nil, func(t *testing.T, c *Conn, peer net.Conn) {
		received := make(chan []byte, 1)
		go func() {
			data, _ := io.ReadAll(peer)
			received <- data
		}()
		for range mostPieces {
			c.Reference([]byte("a"))
		}
		c.Reference(nil)
		require.NoError(t, c.Flush())
		c.Reference(nil)
		c.Reference(nil)
		require.NoError(t, c.Flush())
		c.Close()
		require.Equal(t, strings.Repeat("a", mostPieces), string(<-received))
	})
}
