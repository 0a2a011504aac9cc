package admission

import (
	"context"
	"errors"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is how long something may take that must happen: only a hang exceeds it.
const patience = time.Minute

// errTooMany is such as a system has it when no descriptors are left.
var errTooMany = errors.New("too many open files")

// scripted is a listener whose Accept returns what comes from a channel, and, when that is closed, net.ErrClosed.
type scripted struct {
	net.Listener
	results chan error // nil is a connection
	calls   atomic.Int64
}

func (s *scripted) Accept() (net.Conn, error) {
	s.calls.Add(1)
	err, open := <-s.results
	switch {
	case !open:
		return nil, net.ErrClosed
	case err != nil:
		return nil, err
	}
	near, _ := net.Pipe()
	return near, nil
}

// world is an acceptor over a scripted listener.
type world struct {
	*Acceptor
	listener *scripted
	taken    int
	failures []error
	ended    atomic.Bool
	done     chan struct{}
}

func newWorld(results ...error) *world {
	w := &world{listener: &scripted{results: make(chan error, len(results))}, done: make(chan struct{})}
	for _, err := range results {
		w.listener.results <- err
	}
	w.Acceptor = NewAcceptor(Config{
		Listener: w.listener, Socket: w.listener, Take: func(net.Conn) { w.taken++ }, Failed: func(err error) { w.failures = append(w.failures, err) },
		Ended: w.ended.Load, Done: w.done,
	})
	return w
}

// run runs the acceptor, and fails the test if it does not return.
func (w *world) run(t *testing.T) error {
	t.Helper()
	result := make(chan error, 1)
	go func() { result <- w.Run() }()
	select {
	case err := <-result:
		return err
	case <-time.After(patience):
		t.Fatal("Run does not return")
		return nil
	}
}

// TestFailuresPass: whatever an Accept fails with, the connections that come after it are taken, and each failure is reported.
func TestFailuresPass(t *testing.T) {
	script := []error{nil, errTooMany, errTooMany, &net.OpError{Op: "accept", Err: errors.New("aborted")}, nil, nil, errors.New("odd"), nil}
	w := newWorld(script...)
	close(w.listener.results)
	require.ErrorIs(t, w.run(t), net.ErrClosed)
	require.Equal(t, 4, w.taken)
	require.Equal(t, []error{script[1], script[2], script[3], script[6]}, w.failures)
}

// TestFailureAtTheEnd: the error of an Accept after the end of the server is returned, not reported.
func TestFailureAtTheEnd(t *testing.T) {
	w := newWorld(nil, errTooMany)
	w.ended.Store(true)
	require.ErrorIs(t, w.run(t), errTooMany)
	require.Equal(t, 1, w.taken)
	require.Empty(t, w.failures)
}

// TestPausesGrow: a listener that fails on and on is asked a few times a second, so that in the pauses, which double, no more
// calls fit than the logarithm of the time.
func TestPausesGrow(t *testing.T) {
	w := newWorld()
	w.listener.results = make(chan error, 1000)
	for range cap(w.listener.results) {
		w.listener.results <- errTooMany
	}
	time.AfterFunc(300*time.Millisecond, func() {
		w.ended.Store(true)
		close(w.done)
	})
	started := time.Now()
	require.ErrorIs(t, w.run(t), errTooMany)
	paused, next := time.Duration(0), firstPause
	for range w.listener.calls.Load() - 2 { // after the last two there was no whole pause
		paused += next
		next = min(2*next, longestPause)
	}
	require.LessOrEqual(t, paused, time.Since(started))
}

// TestFinish: what clients have connected is accepted before the acceptor ends; a listener of users cannot be told.
func TestFinish(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	const n = 20
	for range n {
		conn, err := net.Dial("tcp", listener.Addr().String())
		require.NoError(t, err)
		defer conn.Close()
	}
	taken := 0
	a := NewAcceptor(Config{
		Listener: listener, Socket: listener, Failed: func(err error) { t.Error(err) }, Ended: func() bool { return false },
		Take: func(conn net.Conn) {
			taken++
			_ = conn.Close()
		},
	})
	require.False(t, a.Finished())
	over, ends := a.Finish()
	require.True(t, ends)
	require.True(t, a.Finished())
	require.NoError(t, a.Run())
	<-over
	require.Equal(t, n, taken)

	_, ends = newWorld().Finish()
	require.False(t, ends)
}

// TestFinishAmongClients: while clients connect all the time, an acceptor ends, and no connection that a client has made is reset when the
// listener is closed.
func TestFinishAmongClients(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the system cannot keep a listener from taking connections")
	}
	const clients = 4
	var config net.ListenConfig
	config.SetMultipathTCP(false)
	for range 3 {
		listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		a := NewAcceptor(Config{
			Listener: listener, Socket: listener, Own: true, Failed: func(err error) { t.Error(err) }, Ended: func() bool { return false },
			Take: func(conn net.Conn) {
				_, _ = conn.Write([]byte{1})
				_ = conn.Close()
			},
		})
		var started, done sync.WaitGroup
		started.Add(clients)
		done.Add(clients)
		stop := make(chan struct{})
		for range clients {
			go func() {
				defer done.Done()
				for first := true; ; first = false {
					conn, err := net.DialTimeout("tcp", listener.Addr().String(), 100*time.Millisecond)
					if err == nil {
						_, err = conn.Read(make([]byte, 1))
						_ = conn.Close()
						if err != nil {
							t.Error(err)
						}
					}
					if first {
						started.Done()
					}
					select {
					case <-stop:
						return
					default:
					}
				}
			}()
		}
		result := make(chan error, 1)
		go func() { result <- a.Run() }()
		started.Wait()
		_, ends := a.Finish()
		require.True(t, ends)
		require.NoError(t, <-result)
		require.NoError(t, listener.Close())
		close(stop)
		done.Wait()
	}
}
