package transport

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// job is a function as a task.
type job func()

func (j job) Run() { j() }

// fewer waits until there are at most n goroutines.
func fewer(t testing.TB, n int) {
	t.Helper()
	for end := time.Now().Add(patience); runtime.NumGoroutine() > n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, and there were %d", runtime.NumGoroutine(), n)
		}
	}
}

// together has n tasks run at the same time, each of which waits for all others.
func together(t testing.TB, w *Workers, n int) {
	t.Helper()
	var all, ended sync.WaitGroup
	all.Add(n)
	ended.Add(n)
	for range n {
		w.Go(job(func() {
			defer ended.Done()
			all.Done()
			all.Wait()
		}))
	}
	done := make(chan struct{})
	go func() { ended.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("a task that blocks holds up another one")
	}
}

// TestWorkersBlock: tasks that block hold up no others, with new workers, with those that are there, and some of both.
func TestWorkersBlock(t *testing.T) {
	before := runtime.NumGoroutine()
	w := new(Workers)
	for _, n := range []int{1, 2, 100, 50, 200} {
		together(t, w, n)
	}
	w.Close()
	fewer(t, before)
}

// TestWorkersEnd: a task that ends its goroutine takes no other with it.
func TestWorkersEnd(t *testing.T) {
	before := runtime.NumGoroutine()
	w := new(Workers)
	var ran sync.WaitGroup
	ran.Add(1000)
	for n := range 1000 {
		w.Go(job(func() {
			defer ran.Done()
			if n%3 == 0 {
				runtime.Goexit()
			}
		}))
	}
	ran.Wait()
	together(t, w, 10)
	w.Close()
	fewer(t, before)
}

// TestWorkersMemory: where some tasks always wait, the list of them does not grow with all that there were.
func TestWorkersMemory(t *testing.T) {
	w := new(Workers)
	defer w.Close()
	const tasks, ahead = 10_000, 3
	var ended atomic.Int64
	done := make(chan struct{})
	var put func(n int)
	put = func(n int) {
		w.Go(job(func() {
			if n+ahead < tasks {
				put(n + ahead)
			}
			if ended.Add(1) == tasks {
				close(done)
			}
		}))
	}
	for n := range ahead {
		put(n)
	}
	<-done
	w.lock.Lock()
	defer w.lock.Unlock()
	require.Less(t, cap(w.waiting), 100)
}

// TestWorkersOrder: tasks are taken in the order in which they came, but for those that come first.
func TestWorkersOrder(t *testing.T) {
	w := &Workers{coming: true} // so that none is called but this one
	self := &worker{wake: make(chan bool, 1)}
	var ran []string
	task := func(name string) Task { return job(func() { ran = append(ran, name) }) }
	w.Go(task("a"))
	w.GoFirst(task("b"))
	w.Go(task("c"))
	w.take(self, false).Run()
	w.GoFirst(task("d"))
	w.GoFirst(task("e"))
	w.Go(task("f"))
	for next := w.take(self, false); next != nil; next = w.take(self, false) {
		next.Run()
	}
	require.Equal(t, []string{"b", "e", "d", "a", "c", "f"}, ran)
	w.Close()
	require.False(t, <-self.wake)
}

// TestWorkersTrim: workers that were not needed for a while end, and those that were needed stay.
func TestWorkersTrim(t *testing.T) {
	before := runtime.NumGoroutine()
	w := new(Workers)
	defer w.Close()
	idle := func() int {
		w.lock.Lock()
		defer w.lock.Unlock()
		return len(w.idle)
	}
	settled := func(n int) {
		t.Helper()
		require.Eventually(t, func() bool { return idle() == n }, patience, time.Millisecond)
	}
	together(t, w, 20)
	settled(20)
	w.trim() // some of them were busy since
	settled(20)
	together(t, w, 5)
	settled(20)
	w.trim()
	settled(5)
	w.trim()
	settled(0)
	fewer(t, before)
	together(t, w, 2)
	settled(2) // and they end by and by without further ado
	fewer(t, before)
}

// TestWorkersClosed: closed workers do what they are given all the same, and none stays.
func TestWorkersClosed(t *testing.T) {
	before := runtime.NumGoroutine()
	w := new(Workers)
	release, blocked := make(chan struct{}), make(chan struct{})
	w.Go(job(func() { close(blocked); <-release }))
	<-blocked
	w.Close()
	w.Close()
	together(t, w, 30)
	close(release)
	fewer(t, before)
}
