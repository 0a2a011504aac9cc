package transport

import (
	"bytes"
	"errors"
	"io"
	"math/rand"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is how long something may take that must happen: only a hang exceeds it.
const patience = time.Minute

// kinds are the connections that the tests run over: one with a descriptor, one over another, and one that hides what it is,
// as those of users may.
var kinds = map[string]func(net.Conn) net.Conn{
	"descriptor": func(c net.Conn) net.Conn { return c },
	"opaque":     func(c net.Conn) net.Conn { return opaque{c} },
	"layer":      func(c net.Conn) net.Conn { return layer{c} },
}

type opaque struct{ net.Conn }

// layer is a connection over another, as those of crypto/tls are.
type layer struct{ net.Conn }

func (l layer) NetConn() net.Conn { return l.Conn }

// overEach runs a test with a connection of each kind and its peer.
func overEach(t *testing.T, budget *Budget, test func(t *testing.T, c *Conn, peer net.Conn)) {
	t.Helper()
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			raw, peer := pipe(t)
			c := NewConn(kind(raw), budget)
			test(t, c, peer)
		})
	}
}

// pipe returns the two ends of a TCP connection.
func pipe(t testing.TB) (near, far net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	far, err = net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	near, err = listener.Accept()
	require.NoError(t, err)
	require.NoError(t, far.SetDeadline(time.Now().Add(patience)))
	t.Cleanup(func() {
		_ = near.Close()
		_ = far.Close()
	})
	return near, far
}

func send(t testing.TB, peer net.Conn, data []byte) {
	t.Helper()
	_, err := peer.Write(data)
	require.NoError(t, err)
}

// noise returns bytes that are like no others.
func noise(seed int64, n int) []byte {
	data := make([]byte, n)
	rand.New(rand.NewSource(seed)).Read(data)
	return data
}

// within fails the test if f takes forever.
func within(t testing.TB, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("%s hangs", what)
	}
}

// TestReadInPieces: whatever the pieces that bytes arrive in and are asked for in, they are all there, once, in order; and
// what Next returned stays as it was until Release, also while the buffer grows.
func TestReadInPieces(t *testing.T) {
	overEach(t, NewBudget(1<<30), func(t *testing.T, c *Conn, peer net.Conn) {
		data := noise(1, 8<<20)
		go func() {
			random := rand.New(rand.NewSource(2))
			for rest := data; len(rest) > 0; {
				n := min(len(rest), 1+random.Intn(1<<random.Intn(20)))
				if _, err := peer.Write(rest[:n]); err != nil {
					return
				}
				rest = rest[n:]
			}
		}()
		random := rand.New(rand.NewSource(3))
		for at := 0; at < len(data); {
			var taken [][]byte
			begin := at
			for range 1 + random.Intn(4) {
				n := min(len(data)-at, random.Intn(1<<random.Intn(21)))
				if random.Intn(2) == 0 {
					peeked, err := c.Peek(n)
					require.NoError(t, err)
					require.True(t, bytes.Equal(data[at:at+n], peeked))
				}
				piece, err := c.Next(n)
				require.NoError(t, err)
				taken = append(taken, piece)
				at += n
			}
			require.True(t, bytes.Equal(data[begin:at], bytes.Join(taken, nil)), "what was taken has changed")
			if random.Intn(3) == 0 {
				require.NoError(t, c.Keep())
			} else {
				c.Release()
			}
		}
		require.NoError(t, peer.Close())
		_, err := c.Peek(1)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		require.ErrorIs(t, c.Await(), io.EOF)
		c.Close()
		require.Zero(t, c.Charged())
		require.Zero(t, c.budget.Used())
	})
}

// TestKeptBytes: the bytes of a message that is still referred to are never used again, whatever comes after.
func TestKeptBytes(t *testing.T) {
	overEach(t, nil, func(t *testing.T, c *Conn, peer net.Conn) {
		var kept, want [][]byte
		for i := range 200 {
			message := noise(int64(i), 100+i*50)
			send(t, peer, append(message, noise(int64(i), 300)...)) // and a part of the next
			data, err := c.Next(len(message))
			require.NoError(t, err)
			kept, want = append(kept, data), append(want, message)
			require.NoError(t, c.Keep())
			_, err = c.Next(300)
			require.NoError(t, err)
			c.Release()
		}
		c.Close()
		for i := range kept {
			require.True(t, bytes.Equal(want[i], kept[i]), i)
		}
	})
}

