package transport

import (
	"errors"
	"io"
	"net"
)

// Mark says how much of what was sent the peer had at some time.
type Mark struct {
	acked uint64
	known bool
}

// Mark is taken before a message is sent, for Untaken.
func (c *Conn) Mark() Mark {
	if c.brittle {
		if _, isTCP := bottomOf(c.raw).(*net.TCPConn); !isTCP {
			return Mark{}
		}
		acked, known := acknowledged(descriptorOf(c.raw))
		return Mark{acked, known}
	}
	return Mark{c.sent, true}
}

// Untaken reports that the peer cannot have read all of a message that was sent since m, because the connection ended before: err is
// what the owner got when it read the answer, of which nothing has come. What systems tell differs, and false means that there is no
// telling.
//
// A TCP peer's last segment says up to where the peer has received. If it was sent before any of the message had come, the peer has
// closed the connection without it, and what comes later is dropped. A reset tells nothing: a process that has read the message
// may send one, before its kernel has acknowledged the message. On a unix socket a reset means that the peer has closed it before it
// read all that was there.
func (c *Conn) Untaken(m Mark, err error) bool {
	switch raw := bottomOf(c.raw).(type) {
	case *net.UnixConn:
		return !c.brittle && isReset(err)
	case *net.TCPConn:
		if !m.known || c.Len() > 0 || !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return false
		}
		acked, known := acknowledged(descriptorOf(raw))
		if !c.brittle {
			m.acked++ // of the handshake
		}
		return known && acked <= m.acked
	}
	return false
}
