package thrift

import (
	"encoding/binary"
	"sync"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
)

type buffered struct{}

func (buffered) Name() string  { return "buffered" }
func (buffered) Headers() bool { return false }

func (buffered) Detect(head [8]byte, _ *message.Limits) bool {
	return binary.BigEndian.Uint16(head[:]) == strictVersion
}

// messageSkipper is a skipper with the limits it was made for.
type messageSkipper struct {
	*tagwire.Skipper
	size, depth int
}

// skippers holds messageSkippers that are between two messages.
var skippers sync.Pool

func takeSkipper(l *message.Limits) *messageSkipper {
	if s, ok := skippers.Get().(*messageSkipper); ok && s.size == l.MaxMessage && s.depth == l.MaxDepth {
		s.Reset()
		return s
	}
	options := []tagwire.Option{tagwire.WithMaxSize(l.MaxMessage), tagwire.WithMaxDepth(l.MaxDepth)}
	return &messageSkipper{tagwire.NewMessageSkipper(options...), l.MaxMessage, l.MaxDepth}
}

// Read looks at each byte once on its way to the end of the message, however slowly they arrive.
func (buffered) Read(r message.Reader, m *message.Message, limits *message.Limits) error {
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
	return readEnvelope(m, data, limits)
}

func (buffered) Write(w message.Writer, m *message.Message, body message.Body, limits *message.Limits) error {
	return writePrefixed(m, w, body, 0, limits.MaxMessage, nil)
}
