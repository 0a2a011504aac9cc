package transport

import (
	"io"
	"net"
	"sync/atomic"
)

const (
	// keptBuffer is the largest buffer that a connection keeps between messages.
	keptBuffer = 64 << 10
	// Memory for bytes that have not arrived yet is made for growth times as many as have, and at least for trustedAhead
	// while the budget is less than half used, else for leastAhead.
	growth       = 3
	trustedAhead = 1 << 20
	leastAhead   = 16 << 10
	// emptyReads is how many reads may return neither bytes nor an error.
	emptyReads = 100
)

// input is the reading side of a Conn.
type input struct {
	in          []byte // from getBuffer, or nil
	r, w        int    // in[r:w] has arrived and was not taken
	message     int    // where the message that is being read begins; nothing refers to in before that
	failure     error  // why there are no more bytes, if it was noticed ahead
	interrupted atomic.Bool
	besides     int // see ChargeOwner
	least       int // of the buffer
}

// Len returns how many bytes have arrived and were not taken yet.
func (c *Conn) Len() int { return c.w - c.r }

// Peek returns the next n bytes without taking them, and waits for them if it must. They are valid until the next call of
// Peek or Next.
func (c *Conn) Peek(n int) ([]byte, error) {
	if c.w-c.r < n {
		if err := c.fill(n); err != nil {
			return nil, err
		}
	}
	return c.in[c.r : c.r+n : c.r+n], nil
}

// Next returns the next n bytes and takes them. They are valid until Release.
func (c *Conn) Next(n int) ([]byte, error) {
	data, err := c.Peek(n)
	if err == nil {
		c.r += n
	}
	return data, err
}

// Release gives back the memory of what was taken.
func (c *Conn) Release() {
	if c.r == c.w {
		c.r, c.w = 0, 0
		if len(c.in) > keptBuffer || len(c.in) < c.least {
			c.freeInput()
		}
	}
	c.message = c.r
}

// Keep is Release for an owner whose caller goes on to refer to what was taken: that memory is not used again.
func (c *Conn) Keep() error {
	rest := c.in[c.r:c.w]
	c.discharge(len(c.in))
	c.in, c.r, c.w, c.message = nil, 0, 0, 0
	if len(rest) == 0 {
		return nil
	}
	if err := c.charge(bufferSize(len(rest))); err != nil {
		return err
	}
	c.in = getBuffer(len(rest)) // for all of it, as it has arrived, where makeRoom is careful
	c.w = copy(c.in, rest)
	return nil
}

// Await waits until at least one byte has arrived that was not taken. It returns ErrInterrupted after Interrupt.
func (c *Conn) Await() error {
	if c.w > c.r {
		return nil
	}
	if c.failure != nil {
		return c.failure
	}
	if err := c.makeRoom(1); err != nil {
		return err
	}
	n, err := c.read(c.in[c.w:])
	c.w += n
	return err
}

// fill waits until n bytes are there that were not taken.
func (c *Conn) fill(n int) error {
	for c.w-c.r < n {
		if c.failure != nil {
			return whole(c.failure)
		}
		if err := c.makeRoom(n); err != nil {
			return err
		}
		m, err := c.read(c.in[c.w:])
		c.w += m
		if err != nil && err != ErrInterrupted {
			return whole(err)
		}
	}
	return nil
}

// whole names the end of the input inside of something.
func whole(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// read reads at least one byte into p.
func (c *Conn) read(p []byte) (int, error) { return c.readFrom(c.raw, p) }

// readFrom is read for raw, or what is below it.
func (c *Conn) readFrom(raw net.Conn, p []byte) (int, error) {
	for range emptyReads {
		n, err := raw.Read(p)
		if n > 0 {
			c.bytesReceived.Add(int64(n))
			return n, nil // the next read returns the error again
		}
		if err != nil && c.interrupted.Load() && IsTimeout(err) {
			c.interrupted.Store(false)
			c.arm()
			return 0, ErrInterrupted
		}
		if err = c.lasting(err); err != nil {
			return 0, err
		}
	}
	return 0, io.ErrNoProgress
}

// makeRoom sees to it that there is room behind what has arrived, so that n bytes that were not taken fit, or, if that
// is much more than has arrived, as many as may be expected. It may wait for memory.
func (c *Conn) makeRoom(n int) error { return c.makeRoomBy(n, c.charge) }

// makeRoomBy is makeRoom with memory that charge takes from the budget.
func (c *Conn) makeRoomBy(n int, charge func(int) error) error {
	have := c.w - c.r
	if ahead := n - have; ahead > leastAhead {
		n = have + min(ahead, max(growth*have, c.trusted()))
	}
	if c.r+n <= len(c.in) {
		return nil
	}
	movable := c.r == c.message // else what was taken may still be in use
	size := n
	if len(c.in) < c.least && n < c.least && (c.budget == nil || !c.budget.isScarce()) && c.chargeNow(bufferSize(c.least)) == nil {
		size = c.least
	} else if movable && n <= len(c.in) {
		c.w = copy(c.in, c.in[c.r:c.w])
		c.r, c.message = 0, 0
		return nil
	} else if err := charge(bufferSize(n)); err != nil {
		return err
	}
	old := c.in
	c.in = getBuffer(size)
	c.w = copy(c.in, old[c.r:c.w])
	c.r, c.message = 0, 0
	if old == nil {
		return nil
	}
	c.discharge(len(old))
	if movable {
		putBuffer(old)
	} else {
		c.message = -1 // nothing is movable until Release
	}
	return nil
}

// trusted returns how many bytes that have not arrived memory is made for.
func (c *Conn) trusted() int {
	if c.budget != nil && c.budget.isScarce() {
		return leastAhead
	}
	return trustedAhead
}

// ReadMany makes the owner's reads take as much as keptBuffer at once, for a connection on which many messages arrive together.
func (c *Conn) ReadMany() { c.least = keptBuffer }

func (c *Conn) freeInput() {
	if c.in == nil {
		return
	}
	c.discharge(len(c.in))
	putBuffer(c.in)
	c.in, c.r, c.w, c.message = nil, 0, 0, 0
}