// TestMemoryFollowsBytes: a peer that announces much and sends little has little made for it; and all of it comes back.
func TestMemoryFollowsBytes(t *testing.T) {
	budget := NewBudget(64 << 20)
	overEach(t, budget, func(t *testing.T, c *Conn, peer net.Conn) {
		c.SetDeadline(time.Now().Add(50 * time.Millisecond))
		send(t, peer, make([]byte, 1000))
		_, err := c.Next(50 << 20)
		require.True(t, IsTimeout(err))
		require.LessOrEqual(t, c.Charged(), int64(2<<20))
		require.Equal(t, c.Charged(), budget.Used())
		c.Close()
		require.Zero(t, budget.Used())
	})
}

// TestEachBufferIsCounted: what a connection holds is what its buffers have: those that it leaves to others count no more, and all
// that a message is put together in count until it is sent.
func TestEachBufferIsCounted(t *testing.T) {
	budget := NewBudget(64 << 20)
	overEach(t, budget, func(t *testing.T, c *Conn, peer net.Conn) {
		holds := func(n int64) {
			t.Helper()
			require.Equal(t, n, c.Charged())
			require.Equal(t, n, budget.Used())
		}
		for _, more := range []int{0, 10} {
			send(t, peer, make([]byte, 10+more))
			_, err := c.Peek(10 + more)
			require.NoError(t, err)
			_, err = c.Next(10)
			require.NoError(t, err)
			require.NoError(t, c.Keep())
			require.Equal(t, more, c.Len())
		}
		holds(smallestBuffer)
		for i := range 3 {
			_, err := c.Malloc(10)
			require.NoError(t, err)
			holds(int64(2+i) * smallestBuffer)
		}
		c.Discard()
		holds(2 * smallestBuffer)
		c.Close()
		holds(0)
	})
}

// TestStarving: a connection that finds no memory waits for some, or is told to give up.
func TestStarving(t *testing.T) {
	budget := NewBudget(1 << 20)
	overEach(t, budget, func(t *testing.T, c *Conn, peer net.Conn) {
		require.True(t, budget.take(1<<20))
		send(t, peer, make([]byte, 10))
		require.ErrorIs(t, c.Await(), ErrMemory)

		asked := 0
		full := errors.New("full")
		c.OnStarved = func(int) error {
			if asked++; asked > 2 {
				return full
			}
			return nil
		}
		require.ErrorIs(t, c.Await(), full)
		c.OnStarved = func(int) error { return nil }
		time.AfterFunc(10*time.Millisecond, func() { budget.give(1 << 20) })
		within(t, "waiting for memory", func() { require.NoError(t, c.Await()) })
		require.Equal(t, 10, c.Len())

		// For a value, a quarter is taken if it is there; else what it needs is waited for.
		n := c.Spare(1 << 30)
		require.Equal(t, 1<<18, n)
		c.Unreserve(n)
		require.Equal(t, 1000, c.Spare(1000))
		c.Unreserve(1000)
		c.ChargeOwner(2 << 19)
		require.Zero(t, c.Spare(1<<30))
		c.ChargeOwner(3 << 18)
		require.Equal(t, int64(3<<18+smallestBuffer), budget.Used())
		require.NoError(t, c.Reserve(1000))
		c.Unreserve(1000)
		c.OnStarved = func(int) error { return full }
		require.ErrorIs(t, c.Reserve(1<<19), full)
		c.OnStarved = func(int) error { return ErrAnyway }
		require.NoError(t, c.Reserve(1<<19))
		require.Greater(t, budget.Used(), budget.Limit())
		c.Unreserve(1 << 19)
		c.OnStarved = func(int) error { return nil }
		time.AfterFunc(10*time.Millisecond, func() { budget.give(3 << 18) })
		within(t, "waiting for memory", func() { require.NoError(t, c.Reserve(1<<19)) })
		c.Unreserve(1 << 19)
		budget.force(3 << 18)
		c.Close()
		require.Zero(t, budget.Used())
	})
}

// TestDeadlines: deadlines are kept, whichever was set before, and one that has passed for one call does not end the next.
func TestDeadlines(t *testing.T) {
	overEach(t, nil, func(t *testing.T, c *Conn, peer net.Conn) {
		for _, pause := range []time.Duration{30 * time.Millisecond, time.Hour, 10 * time.Millisecond} {
			for range 3 {
				end := time.Now().Add(20 * time.Millisecond)
				c.SetDeadline(end)
				_, err := c.Peek(1)
				require.True(t, IsTimeout(err), "%v", err)
				require.False(t, time.Now().Before(end), "the read ended early")
				c.SetDeadline(time.Now().Add(pause))
				send(t, peer, []byte("x"))
				c.SetDeadline(time.Now().Add(patience))
				within(t, "reading", func() {
					_, err := c.Next(1)
					require.NoError(t, err)
				})
				c.Release()
			}
		}
		// What has passed without a read or write does not count.
		c.SetDeadline(time.Now().Add(time.Millisecond))
		time.Sleep(10 * time.Millisecond)
		c.SetDeadline(time.Time{})
		_, err := c.Malloc(10)
		require.NoError(t, err)
		require.NoError(t, c.Flush())
		require.True(t, c.Quiet())
		time.AfterFunc(20*time.Millisecond, func() { _, _ = peer.Write([]byte("y")) })
		_, err = c.Next(1)
		require.NoError(t, err)
		c.Close()
	})
}

