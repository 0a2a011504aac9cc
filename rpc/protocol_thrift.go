package rpc

import (
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/tagwire/tagwire"
)

// The protocols of Thrift peers.
var (
	// Buffered is the message alone; its end is where decoding ends. Apache calls it TBufferedTransport.
	Buffered Protocol = buffered{}
	// Framed has the length of the message before it, in four bytes. Apache calls it TFramedTransport.
	Framed Protocol = framed{}
	// TTHeader has a header with length, metadata and timeout before the message. It is Kitex's.
	TTHeader Protocol = ttheader{}
	// TTHeaderFramed is TTHeader with a framed message inside.
	TTHeaderFramed Protocol = ttheader{framed: true}
)

// builtIn is what a server asks, in this order. One ttheader reads both kinds and answers each in kind.
var builtIn = []Protocol{TTHeader, Buffered, Framed}

type buffered struct{}

func (buffered) Name() string  { return "buffered" }
func (buffered) Headers() bool { return false }

func (buffered) Detect(head [8]byte, _ *Limits) bool {
	return binary.BigEndian.Uint16(head[:]) == strictVersion
}

// messageSkipper is a skipper with the limits it was made for.
type messageSkipper struct {
	*tagwire.Skipper
	size, depth int
}

// skippers holds messageSkippers that are between two messages.
var skippers sync.Pool

func takeSkipper(l *Limits) *messageSkipper {
	if s, ok := skippers.Get().(*messageSkipper); ok && s.size == l.MaxMessage && s.depth == l.MaxDepth {
		s.Reset()
		return s
	}
	options := []tagwire.Option{tagwire.WithMaxSize(l.MaxMessage), tagwire.WithMaxDepth(l.MaxDepth)}
	return &messageSkipper{tagwire.NewMessageSkipper(options...), l.MaxMessage, l.MaxDepth}
}

// Read looks at each byte once on its way to the end of the message, however slowly they arrive.
func (buffered) Read(r Reader, m *Message, limits *Limits) error {
	head, err := r.Peek(8)
	if err != nil {
		return err
	}
	if err := checkName(binary.BigEndian.Uint32(head[4:]), limits); err != nil {
		return err
	}
	skipper := takeSkipper(limits)
	defer skippers.Put(skipper)
	seen := 0
	for done := false; !done; {
		if seen == r.Len() {
			if _, err := r.Peek(seen + 1); err != nil {
				return err
			}
		}
		data, err := r.Peek(min(r.Len(), limits.MaxMessage+1))
		if err != nil {
			return err
		}
		var n int
		if n, done, err = skipper.Next(data[seen:]); err != nil {
			return err
		}
		seen += n
	}
	data, err := r.Next(seen)
	if err != nil {
		return err
	}
	return m.readEnvelope(data, limits)
}

func (buffered) Write(w Writer, m *Message, body Body, limits *Limits) error {
	return m.writePrefixed(w, body, 0, limits.MaxMessage, nil)
}

type framed struct{}

func (framed) Name() string  { return "framed" }
func (framed) Headers() bool { return false }

// Detect accepts the strict envelope in a frame, and the old one, which begins with a name's length, if that fits
// the frame.
func (framed) Detect(head [8]byte, limits *Limits) bool {
	frame, second := binary.BigEndian.Uint32(head[:]), binary.BigEndian.Uint32(head[4:])
	if second>>16 == strictVersion {
		return true
	}
	return second >= 1 && int64(second) <= int64(limits.MaxMethodName) &&
		uint64(frame) >= uint64(second)+oldEnvelopeSize+1 && int64(frame) <= int64(limits.MaxFrame)
}

func (framed) Read(r Reader, m *Message, limits *Limits) error {
	head, err := r.Peek(4)
	if err != nil {
		return err
	}
	size := binary.BigEndian.Uint32(head)
	if err := checkFrame(size, limits); err != nil {
		m.peekEnvelope(r, 4, limits)
		return err
	}
	data, err := r.Next(4 + int(size))
	if err != nil {
		return err
	}
	return m.readEnvelope(data[4:], limits)
}

// checkFrame refuses frames that are too large, and those too small for any message.
func checkFrame(size uint32, limits *Limits) error {
	if uint64(size) > uint64(limits.MaxFrame) {
		return limitError("a frame of %d bytes; %d are allowed", size, limits.MaxFrame)
	}
	if size < shortestOld {
		return fmt.Errorf("a frame of %d bytes cannot hold a message", size)
	}
	return nil
}

func (framed) Write(w Writer, m *Message, body Body, limits *Limits) error {
	return m.writePrefixed(w, body, 4, limits.MaxFrame, putLength)
}

// putLength writes the length that a frame begins with, into the last four bytes of prefix.
func putLength(prefix []byte, size int) {
	binary.BigEndian.PutUint32(prefix[len(prefix)-4:], uint32(size))
}
