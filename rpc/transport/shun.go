package transport

import (
	"net"

	"github.com/tagwire/tagwire/rpc/socket"
)

// Shun has the kernel take no more of what the peer sends, where it can, and reports whether all that it has taken was read from it.
// A connection that is closed then has lost nothing, and the peer can know that: what it sends is not acknowledged. Else undo lets it
// go on. Any goroutine may call it.
func (c *Conn) Shun() (silent bool, undo func()) {
	undo = func() {}
	if !c.plain {
		return true, undo
	}
	raw := descriptorOf(c.raw)
	if raw == nil {
		return true, undo
	}
	if _, tcp := bottomOf(c.raw).(*net.TCPConn); tcp {
		undo = socket.IgnoreData(raw)
	}
	nothing, err := newProber(raw).nothing()
	return nothing || err != nil, undo
}

// Answered reports that the peer has got something that was sent; it is false where the system does not tell. Any goroutine may call it.
func (c *Conn) Answered() bool {
	if !c.plain {
		return false
	}
	raw := descriptorOf(c.raw)
	if raw == nil {
		return false
	}
	acked, known := newAckProber(raw).acknowledged()
	return known && acked > 1 // which is that of the handshake of TCP
}
