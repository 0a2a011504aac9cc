package transport

import (
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// What reads from the connection.
const (
	ownerReads int32 = iota
	aheadAllowed
	aheadReads
)

// readAheadState is how an owner allows another goroutine to read while it is busy with something else.
type readAheadState struct {
	reader atomic.Int32
	wanted atomic.Bool // the owner waits for the right to read
	ahead  sync.Mutex  // held by the goroutine that reads ahead, from before reader says so
}

// AllowReadAhead lets ReadAhead read, until EndReadAhead. The owner must not read meanwhile, and nothing may refer to what
// was taken from the input and released.
func (c *Conn) AllowReadAhead() { c.reader.Store(aheadAllowed) }

// EndReadAhead ends what AllowReadAhead began.
func (c *Conn) EndReadAhead() {
	if c.reader.CompareAndSwap(aheadAllowed, ownerReads) || c.reader.Load() == ownerReads {
		return
	}
	if !c.ahead.TryLock() {
		c.wanted.Store(true)
		c.interruptRead()
		c.ahead.Lock()
		c.wanted.Store(false)
		c.arm()
	}
	c.ahead.Unlock()
	c.reader.Store(ownerReads)
}

// ReadAhead begins to read what comes between AllowReadAhead and EndReadAhead, until limit bytes are there, and calls gone, in a
// goroutine of its own, when the input ends. It does nothing unless the owner allows it, and then once. It may be called by
// one goroutine that is not the owner.
func (c *Conn) ReadAhead(limit int, gone func()) {
	if c.reader.Load() != aheadAllowed || !c.ahead.TryLock() {
		return
	}
	if !c.reader.CompareAndSwap(aheadAllowed, aheadReads) {
		c.ahead.Unlock()
		return
	}
	go c.readAhead(limit, c.chargeSpare, func(_ int, err error) {
		if err != nil {
			gone()
		}
	})
}

// readAhead reads until limit bytes are there, into memory that charge takes from the budget, gives up the lock, and calls done
// with how many there are, and why there will be no more, if that is so.
func (c *Conn) readAhead(limit int, charge func(int) error, done func(n int, err error)) {
	c.failure = errReadEnded // unless reading returns
	defer func() {
		if value := recover(); value != nil {
			c.failure = fmt.Errorf("%w: %v", errReadEnded, value)
		}
		n, err := c.Len(), c.failure
		c.ahead.Unlock()
		done(n, err)
	}()
	c.failure = c.readUntil(limit, charge)
}

// errReadEnded stands for a connection of users' code whose Read does not return.
var errReadEnded = fmt.Errorf("the connection's Read panicked or ended its goroutine")

// readUntil reads until limit bytes are there or the owner wants to read. It returns an error if there are no more bytes.
func (c *Conn) readUntil(limit int, charge func(int) error) error {
	for empty := 0; c.w-c.r < limit && !c.wanted.Load(); {
		if c.w == len(c.in) && c.makeRoomBy(min(limit, 2*(c.w-c.r)+leastAhead), charge) != nil {
			return nil // the owner will wait for memory
		}
		n, err := c.raw.Read(c.in[c.w:min(len(c.in), c.r+limit)])
		c.w += max(n, 0)
		c.bytesReceived.Add(int64(max(n, 0)))
		if n > 0 || err != nil {
			empty = 0
		} else if empty++; empty == emptyReads {
			return io.ErrNoProgress
		}
		if IsTimeout(err) && !c.wanted.Load() && !c.arm() {
			return net.ErrClosed
		}
		if err != nil && !IsTimeout(err) {
			return err
		}
	}
	return nil
}
