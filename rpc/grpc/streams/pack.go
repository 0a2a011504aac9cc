package streams

import (
	"errors"
	"math"

	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
	"github.com/tagwire/tagwire/rpc/transport/http2"
)

// packer puts messages into the form in which they are sent, and takes them out of it.
type packer struct {
	received string // how messages that come are compressed if they say that they are, "" for not
	sends    string // how those that are sent are, "" for not
	accepts  string // how the peer takes messages
	unknown  bool   // the peer compresses as nobody here can
	unpacked []byte // memory for messages that were compressed
	charged  int    // of that to the connection
}

// receives takes what the peer says of how its messages are compressed.
func (p *packer) receives(name string) error {
	if name == grpc.Identity {
		name = ""
	}
	if p.received = name; name != "" && !grpc.CanCompress(name) {
		p.unknown = true
		return &grpc.Status{Code: grpc.Unimplemented, Message: "there is no compressor " + name + " here; " + grpc.AcceptEncoding() + " are known"}
	}
	return nil
}

// answerInKind makes messages that are sent compressed as those are that come, where the peer takes that.
func (p *packer) answerInKind() {
	if p.received != "" && grpc.Accepts(p.accepts, p.received) {
		p.sends = p.received
	}
}

// longestSent is the longest message that is sent. The limits are about what is received: the peer has its own.
const longestSent = math.MaxInt32 - 1<<20

// pack returns a message to be sent.
func (p *packer) pack(h *http2.Conn, body message.Body) (*http2.Message, error) {
	size, _, err := body.Size()
	switch {
	case err != nil:
		return nil, &message.Error{Code: message.CodeEncode, Err: err}
	case size > longestSent:
		return nil, message.LimitError("a message of %d bytes; %d are allowed", size, longestSent)
	}
	m := h.NewMessage(grpc.PrefixSize + size)
	encoded := false
	defer func() { // also if the body panics
		if !encoded {
			m.Free()
		}
	}()
	buf := m.Bytes()
	n, err := body.Encode(buf[grpc.PrefixSize:], nil)
	if err == nil && n != size {
		err = errors.New("the value changed while it was written")
	}
	if err != nil {
		return nil, &message.Error{Code: message.CodeEncode, Err: err}
	}
	encoded = true
	if p.sends != "" && size > 0 {
		return p.compress(h, m)
	}
	grpc.PutPrefix(buf, false, size)
	return m, nil
}

// compress returns m compressed.
func (p *packer) compress(h *http2.Conn, m *http2.Message) (*http2.Message, error) {
	defer m.Free()
	packed, err := grpc.AppendCompressed(nil, m.Bytes()[grpc.PrefixSize:], p.sends)
	if err != nil {
		return nil, err
	}
	made := h.NewMessage(grpc.PrefixSize + len(packed))
	grpc.PutPrefix(made.Bytes(), true, len(packed))
	copy(made.Bytes()[grpc.PrefixSize:], packed)
	return made, nil
}

// unpack returns what a message holds that has come over a connection. Memory for one that is compressed is the connection's, as other input is; but
// it is not waited for, because what waits holds the message.
func (p *packer) unpack(c *transport.Conn, compressed bool, body []byte, limit int) (plain []byte, err error) {
	if !compressed {
		return body, nil
	}
	for room := min(limit, expansion*len(body)+leastRoom); ; room = limit {
		if more := room - p.charged; more > 0 {
			if !c.TryCharge(more) {
				return nil, errNoRoom
			}
			p.charged = room
		}
		plain, err = grpc.AppendDecompressed(p.unpacked[:0], body, p.received, room)
		if room == limit || !errors.Is(err, grpc.ResourceExhausted) {
			break
		}
	}
	if err == nil {
		p.unpacked = plain
	}
	c.Charge(cap(p.unpacked) - p.charged)
	p.charged = cap(p.unpacked)
	return plain, err
}

const (
	// expansion and leastRoom are what messages usually become when they are decompressed.
	expansion = 8
	leastRoom = 16 << 10
)

// errNoRoom is the error for a message that the server has no memory for.
var errNoRoom = &grpc.Status{Code: grpc.ResourceExhausted, Message: "there is no memory for a message that is compressed"}

// release gives the memory back.
func (p *packer) release(c *transport.Conn) {
	c.Charge(-p.charged)
	p.unpacked, p.charged = nil, 0
}
