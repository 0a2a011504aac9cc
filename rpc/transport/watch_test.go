package transport

import (
	"math/rand"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// watchFor watches c and returns where what happens is told.
func watchFor(c *Conn, idle time.Duration) (*Watch, chan bool) {
	happened := make(chan bool, 2)
	return c.Watch(idle, func(expired bool) { happened <- expired }), happened
}

func next(t testing.TB, happened chan bool) (expired bool) {
	t.Helper()
	select {
	case expired = <-happened:
	case <-time.After(patience):
		t.Fatal("nothing happens")
	}
	return expired
}

// TestWatch: a byte, the end and the time each end a watch, once, and the connection can be used and watched again.
func TestWatch(t *testing.T) {
	overEach(t, NewBudget(1<<20), func(t *testing.T, c *Conn, peer net.Conn) {
		for range 3 {
			_, happened := watchFor(c, patience)
			send(t, peer, []byte("x"))
			require.False(t, next(t, happened))
			data, err := c.Next(1)
			require.NoError(t, err)
			require.Equal(t, "x", string(data))
			c.Release()

			_, happened = watchFor(c, 10*time.Millisecond)
			require.True(t, next(t, happened))

			w, happened := watchFor(c, 0)
			require.True(t, w.Stop())
			require.False(t, w.Stop())
			require.Empty(t, happened)
			require.Zero(t, c.Len())
		}
		_, happened := watchFor(c, patience)
		require.NoError(t, peer.Close())
		require.False(t, next(t, happened))
		require.Error(t, c.Await())
		c.Close()
		require.Zero(t, c.budget.Used())
	})
}

// TestWatchWithoutMemory: a watch needs none that is not there.
func TestWatchWithoutMemory(t *testing.T) {
	overEach(t, NewBudget(1), func(t *testing.T, c *Conn, peer net.Conn) {
		_, happened := watchFor(c, patience)
		send(t, peer, []byte("x"))
		require.False(t, next(t, happened))
		c.Close()
		require.Zero(t, c.budget.Used())
	})
}

// TestWatchAborted: Abort ends the watch of a connection, and has no other effect on it.
func TestWatchAborted(t *testing.T) {
	overEach(t, nil, func(t *testing.T, c *Conn, _ net.Conn) {
		w, happened := watchFor(c, patience)
		c.Abort()
		if w.Stop() {
			require.Empty(t, happened)
		} else {
			require.False(t, next(t, happened))
		}
		c.Close()
	})
}

// TestWatchCostsNoGoroutine: where the system can tell of many connections at once, it does.
func TestWatchCostsNoGoroutine(t *testing.T) {
	if runtime.GOOS != "linux" {
		return // elsewhere each has one
	}
	var watches []*Watch
	near, _ := pipe(t)
	NewConn(near, nil) // makes the poller
	before := runtime.NumGoroutine()
	for range 100 {
		near, _ := pipe(t)
		watches = append(watches, NewConn(near, nil).Watch(patience, func(bool) {}))
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), before+3)
	for _, w := range watches {
		require.True(t, w.Stop())
	}
}

// TestWatchRaces: of all that may end a watch at the same time one does, and bytes are not lost.
func TestWatchRaces(t *testing.T) {
	overEach(t, nil, func(t *testing.T, c *Conn, peer net.Conn) {
		random := rand.New(rand.NewSource(8))
		for range 300 {
			var owners atomic.Int32
			done := make(chan struct{}, 2)
			w := c.Watch(time.Duration(1+random.Intn(200))*time.Microsecond, func(bool) {
				owners.Add(1)
				done <- struct{}{}
			})
			var group sync.WaitGroup
			group.Add(2)
			go func() {
				defer group.Done()
				_, _ = peer.Write([]byte("x"))
			}()
			go func() {
				defer group.Done()
				time.Sleep(time.Duration(random.Intn(200)) * time.Microsecond)
				if w.Stop() {
					owners.Add(1)
					done <- struct{}{}
				}
			}()
			<-done
			group.Wait()
			require.Equal(t, int32(1), owners.Load())
			_, err := c.Next(1)
			require.NoError(t, err)
			c.Release()
			require.Zero(t, c.Len())
		}
		c.Close()
	})
}

// TestWatchIndexes: indexes of the poller's table are used again, and an event that comes late for one is dropped.
func TestWatchIndexes(t *testing.T) {
	near, far := pipe(t)
	c := NewConn(near, nil)
	for range 5000 {
		require.True(t, c.Watch(0, func(bool) { t.Error("nothing has happened") }).Stop())
	}
	other, _ := pipe(t)
	w := NewConn(other, nil).Watch(0, func(bool) { t.Error("nothing has happened to this one") })
	send(t, far, []byte("late"))
	time.Sleep(20 * time.Millisecond)
	require.True(t, w.Stop())
	_, happened := watchFor(c, 0)
	require.False(t, next(t, happened))
}
