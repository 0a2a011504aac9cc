package exchange

import (
	"container/list"
	"context"
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
	left    int       // calls that left, in whose place no other has come yet
	waiting list.List // of the channels of calls
}

// enter waits until another call may be in flight, while canceled, which is that of ctx, and shut are open. leave ends one.
func (r *room) enter(ctx context.Context, canceled <-chan struct{}, deadline time.Time, shut <-chan struct{}) error {
	if r.calls.Add(1) <= r.most {
		return nil
	}
	turn := make(chan struct{})
	place := r.queue(turn)
	if place == nil {
		return nil
	}
	expired, stop := timerFor(deadline)
	defer stop()
	var err error
	select {
	case <-turn:
		return nil
	case <-canceled:
	case <-expired:
		err = endpoint.ErrTimeout
	case <-shut:
		err = endpoint.ErrShut
	}
	r.giveUp(place, turn)
	if err == nil {
		err = endOf(ctx)
	}
	return err
}

// queue has a call wait until its turn is closed, or lets it in, and returns nil.
func (r *room) queue(turn chan struct{}) *list.Element {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.left > 0 {
		r.left--
		return nil
	}
	return r.waiting.PushBack(turn)
}

// giveUp is called for a call that does not wait any longer.
func (r *room) giveUp(place *list.Element, turn chan struct{}) {
	r.lock.Lock()
	defer r.lock.Unlock()
	select {
	case <-turn:
		r.next() // in place of this one, which has just been let in
	default:
		r.waiting.Remove(place)
		r.calls.Add(-1)
	}
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
	switch first := r.waiting.Front(); {
	case r.calls.Add(-1) < r.most:
	case first == nil:
		r.left++
	default:
		close(r.waiting.Remove(first).(chan struct{}))
	}
}
