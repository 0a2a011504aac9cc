package transport

import (
	"fmt"
	"math"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Queue sends the messages of many goroutines over one connection: all that wait are sent by one system call, in the order in
// which they were put. Its methods may be called by any goroutine.
type Queue struct {
	conn    *Conn
	workers *Workers
	end     func()
	soon    sender
	later   sender

	lock    sync.Mutex
	waiting []Sending
	length  int       // of those, in bytes
	spare   []Sending // memory for the next to wait
	active  bool      // a worker sends what waits, sooner or later
	hurried bool      // one does soon
	writing bool      // one is about that
	failed  bool      // nothing is sent any more
	over    bool      // and all that waited then has been told

	// Of the worker that is writing:
	batch  net.Buffers   // the pieces that are being sent
	copied []byte        // memory for those of a brittle connection
	turn   atomic.Uint32 // counts the beginnings and the ends of writes: odd while there is one
}

// Sending is a message in a Queue.
type Sending interface {
	// Message returns what is sent. It must not change until Sent is called.
	Message() *Output
	// Sent is called once, when the kernel has the message, or with the reason why it may not have all of it. That is ErrUnsent if it
	// certainly has not, so that the peer cannot know the message. Sent must not block.
	Sent(err error)
}

// NewQueue returns a queue of messages to be sent over c, by workers; c's owner sends nothing itself any more. end is called, once, when
// sending fails; it must see to it that the connection ends.
func NewQueue(c *Conn, workers *Workers, end func()) *Queue {
	q := &Queue{conn: c, workers: workers, end: end}
	q.soon, q.later = sender{q, true}, sender{q, false}
	return q
}

// Put has a message sent. It does not block.
func (q *Queue) Put(s Sending) {
	q.lock.Lock()
	if q.over {
		q.lock.Unlock()
		s.Sent(ErrUnsent)
		return
	}
	q.waiting = append(q.waiting, s)
	if q.failed {
		q.lock.Unlock()
		return // it is told after those before it, since it may be the last that someone waits for
	}
	q.length += s.Message().Len()
	start := !q.active
	q.active = true
	hurry := !q.writing && !q.hurried && (len(q.waiting) >= manyMessages || q.length >= manyBytes)
	q.hurried = q.hurried || hurry
	q.lock.Unlock()
	switch { // where no sender is on its way, one comes before tasks that wait, which may take long
	case hurry && start:
		q.workers.GoFirst(&q.soon)
	case start:
		q.workers.GoFirst(&q.later)
	case hurry:
		q.workers.Go(&q.soon)
	}
	if hurry {
		runtime.Gosched()
	}
}

// What waits is sent when nothing else is left to do, so that it is much for one system call, but not when it is more than this, so
// that the peer begins to work on it meanwhile.
const (
	manyMessages = 24
	manyBytes    = 24 << 10
)

// Withdraw takes back the messages for which back returns true: they are not sent, and Sent is not called. It is asked about all that
// wait, and not about others.
func (q *Queue) Withdraw(back func(Sending) bool) {
	q.lock.Lock()
	defer q.lock.Unlock()
	q.waiting = slices.DeleteFunc(q.waiting, func(s Sending) bool {
		length := s.Message().Len()
		goes := back(s)
		if goes {
			q.length -= length
		}
		return goes
	})
}

// Turn returns a number that is odd while a write is under way, and another one for each.
func (q *Queue) Turn() uint32 { return q.turn.Load() }

// sender is a task that sends what waits.
type sender struct {
	queue *Queue
	soon  bool // else when nothing else can run
}

func (s *sender) Run() {
	if !s.soon {
		runtime.Gosched()
	}
	s.queue.send(s.soon)
}

// send sends until nothing waits. soon reports that it was called in a hurry.
func (q *Queue) send(soon bool) {
	err := errWriteEnded // unless writing returns
	kept := math.MaxInt  // how many bytes of taken the kernel has at most
	taken := q.take(soon)
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("%w: %v", errWriteEnded, value)
		}
		if len(taken) > 0 {
			q.fail(taken, kept, err)
		}
	}()
	for ; len(taken) > 0; taken = q.take(false) {
		q.turn.Add(1)
		kept, err = q.write(taken)
		q.turn.Add(1)
		if err != nil {
			return
		}
		kept, err = math.MaxInt, errWriteEnded
		for i, s := range taken {
			taken[i] = nil
			s.Sent(nil)
		}
		q.conn.messagesSent.Add(int64(len(taken)))
		q.written(taken)
		taken = nil
		runtime.Gosched()
	}
}

