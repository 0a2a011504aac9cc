package endpoint

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc/transport"
)

// patience is how long something may take that must happen: only a hang exceeds it.
const patience = time.Minute

func ignoreEvents(EventKind, *Conn, net.Addr, time.Duration, error) {}

// world is what the pools of a test are made in.
type world struct {
	t       *testing.T
	config  Config
	group   *Group
	pool    *Pool
	address string

	dial                   func(ctx context.Context) (net.Conn, error) // nil for the real one
	dials                  atomic.Int64
	opened, failed, closed atomic.Int64
	panics                 atomic.Int64
	accepted               chan net.Conn
}

func newWorld(t *testing.T, change func(*Config)) *world {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &world{t: t, address: listener.Addr().String(), accepted: make(chan net.Conn, 1000)}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			w.accepted <- conn
		}
	}()
	w.config = Config{
		MaxConnections: 10, MaxIdle: 10, ConnectTimeout: patience, IdleTimeout: patience, WatchAfter: 50 * time.Millisecond,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			w.dials.Add(1)
			if w.dial != nil {
				return w.dial(ctx)
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
		Event: func(kind EventKind, _ *Conn, remote net.Addr, _ time.Duration, err error) {
			switch kind {
			case Opened:
				w.opened.Add(1)
			case Failed:
				w.failed.Add(1)
			case Closed:
				w.closed.Add(1)
			}
		},
		Panicked: func(string, any) { w.panics.Add(1) },
	}
	if change != nil {
		change(&w.config)
	}
	w.group = NewGroup(w.config)
	w.pool = w.use(w.address)
	t.Cleanup(func() {
		_ = listener.Close()
		w.group.Close()
		w.eventually("all that was opened is closed, and no slot is taken", func() bool {
			w.pool.lock.Lock()
			defer w.pool.lock.Unlock()
			return w.opened.Load() == w.closed.Load() && w.pool.slots == 0 && len(w.pool.all) == 0 && w.pool.queue.Len() == 0 &&
				len(w.pool.dialing) == 0
		})
	})
	return w
}

func (w *world) eventually(what string, holds func() bool) {
	w.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if holds() {
			return
		}
	}
	w.t.Errorf("it does not come about that %s: opened %d, closed %d, slots %d", what, w.opened.Load(), w.closed.Load(), w.pool.slots)
}

// use makes an endpoint the only one in use, and returns its pool.
func (w *world) use(address string) *Pool {
	set := w.group.Use([]Endpoint{{Network: "tcp", Address: address}})
	e, _ := set.Pick(&transport.Call{})
	return set.Pool(e)
}

// get returns a connection, or fails the test.
func (w *world) get() *Conn {
	w.t.Helper()
	c, err := w.pool.Get(context.Background(), time.Now().Add(patience))
	require.NoError(w.t, err)
	return c
}

// briefly is a deadline that is soon.
func briefly() time.Time { return time.Now().Add(20 * time.Millisecond) }

// TestPoolReuse: the connection that was put back last is used next; beyond MaxIdle they are closed.
func TestPoolReuse(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MaxIdle = 2 })
	a, b, c := w.get(), w.get(), w.get()
	w.pool.Put(a, true, false)
	w.pool.Put(b, true, false)
	w.pool.Put(c, true, false)
	require.Equal(t, int64(1), w.closed.Load())
	require.Same(t, b, w.get())
	require.Same(t, a, w.get())
	w.pool.Put(a, false, false)
	require.Equal(t, int64(2), w.closed.Load())
	w.pool.Put(b, true, false)
	require.Equal(t, int64(3), w.dials.Load())
}

// TestShort: each call has a connection of its own.
func TestShort(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Short = true; c.MaxConnections = 2 })
	var group sync.WaitGroup
	for range 20 {
		group.Add(1)
		go func() {
			defer group.Done()
			c, err := w.pool.Get(context.Background(), time.Now().Add(patience))
			if err != nil {
				t.Error(err)
				return
			}
			if c.State != nil {
				t.Error("the connection was used before")
			}
			c.State = true
			w.pool.Put(c, true, false)
		}()
	}
	group.Wait()
	require.GreaterOrEqual(t, w.dials.Load(), int64(20))
}

// TestQueueIsFair: the call that waits longest gets the next connection.
func TestQueueIsFair(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MaxConnections = 1 })
	held := w.get()
	var order []int
	var lock sync.Mutex
	var group sync.WaitGroup
	for i := range 20 {
		group.Add(1)
		go func() {
			defer group.Done()
			c, err := w.pool.Get(context.Background(), time.Now().Add(patience))
			if err != nil {
				t.Error(err)
				return
			}
			lock.Lock()
			order = append(order, i)
			lock.Unlock()
			w.pool.Put(c, true, false)
		}()
		w.eventually("the call waits", func() bool {
			w.pool.lock.Lock()
			defer w.pool.lock.Unlock()
			return w.pool.queue.Len() == i+1
		})
	}
	w.pool.Put(held, true, false)
	group.Wait()
	require.IsIncreasing(t, order)
	require.Equal(t, int64(1), w.dials.Load())
}

