package thrift

import (
	"encoding/binary"
	"sync"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/wire/thriftbinary"
	"github.com/tagwire/tagwire/wire/thriftcompact"
)

type buffered struct{}

func (buffered) Name() string  { return "buffered" }
func (buffered) Headers() bool { return false }

func (buffered) Detect(head [8]byte, _ *message.Limits) bool {
	return binary.BigEndian.Uint16(head[:]) == thriftbinary.Version || beginsCompact(head[0], head[1])
}

// messageSkipper is a skipper with the limits it was made for.
type messageSkipper struct {
	*tagwire.Skipper
	pool        *sync.Pool
	size, depth int
}

// skippers and compactSkippers hold messageSkippers that are between two messages.
var skippers, compactSkippers sync.Pool

func takeSkipper(f tagwire.Format, l *message.Limits) *messageSkipper {
	pool := &skippers
	if f == tagwire.ThriftCompact {
		pool = &compactSkippers
	}
	if s, ok := pool.Get().(*messageSkipper); ok && s.size == l.MaxMessage && s.depth == l.MaxDepth {
		s.Reset()
		return s
	}
	skipper := tagwire.NewMessageSkipper(tagwire.WithFormat(f), tagwire.WithMaxSize(l.MaxMessage), tagwire.WithMaxDepth(l.MaxDepth))
	return &messageSkipper{skipper, pool, l.MaxMessage, l.MaxDepth}
}

// awaitName waits for as much of a message as has its format and the length of the name, and checks that.
func awaitName(r message.Reader, limits *message.Limits) (tagwire.Format, error) {
	head, err := r.Peek(2)
	if err != nil {
		return 0, err
	}
	if head[0] == thriftcompact.Protocol {
		return tagwire.ThriftCompact, awaitCompactHead(r, limits)
	}
	if head, err = r.Peek(8); err != nil {
		return 0, err
	}
	return tagwire.ThriftBinary, checkName(binary.BigEndian.Uint32(head[4:]), limits)
}

// Read looks at each byte once on its way to the end of the message, however slowly they arrive.
func (buffered) Read(r message.Reader, m *message.Message, limits *message.Limits) error {
	format, err := awaitName(r, limits)
	if err != nil {
		return err
	}
	skipper := takeSkipper(format, limits)
	defer skipper.pool.Put(skipper)
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
	if m.Format == tagwire.Protobuf {
		return errUnframed
	}
	buf, _, direct, err := reserve(m, w, body, 0, limits.MaxMessage)
	if err != nil {
		return err
	}
	return writeBehind(m, w, body, buf, direct)
}
