package memory

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Table is a map that is mostly read, and read without a lock. It forgets what it holds when that becomes too much: names
// may come from outside.
type Table[K comparable, V any] struct {
	settled atomic.Pointer[map[K]V] // never changed

	lock   sync.Mutex
	recent map[K]V // what came since
	misses int     // sweep-ups that had to go there
}

// tableSize is how many entries a table may have.
const tableSize = 4096

// Load returns the entry of a key.
func (t *Table[K, V]) Load(key K) (value V, found bool) {
	if m := t.settled.Load(); m != nil {
		if value, found = (*m)[key]; found {
			return value, true
		}
	}
	t.lock.Lock()
	defer t.lock.Unlock()
	if value, found = t.recent[key]; found {
		// Copying the map is worth it once it has been missed as often as it has entries.
		if t.misses++; t.misses > len(t.recent)+len(t.all()) {
			t.settle()
		}
	}
	return value, found
}

// Store adds an entry, or replaces one.
func (t *Table[K, V]) Store(key K, value V) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if len(t.recent)+len(t.all()) >= tableSize {
		t.recent, t.misses = nil, 0
		t.settled.Store(nil)
	}
	if t.recent == nil {
		t.recent = map[K]V{}
	}
	t.recent[key] = value
	if _, replaced := t.all()[key]; replaced {
		t.settle()
	}
}

// all returns what is settled. lock is held.
func (t *Table[K, V]) all() map[K]V {
	if m := t.settled.Load(); m != nil {
		return *m
	}
	return nil
}

// settle makes all entries readable without the lock, which is held.
func (t *Table[K, V]) settle() {
	next := make(map[K]V, len(t.recent)+len(t.all()))
	maps.Copy(next, t.all())
	maps.Copy(next, t.recent)
	t.recent, t.misses = nil, 0
	t.settled.Store(&next)
}
