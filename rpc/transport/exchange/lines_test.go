package exchange

import (
	"context"
	"sync/atomic"
	"testing"

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
