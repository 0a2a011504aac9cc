package exchange

import (
	"context"
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