// TestWriting: a message in pieces, copied and not, arrives whole, also where the peer reads slowly and deadlines of earlier
// calls pass meanwhile; what was discarded does not.
func TestWriting(t *testing.T) {
	overEach(t, NewBudget(1<<30), func(t *testing.T, c *Conn, peer net.Conn) {
		var want bytes.Buffer
		received := make(chan []byte, 1)
		go func() {
			var all bytes.Buffer
			buf := make([]byte, 64<<10)
			for {
				n, err := peer.Read(buf)
				all.Write(buf[:n])
				if err != nil {
					received <- all.Bytes()
					return
				}
				if all.Len()%7 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
		}()
		random := rand.New(rand.NewSource(4))
		for i := range 60 {
			c.SetDeadline(time.Now().Add(time.Millisecond)) // of an earlier call
			c.SetDeadline(time.Now().Add(patience))
			var message bytes.Buffer
			for range 1 + random.Intn(3) {
				first, second := noise(int64(i), random.Intn(1<<random.Intn(19))), noise(int64(-i), random.Intn(5000))
				direct := noise(int64(i+7), random.Intn(1<<random.Intn(21)))
				buf, err := c.Malloc(len(first) + len(second))
				require.NoError(t, err)
				copy(buf[copy(buf, first):], second)
				require.NoError(t, c.WriteDirect(direct, len(second)))
				message.Write(first)
				message.Write(direct)
				message.Write(second)
			}
			if random.Intn(5) == 0 {
				c.Discard()
				continue
			}
			want.Write(message.Bytes())
			require.NoError(t, c.Flush())
		}
		require.Error(t, c.WriteDirect([]byte("x"), 0), "there is no message")
		_, err := c.Malloc(3)
		require.NoError(t, err)
		require.Error(t, c.WriteDirect([]byte("x"), 4))
		require.Error(t, c.WriteDirect([]byte("x"), -1))
		_, err = c.Malloc(-1)
		require.Error(t, err)
		c.Close()
		require.True(t, bytes.Equal(want.Bytes(), <-received))
		require.Zero(t, c.budget.Used())
	})
}

// TestSlowPeer: a write to a peer that does not read ends by its deadline and by Abort.
func TestSlowPeer(t *testing.T) {
	overEach(t, nil, func(t *testing.T, c *Conn, _ net.Conn) {
		fill := func() error {
			buf, err := c.Malloc(64 << 20)
			require.NoError(t, err)
			clear(buf)
			require.NoError(t, c.WriteDirect(make([]byte, 1<<20), 10))
			return c.Flush()
		}
		c.SetDeadline(time.Now().Add(30 * time.Millisecond))
		within(t, "writing", func() { require.True(t, IsTimeout(fill())) })
		c.SetDeadline(time.Time{})
		time.AfterFunc(30*time.Millisecond, c.Abort)
		within(t, "writing", func() { require.True(t, IsClosed(fill())) })
		c.Close()
	})
}

// TestInterrupt: an interrupt ends a wait for a message, and nothing else, and costs no byte.
func TestInterrupt(t *testing.T) {
	overEach(t, nil, func(t *testing.T, c *Conn, peer net.Conn) {
		time.AfterFunc(10*time.Millisecond, c.Interrupt)
		within(t, "waiting", func() { require.ErrorIs(t, c.Await(), ErrInterrupted) })

		stop := make(chan struct{})
		var interrupter sync.WaitGroup
		interrupter.Add(1)
		go func() {
			defer interrupter.Done()
			for {
				select {
				case <-stop:
					return
				default:
					c.Interrupt()
					time.Sleep(50 * time.Microsecond)
				}
			}
		}()
		data := noise(5, 1<<20)
		go func() {
			for rest := data; len(rest) > 0; rest = rest[min(len(rest), 700):] {
				_, _ = peer.Write(rest[:min(len(rest), 700)])
			}
		}()
		var got []byte
		for len(got) < len(data) {
			if err := c.Await(); err != nil {
				require.ErrorIs(t, err, ErrInterrupted)
				continue
			}
			piece, err := c.Next(min(1+len(got)%1500, len(data)-len(got)))
			require.NoError(t, err)
			got = append(got, piece...)
			c.Release()
		}
		close(stop)
		interrupter.Wait()
		require.True(t, bytes.Equal(data, got))
		c.Close()
	})
}

// TestCloseAfter: a peer that is still sending gets what it was sent last, and then the end.
func TestCloseAfter(t *testing.T) {
	raw, peer := pipe(t)
	c := NewConn(raw, nil)
	written := make(chan error, 1)
	go func() {
		_, err := peer.Write(make([]byte, 8<<20))
		written <- err
	}()
	_, err := c.Next(100)
	require.NoError(t, err)
	buf, err := c.Malloc(5)
	require.NoError(t, err)
	copy(buf, "sorry")
	require.NoError(t, c.Flush())
	closed := make(chan struct{})
	go func() {
		c.CloseAfter(64<<20, patience)
		close(closed)
	}()
	require.NoError(t, <-written)
	text, err := io.ReadAll(peer)
	require.NoError(t, err)
	require.Equal(t, "sorry", string(text))
	require.NoError(t, peer.Close())
	within(t, "closing", func() { <-closed })

	// A peer that goes on sending does not hold it up.
	raw, peer = pipe(t)
	c = NewConn(raw, nil)
	go func() {
		for {
			if _, err := peer.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}()
	within(t, "closing", func() { c.CloseAfter(1<<20, patience) })
	raw, _ = pipe(t)
	within(t, "closing", func() { NewConn(raw, nil).CloseAfter(1<<20, 10*time.Millisecond) })
}

// TestQuiet: what has arrived, and the peer's end, are seen without being waited for or taken.
func TestQuiet(t *testing.T) {
	raw, peer := pipe(t)
	c := NewConn(raw, nil)
	require.True(t, c.Quiet())
	send(t, peer, []byte("x"))
	require.Eventually(t, func() bool { return !c.Quiet() }, patience, time.Millisecond)
	_, err := c.Next(1)
	require.NoError(t, err)
	c.Release()
	require.True(t, c.Quiet())
	require.NoError(t, peer.Close())
	require.Eventually(t, func() bool { return !c.Quiet() }, patience, time.Millisecond)
	c.Close()
	require.False(t, c.Quiet())
}

// stubborn is a connection whose Read does what a user's might.
type stubborn struct {
	net.Conn
	read func(p []byte) (int, error)
}

func (s stubborn) Read(p []byte) (int, error) { return s.read(p) }

// TestStrangeReads: a Read that returns nothing again and again does not hang, and one that returns bytes and an error loses none.
func TestStrangeReads(t *testing.T) {
	raw, _ := pipe(t)
	c := NewConn(stubborn{raw, func([]byte) (int, error) { return 0, nil }}, nil)
	require.ErrorIs(t, c.Await(), io.ErrNoProgress)
	require.True(t, IsClosed(io.ErrNoProgress))
	c = NewConn(stubborn{raw, func(p []byte) (int, error) { return copy(p, "last"), io.EOF }}, nil)
	data, err := c.Next(4)
	require.NoError(t, err)
	require.Equal(t, "last", string(data))
}

// TestQuietAbove: what a connection over another has read ahead is not quiet.
func TestQuietAbove(t *testing.T) {
	raw, peer := pipe(t)
	ahead := []byte("x")
	c := NewConn(hoarder{layer{raw}, &ahead}, nil)
	require.False(t, c.Quiet())
	data, err := c.Next(1)
	require.NoError(t, err)
	require.Equal(t, "x", string(data))
	c.Release()
	require.True(t, c.Quiet())
	send(t, peer, []byte("y"))
	data, err = c.Next(1)
	require.NoError(t, err)
	require.Equal(t, "y", string(data))
	c.Close()
}

// hoarder has read ahead.
type hoarder struct {
	layer
	ahead *[]byte
}

func (h hoarder) Read(p []byte) (int, error) {
	if n := copy(p, *h.ahead); n > 0 {
		*h.ahead = (*h.ahead)[n:]
		return n, nil
	}
	return h.layer.Read(p)
}

func TestErrorClasses(t *testing.T) {
	require.True(t, IsTimeout(os.ErrDeadlineExceeded))
	require.True(t, IsTimeout(&net.OpError{Err: os.ErrDeadlineExceeded}))
	require.False(t, IsTimeout(io.EOF))
	require.True(t, IsClosed(&net.OpError{Err: errors.New("reset")}))
	require.False(t, IsClosed(&net.OpError{Err: os.ErrDeadlineExceeded}))
	dead := &net.OpError{Err: os.NewSyscallError("read", syscall.ETIMEDOUT)}
	require.True(t, IsClosed(dead))
	require.False(t, IsTimeout(dead))
	require.False(t, IsClosed(errors.New("anything")))
}
