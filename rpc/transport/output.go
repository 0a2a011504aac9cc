package transport

import (
	"errors"
	"net"
)

// Output is a message that is being put together, a message.Writer. It has one owner at a time. Its memory is charged to the
// budget of the connection that it is for, if there is one. A Conn is one itself, for an owner that reads and writes in turn; others
// are sent by a [Queue].
type Output struct {
	conn    *Conn
	out     []byte   // from getBuffer, or nil: memory for the first piece
	used    bool     // out is a piece
	buffers [][]byte // memory of further pieces, from getBuffer
	pieces  [][]byte // the message
}

// Use makes o an empty message for a connection. It must have been given back by Free, or be new.
func (o *Output) Use(c *Conn) { o.conn = c }

// Len returns the length of the message.
func (o *Output) Len() (n int) {
	for _, piece := range o.pieces {
		n += len(piece)
	}
	return n
}

func (o *Output) charge(n int) {
	if o.conn != nil {
		o.conn.Charge(n)
	}
}

var errNoPlace = errors.New("there is no such place in the message")

// Malloc returns memory for the next n bytes of the message.
func (o *Output) Malloc(n int) ([]byte, error) {
	if n < 0 {
		return nil, errNoPlace
	}
	piece := o.memory(n)[:n:n]
	o.pieces = append(o.pieces, piece)
	return piece, nil
}

// memory returns at least n bytes that are the connection's until the message is sent.
func (o *Output) memory(n int) []byte {
	if o.used || n > keptBuffer {
		buf := getBuffer(n)
		o.charge(len(buf))
		o.buffers = append(o.buffers, buf)
		return buf
	}
	if n > len(o.out) {
		o.freeFirst()
		o.out = getBuffer(n)
		o.charge(len(o.out))
	}
	o.used = true
	return o.out
}

// WriteDirect puts b, without copying it, where remainCap bytes of what Malloc returned last are left.
func (o *Output) WriteDirect(b []byte, remainCap int) error {
	last := len(o.pieces) - 1
	if last < 0 || remainCap < 0 || remainCap > len(o.pieces[last]) {
		return errNoPlace
	}
	piece := o.pieces[last]
	cut := len(piece) - remainCap
	o.pieces = append(o.pieces[:last], piece[:cut:cut], b, piece[cut:])
	return nil
}

// Reference puts b behind the message, without copying it.
func (o *Output) Reference(b []byte) { o.pieces = append(o.pieces, b) }

// Memory returns n bytes that are the message's own, for Reference, and not yet a part of it.
func (o *Output) Memory(n int) []byte { return o.memory(n)[:n:n] }

// Extend makes the last piece of the message n bytes longer, which are those behind it in memory.
func (o *Output) Extend(n int) {
	last := len(o.pieces) - 1
	o.pieces[last] = o.pieces[last][:len(o.pieces[last])+n]
}

// Discard drops the message.
func (o *Output) Discard() {
	for i, buf := range o.buffers {
		o.charge(-len(buf))
		putBuffer(buf)
		o.buffers[i] = nil
	}
	o.buffers = o.buffers[:0]
	clear(o.pieces)
	o.pieces, o.used = o.pieces[:0], false
}

// Flush sends the message and returns when the kernel has it.
func (c *Conn) Flush() error {
	var err error
	if c.brittle {
		err = c.ready()
	}
	n := c.Output.Len()
	c.sent += uint64(n)
	switch {
	case err != nil:
	case len(c.pieces) == 1:
		err = c.write(c.pieces[0])
	case len(c.pieces) > 1:
		err = c.writePieces()
	}
	c.Discard()
	if err == nil {
		c.bytesSent.Add(int64(n))
		c.messagesSent.Add(1)
	}
	return err
}

// ready gives a brittle connection its deadline before it writes. It returns an error if the connection is aborted, although
// raw may be open still.
func (c *Conn) ready() error {
	c.lock.Lock() // what reads ahead may arm it, too
	stale := !c.armed.Equal(c.deadline)
	c.lock.Unlock()
	if stale {
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
		if err = c.lastingWrite(err); err != nil {
			return err
		}
	}
}

func (c *Conn) writePieces() error {
	c.sending = append(c.sending[:0], c.pieces...)
	all := c.sending
	defer clear(all[:cap(all)])
	for {
		_, err := writeBuffers(c.raw, &c.sending) // which removes what was sent
		if err != nil {
			if err = c.lastingWrite(err); err == nil {
				continue
			}
		}
		c.sending = all[:0]
		return err
	}
}

// lastingWrite is lasting for a write, which over a brittle connection cannot be tried again.
func (c *Conn) lastingWrite(err error) error {
	lasting := c.lasting(err)
	if lasting == nil && c.brittle {
		return err
	}
	return lasting
}

// Free gives back all memory. The message is empty then, and may be used again.
func (o *Output) Free() {
	o.Discard()
	o.freeFirst()
}

// freeFirst gives back the memory for the first piece, which is none.
func (o *Output) freeFirst() {
	if o.out == nil {
		return
	}
	o.charge(-len(o.out))
	putBuffer(o.out)
	o.out = nil
}
