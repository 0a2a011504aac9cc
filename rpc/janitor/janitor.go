// Package janitor times how often a server looks at its connections: often while calls are worked on, seldom while there are idle ones, and
// not at all while there is nothing to look at.
package janitor

import (
	"sync/atomic"
	"time"
)

// Janitor says when connections are to be looked at. Its methods but Sleep may be called by many goroutines.
type Janitor struct {
	busy   atomic.Int64 // connections that read, work or write
	awake  atomic.Int64 // connections that have a goroutine
	asleep atomic.Bool  // for longer than busyInterval
	wake   chan struct{}
}

// busyInterval is how soon the end of a connection is noticed while a call is worked on.
const busyInterval = 10 * time.Millisecond

// New returns one for a server without connections.
func New() *Janitor { return &Janitor{wake: make(chan struct{}, 1)} }

func (j *Janitor) kick() {
	if j.asleep.Load() && j.asleep.CompareAndSwap(true, false) {
		select {
		case j.wake <- struct{}{}:
		default:
		}
	}
}

// Begin is called when a connection has something to do, End when it has done it.
func (j *Janitor) Begin() {
	if j.busy.Add(1) == 1 {
		j.kick()
	}
}

// End is called after Begin.
func (j *Janitor) End() { j.busy.Add(-1) }

// GoroutineAdded is called when a connection gets a goroutine, GoroutineRemoved when it gives it up.
func (j *Janitor) GoroutineAdded() {
	if j.awake.Add(1) == 1 {
		j.kick()
	}
}

// GoroutineRemoved is called after GoroutineAdded.
func (j *Janitor) GoroutineRemoved() { j.awake.Add(-1) }

// Sleep waits until there is something to look at, at least for pause, and for as long as idle while there are connections that have nothing to
// do. It returns false when done is closed. The timer is the caller's.
func (j *Janitor) Sleep(timer *time.Timer, pause, idle time.Duration, done <-chan struct{}) bool {
	if j.busy.Load() == 0 {
		j.asleep.Store(true)
		if j.busy.Load() == 0 {
			var over <-chan time.Time
			if j.awake.Load() > 0 {
				timer.Reset(idle)
				over = timer.C
			}
			select {
			case <-over:
			case <-j.wake:
			case <-done:
				return false
			}
		}
		j.asleep.Store(false)
	}
	timer.Reset(max(pause, busyInterval))
	select {
	case <-timer.C:
		return true
	case <-done:
		return false
	}
}
