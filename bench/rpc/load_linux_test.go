package main

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func recorded(h *histogram) (n uint64) {
	for i := range h.counts {
		n += h.counts[i].Load()
	}
	return n
}

// TestOpenLoopCountsStalls: a server that stalls once delays all calls that are due meanwhile, and each counts as long as it has
// waited. A closed loop would see as many slow calls as there are callers.
func TestOpenLoopCountsStalls(t *testing.T) {
	const (
		stall     = 200 * time.Millisecond
		stalledAt = 30
	)
	var server sync.Mutex
	calls := 0
	call := func() error {
		server.Lock()
		defer server.Unlock()
		if calls++; calls == stalledAt {
			time.Sleep(stall)
		}
		return nil
	}
	var h histogram
	l := load{Duration: 400 * time.Millisecond, Rate: 1000}
	answered, err := callers{call, call, call, call}.run(l, &h)
	if err != nil || answered != calls {
		t.Fatalf("%d answers to %d calls, %v", answered, calls, err)
	}
	if n := recorded(&h); n != 400 {
		t.Errorf("%d calls are recorded, not 400", n)
	}
	// No call that is due within 150 ms from the stall's begin takes less than 50 ms.
	p := h.percentiles(1-140.0/400, 0.999)
	if p[0] < 50*time.Millisecond || p[1] < stall-10*time.Millisecond {
		t.Errorf("140 of 400 calls take more than %v, and one in a thousand more than %v", p[0], p[1])
	}
}

// TestOpenLoopKeepsItsRate: calls are not made before they are due.
func TestOpenLoopKeepsItsRate(t *testing.T) {
	var made atomic.Int64
	started := time.Now()
	call := func() error {
		if n := made.Add(1); float64(n-1) > time.Since(started).Seconds()*1000 {
			t.Errorf("call %d is made after %v", n, time.Since(started))
		}
		return nil
	}
	var h histogram
	answered, err := callers{call, call}.run(load{Duration: 50 * time.Millisecond, Rate: 1000}, &h)
	if err != nil || answered < 1 || answered > 50 || recorded(&h) != 50 {
		t.Errorf("%d answers, %d recorded, %v", answered, recorded(&h), err)
	}
}

// TestOpenLoopGivesUp: where calls are due faster than they are answered, the run ends, and what was not called has waited.
func TestOpenLoopGivesUp(t *testing.T) {
	slow := func() error {
		time.Sleep(100 * time.Millisecond)
		return nil
	}
	var h histogram
	answered, err := callers{slow}.run(load{Duration: 100 * time.Millisecond, Rate: 10_000}, &h)
	if err != nil || answered > 20 || recorded(&h) != 1000 {
		t.Errorf("%d answers, %d recorded, %v", answered, recorded(&h), err)
	}
	if p := h.percentiles(0.1); p[0] < giveUpTime {
		t.Errorf("the calls that nobody made have waited for %v", p[0])
	}
	if answered, err = (callers{slow}).run(load{Duration: time.Millisecond, Rate: 1}, new(histogram)); answered != 0 || err != nil {
		t.Errorf("%d answers when no call is due, %v", answered, err)
	}
}

func TestClosedLoop(t *testing.T) {
	var made atomic.Int64
	call := func() error { made.Add(1); return nil }
	var h histogram
	answered, err := callers{call, call, call}.run(load{Duration: 5 * time.Millisecond}, &h)
	if err != nil || answered < 3 || int64(answered) != made.Load() || recorded(&h) != uint64(answered) {
		t.Errorf("%d answers to %d calls, %d recorded, %v", answered, made.Load(), recorded(&h), err)
	}
}

// TestStartIsConcurrent: all callers are under way at the same time, so that none uses the connection of another.
func TestStartIsConcurrent(t *testing.T) {
	var together sync.WaitGroup
	together.Add(3)
	call := func() error {
		together.Done()
		together.Wait()
		return nil
	}
	if _, err := (callers{call, call, call}).start(); err != nil {
		t.Error(err)
	}
}

// TestCallersFindFaults: a call that fails ends the run, which fails.
func TestCallersFindFaults(t *testing.T) {
	fault := errors.New("fault")
	for name, l := range map[string]load{
		"closed": {Duration: time.Hour},
		"open":   {Duration: time.Hour, Rate: 1000},
	} {
		var calls atomic.Int64
		good := func() error { return nil }
		bad := func() error {
			if calls.Add(1) < 3 {
				return nil
			}
			return fault
		}
		if answered, err := (callers{good, bad, good}).run(l, new(histogram)); err != fault {
			t.Errorf("%s: %d answers, %v", name, answered, err)
		}
	}
	if _, err := (callers{func() error { return nil }, func() error { return fault }}).start(); err != fault {
		t.Errorf("a caller that cannot call starts: %v", err)
	}
}
