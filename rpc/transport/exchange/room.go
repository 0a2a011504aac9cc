package exchange

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tagwire/tagwire/rpc/endpoint"
)

// room bounds how many calls are in flight. Those that wait get in in the order in which they came.
type room struct {
	most  int64
	calls atomic.Int64 // that are in, or wait

	lock    sync.Mutex
	left    int             // calls that left, in whose place no other has come yet
	waiting []chan struct{} // calls
}

// enter waits until another call may be in flight. leave ends one.
func (r *room) enter(ctx context.Context, deadline time.Time, shut <-chan struct{}) error {
	if r.calls.Add(1) <= r.most {
		return nil
	}
	turn := r.queue()
	if turn == nil {
		return nil
	}
	expired, stop := timerFor(deadline)
	defer stop()
	var err error
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-expired:
		err = endpoint.ErrTimeout
	case <-shut:
		err = endpoint.ErrShut
	}
	r.giveUp(turn)
	return err
}

// queue has a call wait, for what is returned to be closed, or lets it in, and returns nil.
func (r *room) queue() chan struct{} {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.left > 0 {
		r.left--
		return nil
	}
	turn := make(chan struct{})
	r.waiting = append(r.waiting, turn)
	return turn
}

// giveUp is called for a call that does not wait any longer.
func (r *room) giveUp(turn chan struct{}) {
	r.lock.Lock()
	defer r.lock.Unlock()
	i := slices.Index(r.waiting, turn)
	if i < 0 {
		r.next() // in place of this one, which has just been let in
		return
	}
	r.waiting = slices.Delete(r.waiting, i, i+1)
	r.calls.Add(-1)
}

// leave lets another call in.
func (r *room) leave() {
	for calls := r.calls.Load(); calls <= r.most; calls = r.calls.Load() {
		if r.calls.CompareAndSwap(calls, calls-1) {
			return // none waits
		}
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	r.next()
}

// next lets a call in, if one waits, or is about to, in place of another one. lock is held, so that none gives up meanwhile.
func (r *room) next() {
	switch {
	case r.calls.Add(-1) < r.most:
	case len(r.waiting) == 0:
		r.left++
	default:
		close(r.waiting[0])
		r.waiting = slices.Delete(r.waiting, 0, 1)
	}
}