var errWriteEnded = fmt.Errorf("the connection's Write panicked or ended its goroutine")

// take returns what waits, for a worker that writes it, unless another one is writing, which takes it when it has done so.
func (q *Queue) take(soon bool) []Sending {
	q.lock.Lock()
	defer q.lock.Unlock()
	if soon {
		q.hurried = false
	}
	if q.writing || q.failed {
		return nil
	}
	if len(q.waiting) == 0 {
		q.active = false
		return nil
	}
	taken := q.waiting
	q.waiting, q.length = q.spare[:0], 0
	q.writing, q.spare = true, nil
	return taken
}

// written ends the writing of what take returned, and takes its memory back.
func (q *Queue) written(taken []Sending) {
	q.lock.Lock()
	defer q.lock.Unlock()
	q.writing, q.spare = false, taken[:0]
}

// fail ends the connection. Of taken the kernel has kept bytes at most, and of what waits nothing.
func (q *Queue) fail(taken []Sending, kept int, err error) {
	q.end() // first, so that those who are told see that it has ended
	q.lock.Lock()
	q.failed = true
	q.spare = nil
	q.lock.Unlock()
	for _, s := range taken {
		if s == nil {
			continue // it was sent before
		}
		if kept -= s.Message().Len(); kept < 0 {
			s.Sent(ErrUnsent)
		} else {
			s.Sent(err)
		}
	}
	for waiting := q.left(); len(waiting) > 0; waiting = q.left() {
		for _, s := range waiting {
			s.Sent(ErrUnsent)
		}
	}
}

// left returns what waits, of a queue that has failed. Where nothing does, Put tells those that come later itself.
func (q *Queue) left() (waiting []Sending) {
	q.lock.Lock()
	defer q.lock.Unlock()
	waiting = q.waiting
	q.waiting, q.over = nil, len(waiting) == 0
	return waiting
}

// write sends messages. Where it fails, n is how many bytes of them the kernel may have.
func (q *Queue) write(messages []Sending) (n int, err error) {
	q.batch = q.batch[:0]
	for _, s := range messages {
		q.batch = append(q.batch, s.Message().pieces...)
	}
	all := q.batch
	defer clear(all)
	if q.conn.closed.Load() {
		return 0, net.ErrClosed
	}
	defer func() { q.conn.bytesSent.Add(int64(n)) }()
	if q.conn.brittle {
		return q.writeCopied(all)
	}
	batch := q.batch // which is used up
	written, err := batch.WriteTo(q.conn.raw)
	return int(written), err
}

// largestCopied is how much is copied to be written at once, where a connection cannot write several pieces; it is what a record
// of crypto/tls holds.
const largestCopied = 16 << 10

// writeCopied writes pieces to a connection that has a Write only, the small ones together.
func (q *Queue) writeCopied(pieces [][]byte) (n int, err error) {
	if q.copied == nil {
		q.copied = make([]byte, 0, largestCopied)
	}
	q.copied = q.copied[:0]
	for _, piece := range pieces {
		if len(q.copied)+len(piece) > largestCopied {
			n += len(q.copied) // all of it, however much the connection says that it took
			if err := q.writeAll(q.copied); err != nil {
				return n, err
			}
			q.copied = q.copied[:0]
		}
		if len(piece) >= largestCopied {
			n += len(piece)
			if err := q.writeAll(piece); err != nil {
				return n, err
			}
			continue
		}
		q.copied = append(q.copied, piece...)
	}
	return n + len(q.copied), q.writeAll(q.copied)
}

func (q *Queue) writeAll(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	n, err := q.conn.raw.Write(p)
	if err == nil && n < len(p) {
		err = net.ErrWriteToConnected
	}
	return err
}
