package exchange

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc/message"
)

// TestSequenceInUse: a call whose id another one still has, because the ids have gone all the way round, gets another id.
func TestSequenceInUse(t *testing.T) {
	var messages atomic.Int64
	first := make(chan struct{})
	w := newWorld(t, func(b []byte) []byte {
		if messages.Add(1) == 1 {
			close(first)
			return nil
		}
		return echo(b)
	})
	w.config.Shared, w.config.Limits.MaxInFlight = 1, 10
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	waits, next := call(1, received(nil)), call(1, received(nil))
	go func() { done <- w.Exchange(ctx, waits) }()
	<-first
	w.sequence.Add(-1)
	require.NoError(t, w.Exchange(context.Background(), next))
	cancel()
	require.ErrorIs(t, <-done, message.CodeCanceled)
	require.NotEqual(t, waits.Sequence, next.Sequence)
}

// TestDeadlines: each call ends when its own time is over, in whatever order they were made, and others go on.
func TestDeadlines(t *testing.T) {
	w := newWorld(t, func([]byte) []byte { return nil })
	w.config.Shared, w.config.Limits.MaxInFlight = 1, 100
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan int, 10)
	errs := make([]error, 10)
	for n, left := range []time.Duration{time.Hour, 30 * time.Millisecond, 0, 10 * time.Millisecond, 20 * time.Millisecond, -time.Second, time.Minute} {
		c := call(1, received(nil))
		c.Deadline = time.Time{}
		if left != 0 {
			c.Deadline = time.Now().Add(left)
		}
		go func() {
			errs[n] = w.Exchange(ctx, c)
			ended <- n
		}()
	}
	for range 4 {
		n := <-ended
		require.Contains(t, []int{1, 3, 4, 5}, n)
		require.ErrorIs(t, errs[n], message.CodeTimeout)
	}
	select {
	case n := <-ended:
		t.Fatalf("call %d has time left, and ended with %v", n, errs[n])
	case <-time.After(50 * time.Millisecond):
	}
	cancel()
	for range 3 {
		require.ErrorIs(t, errs[<-ended], message.CodeCanceled)
	}
}

// TestSilenceAfterOneway: a peer that had nothing to answer for long is not taken for one that does not answer.
func TestSilenceAfterOneway(t *testing.T) {
	w := newWorld(t, func([]byte) []byte { return nil })
	w.config.Shared, w.config.Limits.MaxInFlight = 1, 100
	background := context.Background()
	oneway := func() {
		t.Helper()
		c := call(1, received(nil))
		c.Request.Type = message.MessageOneway
		require.NoError(t, w.Exchange(background, c))
	}
	oneway()
	time.Sleep(mostSilence + 10*time.Millisecond)
	oneway()
	late := call(1, received(nil))
	late.Deadline = time.Now().Add(time.Millisecond)
	require.ErrorIs(t, w.Exchange(background, late), message.CodeTimeout)
	oneway()
	dials, _ := w.counts()
	require.Equal(t, 1, dials)
}

// TestSilenceOfOthers: a call that ends soon is no reason to give up a peer which has another one that takes long.
func TestSilenceOfOthers(t *testing.T) {
	came := make(chan struct{}, 10)
	w := newWorld(t, func([]byte) []byte { came <- struct{}{}; return nil })
	w.config.Shared, w.config.Limits.MaxInFlight = 1, 100
	ctx, cancel := context.WithCancel(context.Background())
	poll := make(chan error)
	go func() { poll <- w.Exchange(ctx, call(1, received(nil))) }()
	<-came
	time.Sleep(mostSilence + 10*time.Millisecond)
	for range 2 {
		short := call(1, received(nil))
		short.Deadline = time.Now().Add(time.Millisecond)
		require.ErrorIs(t, w.Exchange(context.Background(), short), message.CodeTimeout)
	}
	dials, _ := w.counts()
	require.Equal(t, 1, dials)
	cancel()
	require.ErrorIs(t, <-poll, message.CodeCanceled)
}

// timed is a protocol that notes how much time the calls are said to have.
type timed struct {
	letters
	lock sync.Mutex
	last time.Duration
}

func (*timed) Headers() bool { return true }

func (p *timed) Write(w message.Writer, m *message.Message, body message.Body, limits *message.Limits) error {
	p.lock.Lock()
	p.last = m.Timeout
	p.lock.Unlock()
	return p.letters.Write(w, m, body, limits)
}

// TestTimeoutAfterConnect: a request that waited for its connection says how much time is left then.
func TestTimeoutAfterConnect(t *testing.T) {
	w := newWorld(t, echo)
	p := new(timed)
	w.config.Shared, w.config.Limits.MaxInFlight, w.config.Protocol, w.delay = 1, 100, p, 50*time.Millisecond
	c := call(1, received(nil))
	left := time.Until(c.Deadline)
	require.NoError(t, w.Exchange(context.Background(), c))
	require.LessOrEqual(t, p.last, left-w.delay)
}

// rude is a context that has ended, and does not say why once it was asked for what ends it.
type rude struct {
	context.Context
	done  chan struct{}
	asked bool
}

func newRude() *rude {
	r := &rude{Context: context.Background(), done: make(chan struct{})}
	close(r.done)
	return r
}

func (r *rude) Done() <-chan struct{} { r.asked = true; return r.done }

func (r *rude) Err() error {
	if r.asked {
		panic("rude")
	}
	return nil
}

// TestRudeContext: a call whose context panics leaves nothing behind, wherever it waits.
func TestRudeContext(t *testing.T) {
	var silent atomic.Bool
	w := newWorld(t, func(b []byte) []byte {
		if silent.Load() {
			return nil
		}
		return echo(b)
	})
	silent.Store(true) // a reply that comes at once may win over the end of the context
	w.config.Shared, w.config.Limits.MaxInFlight = 1, 1
	ends := func() { // while a line is made, and while the reply is waited for
		t.Helper()
		require.Panics(t, func() { _ = w.Exchange(newRude(), call(1, received(nil))) })
	}
	for range 4 {
		ends()
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- w.Exchange(ctx, call(1, received(nil))) }()
	set, err := w.directory.Endpoints(ctx, time.Time{})
	require.NoError(t, err)
	target, _ := set.Pick(call(1, nil))
	s := w.linesOf(set.Pool(target))
	require.Eventually(t, func() bool { return s.room.calls.Load() == 1 }, 10*time.Second, time.Millisecond)
	ends() // while there is no room
	cancel()
	require.ErrorIs(t, <-done, message.CodeCanceled)
	require.Zero(t, s.room.calls.Load())
	silent.Store(false)
	for range 3 {
		require.NoError(t, w.Exchange(context.Background(), call(1, received(nil))))
	}
}
