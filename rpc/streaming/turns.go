package streaming

import "sync"

// turns sees to it that one goroutine at a time sends on a stream, and one receives, and that the stream is not given back before they
// have returned: users may do what they must not, and still nothing is used that is no longer theirs.
type turns struct {
	lock sync.Mutex
	busy [2]bool // sending, receiving
	over bool
}

// direction is that of messages.
type direction int

const (
	sending direction = iota
	receiving
)

// begin begins to send or to receive. It returns over if the stream is, and twice if another goroutine does the same.
func (t *turns) begin(d direction) (over, twice bool) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if t.over || t.busy[d] {
		return t.over, !t.over
	}
	t.busy[d] = true
	return false, false
}

// end ends what begin began, and reports that the stream is over and nothing uses it any more.
func (t *turns) end(d direction) (last bool) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.busy[d] = false
	return t.over && !t.busy[sending] && !t.busy[receiving]
}

// close ends the stream, and reports whether nothing uses it any more: otherwise the last end does. again reports that it was over.
func (t *turns) close() (last, again bool) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if t.over {
		return false, true
	}
	t.over = true
	return !t.busy[sending] && !t.busy[receiving], false
}
