package transport

import (
	"slices"
	"sync"
	"time"
)

// Workers are goroutines that run tasks, each of which may block. They stay for a while when there is nothing to do, because the stack
// of a new goroutine has to grow before it is as large as a call needs. A worker that ends its task takes the next one, so that short
// tasks need no goroutine each; another worker is on its way as long as tasks wait, so that a task which blocks holds up none. The
// zero Workers is ready for use. Its methods may be called by any goroutine.
type Workers struct {
	lock    sync.Mutex
	waiting []Task // from next on
	next    int
	coming  bool      // a worker was woken, or started, and has not looked for a task yet
	idle    []*worker // the last one was busy last
	least   int       // of idle, since trim was called last
	trimmer *time.Timer
	closed  bool
}

// Task is something that a worker runs. If Run panics, so does the program; it may end the goroutine.
type Task interface{ Run() }

// worker is a goroutine that waits. true wakes it, false ends it.
type worker struct{ wake chan bool }

// keepIdle is how long workers stay that have nothing to do. Some stay for twice as long.
const keepIdle = time.Second

// Go has a task run.
func (w *Workers) Go(t Task) {
	w.lock.Lock()
	defer w.lock.Unlock()
	if len(w.waiting) == cap(w.waiting) && w.next > len(w.waiting)/2 {
		w.waiting, w.next = slices.Delete(w.waiting, 0, w.next), 0
	}
	w.waiting = append(w.waiting, t)
	w.call()
}

// GoFirst is Go for a task that comes before those that wait.
func (w *Workers) GoFirst(t Task) {
	w.lock.Lock()
	defer w.lock.Unlock()
	if w.next > 0 {
		w.next--
		w.waiting[w.next] = t
	} else {
		w.waiting = slices.Insert(w.waiting, 0, t)
	}
	w.call()
}

// Close ends workers when they have nothing to do, from now on. Tasks run all the same.
func (w *Workers) Close() {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.closed = true
	w.dismiss(len(w.idle))
}

// call sees to it that a worker comes. lock is held.
func (w *Workers) call() {
	if w.coming {
		return
	}
	w.coming = true
	last := len(w.idle) - 1
	if last < 0 {
		go w.work(&worker{wake: make(chan bool, 1)})
		return
	}
	w.idle[last].wake <- true
	w.idle[last] = nil
	w.idle = w.idle[:last]
	w.least = min(w.least, last)
}

// work runs tasks until the worker is dismissed.
func (w *Workers) work(self *worker) {
	for came := true; ; came = true {
		for t := w.take(self, came); t != nil; t = w.take(self, false) {
			t.Run()
		}
		if !<-self.wake {
			return
		}
	}
}

// take returns a task, or nil for a worker that is to wait. came reports that it was called.
func (w *Workers) take(self *worker, came bool) Task {
	w.lock.Lock()
	defer w.lock.Unlock()
	if came {
		w.coming = false
	}
	if w.next == len(w.waiting) {
		w.rest(self)
		return nil
	}
	t := w.waiting[w.next]
	w.waiting[w.next] = nil
	if w.next++; w.next == len(w.waiting) {
		w.waiting, w.next = w.waiting[:0], 0
	} else {
		w.call()
	}
	return t
}

// rest notes that a worker waits. lock is held.
func (w *Workers) rest(self *worker) {
	w.idle = append(w.idle, self)
	switch {
	case w.closed:
		w.dismiss(len(w.idle))
	case w.trimmer == nil:
		w.least = 0
		w.trimmer = time.AfterFunc(keepIdle, w.trim)
	}
}

// trim ends the workers that were not needed since it was called last.
func (w *Workers) trim() {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.dismiss(w.least)
	w.least = len(w.idle)
	if w.least == 0 {
		w.trimmer = nil
		return
	}
	w.trimmer.Reset(keepIdle)
}

// dismiss ends the n workers that have waited longest. lock is held.
func (w *Workers) dismiss(n int) {
	for _, idle := range w.idle[:n] {
		idle.wake <- false
	}
	w.idle = slices.Delete(w.idle, 0, n)
	w.least = min(w.least, len(w.idle))
}
