package main

import (
	"cmp"
	"sync"
	"sync/atomic"
	"time"
)

// A load says how calls are made.
type load struct {
	// Duration is how long calls are begun.
	Duration time.Duration
	// Rate is the calls per second that are due, answered or not: an open loop. With 0 each caller makes its next call when it
	// has the answer to its last one: a closed loop.
	Rate float64
}

// A runner makes calls, returns how many were answered, and records how long each took.
type runner func(l load, h *histogram) (answered int, err error)

// callers are functions, one for each caller, that make a call and fail unless the answer is right.
type callers []func() error

// start has each caller make a call, all at the same time, so that all connections are open before calls count.
func (c callers) start() (runner, error) {
	failures := make([]error, len(c))
	var group sync.WaitGroup
	for i, call := range c {
		group.Go(func() { failures[i] = call() })
	}
	group.Wait()
	return c.run, cmp.Or(failures...)
}

func (c callers) run(l load, h *histogram) (int, error) {
	if l.Rate > 0 {
		return c.open(l, h)
	}
	started := time.Now()
	return c.each(started, h, func(now time.Duration) (time.Duration, bool) { return now, now < l.Duration })
}

// giveUpTime is how long after the duration of an open loop calls are still begun, if the callers are late.
const giveUpTime = time.Second

// open makes calls at a fixed rate. A call's time counts from when it was due, not from when a caller was free to make it: if the
// server stalls, the calls that were due meanwhile have waited, and a loop that omitted that would hide the stall. Calls that are
// not begun in time are not made, and count with the time that they have waited.
func (c callers) open(l load, h *histogram) (int, error) {
	clock, err := newAlarm()
	if err != nil {
		return 0, err
	}
	defer clock.close()
	calls := int(l.Rate * l.Duration.Seconds())
	dues := make(chan time.Duration, calls) // with room for all, so that they are due whether anyone calls or not
	started := time.Now()
	var schedule error
	go func() {
		defer close(dues)
		for i := range calls {
			due := time.Duration(float64(i) / l.Rate * float64(time.Second))
			if schedule = clock.sleep(due - time.Since(started)); schedule != nil {
				return
			}
			dues <- due
		}
	}()
	answered, err := c.each(started, h, func(time.Duration) (time.Duration, bool) {
		for due := range dues {
			now := time.Since(started)
			if now <= l.Duration+giveUpTime {
				return due, true
			}
			h.record(now - due)
		}
		return 0, false
	})
	if err == nil {
		err = schedule // All callers are done, so dues is closed.
	}
	return answered, err
}

// each runs a goroutine for each caller, which makes calls until begin says that there are no more, or one fails. begin gets the
// time since the start, and returns the time from which the next call counts.
func (c callers) each(started time.Time, h *histogram, begin func(now time.Duration) (from time.Duration, more bool)) (int, error) {
	var answered atomic.Int64
	var failure atomic.Pointer[error]
	var group sync.WaitGroup
	for _, call := range c {
		group.Go(func() {
			count, now := 0, time.Since(started)
			for failure.Load() == nil {
				from, more := begin(now)
				if !more {
					break
				}
				if err := call(); err != nil {
					failure.Store(&err)
					break
				}
				now = time.Since(started)
				h.record(now - from)
				count++
			}
			answered.Add(int64(count))
		})
	}
	group.Wait()
	if err := failure.Load(); err != nil {
		return 0, *err
	}
	return int(answered.Load()), nil
}
