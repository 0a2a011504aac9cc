package transport

import "sync"

// Outbox has a Queue send the frames of a stream. A sender waits while much of the stream waits to be sent, so that a peer which does not
// take it holds up the sender.
type Outbox struct {
	queue *Queue
	conn  *Conn

	lock   sync.Mutex
	fewer  sync.Cond
	unsent int // bytes
	ended  bool
}

// unsentMost is how many bytes of a stream may wait to be sent when a further frame is.
const unsentMost = 64 << 10

// Use makes b the Outbox of a stream on a connection.
func (b *Outbox) Use(q *Queue, c *Conn) {
	b.queue, b.conn = q, c
	b.fewer.L = &b.lock
}

// Await waits until another frame may be sent, and reports whether the stream has not ended.
func (b *Outbox) Await() bool {
	b.lock.Lock()
	defer b.lock.Unlock()
	for b.unsent >= unsentMost && !b.ended {
		b.fewer.Wait()
	}
	return !b.ended
}

// End makes Await return false.
func (b *Outbox) End() {
	b.lock.Lock()
	defer b.lock.Unlock()
	b.ended = true
	b.fewer.Broadcast()
}

// Frame is what an Outbox sends at once: a frame, or several. It is an Output to write them to.
type Frame struct {
	Output
	box  *Outbox
	size int
	sent func(error)
}

// frames holds those that were sent.
var frames = sync.Pool{New: func() any { return new(Frame) }}

// NewFrame returns a frame that is empty.
func (b *Outbox) NewFrame() *Frame {
	f := frames.Get().(*Frame)
	f.Use(b.conn)
	f.box = b
	return f
}

// Drop gives back a frame that is not sent.
func (f *Frame) Drop() {
	f.Free()
	f.box, f.size, f.sent = nil, 0, nil
	frames.Put(f)
}

// Put has a frame sent. It does not block. sent is called as that of Sending is, unless it is nil.
func (b *Outbox) Put(f *Frame, sent func(error)) {
	f.size, f.sent = f.Output.Len(), sent
	b.lock.Lock()
	b.unsent += f.size
	b.lock.Unlock()
	b.queue.Put(f)
}

// Message is that of Sending.
func (f *Frame) Message() *Output { return &f.Output }

// Sent is that of Sending.
func (f *Frame) Sent(err error) {
	b, size, sent := f.box, f.size, f.sent
	f.Drop()
	b.lock.Lock()
	b.unsent -= size
	b.fewer.Signal()
	b.lock.Unlock()
	if sent != nil {
		sent(err)
	}
}
