package http2

import (
	"sync"
	"sync/atomic"

	"github.com/tagwire/tagwire/rpc/transport"
)

// packet is frames that are sent together.
type packet struct {
	out     transport.Output
	conn    *Conn
	stream  *Stream       // whose data it has, nil for none
	data    int           // bytes of that, and packetCost
	message *Message      // what it refers to, nil for nothing
	last    bool          // it ends a stream
	answer  bool          // it answers a control frame of the peer
	done    chan struct{} // closed when the frames were sent, or cannot be; nil if nobody waits for that
}

var packets = sync.Pool{New: func() any { return new(packet) }}

func (h *Conn) newPacket() *packet {
	p := packets.Get().(*packet)
	p.conn = h
	p.out.Use(h.conn)
	h.pending.Add(1)
	return p
}

// released is called when a packet or a message has given its memory back.
func (h *Conn) released() {
	if h.pending.Add(-1) == 0 && h.awaited.Load() {
		select {
		case h.drained <- struct{}{}:
		default:
		}
	}
}

// Waiting returns how many packets and messages there are that have not been sent.
func (h *Conn) Waiting() int { return int(h.pending.Load()) }

// Wait returns when nothing has memory of the connection any more that was sent or is to be: the owner calls it after End, before the
// connection gives back what it has.
func (h *Conn) Wait() {
	h.awaited.Store(true)
	for h.pending.Load() > 0 {
		<-h.drained
	}
}

// Message is the frames.
func (p *packet) Message() *transport.Output { return &p.out }

// Sent is called when the frames were sent, or cannot be. It takes no lock of the connection, because put may be the caller.
func (p *packet) Sent(error) {
	p.out.Free()
	if p.last {
		p.conn.endings.Add(-1)
	}
	if p.answer {
		p.conn.queued.Add(-1)
	}
	if p.message != nil {
		p.message.Free()
	}
	if p.stream != nil {
		p.stream.sent(p.data)
	}
	if p.done != nil {
		close(p.done)
	}
	h := p.conn
	*p = packet{out: p.out}
	packets.Put(p)
	h.released()
}

// begin returns a packet that writer writes to. lock is held.
func (h *Conn) begin() *packet {
	h.control = h.newPacket()
	return h.control
}

// controlWriter is where the writer of a connection writes frames.
type controlWriter struct{ conn *Conn }

// Write puts a frame behind the packet.
func (w controlWriter) Write(frame []byte) (int, error) {
	buf, err := w.conn.control.out.Malloc(len(frame))
	return copy(buf, frame), err
}

// put has a packet sent. lock is held, so that packets are sent in the order in which their headers were compressed.
func (h *Conn) put(p *packet) { h.queue.Put(p) }

// packetCost is what a packet counts for besides its data, as it takes memory.
const packetCost = 1 << 10

// mostAnswers is how many answers to control frames may wait to be sent.
const mostAnswers = 1000

// answer has a packet sent that answers a control frame. lock is held.
func (h *Conn) answer(p *packet) error {
	p.answer = true
	waiting := h.queued.Add(1)
	h.put(p)
	if waiting > mostAnswers {
		return calm("%d answers to its frames wait, which it does not read", waiting)
	}
	return nil
}

// Message is what is sent on a stream at once, with room for frame headers and header lists around it.
type Message struct {
	// Foreign says that it is none of gRPC, and so not counted.
	Foreign bool

	conn  *Conn
	out   transport.Output
	all   []byte // roomBefore, the bytes, roomAfter
	users atomic.Int32
}

const (
	roomBefore = 256
	roomAfter  = 96
)

var messages = sync.Pool{New: func() any { return new(Message) }}

// NewMessage returns a message of n bytes, which Bytes returns to be written.
func (h *Conn) NewMessage(n int) *Message {
	m := messages.Get().(*Message)
	m.conn = h
	h.pending.Add(1)
	m.out.Use(h.conn)
	m.all = m.out.Memory(roomBefore + n + roomAfter)
	m.users.Store(1)
	return m
}

// Bytes returns the bytes of the message.
func (m *Message) Bytes() []byte { return m.all[roomBefore : len(m.all)-roomAfter] }

// Free is called by each that has the message. The last one ends it.
func (m *Message) Free() {
	if m.users.Add(-1) > 0 {
		return
	}
	h := m.conn
	m.out.Free()
	m.conn, m.all, m.Foreign = nil, nil, false
	messages.Put(m)
	h.released()
}
