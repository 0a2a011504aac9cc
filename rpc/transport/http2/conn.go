package http2

import (
	"bytes"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/tagwire/tagwire/rpc/transport"
)

// Config is what connections have in common. It does not change.
type Config struct {
	// Client says that this side opens the streams.
	Client bool
	// Workers send what waits.
	Workers *transport.Workers
	// MaxStreams is how many streams the peer may have open at the same time.
	MaxStreams int
	// MaxHeaderList is the largest list of header fields, in bytes as RFC 9113, section 6.5.2 counts them.
	MaxHeaderList int
	// Begin is called when the peer opens a stream, by the goroutine that reads, and returns what receives it. It must not
	// block, nor use the stream, which it may keep.
	Begin func(s *Stream) Receiver
	// Room is called, by the goroutine that reads, when the peer allows more streams than before. It may be nil.
	Room func()
	// KeepAlive is how the peer is asked whether it is there, and how often it may ask.
	KeepAlive KeepAlive
}

// Receiver takes what the peer sends on a stream. All methods are called by the goroutine that reads, in turn, and must not block.
type Receiver interface {
	// Headers takes a list of header fields: a request's, or a response's, or trailers. The fields are valid until it returns, the strings
	// longer. end says that nothing follows.
	Headers(fields *Fields, end bool)
	// Data takes the next bytes, which are valid until it returns. They count against the stream's window until Stream.Consumed is called.
	Data(p []byte, end bool)
	// Closed says that the peer, or a fault of it, or the end of the connection, has ended the stream. Nothing else is called afterwards. It
	// may come after end, where this side had not sent all.
	Closed(err error)
}

// Conn is a connection.
type Conn struct {
	config *Config
	conn   *transport.Conn
	queue  *transport.Queue

	// Of the goroutine that reads:
	framer   *http2.Framer
	decoder  *hpack.Decoder
	fields   Fields
	begun    bool // the preface has been read, of a server
	greeted  bool // the peer's first settings have come
	noise    int  // frames since one that meant progress
	lastSeen uint32
	resets   rate // streams that the peer has reset
	refusals rate // and those that it was refused
	settings rate // frames with settings

	lock      sync.Mutex
	encoder   *hpack.Encoder
	block     bytes.Buffer // what encoder writes to
	writer    *http2.Framer
	control   *packet // what writer writes to
	streams   map[uint32]*Stream
	next      uint32    // the id of the next stream that this side opens
	last      uint32    // the highest id of the peer's streams that were taken
	window    int64     // what may be sent
	waiting   []*Stream // those that wait for window, in turn
	received  flow      // what the peer may send
	initial   int64     // the window of a stream
	estimate  estimate  // for initial
	peer      settings
	forgotten [64]forgotten // streams that this side has ended, of which the peer may not know yet
	forgot    int           // how many there were
	goingAway bool          // no stream of the peer's is taken any more, or none is opened
	announced bool          // the peer has been told that this will be so
	ended     error         // the connection is over
	farewell  *GoneError    // why the peer ends it, as far as it has said
	pings     pings
	nextLook  time.Time // when Sweep looks at the streams
	quieted   time.Time // when noise was forgotten last
	// announcedAt is when that was.
	announcedAt time.Time
	counts      counts

	pending     atomic.Int64  // packets and messages that have memory
	awaited     atomic.Bool   // the end of these is
	drained     chan struct{} // has an item then
	endings     atomic.Int64  // packets that end streams and wait to be sent
	queued      atomic.Int64  // answers to control frames that wait to be sent
	openStreams atomic.Int64
	allowed     atomic.Int64  // streams that the peer takes at the same time
	progress    atomic.Bool   // something was sent that means progress
	talked      atomic.Bool   // something was sent on a stream since the peer's last ping
	frames      atomic.Uint64 // that have come
	messages    atomic.Int64  // that have come
}

// forgotten is a stream that this side has ended.
type forgotten struct {
	id   uint32
	left int64 // bytes that the peer may have sent before it knew
}

// settings are the peer's.
type settings struct {
	maxFrame   uint32
	maxHeaders uint64
	window     int64
}

const (
	frameHeader   = 9
	defaultWindow = 65535
	largestWindow = 1<<31 - 1
	smallestFrame = 16 << 10
	// largestRead is the largest frame that is read, largestLater when it has turned out that the peer sends much at once, and largestWritten,
	// where the peer takes it, the largest that is written.
	largestRead    = smallestFrame
	largestLater   = 32 << 10
	largestWritten = 64 << 10
	tableSize      = 4096
)

// New returns a connection over c, whose owner reads from it by Serve. It sends the settings.
func New(c *transport.Conn, config *Config) *Conn {
	h := &Conn{
		config: config, conn: c, streams: map[uint32]*Stream{}, next: 1, window: defaultWindow, initial: startWindow,
		peer:  settings{maxFrame: smallestFrame, maxHeaders: 1<<64 - 1, window: defaultWindow},
		begun: config.Client, drained: make(chan struct{}, 1),
	}
	if !config.Client {
		h.next = 2
	}
	h.allowed.Store(1<<32 - 1)
	h.received.begin(connectionWindow)
	h.queue = transport.NewQueue(c, config.Workers, c.Abort)
	h.framer = http2.NewFramer(nil, (*input)(c))
	h.framer.SetReuseFrames()
	h.framer.SetMaxReadFrameSize(largestRead)
	h.decoder = hpack.NewDecoder(tableSize, h.fields.add)
	h.decoder.SetMaxStringLength(config.MaxHeaderList)
	h.encoder = hpack.NewEncoder(&h.block)
	h.writer = http2.NewFramer(controlWriter{h}, nil)
	c.ReadMany()
	h.lock.Lock()
	defer h.lock.Unlock()
	h.greet()
	c.ReportBy(h)
	return h
}