// TestWaitsEnd: whatever a call waits for, it ends by its deadline, its context, and when the pool is shut.
func TestWaitsEnd(t *testing.T) {
	blocked := func(ctx context.Context) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	deaf := make(chan struct{})
	states := map[string]func(*world){
		"queueing":             func(w *world) { w.config.MaxConnections = 1 },
		"dialling":             func(w *world) { w.dial = blocked },
		"dialling, not heeded": func(w *world) { w.dial = func(context.Context) (net.Conn, error) { <-deaf; return nil, io.EOF } },
	}
	defer close(deaf)
	for name, prepare := range states {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) {
				if name == "queueing" {
					c.MaxConnections = 1
				}
			})
			if name == "queueing" {
				defer w.pool.Put(w.get(), true, false)
			}
			prepare(w)
			_, err := w.pool.Get(context.Background(), briefly())
			require.ErrorIs(t, err, ErrTimeout)
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(10*time.Millisecond, cancel)
			_, err = w.pool.Get(ctx, time.Time{})
			require.ErrorIs(t, err, context.Canceled)
			time.AfterFunc(10*time.Millisecond, w.group.Close)
			_, err = w.pool.Get(context.Background(), time.Time{})
			require.ErrorIs(t, err, ErrShut)
			_, err = w.pool.Get(context.Background(), time.Time{})
			require.ErrorIs(t, err, ErrShut)
			if name == "dialling, not heeded" {
				deaf <- struct{}{}
				deaf <- struct{}{}
				deaf <- struct{}{}
			}
		})
	}
}

// TestDialsAreBounded: calls that are cancelled while they wait for connections do not make more of them than there are slots.
func TestDialsAreBounded(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MaxConnections = 3; c.ConnectTimeout = 30 * time.Millisecond })
	var running, most atomic.Int64
	w.dial = func(ctx context.Context) (net.Conn, error) {
		if n := running.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer running.Add(-1)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	var group sync.WaitGroup
	for range 10 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 30 {
				ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
				_, err := w.pool.Get(ctx, time.Time{})
				cancel()
				if err == nil {
					t.Error("there is no connection")
				}
			}
		}()
	}
	group.Wait()
	require.LessOrEqual(t, most.Load(), int64(3))
}

// TestLateConnection: a connection that comes when its call has gone serves the next one.
func TestLateConnection(t *testing.T) {
	w := newWorld(t, nil)
	release := make(chan struct{})
	w.dial = func(ctx context.Context) (net.Conn, error) {
		<-release
		return (&net.Dialer{}).DialContext(ctx, "tcp", w.address)
	}
	_, err := w.pool.Get(context.Background(), briefly())
	require.ErrorIs(t, err, ErrTimeout)
	close(release)
	w.eventually("the connection is idle", func() bool {
		w.pool.lock.Lock()
		defer w.pool.lock.Unlock()
		return len(w.pool.idle) == 1
	})
	w.pool.Put(w.get(), true, false)
	require.Equal(t, int64(1), w.dials.Load())
}

// TestUnlimitedConnecting: without a connect timeout, a call that gives up takes its dial with it.
func TestUnlimitedConnecting(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.ConnectTimeout = 0 })
	ended := make(chan struct{})
	w.dial = func(ctx context.Context) (net.Conn, error) {
		<-ctx.Done()
		close(ended)
		return nil, ctx.Err()
	}
	_, err := w.pool.Get(context.Background(), briefly())
	require.ErrorIs(t, err, ErrTimeout)
	<-ended
}

// TestDialersOfAllKinds: a dialer that fails, returns nothing, panics or ends its goroutine costs its call an error, and other
// calls nothing.
func TestDialersOfAllKinds(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		dial func(context.Context) (net.Conn, error)
		want error
	}{
		"fails":                            {func(context.Context) (net.Conn, error) { return nil, broken }, broken},
		"returns nothing":                  {func(context.Context) (net.Conn, error) { return nil, nil }, nil},
		"panics":                           {func(context.Context) (net.Conn, error) { panic("no") }, errDialEnded},
		"exits":                            {func(context.Context) (net.Conn, error) { runtime.Goexit(); return nil, nil }, errDialEnded},
		"returns a connection that panics": {func(context.Context) (net.Conn, error) { return nameless{}, nil }, errDialEnded},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) { c.MaxConnections = 2 })
			w.dial = c.dial
			for range 5 {
				_, err := w.pool.Get(context.Background(), time.Now().Add(patience))
				var failed *DialError
				require.ErrorAs(t, err, &failed)
				require.Equal(t, w.address, failed.Endpoint.String())
				if c.want != nil {
					require.ErrorIs(t, err, c.want)
				}
			}
			w.dial = nil
			w.pool.Put(w.get(), true, false)
		})
	}
}

