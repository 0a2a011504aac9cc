package rpc_test

import (
	"context"
	"fmt"
	"iter"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// TestCanceledRequestsHaveNoEnd: where the requests of a stream end because the call was cancelled, the handler does not take those that came
// for all that there are.
func TestCanceledRequestsHaveNoEnd(t *testing.T) {
	noLeaks(t)
	eachWorld(t, canceledRequests)
}

func canceledRequests(t *testing.T, world func(*testing.T, *rpc.Service, ...rpc.Option) *streamWorld) {
	var running, complete atomic.Int64
	svc := rpc.NewService("Sums")
	rpc.HandleClientStream(svc, "add", func(_ context.Context, requests iter.Seq2[*Request, error]) (*Reply, error) {
		running.Add(1)
		defer running.Add(-1)
		for _, err := range requests {
			if err != nil {
				return nil, err
			}
		}
		complete.Add(1)
		return &Reply{}, nil
	})
	w := world(t, svc)
	for range 300 {
		ctx, cancel := context.WithCancel(context.Background())
		_, err := w.sums.Add(ctx, func(yield func(*Request, error) bool) {
			yield(&Request{Text: "the first of several"}, nil)
			cancel()
		})
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, rpc.CodeCanceled)
	}
	settle(t, func() string {
		if n := running.Load(); n > 0 {
			return fmt.Sprintf("%d handlers are left", n)
		}
		return ""
	})
	require.Zero(t, complete.Load(), "handlers that took the end of the call for the end of the requests")
}
