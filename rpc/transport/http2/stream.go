package http2

import (
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2/hpack"
)

// Stream is a stream of a connection. One goroutine at a time may send on it.
type Stream struct {
	conn     *Conn
	id       uint32
	receiver Receiver
	wake     atomic.Pointer[chan struct{}] // has an item when something has happened that the sender waits for; nil until it does
	queued   atomic.Int64                  // bytes of data that wait to be sent
	patience Patience

	// Guarded by conn.lock:
	window       int64 // what may be sent
	received     flow  // what the peer may send
	headersSent  bool
	localClosed  bool
	remoteClosed bool
	waits        bool      // for conn.window
	err          error     // why nothing is sent any more
	blocked      time.Time // when the sender began to wait with what it sends; zero if it has not
	interrupted  bool      // no data is sent any more
	succeeded    bool      // the server has sent its end

	// Of the goroutine that reads:
	headersSeen bool
	length      int64  // what content-length announces of data that has not come, -1 for nothing
	wrong       string // what is wrong with the data, "" for nothing
	code        Code   // for that, 0 for ProtocolError
	eager       bool   // see GiveBack
}

// ID returns the stream's id.
func (s *Stream) ID() uint32 { return s.id }

// newStream adds a stream. lock is held.
func (h *Conn) newStream(id uint32) *Stream {
	s := &Stream{conn: h, id: id, window: h.peer.window, length: -1}
	s.received.begin(h.initial)
	h.streams[id] = s
	h.counts.started++
	h.openStreams.Add(1)
	return s
}

// Patience is how long a sender waits for the peer: until one of these channels has an item or is closed. A nil channel never has.
type Patience struct {
	Done    <-chan struct{}
	Expired <-chan time.Time
}

// Opener is the Receiver of a stream that this side opens.
type Opener interface {
	Receiver
	// Opened is called with the stream before anything is sent or received. It must not use it yet.
	Opened(s *Stream)
}

// ErrFull is the error of Open where the peer allows no other stream now.
var ErrFull = errors.New("the peer allows no other stream now")

// Open opens a stream, of a client, and sends its headers with m, which may be nil, as Send does, and takes m. The patience is that of all that
// is sent on the stream. Where there is no stream, nothing was sent, and m is the caller's still: the error is ErrClosed, ErrFull, or about the
// headers. Other errors are those of Send.
func (h *Conn) Open(receiver Opener, patience Patience, headers []hpack.HeaderField, m *Message, end bool) (*Stream, error) {
	h.lock.Lock()
	switch {
	case h.ended != nil || h.goingAway || h.next > 1<<31-1:
		h.lock.Unlock()
		return nil, ErrClosed
	case len(h.streams) >= h.Allowed():
		h.lock.Unlock()
		return nil, ErrFull
	}
	if err := h.checkList(headers); err != nil {
		h.lock.Unlock()
		return nil, err
	}
	s := h.newStream(h.next)
	h.next += 2
	s.receiver, s.patience = receiver, patience
	receiver.Opened(s)
	return s, s.send(headers, m, nil, end)
}

// signal wakes the sender.
func (s *Stream) signal() {
	wake := s.wake.Load()
	if wake == nil {
		return
	}
	select {
	case *wake <- struct{}{}:
	default:
	}
}

// GiveBack has the stream's window given back as data comes. The goroutine that reads calls it.
func (s *Stream) GiveBack() { s.eager = true }

// Interrupt makes senders of data return, and nothing else: the stream can be ended still. Any goroutine may call it.
func (s *Stream) Interrupt() {
	s.conn.lock.Lock()
	defer s.conn.lock.Unlock()
	s.interrupted = true
	s.signal()
}

// sent is called when data of the stream has been sent.
func (s *Stream) sent(n int) {
	if before := s.queued.Add(-int64(n)) + int64(n); before >= mostQueued {
		s.signal()
	}
}

// stop ends the sending. lock is held.
func (s *Stream) stop(err error) {
	if s.err == nil {
		s.err = err
	}
	s.localClosed = true
	s.signal()
}

// removeIfClosed removes the stream if both sides have sent all. lock is held.
func (s *Stream) removeIfClosed() {
	if s.localClosed && s.remoteClosed {
		s.conn.remove(s)
	}
}

// remove takes a stream off the connection. lock is held.
func (h *Conn) remove(s *Stream) {
	if h.streams[s.id] != s {
		return
	}
	delete(h.streams, s.id)
	h.openStreams.Add(-1)
	s.count()
	s.leave()
}

// Reset ends the stream, if it has not ended, and tells the peer why. Receiver.Closed is not called.
func (s *Stream) Reset(code Code) {
	h := s.conn
	h.lock.Lock()
	defer h.lock.Unlock()
	if h.streams[s.id] != s {
		return
	}
	h.drop(s, &ResetError{Code: code})
	h.forget(s.id, s.received.open+s.received.owed)
	if h.ended == nil {
		p := h.begin()
		_ = h.writer.WriteRSTStream(s.id, code)
		h.put(p)
	}
}

// Conn returns the connection.
func (s *Stream) Conn() *Conn { return s.conn }

// Close is called when all has been sent: a peer that goes on sending is told that nobody takes it.
func (s *Stream) Close() { s.Reset(NoError) }
