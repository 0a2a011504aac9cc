package transport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// letter is a message in a queue.
type letter struct {
	out  Output
	sent chan error
}

func newLetter(t testing.TB, c *Conn, text []byte) *letter {
	t.Helper()
	l := &letter{sent: make(chan error, 2)}
	l.out.Use(c)
	buf, err := l.out.Malloc(len(text))
	require.NoError(t, err)
	copy(buf, text)
	return l
}

func (l *letter) Message() *Output { return &l.out }
func (l *letter) Sent(err error)   { l.sent <- err }

// TestQueue: what many goroutines put arrives whole and, of each, in order.
func TestQueue(t *testing.T) {
	overEach(t, nil, func(t *testing.T, c *Conn, peer net.Conn) {
		q := NewQueue(c, new(Workers), func() { t.Error("sending fails") })
		const writers, each = 10, 50
		received := make(chan []byte)
		go func() {
			data, err := io.ReadAll(peer)
			if err != nil {
				t.Error(err)
			}
			received <- data
		}()
		var group sync.WaitGroup
		for w := range writers {
			group.Add(1)
			go func() {
				defer group.Done()
				for n := range each {
					text := fmt.Appendf(nil, "%d:%02d:", w, n)
					text = append(text, bytes.Repeat([]byte{'.'}, n*n*10)...)
					l := newLetter(t, c, append(text, '\n'))
					q.Put(l)
					if err := <-l.sent; err != nil {
						t.Error(err)
					}
				}
			}()
		}
		group.Wait()
		c.Close()
		next := map[byte]int{}
		lines := bytes.Split(bytes.TrimSpace(<-received), []byte{'\n'})
		require.Len(t, lines, writers*each)
		for _, line := range lines {
			n := next[line[0]]
			next[line[0]]++
			require.Equal(t, fmt.Sprintf("%c:%02d:", line[0], n), string(line[:5]))
			require.Len(t, line, 5+n*n*10)
		}
	})
}

// told is a message that says what was told of it, and does something then.
type told struct {
	letter
	then func()
}

func (m *told) Sent(err error) {
	m.letter.Sent(err)
	m.then()
}

// TestQueueFailsInOrder: where sending fails, messages are told in their order, also those that are put meanwhile: who waits for the last one
// gives back the connection, which the others use.
func TestQueueFailsInOrder(t *testing.T) {
	overEach(t, nil, func(t *testing.T, c *Conn, _ net.Conn) {
		q := NewQueue(c, new(Workers), func() {})
		c.Abort()
		var order []string
		ended := make(chan struct{})
		put := func(name string, then func()) {
			m := &told{letter: *newLetter(t, c, []byte(name))}
			m.then = func() {
				order = append(order, name)
				m.out.Free()
				then()
			}
			q.Put(m)
		}
		q.lock.Lock() // until all of them wait
		q.active = true
		q.lock.Unlock()
		put("first", func() {
			put("fourth", func() { put("fifth", func() { close(ended) }) })
		})
		put("second", func() {})
		put("third", func() {})
		go q.send(true)
		<-ended
		require.Equal(t, []string{"first", "second", "third", "fourth", "fifth"}, order)
		told := make(chan struct{})
		put("later", func() { close(told) })
		<-told
		require.Equal(t, "later", order[5])
		c.Close()
		require.Zero(t, c.Charged())
	})
}

// TestQueueWritesTogether: all that waits while a write is under way is sent by one more.
func TestQueueWritesTogether(t *testing.T) {
	overEach(t, nil, func(t *testing.T, c *Conn, peer net.Conn) {
		q := NewQueue(c, new(Workers), func() { t.Error("sending fails") })
		const behind, size = 50, 100
		first := newLetter(t, c, make([]byte, 32<<20)) // more than the kernel takes from a connection
		q.Put(first)
		for q.Turn() == 0 {
			runtime.Gosched() // until it is being written
		}
		var letters []*letter
		for range behind {
			l := newLetter(t, c, make([]byte, size))
			letters = append(letters, l)
			q.Put(l)
		}
		n, err := io.CopyN(io.Discard, peer, 32<<20+behind*size)
		require.NoError(t, err, n)
		for _, l := range append(letters, first) {
			require.NoError(t, <-l.sent)
			l.out.Free()
		}
		require.Equal(t, uint32(4), q.Turn(), "the beginnings and the ends of two writes")
		c.Close()
	})
}

// gated is a connection whose writes wait for permission, and fail when they have taken so many bytes.
type gated struct {
	net.Conn
	permit chan int // how many bytes a write may take before it fails, -1 for all of them
}

