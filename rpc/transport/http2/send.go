package http2

import (
	"slices"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/tagwire/tagwire/rpc/message"
)

const (
	// mostQueued is how many bytes of data of a stream, and packetCost for each packet, may wait to be sent; its sender waits for fewer before it goes on.
	mostQueued = 128 << 10
	// mostAtOnce is how many bytes of data are put at once.
	mostAtOnce = 64 << 10
)

// Send sends headers, a message and trailers, each of which may be nil, and then, if end is set or there are trailers, nothing more. It
// blocks while the peer takes no more, and does not use its arguments when it has returned, but it takes the message. The error is why
// the stream has ended.
func (s *Stream) Send(headers []hpack.HeaderField, m *Message, trailers []hpack.HeaderField, end bool) error {
	s.conn.lock.Lock()
	return s.send(headers, m, trailers, end)
}

// send is Send. lock is held at first.
func (s *Stream) send(headers []hpack.HeaderField, m *Message, trailers []hpack.HeaderField, end bool) error {
	h := s.conn
	defer func() {
		s.blocked = time.Time{}
		h.lock.Unlock()
		if m != nil {
			m.Free()
		}
	}()
	if err := h.checkList(headers, trailers); err != nil {
		return err
	}
	end = end || trailers != nil
	size := 0
	if m != nil {
		size = len(m.Bytes())
	}
	for at := 0; ; headers = nil {
		n, err := s.take(size-at, headers == nil)
		if err != nil {
			return err
		}
		f := frames{packet: h.newPacket(), stream: s, headers: headers, message: m, from: at, to: at + n}
		if at += n; at == size {
			f.trailers, f.end = trailers, end
			s.localClosed = end
			s.succeeded = s.succeeded || end && !h.config.Client
		}
		s.headersSent = s.headersSent || headers != nil
		f.put(h)
		if at == size {
			break
		}
	}
	if m != nil && !m.Foreign {
		h.counts.sent++
	}
	if end {
		s.removeIfClosed()
	}
	return nil
}

// checkList refuses header lists that the peer does not take.
func (h *Conn) checkList(lists ...[]hpack.HeaderField) error {
	for _, list := range lists {
		size := uint64(0)
		for _, f := range list {
			size += uint64(f.Size())
		}
		if size > h.peer.maxHeaders {
			return message.LimitError("a header list of %d bytes; the peer takes %d", size, h.peer.maxHeaders)
		}
	}
	return nil
}

// take waits until data may be sent, and returns how much of want, which it takes from the windows. Where wait is not set, the stream's headers
// come before the data, which do not wait. lock is held, and given up meanwhile.
func (s *Stream) take(want int, wait bool) (int, error) {
	h := s.conn
	for {
		switch {
		case s.err != nil:
			s.leave()
			return 0, s.err
		case s.localClosed, s.interrupted && want > 0:
			s.leave()
			return 0, ErrClosed
		}
		n := max(0, min(int64(want), s.window, h.window, mostAtOnce))
		if len(h.waiting) > 0 && h.waiting[0] != s || s.queued.Load() >= mostQueued {
			n = 0
		}
		if want == 0 || n > 0 || !wait {
			s.window -= n
			h.window -= n
			s.leave()
			return int(n), nil
		}
		if s.window <= 0 {
			s.leave()
		} else if !s.waits {
			s.waits = true
			h.waiting = append(h.waiting, s)
		}
		wake := s.wake.Load()
		if wake == nil {
			made := make(chan struct{}, 1)
			s.wake.Store(&made)
			continue // what has just been sent may not have seen it
		}
		if s.blocked.IsZero() {
			s.blocked = time.Now()
		}
		h.lock.Unlock()
		patient := true
		select {
		case <-*wake:
		case <-s.patience.Done:
			patient = false
		case <-s.patience.Expired:
			patient = false
		}
		h.lock.Lock()
		if !patient {
			s.leave()
			return 0, ErrImpatient
		}
	}
}

// leave takes the stream off those that wait for the connection's window, and lets the next one take from that. lock is held.
func (s *Stream) leave() {
	h := s.conn
	if !s.waits {
		return
	}
	s.waits = false
	if i := slices.Index(h.waiting, s); i >= 0 {
		h.waiting = slices.Delete(h.waiting, i, i+1)
	}
	h.callNext()
}

// callNext lets the first stream that waits for the connection's window take from it. lock is held.
func (h *Conn) callNext() {
	if len(h.waiting) > 0 && h.window > 0 {
		h.waiting[0].signal()
	}
}
