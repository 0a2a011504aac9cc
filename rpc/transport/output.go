package transport

import (
	"errors"
	"net"
)

// output is the writing side of a Conn: a message that is being put together.
type output struct {
	out     []byte      // from getBuffer, or nil: memory for the first piece
	used    bool        // out is a piece
	buffers [][]byte    // memory of further pieces, from getBuffer
	pieces  [][]byte    // the message
	sending net.Buffers // the same, used up while it is sent
}

var errNoPlace = errors.New("there is no such place in the message")

// Malloc returns memory for the next n bytes of the message.
func (c *Conn) Malloc(n int) ([]byte, error) {
	if n < 0 {
		return nil, errNoPlace
	}
	piece := c.memory(n)[:n:n]
	c.pieces = append(c.pieces, piece)
	return piece, nil
}

// memory returns at least n bytes that are the connection's until the message is sent.
func (c *Conn) memory(n int) []byte {
	if c.used || n > keptBuffer {
		buf := getBuffer(n)
		c.force(len(buf))
		c.buffers = append(c.buffers, buf)
		return buf
	}
	if n > len(c.out) {
		c.freeFirst()
		c.out = getBuffer(n)
		c.force(len(c.out))
	}
	c.used = true
	return c.out
}

// WriteDirect puts b, without copying it, where remainCap bytes of what Malloc returned last are left.
func (c *Conn) WriteDirect(b []byte, remainCap int) error {
	last := len(c.pieces) - 1
	if last < 0 || remainCap < 0 || remainCap > len(c.pieces[last]) {
		return errNoPlace
	}
	piece := c.pieces[last]
	cut := len(piece) - remainCap
	c.pieces = append(c.pieces[:last], piece[:cut:cut], b, piece[cut:])
	return nil
}

// Discard drops the message.
func (c *Conn) Discard() {
	for i, buf := range c.buffers {
		c.discharge(len(buf))
		putBuffer(buf)
		c.buffers[i] = nil
	}
	c.buffers = c.buffers[:0]
	clear(c.pieces)
	c.pieces, c.used = c.pieces[:0], false
}

// Flush sends the message and returns when the kernel has it.
func (c *Conn) Flush() error {
	var err error
	if c.brittle {
		err = c.ready()
	}
	switch {
	case err != nil:
	case len(c.pieces) == 1:
		err = c.write(c.pieces[0])
	case len(c.pieces) > 1:
		err = c.writePieces()
	}
	c.Discard()
	return err
}

// ready gives a brittle connection its deadline before it writes. It returns an error if the connection is aborted, although
// raw may be open still.
func (c *Conn) ready() error {
	if !c.armed.Equal(c.deadline) {
		c.arm()
	}
	if c.closed.Load() {
		return net.ErrClosed
	}
	return nil
}

func (c *Conn) write(p []byte) error {
	for {
		n, err := c.raw.Write(p)
		if n >= len(p) {
			return nil
		}
		p = p[max(n, 0):]
		if err == nil {
			return net.ErrWriteToConnected
		}
		if c.brittle || !c.early(err) {
			return err
		}
	}
}

func (c *Conn) writePieces() error {
	c.sending = append(c.sending[:0], c.pieces...)
	all := c.sending
	defer clear(all[:cap(all)])
	for {
		_, err := c.sending.WriteTo(c.raw) // which removes what was sent
		if err == nil || c.brittle || !c.early(err) {
			c.sending = all[:0]
			return err
		}
	}
}

// freeOutput gives back all memory. The message is empty then.
func (c *Conn) freeOutput() {
	c.Discard()
	c.freeFirst()
}

// freeFirst gives back the memory for the first piece, which is none.
func (c *Conn) freeFirst() {
	if c.out == nil {
		return
	}
	c.discharge(len(c.out))
	putBuffer(c.out)
	c.out = nil
}