// input is a transport.Conn as the reader that a Framer needs.
type input transport.Conn

func (in *input) Read(p []byte) (int, error) {
	c := (*transport.Conn)(in)
	data, err := c.Next(min(len(p), max(1, c.Len())))
	if err == io.ErrUnexpectedEOF && c.Len() == 0 {
		err = io.EOF
	}
	return copy(p, data), err
}

// greet sends what a connection begins with. lock is held.
func (h *Conn) greet() {
	p := h.begin()
	own := []http2.Setting{
		{ID: http2.SettingInitialWindowSize, Val: startWindow},
		{ID: http2.SettingMaxFrameSize, Val: largestRead},
		{ID: http2.SettingMaxHeaderListSize, Val: uint32(h.config.MaxHeaderList)},
	}
	if h.config.Client {
		buf, _ := p.out.Malloc(len(http2.ClientPreface))
		copy(buf, http2.ClientPreface)
		own = append(own, http2.Setting{ID: http2.SettingEnablePush, Val: 0})
	} else {
		own = append(own, http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: uint32(h.config.MaxStreams)})
	}
	_ = h.writer.WriteSettings(own...)
	_ = h.writer.WriteWindowUpdate(0, connectionWindow-defaultWindow)
	h.put(p)
}

// Streams returns how many streams are open. Those whose messages have all been sent and received are not.
func (h *Conn) Streams() int { return int(h.openStreams.Load()) }

// Sending reports that there is something to be sent that the kernel has not taken.
func (h *Conn) Sending() bool { return h.pending.Load() > 0 }

// Allowed returns how many streams this side may have open at the same time.
func (h *Conn) Allowed() int { return int(min(h.allowed.Load(), 1<<31-1)) }

// Go has a task run that may wait for the peer.
func (h *Conn) Go(t transport.Task) { h.config.Workers.Go(t) }

// Turn is that of the queue that sends.
func (h *Conn) Turn() uint32 { return h.queue.Turn() }

// End ends all streams with err, and the connection's use. The owner calls it when it does not call Serve any more; a peer that has
// broken the rules is told so.
func (h *Conn) End(err error) {
	h.lock.Lock()
	var sent chan struct{}
	if broken, ok := err.(*connectionError); ok && h.ended == nil {
		sent = h.goAway(h.last, broken.code, broken.reason)
	}
	if h.farewell != nil && transport.IsClosed(err) {
		err = h.farewell
	}
	if h.ended == nil {
		h.ended = err
	}
	h.goingAway = true
	all := h.streams
	h.streams = map[uint32]*Stream{}
	h.openStreams.Store(0)
	for _, s := range all {
		s.stop(err)
		s.count()
	}
	h.waiting = nil
	h.lock.Unlock()
	for _, s := range all {
		s.receiver.Closed(err)
	}
	if sent != nil {
		timer := time.NewTimer(lastWords)
		defer timer.Stop()
		select {
		case <-sent:
		case <-timer.C:
		}
	}
}

// lastWords is how long a peer may take to accept why the connection ends.
const lastWords = 200 * time.Millisecond

// GoAway tells the peer to open no more streams: at first, where grace is set, only that it shall open none, and when it has confirmed
// that, which of them were taken. It may be called again.
func (h *Conn) GoAway(grace bool) {
	h.lock.Lock()
	defer h.lock.Unlock()
	switch {
	case h.ended != nil || h.goingAway:
	case !grace || h.config.Client:
		h.goAway(h.last, NoError, "")
	case !h.announced:
		h.announced, h.announcedAt = true, time.Now()
		p := h.begin()
		_ = h.writer.WriteGoAway(1<<31-1, NoError, nil)
		_ = h.writer.WritePing(false, drainPing)
		h.put(p)
	}
}

// goAway sends the last GOAWAY frame, and returns what is closed when it was sent. lock is held.
func (h *Conn) goAway(last uint32, code Code, reason string) (sent chan struct{}) {
	h.goingAway, h.announced = true, true
	p := h.begin()
	p.done = make(chan struct{})
	sent = p.done
	_ = h.writer.WriteGoAway(last, code, []byte(reason))
	h.put(p)
	return sent
}

// Leaving reports that no stream is opened any more, or taken from the peer.
func (h *Conn) Leaving() bool {
	h.lock.Lock()
	defer h.lock.Unlock()
	return h.goingAway || h.ended != nil
}

// rate counts events of one second.
type rate struct {
	second int64
	count  int64
}

// add counts one, and returns how many there were in this second.
func (r *rate) add() int64 {
	if now := time.Now().Unix(); now != r.second {
		r.second, r.count = now, 0
	}
	r.count++
	return r.count
}
