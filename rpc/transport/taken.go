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
	if !c.brittle {
		return Mark{c.sent, true}
	}
	acked, known := c.acknowledged()
	return Mark{acked, known}
}

// acknowledged returns how many bytes the peer's kernel has said that it has, where the connection is over TCP and the system tells.
func (c *Conn) acknowledged() (n uint64, known bool) {
	if !c.canAsk() {
		return 0, false
	}
	return c.acks.acknowledged()
}

// canAsk reports whether acks can be asked, which it makes for that.
func (c *Conn) canAsk() bool {
	if c.acks == nil {
		tcp, isTCP := bottomOf(c.raw).(*net.TCPConn)
		if !isTCP {
			return false
		}
		c.acks = newAckProber(descriptorOf(tcp))
	}
	return true
}

// PeerClosed reports that the peer has closed the connection, whatever has come before and was not read, where the connection is over TCP
// and the system tells. The owner calls it.
func (c *Conn) PeerClosed() bool { return c.canAsk() && c.acks.peerClosed() }

// Untaken reports that the peer cannot have read all of a message that was sent since m, because the connection ended before: err is
// what the owner got when it read the answer, of which nothing has come. What systems tell differs, and false means that there is no
// telling.
//
// A TCP peer's last segment says up to where the peer has received. If it was sent before any of the message had come, the peer has
// closed the connection without it, and what comes later is dropped. A reset tells nothing: a process that has read the message
// may send one, before its kernel has acknowledged the message. On a unix socket a reset means that the peer has closed it before it
// read all that was there.
func (c *Conn) Untaken(m Mark, err error) bool {
	switch bottomOf(c.raw).(type) {
	case *net.UnixConn:
		return !c.brittle && isReset(err)
	case *net.TCPConn:
		if !m.known || c.Len() > 0 || !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return false
		}
		acked, known := c.acknowledged()
		if !c.brittle {
			m.acked++ // of the handshake
		}
		return known && acked <= m.acked
	}
	return false
}
