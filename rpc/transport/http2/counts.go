package http2

import (
	"time"

	"github.com/tagwire/tagwire/rpc/transport"
)

// counts is what a connection counts. Its lock guards it: what changes a count has that for other reasons.
type counts struct {
	started, succeeded, failed int64 // streams
	sent                       int64 // messages
	keepAlives                 int64 // pings
	trips                      int64 // pings that were answered
	total, shortest            time.Duration

	// When the last of each was seen. Nobody looks at the clock for each: it is Sweep that finds that there are more.
	stream, send, receive seen
}

// seen is how many of something there were when somebody looked, and when there was first that many.
type seen struct {
	count int64
	at    time.Time
}

func (s *seen) note(count int64, now time.Time) {
	if count != s.count {
		s.count, s.at = count, now
	}
}

// note notes when there was something. lock is held.
func (h *Conn) note(now time.Time) {
	c := &h.counts
	c.stream.note(c.started, now)
	c.send.note(c.sent, now)
	c.receive.note(h.messages.Load(), now)
}

// CountMessage counts a message that has come.
func (s *Stream) CountMessage() { s.conn.messages.Add(1) }

// Report is that of transport.Reporter.
func (h *Conn) Report(all *transport.ConnectionCounts) *transport.HTTP2Stats {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.note(time.Now())
	c := &h.counts
	all.MessagesSent, all.MessagesReceived = c.sent, c.receive.count
	all.StreamsStarted, all.StreamsSucceeded, all.StreamsFailed = c.started, c.succeeded, c.failed
	all.KeepAlivesSent, all.RoundTrips, all.RoundTripTotal = c.keepAlives, c.trips, c.total
	return &transport.HTTP2Stats{
		OpenStreams: len(h.streams), RoundTrip: h.pings.trip, ShortestRoundTrip: c.shortest,
		SendWindow: h.window, ReceiveWindow: h.received.open, StreamWindow: h.initial,
		LastStream: c.stream.at, LastMessageSent: c.send.at, LastMessageReceived: c.receive.at,
	}
}

// answeredAfter counts a ping that was answered. lock is held.
func (h *Conn) answeredAfter(trip time.Duration) {
	c := &h.counts
	if h.pings.trip = trip; c.trips == 0 || trip < c.shortest {
		c.shortest = trip
	}
	c.trips++
	c.total += trip
}

// count counts a stream that has ended. lock is held.
func (s *Stream) count() {
	if s.succeeded {
		s.conn.counts.succeeded++
	} else {
		s.conn.counts.failed++
	}
}
