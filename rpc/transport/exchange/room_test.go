package exchange

import (
	"context"
	"math/rand"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/rpc/endpoint"
)

// TestRoom: never are there more calls than there is room for, however many wait, give up and leave at the same time, and in the end
// there is as much room as at first.
func TestRoom(t *testing.T) {
	for _, most := range []int64{1, 2, 7} {
		r := &room{most: most}
		var in, entered, gaveUp atomic.Int64
		var group sync.WaitGroup
		for seed := range 32 {
			group.Add(1)
			go func() {
				defer group.Done()
				random := rand.New(rand.NewSource(int64(seed)))
				for range effort.Of(1000, 100) {
					ctx, cancel := context.WithCancel(context.Background())
					if random.Intn(2) == 0 {
						time.AfterFunc(time.Duration(random.Intn(50))*time.Microsecond, cancel)
					}
					if err := r.enter(ctx, ctx.Done(), time.Time{}, nil); err != nil {
						gaveUp.Add(1)
						cancel()
						continue
					}
					entered.Add(1)
					if n := in.Add(1); n > most {
						t.Errorf("%d calls, with room for %d", n, most)
					}
					if random.Intn(4) == 0 {
						time.Sleep(time.Microsecond)
					}
					in.Add(-1)
					r.leave()
					cancel()
				}
			}()
		}
		group.Wait()
		t.Logf("room for %d: %d entered, %d gave up", most, entered.Load(), gaveUp.Load())
		require.Zero(t, r.calls.Load())
		require.Zero(t, r.left)
		require.Zero(t, r.waiting.Len())
	}
}

// TestRoomTurns: calls get in in the order in which they came, and each reason to wait no longer is told.
func TestRoomTurns(t *testing.T) {
	r := &room{most: 1}
	background := context.Background()
	require.NoError(t, r.enter(background, nil, time.Time{}, nil))
	ended, cancel := context.WithCancel(background)
	cancel()
	require.ErrorIs(t, r.enter(ended, ended.Done(), time.Time{}, nil), context.Canceled)
	require.ErrorIs(t, r.enter(background, nil, time.Now().Add(time.Millisecond), nil), endpoint.ErrTimeout)
	shut := make(chan struct{})
	close(shut)
	require.ErrorIs(t, r.enter(background, nil, time.Time{}, shut), endpoint.ErrShut)

	order := make(chan int)
	for n := range 5 {
		go func() {
			if err := r.enter(background, nil, time.Time{}, nil); err != nil {
				t.Error(err)
			}
			order <- n
			r.leave()
		}()
		require.Eventually(t, func() bool {
			r.lock.Lock()
			defer r.lock.Unlock()
			return r.waiting.Len() == n+1
		}, 10*time.Second, 10*time.Microsecond)
	}
	r.leave()
	for n := range 5 {
		require.Equal(t, n, <-order)
	}
	require.Eventually(t, func() bool { return r.calls.Load() == 0 }, 10*time.Second, time.Millisecond)
}