var errFull = errors.New("full")

func (g gated) Write(p []byte) (int, error) {
	if n := <-g.permit; n >= 0 {
		return n, errFull
	}
	return len(p), nil
}

// TestQueueThatFails: each message is told once that it was not sent, or that there is no telling; one that was taken back is told
// nothing.
func TestQueueThatFails(t *testing.T) {
	near, _ := pipe(t)
	g := gated{near, make(chan int)}
	c := NewConn(g, nil)
	ended := make(chan struct{}, 1)
	q := NewQueue(c, new(Workers), func() { ended <- struct{}{} })
	put := func(n int) *letter {
		l := newLetter(t, c, make([]byte, n))
		q.Put(l)
		return l
	}
	first := put(10)
	for q.Turn() == 0 {
		runtime.Gosched() // until it is being written
	}
	second, third, fourth, withdrawn := put(10), put(largestCopied), put(10), put(10)
	var asked []Sending
	back := func(s Sending) bool {
		asked = append(asked, s)
		return s == withdrawn
	}
	q.Withdraw(back)
	require.Equal(t, []Sending{second, third, fourth, withdrawn}, asked, "the first one is being written")
	q.Withdraw(back)
	require.Len(t, asked, 7, "it is gone")
	g.permit <- -1
	require.NoError(t, <-first.sent)
	g.permit <- 3 // of the second, which may have gone all the same
	require.ErrorIs(t, <-second.sent, errFull)
	require.Equal(t, ErrUnsent, <-third.sent)
	require.Equal(t, ErrUnsent, <-fourth.sent)
	<-ended
	late := put(10)
	require.Equal(t, ErrUnsent, <-late.sent)
	for _, l := range []*letter{first, second, third, fourth, late, withdrawn} {
		require.Empty(t, l.sent)
		l.out.Free()
	}
}

// TestQueueOverClosedSocket: messages for a socket that is closed were not sent.
func TestQueueOverClosedSocket(t *testing.T) {
	near, _ := pipe(t)
	c := NewConn(near, nil)
	q := NewQueue(c, new(Workers), c.Abort)
	c.Abort()
	l := newLetter(t, c, []byte("x"))
	q.Put(l)
	require.Equal(t, ErrUnsent, <-l.sent)
	c.Close()
}

// narrow is a connection that counts the bytes of writes, of which there must be one at a time.
type narrow struct {
	net.Conn
	writing, bytes atomic.Int64
	crossed        atomic.Bool
}

func (n *narrow) Write(p []byte) (int, error) {
	if n.writing.Add(1) > 1 {
		n.crossed.Store(true)
	}
	runtime.Gosched()
	n.bytes.Add(int64(len(p)))
	n.writing.Add(-1)
	return len(p), nil
}

// TestQueueOneWriter: however much waits, so that senders are called in a hurry, one writes at a time, and each message is sent once.
func TestQueueOneWriter(t *testing.T) {
	near, _ := pipe(t)
	n := &narrow{Conn: near}
	c := NewConn(n, nil)
	workers := new(Workers)
	q := NewQueue(c, workers, func() { t.Error("sending fails") })
	const writers, each, size = 20, 100, 100
	var sent sync.WaitGroup
	sent.Add(writers * each)
	for range writers {
		go func() {
			for range each {
				l := newLetter(t, c, make([]byte, size))
				q.Put(l)
				go func() {
					defer sent.Done()
					if err := <-l.sent; err != nil {
						t.Error(err)
					}
				}()
			}
		}()
	}
	sent.Wait()
	require.False(t, n.crossed.Load())
	require.Equal(t, int64(writers*each*size), n.bytes.Load())
	workers.Close()
	c.Close()
}

// TestQueueComesFirst: what is ready to be sent does not wait for tasks that wait, be it much or little.
func TestQueueComesFirst(t *testing.T) {
	for _, size := range []int{1, manyBytes} {
		near, _ := pipe(t)
		c := NewConn(near, nil)
		w := &Workers{coming: true} // so that none is called but this one
		for range 3 {
			w.Go(job(func() {}))
		}
		l := newLetter(t, c, make([]byte, size))
		NewQueue(c, w, func() {}).Put(l)
		first := w.take(&worker{wake: make(chan bool, 1)}, false)
		require.IsType(t, new(sender), first)
		first.Run()
		require.NoError(t, <-l.sent)
		l.out.Free()
		c.Close()
	}
}
