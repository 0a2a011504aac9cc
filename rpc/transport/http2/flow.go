package http2

import "golang.org/x/net/http2"

const (
	// startWindow is the window of a stream at first.
	startWindow = 64 << 10
	// largestStreamWindow is what it may become for streams that are begun later.
	largestStreamWindow = 4 << 20
	// connectionWindow is that of all streams of a connection together. What comes is given back at once, because it is memory that counts,
	// and each stream has a window of its own.
	connectionWindow = 16 << 20
)

// flow is a window for what the peer sends.
type flow struct {
	size int64 // of the whole window
	open int64 // what the peer may send
	owed int64 // what it may send besides, and has not been told
	lent int64 // how much more than the whole it was allowed, for a message that is larger
}

func (f *flow) begin(size int64) { f.size, f.open = size, size }

// take takes what the peer has sent, and reports that it was allowed to.
func (f *flow) take(n int64) bool {
	if n > f.open+f.owed {
		return false
	}
	f.open -= n
	return true
}

// give gives back n bytes, and returns what the peer is to be told, if it is enough to tell.
func (f *flow) give(n int64) int64 {
	paid := min(n, f.lent)
	f.lent -= paid
	f.owed += n - paid
	if f.owed < f.size/4 {
		return 0
	}
	return f.settle()
}

// settle returns what the peer is to be told.
func (f *flow) settle() int64 {
	n := f.owed
	f.open, f.owed = f.open+n, 0
	return n
}

// lend lets the peer send n bytes from now on, and returns what it is to be told.
func (f *flow) lend(n int64) int64 {
	if missing := n - f.open - f.owed; missing > 0 {
		f.owed += missing
		f.lent += missing
	} else if n <= f.open {
		return 0
	}
	return f.settle()
}

// grow makes the window as large as size, as settings that the peer gets do.
func (f *flow) grow(size int64) {
	f.open += size - f.size
	f.size = size
}

// Consumed gives back n bytes of the stream's window.
func (s *Stream) Consumed(n int) {
	h := s.conn
	h.lock.Lock()
	defer h.lock.Unlock()
	h.sendUpdate(s, s.received.give(int64(n)))
}

// Expect lets the peer send the n bytes that are missing of a message, however small the window is.
func (s *Stream) Expect(n int) {
	h := s.conn
	h.lock.Lock()
	defer h.lock.Unlock()
	h.sendUpdate(s, s.received.lend(int64(n)))
}

// sendUpdate tells the peer that it may send n more bytes on a stream, or, if that is nil, on all together. lock is held.
func (h *Conn) sendUpdate(s *Stream, n int64) {
	id := uint32(0)
	if s != nil {
		if s.remoteClosed {
			return
		}
		id = s.id
	}
	if n > 0 && h.ended == nil {
		p := h.begin()
		_ = h.writer.WriteWindowUpdate(id, uint32(n))
		h.put(p)
	}
}

// estimate finds out how much is under way from the peer at the same time: what comes while a ping goes there and back.
type estimate struct {
	running bool
	bytes   int64
}

// measure is called for data of a stream. lock is held.
func (h *Conn) measure(s *Stream, n int64) {
	e := &h.estimate
	switch {
	case e.running:
		e.bytes += n
	case h.initial < largestStreamWindow && s.received.open < s.received.size/2:
		e.running, e.bytes = true, n
		h.ping(estimatePing)
	}
}

// measured is called when the ping is back. lock is held.
func (h *Conn) measured() {
	e := &h.estimate
	if e.running = false; e.bytes < h.initial*2/3 {
		return
	}
	h.initial = min(2*e.bytes, largestStreamWindow)
	for _, s := range h.streams {
		s.received.grow(h.initial)
	}
	p := h.begin()
	h.framer.SetMaxReadFrameSize(largestLater) // this is the goroutine that reads
	_ = h.writer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: uint32(h.initial)},
		http2.Setting{ID: http2.SettingMaxFrameSize, Val: largestLater})
	h.put(p)
}
