package transport

import (
	"errors"
	"sync"
	"sync/atomic"
)

// ErrMemory is returned when there is no memory left in a budget.
var ErrMemory = errors.New("the connections hold as much memory as they may")

// ErrAnyway is what OnStarved returns for a connection whose need must be met, because no other connection can go on before
// it does.
var ErrAnyway = errors.New("memory is taken although there is none left")

// Budget bounds the memory that many connections hold together. Its methods may be called by any goroutine.
type Budget struct {
	limit int64
	used  atomic.Int64

	// lock guards freed, which is closed and made anew whenever memory comes back that is waited for.
	lock    sync.Mutex
	waiting int
	freed   chan struct{}
}

// NewBudget returns a budget of limit bytes.
func NewBudget(limit int64) *Budget { return &Budget{limit: limit} }

// isScarce reports that less than half is left, so that memory is only for what must be read.
func (b *Budget) isScarce() bool { return b.used.Load() > b.limit/2 }

// take charges n bytes, or returns false if fewer are left.
func (b *Budget) take(n int64) bool {
	for {
		used := b.used.Load()
		if used+n > b.limit {
			return false
		}
		if b.used.CompareAndSwap(used, used+n) {
			return true
		}
	}
}

// force charges n bytes that are held already.
func (b *Budget) force(n int64) { b.used.Add(n) }

// give takes n bytes back, and wakes those that wait for some.
func (b *Budget) give(n int64) {
	if n == 0 {
		return
	}
	b.used.Add(-n)
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.waiting > 0 {
		close(b.freed)
		b.freed, b.waiting = nil, 0
	}
}

// wait returns a channel that is closed when memory comes back.
func (b *Budget) wait() <-chan struct{} {
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.freed == nil {
		b.freed = make(chan struct{})
	}
	b.waiting++
	return b.freed
}