// nameless is a connection whose methods panic, but for Close.
type nameless struct{ net.Conn }

func (nameless) Close() error { return nil }

// TestEventsThatMisbehave: code that is told of connections may end its goroutine; the connection is there all the same.
func TestEventsThatMisbehave(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		event := c.Event
		c.Event = func(kind EventKind, c *Conn, remote net.Addr, took time.Duration, err error) {
			event(kind, c, remote, took, err)
			if kind == Opened {
				runtime.Goexit()
			}
		}
	})
	w.pool.Put(w.get(), true, false)
}

// TestIdleEnds: an idle connection that the server closes, on which it sends something, or that is too old, is closed at once,
// and not used before that.
func TestIdleEnds(t *testing.T) {
	for name, end := range map[string]func(net.Conn){
		"closed": func(c net.Conn) { _ = c.Close() },
		"sent":   func(c net.Conn) { _, _ = c.Write([]byte("psst")) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.pool.Put(w.get(), true, false)
			time.Sleep(5 * time.Millisecond)
			end(<-w.accepted)
			time.Sleep(20 * time.Millisecond)
			w.pool.Put(w.get(), true, false) // found out when it was to be used
			require.Equal(t, int64(2), w.dials.Load())
			require.Equal(t, int64(1), w.closed.Load())

			w.eventually("the connection is watched", func() bool {
				w.pool.lock.Lock()
				defer w.pool.lock.Unlock()
				return w.pool.idle[0].watch != nil && !w.pool.timed
			})
			end(<-w.accepted)
			w.eventually("it is closed", func() bool { return w.closed.Load() == 2 })
		})
	}
	t.Run("old", func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.IdleTimeout = 20 * time.Millisecond })
		w.pool.Put(w.get(), true, false)
		w.eventually("it is closed", func() bool { return w.closed.Load() == 1 })
		w.pool.lock.Lock()
		defer w.pool.lock.Unlock()
		require.Empty(t, w.pool.idle)
		require.False(t, w.pool.timed, "a timer runs although nothing is to do")
	})
}

// TestWatchedIsUsed: a connection that is watched because it has been idle for a while can be used again.
func TestWatchedIsUsed(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.IdleTimeout = 0 })
	for range 3 {
		c := w.get()
		w.pool.Put(c, true, false)
		w.eventually("the connection is watched", func() bool {
			w.pool.lock.Lock()
			defer w.pool.lock.Unlock()
			if c.watch == nil {
				c.idleSince = time.Time{} // it has been idle for long enough
			}
			return c.watch != nil
		})
		require.Same(t, c, w.get())
		w.pool.Put(c, true, false)
	}
	require.Equal(t, int64(1), w.dials.Load())
}

// TestDoubt: a connection that the peer may close because of its last reply is left alone for a while; a call that needs its
// slot gets that.
func TestDoubt(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MaxConnections = 2 })
	a := w.get()
	w.pool.Put(a, true, true)
	b := w.get()
	require.NotSame(t, a, b)
	c := w.get() // in a's slot
	require.Equal(t, int64(3), w.dials.Load())
	require.Equal(t, int64(1), w.closed.Load())
	w.pool.Put(b, true, true)
	time.Sleep(2 * doubt)
	require.Same(t, b, w.get())
	w.pool.Put(b, true, true)
	w.pool.Put(c, true, false)
	for range 3 {
		c := w.get()
		require.NotSame(t, b, c)
		w.pool.Put(c, true, false)
	}
	// A call that waits gets the slot of a doubtful connection that is put back.
	c, d := w.get(), w.get()
	waiting := make(chan error, 1)
	go func() {
		e, err := w.pool.Get(context.Background(), time.Now().Add(patience))
		if err == nil {
			w.pool.Put(e, true, false)
		}
		waiting <- err
	}()
	w.eventually("a call waits", func() bool {
		w.pool.lock.Lock()
		defer w.pool.lock.Unlock()
		return w.pool.queue.Len() == 1
	})
	w.pool.Put(c, true, true)
	require.NoError(t, <-waiting)
	w.pool.Put(d, true, false)
}

