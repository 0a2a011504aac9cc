package transport

import (
	"io"
	"sync"
	"time"
)

// Unread counts the memory of all messages of a connection's streams that have come and were not taken. Streams that have no flow
// control of their own share it: where too much waits, the connection is not read.
type Unread struct {
	most int

	lock  sync.Mutex
	bytes int
	fewer chan struct{} // closed and made anew when something was, if it is not nil
}

// NewUnread returns a count of at most that many bytes, and what comes with one message more.
func NewUnread(most int) *Unread { return &Unread{most: most} }

// Full reports that no more is to be read.
func (u *Unread) Full() bool {
	u.lock.Lock()
	defer u.lock.Unlock()
	return u.bytes >= u.most
}

// Await waits until more may be read, or done is closed. It returns false if nothing at all was taken for as long as patience.
func (u *Unread) Await(patience time.Duration, done <-chan struct{}) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		u.lock.Lock()
		if u.bytes < u.most {
			u.lock.Unlock()
			return true
		}
		if u.fewer == nil {
			u.fewer = make(chan struct{})
		}
		fewer := u.fewer
		u.lock.Unlock()
		select {
		case <-fewer:
			timer.Reset(patience)
		case <-done:
			return true
		case <-timer.C:
			return false
		}
	}
}

// add counts n bytes more, or fewer.
func (u *Unread) add(n int) {
	u.lock.Lock()
	defer u.lock.Unlock()
	u.bytes += n
	if n < 0 && u.fewer != nil {
		close(u.fewer)
		u.fewer = nil
	}
}

// Inbox holds the messages of a stream that have come and were not taken. One goroutine puts them in, another one takes them, and any
// may end it.
type Inbox struct {
	unread *Unread

	lock    sync.Mutex
	arrived sync.Cond
	waiting []arrival // from next on
	next    int
	held    int      // bytes of those
	current Detached // the memory of the message that was taken last
	end     error    // why no further ones come, nil if they may
}

// arrival is a message in an Inbox.
type arrival struct {
	body   []byte
	memory Detached
}

// arrivalSize is what a message takes besides its memory.
const arrivalSize = 64

// Use makes b an empty Inbox, whose messages are counted by unread.
func (b *Inbox) Use(unread *Unread) {
	b.unread = unread
	b.arrived.L = &b.lock
}

// Put adds a message, unless no further ones may come.
func (b *Inbox) Put(body []byte, memory Detached) {
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.end != nil {
		memory.Free(true)
		return
	}
	if b.next > 0 && len(b.waiting) == cap(b.waiting) {
		n := copy(b.waiting, b.waiting[b.next:])
		clear(b.waiting[n:])
		b.waiting, b.next = b.waiting[:n], 0
	}
	b.waiting = append(b.waiting, arrival{body, memory})
	b.count(len(memory.buf) + arrivalSize)
	b.arrived.Signal()
}

// count counts bytes that are held. lock is held.
func (b *Inbox) count(n int) {
	b.held += n
	b.unread.add(n)
}

// End says that no further message comes, and why: io.EOF, or another error. Those that have come are taken first.
func (b *Inbox) End(err error) {
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.end == nil {
		b.end = err
		b.arrived.Broadcast()
	}
}

// Abort is End for a stream whose messages are of no use any more. It counts also where the peer has sent its last message.
func (b *Inbox) Abort(err error) {
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.end == nil || b.end == io.EOF {
		b.end = err
	}
	b.drop()
	b.arrived.Broadcast()
}

// drop drops the messages. lock is held.
func (b *Inbox) drop() {
	for i := range b.waiting[b.next:] {
		b.waiting[b.next+i].memory.Free(true)
	}
	clear(b.waiting)
	b.waiting, b.next = b.waiting[:0], 0
	b.count(-b.held)
}

// Held returns how many bytes the messages take.
func (b *Inbox) Held() int {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.held
}

// Ended reports that no further message comes.
func (b *Inbox) Ended() bool {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.end != nil
}

// Receive waits for the next message and returns it, in memory that is valid until Receive or Free is called, or why there is none.
func (b *Inbox) Receive() ([]byte, error) {
	b.lock.Lock()
	defer b.lock.Unlock()
	b.current.Free(true)
	for b.next == len(b.waiting) && b.end == nil {
		b.arrived.Wait()
	}
	if b.next == len(b.waiting) {
		return nil, b.end
	}
	l := b.waiting[b.next]
	b.waiting[b.next] = arrival{}
	if b.next++; b.next == len(b.waiting) {
		b.waiting, b.next = b.waiting[:0], 0
	}
	b.count(-len(l.memory.buf) - arrivalSize)
	b.current = l.memory
	return l.body, nil
}

// Free gives all memory back. Receive is neither under way nor called again.
func (b *Inbox) Free() {
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.end == nil {
		b.end = io.ErrClosedPipe
	}
	b.drop()
	b.current.Free(true)
	b.waiting = nil
}
