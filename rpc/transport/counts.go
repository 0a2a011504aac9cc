package transport

import (
	"net"
	"sync/atomic"
	"time"
)

// ConnectionCounts is what a connection, or several together, have done. Those of streams, keep-alive pings and round trips are of
// connections of gRPC, with the names of its channelz.
type ConnectionCounts struct {
	// BytesSent and BytesReceived are what was handed to the connection, or came from it, without what TLS adds.
	BytesSent, BytesReceived int64
	// MessagesSent and MessagesReceived count messages: requests, replies, and those of streams.
	MessagesSent, MessagesReceived int64
	// StreamsStarted counts the streams, each of which is one call.
	StreamsStarted int64
	// StreamsSucceeded counts the streams that were ended by the server, whatever the status, and StreamsFailed those that were
	// cancelled, reset or cut off. The others are open.
	StreamsSucceeded, StreamsFailed int64
	// KeepAlivesSent counts the pings that asked whether the peer is there.
	KeepAlivesSent int64
	// RoundTrips counts the pings, of all kinds, that were answered and timed, and RoundTripTotal is how long these took together.
	RoundTrips     int64
	RoundTripTotal time.Duration
}

// Add adds the counts of another connection.
func (c *ConnectionCounts) Add(other *ConnectionCounts) {
	c.BytesSent += other.BytesSent
	c.BytesReceived += other.BytesReceived
	c.MessagesSent += other.MessagesSent
	c.MessagesReceived += other.MessagesReceived
	c.StreamsStarted += other.StreamsStarted
	c.StreamsSucceeded += other.StreamsSucceeded
	c.StreamsFailed += other.StreamsFailed
	c.KeepAlivesSent += other.KeepAlivesSent
	c.RoundTrips += other.RoundTrips
	c.RoundTripTotal += other.RoundTripTotal
}

// HTTP2Stats is what a connection of HTTP/2 is like at a moment.
type HTTP2Stats struct {
	// OpenStreams is the number of streams that are open.
	OpenStreams int
	// RoundTrip is how long the last ping and its answer took, and ShortestRoundTrip how long the fastest took; 0 if there was none.
	RoundTrip, ShortestRoundTrip time.Duration
	// SendWindow is how many bytes the peer lets this side send on all streams together, and ReceiveWindow how many this side lets the
	// peer send. StreamWindow is what the peer may send on a stream that begins.
	SendWindow, ReceiveWindow, StreamWindow int64
	// LastStream is when a stream was opened last, LastMessageSent and LastMessageReceived when a message was; the zero time if none was.
	// No clock is read for each: these are late by about a second at most.
	LastStream, LastMessageSent, LastMessageReceived time.Time
}

// Reporter is a protocol that counts itself what is done over a connection.
type Reporter interface {
	// Report sets the counts that the protocol has, and returns what else is known. Any goroutine may call it.
	Report(counts *ConnectionCounts) *HTTP2Stats
}

// traffic counts what goes over a connection.
type traffic struct {
	bytesSent, bytesReceived       atomic.Int64
	messagesSent, messagesReceived atomic.Int64
	reporter                       atomic.Pointer[Reporter] // nil for a protocol that counts nothing
}

// ReportBy says who counts what is done over the connection.
func (c *Conn) ReportBy(r Reporter) { c.reporter.Store(&r) }

// CountReceived counts a message that was read.
func (c *Conn) CountReceived() { c.messagesReceived.Add(1) }

// Report returns what was counted; details is nil unless the connection is known to be one of HTTP/2. Any goroutine may call it, also when
// the connection has been closed.
func (c *Conn) Report() (counts ConnectionCounts, details *HTTP2Stats) {
	counts = ConnectionCounts{
		BytesSent: c.bytesSent.Load(), BytesReceived: c.bytesReceived.Load(),
		MessagesSent: c.messagesSent.Load(), MessagesReceived: c.messagesReceived.Load(),
	}
	if r := c.reporter.Load(); r != nil {
		details = (*r).Report(&counts)
	}
	return counts, details
}

// LocalAddr returns this side's address, nil if it is not known. The connection may be users' code, which panics.
func (c *Conn) LocalAddr() (local net.Addr) {
	defer func() { _ = recover() }()
	return c.raw.LocalAddr()
}
