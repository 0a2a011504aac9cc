package http2

import (
	"time"

	"golang.org/x/net/http2"
)

// KeepAlive says how one side finds out that the other is there, and how often that may ask. gRPC's names for the parts are given.
type KeepAlive struct {
	// Interval is after what time without anything from the peer it is asked (keepalive time); 0 is never.
	Interval time.Duration
	// Timeout is how long the answer may take before the connection ends (keepalive timeout).
	Timeout time.Duration
	// Idle says that the peer is also asked while no stream is open (permit without stream).
	Idle bool
	// LeastInterval is how often the peer may ask while nothing is sent to it (minimum time); 0 is as often as it likes. A peer that does so
	// more often, again and again, is told to calm down.
	LeastInterval time.Duration
	// AllowIdle says that this holds for a peer without streams as well; else it is to ask every two hours at most.
	AllowIdle bool
}

// What a ping is for, as its data says.
var (
	estimatePing = [8]byte{'e', 's', 't', 'i', 'm', 'a', 't', 'e'}
	alivePing    = [8]byte{'a', 'l', 'i', 'v', 'e'}
	drainPing    = [8]byte{'d', 'r', 'a', 'i', 'n'}
)

// pings is what is known by pings.
type pings struct {
	sent     time.Time // the last one that is not answered; zero if it is
	data     [8]byte   // of that
	trip     time.Duration
	strikes  int       // pings of the peer that came too soon
	heard    time.Time // when the peer's last one came
	activity uint64    // Conn.frames when the janitor looked last
	quiet    time.Time // since when that is so
}

const (
	// mostStrikes is how many pings may come too soon.
	mostStrikes = 2
	// idleInterval is how often a peer without streams may ask.
	idleInterval = 2 * time.Hour
)

// ping sends a ping. lock is held.
func (h *Conn) ping(data [8]byte) {
	if h.pings.sent.IsZero() {
		h.pings.sent, h.pings.data = time.Now(), data
	}
	p := h.begin()
	_ = h.writer.WritePing(false, data)
	h.put(p)
}

// readPing handles a PING frame.
func (h *Conn) readPing(f *http2.PingFrame) error {
	h.lock.Lock()
	defer h.lock.Unlock()
	if f.IsAck() {
		h.answered(f.Data)
		return nil
	}
	if h.tooSoon(time.Now()) {
		return calm(tooManyPings)
	}
	p := h.begin()
	_ = h.writer.WritePing(true, f.Data)
	return h.answer(p)
}

// tooManyPings is how gRPC says that a peer pings too often.
const tooManyPings = "too_many_pings"

// Calmed reports that the peer has ended the connection because of too many pings.
func (h *Conn) Calmed() bool {
	h.lock.Lock()
	defer h.lock.Unlock()
	return h.farewell != nil && *h.farewell == GoneError{EnhanceYourCalm, tooManyPings}
}

// answered handles the answer to a ping. lock is held.
func (h *Conn) answered(data [8]byte) {
	if p := &h.pings; !p.sent.IsZero() && p.data == data {
		h.answeredAfter(time.Since(p.sent))
		p.sent = time.Time{}
	}
	switch {
	case data == estimatePing && h.estimate.running:
		h.measured()
	case data == drainPing && h.announced && !h.goingAway:
		h.goAway(h.last, NoError, "")
	}
}

// tooSoon counts a ping of the peer, and reports that it is one too many. lock is held.
func (h *Conn) tooSoon(now time.Time) bool {
	k, p := &h.config.KeepAlive, &h.pings
	if k.LeastInterval <= 0 {
		return false
	}
	least := k.LeastInterval
	if len(h.streams) == 0 && !k.AllowIdle {
		least = idleInterval
	}
	if h.talked.Swap(false) {
		p.strikes = 0
		p.heard = now
		return false
	}
	if !p.heard.IsZero() && now.Sub(p.heard) < least {
		p.strikes++
	}
	p.heard = now
	return p.strikes > mostStrikes
}

// Timed is a Receiver that does not wait without end for what has begun to come.
type Timed interface {
	// Sweep is called at intervals, by the goroutine that calls Conn.Sweep, and says how long it waits.
	Sweep(now time.Time, limit time.Duration)
}

// Sweep looks for what has taken too long, and is called at intervals: streams whose peer does not take what is sent on them within sending
// are reset, and those that are Timed are told of receiving. Where these are 0, there is no limit. The error ends the connection. Receivers of
// streams that are reset are told by the caller's goroutine.
func (h *Conn) Sweep(now time.Time, sending, receiving time.Duration) error {
	h.lock.Lock()
	var stalled, timed []*Stream
	if !now.Before(h.nextLook) && sending+receiving > 0 {
		h.nextLook = now.Add(max(lookInterval, max(sending, receiving)/64))
		for _, s := range h.streams {
			if sending > 0 && !s.blocked.IsZero() && now.Sub(s.blocked) > sending {
				stalled = append(stalled, s)
			} else if receiving > 0 && !s.remoteClosed {
				timed = append(timed, s)
			}
		}
	}
	if now.Sub(h.quieted) > noiseInterval {
		h.quieted = now
		h.progress.Store(true)
	}
	if h.announced && !h.goingAway && h.ended == nil && now.Sub(h.announcedAt) > drainPatience {
		h.goAway(h.last, NoError, "") // although it has not confirmed
	}
	err := h.keepAlive(now)
	h.note(now)
	h.lock.Unlock()
	for _, s := range stalled {
		s.Reset(Cancel)
		s.receiver.Closed(&ResetError{Code: Cancel, Reason: "the peer has not let anything be sent for too long"})
	}
	for _, s := range timed {
		if t, ok := s.receiver.(Timed); ok {
			t.Sweep(now, receiving)
		}
	}
	return err
}

const (
	// noiseInterval is for how long frames that mean no progress are counted together.
	noiseInterval = time.Minute
	// drainPatience is how long a peer may take to confirm that it shall open no more streams.
	drainPatience = 2 * time.Second
)

// lookInterval is how often all streams are looked at, at most.
const lookInterval = 20 * time.Millisecond

// keepAlive asks the peer whether it is there, if it is time. lock is held.
func (h *Conn) keepAlive(now time.Time) error {
	k, p := &h.config.KeepAlive, &h.pings
	frames := h.frames.Load()
	if frames != p.activity || p.quiet.IsZero() {
		p.activity, p.quiet = frames, now
		return nil
	}
	switch since := now.Sub(p.quiet); {
	case k.Interval <= 0 || h.ended != nil || len(h.streams) == 0 && !k.Idle:
	case !p.sent.IsZero() && p.data == alivePing:
		if now.Sub(p.sent) > k.Timeout {
			return ErrSilent
		}
	case since >= k.Interval:
		p.sent = time.Time{}
		h.ping(alivePing)
		h.counts.keepAlives++
	}
	return nil
}