// TestDoubtfulGiveWay: a doubtful connection is not kept in place of another one.
func TestDoubtfulGiveWay(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MaxIdle = 1 })
	for range 3 {
		a, b := w.get(), w.get()
		w.pool.Put(a, true, true)
		w.pool.Put(b, true, false)
		require.Same(t, b, w.get())
		w.pool.Put(b, false, false)
	}
}

// TestRetire: connections to an endpoint that is not used any more are closed, those in use when they are put back; then the
// group forgets the pool.
func TestRetire(t *testing.T) {
	w := newWorld(t, nil)
	idle, used := w.get(), w.get()
	w.pool.Put(idle, true, false)
	w.use("elsewhere:1")
	require.Equal(t, int64(1), w.closed.Load())
	require.Len(t, w.group.retired, 1)
	w.pool.Put(used, true, false)
	require.Equal(t, int64(2), w.closed.Load())
	w.eventually("the group forgets the pool", func() bool {
		w.group.lock.Lock()
		defer w.group.lock.Unlock()
		return len(w.group.retired) == 0
	})
	// One without connections is forgotten at once; and an endpoint that comes back has a new one.
	require.NotSame(t, w.pool, w.use(w.address))
	w.eventually("the group forgets the pool", func() bool {
		w.group.lock.Lock()
		defer w.group.lock.Unlock()
		return len(w.group.retired) == 0 && len(w.group.pools) == 1
	})
}

// TestShut: Close ends connections that are in use, retired ones too, and none can be had any more.
func TestShut(t *testing.T) {
	w := newWorld(t, nil)
	retired := w.get()
	used, pool := w.use("elsewhere:1"), w.use(w.address)
	lent, err := pool.Get(context.Background(), time.Now().Add(patience))
	require.NoError(t, err)
	w.group.Close()
	require.Error(t, retired.Await())
	require.Error(t, lent.Await())
	w.pool.Put(retired, false, false)
	pool.Put(lent, false, false)
	for _, p := range []*Pool{w.pool, pool, used, w.use("new:1")} {
		_, err := p.Get(context.Background(), time.Time{})
		if p != used { // which was retired without a connection, and forgotten
			require.ErrorIs(t, err, ErrShut)
		}
	}
}

// TestPoolStorm: calls of all kinds at the same time, with connections that break, get what they wait for, and nothing is left.
func TestPoolStorm(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.MaxConnections, c.MaxIdle, c.IdleTimeout = 5, 3, 5*time.Millisecond
	})
	go func() {
		for conn := range w.accepted {
			if conn.LocalAddr() != nil && time.Now().UnixNano()%3 == 0 {
				_ = conn.Close()
			}
		}
	}()
	var group sync.WaitGroup
	for i := range 30 {
		group.Add(1)
		go func() {
			defer group.Done()
			for j := range 100 {
				ctx, cancel := context.WithCancel(context.Background())
				deadline := time.Now().Add(patience)
				switch (i + j) % 5 {
				case 0:
					deadline = time.Now().Add(time.Duration(j) * 10 * time.Microsecond)
				case 1:
					time.AfterFunc(time.Duration(j)*10*time.Microsecond, cancel)
				}
				c, err := w.pool.Get(ctx, deadline)
				cancel()
				if err != nil {
					if (i+j)%5 > 1 {
						t.Error(fmt.Errorf("a call without a limit: %w", err))
					}
					continue
				}
				w.pool.Put(c, (i+j)%7 != 0, (i+j)%3 == 0)
			}
		}()
	}
	group.Wait()
}

// touchyTLS is a connection over another, as those of crypto/tls are, whose Read misbehaves.
type touchyTLS struct {
	net.Conn
	read func()
}

func (c touchyTLS) NetConn() net.Conn        { return c.Conn }
func (c touchyTLS) Read([]byte) (int, error) { c.read(); return 0, io.EOF }

// TestChecksThatMisbehave: a connection whose Read panics, or ends the goroutine, while it is looked at gives up its slot.
func TestChecksThatMisbehave(t *testing.T) {
	for name, read := range map[string]func(){"panic": func() { panic("on purpose") }, "exit": runtime.Goexit, "end": func() {}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) { c.MaxConnections, c.WatchAfter = 1, time.Hour })
			w.dial = func(ctx context.Context) (net.Conn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, "tcp", w.address)
				return touchyTLS{conn, read}, err
			}
			for range 3 {
				w.pool.Put(w.get(), true, false)
				time.Sleep(2 * trusted)
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					defer func() { _ = recover() }()
					if c, err := w.pool.Get(context.Background(), time.Now().Add(patience)); err == nil {
						w.pool.Put(c, false, false)
					}
				}()
				<-ended
			}
			w.pool.Put(w.get(), false, false)
		})
	}
}
