package transport

import (
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Conn is a connection with buffered input and output.
//
// It has one owner at a time, a goroutine that reads and writes. Other goroutines may call Abort, Interrupt, Shun,
// ReadAhead and Charged.
type Conn struct {
	raw    net.Conn
	remote net.Addr
	budget *Budget // nil for none

	// OnStarved, if not nil, is called when the budget has not n bytes left for input. It may see to it that some
	// come back, or return an error, which ends the reading.
	OnStarved func(n int) error

	input
	Output
	sending net.Buffers // the pieces, used up while they are sent
	sent    uint64      // bytes of all messages
	readAheadState
	traffic

	charged atomic.Int64 // bytes charged to budget

	// deadline is that of the owner's reads and writes, zero for none. armed is the one that raw has, which may be
	// earlier: setting it takes longer than a call should, so it is not moved for each.
	deadline, armed time.Time
	// brittle says that raw is not of package net. A write that a deadline has interrupted cannot be done again then: a
	// connection of crypto/tls never writes again after that. So raw has the right deadline before it writes. And its methods may
	// be users' code, which panics or does not return, so that only goroutines which serve no other connection call them.
	brittle bool
	// plain says that what lies below raw is of package net; see Plain.
	plain bool

	secured secured              // raw, if it has TLS
	state   *tls.ConnectionState // see TLS
	refused bool                 // the handshake failed, so that only what is below raw can be used

	closed atomic.Bool // set without lock, which users' code may hold forever
	lock   sync.Mutex  // held while raw is given a deadline, so that Interrupt does not come between those of the owner

	probed bool // prober is set, if there can be one
	prober *prober
	acks   *ackProber // made when first needed
}

// NewConn returns a connection over raw, which it owns from now on. budget may be nil.
func NewConn(raw net.Conn, budget *Budget) *Conn {
	startPoller()
	over, _ := raw.(secured)
	c := &Conn{
		raw: raw, remote: raw.RemoteAddr(), budget: budget, secured: over,
		brittle: !isSocket(raw), plain: isSocket(bottomOf(raw)),
	}
	c.Output.conn = c
	return c
}

// Plain reports that the connection is of package net, or one over such a connection, as those of crypto/tls are. Close does not
// block then after Abort; and a Read that a deadline interrupts may be done again once Handshake has returned, where others may
// do a handshake in their first Read, which does not survive an interruption.
func (c *Conn) Plain() bool { return c.plain }

// isSocket reports that a connection is one of package net, whose methods do what they shall.
func isSocket(conn net.Conn) bool {
	switch conn.(type) {
	case *net.TCPConn, *net.UnixConn:
		return true
	}
	return false
}

// RemoteAddr returns the peer's address.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// Charged returns how many bytes of the budget the connection has.
func (c *Conn) Charged() int64 { return c.charged.Load() }

// past is a deadline that has passed.
var past = time.Unix(1, 0)

// SetDeadline sets when the owner's reads and writes end with a timeout; the zero time is never.
func (c *Conn) SetDeadline(t time.Time) {
	c.deadline = t
	if !t.IsZero() && (c.armed.IsZero() || t.Before(c.armed)) {
		c.arm()
	}
}

// arm gives raw the deadline, and reports whether the connection is open.
func (c *Conn) arm() (open bool) {
	c.lock.Lock()
	defer c.lock.Unlock()
	defer func() {
		if recover() != nil {
			open = false // it is as good as closed
		}
	}()
	if c.closed.Load() {
		return false
	}
	c.armed = c.deadline
	return c.raw.SetDeadline(c.deadline) == nil
}

// lasting returns nil if err is the timeout of a deadline that was armed for something else, so that the read or write is to be tried
// again. If the connection was closed meanwhile, such a timeout stands for that.
func (c *Conn) lasting(err error) error {
	switch {
	case !IsTimeout(err) || !c.deadline.IsZero() && !time.Now().Before(c.deadline):
		return err
	case !c.arm():
		return net.ErrClosed
	}
	return nil
}

// Interrupt makes an owner that waits in Await return ErrInterrupted. It has no other effect, and does not block.
func (c *Conn) Interrupt() {
	c.interrupted.Store(true)
	if c.brittle {
		go c.interruptRead()
		return
	}
	c.interruptRead()
}

// interruptRead makes a read of raw that is under way return with a timeout.
func (c *Conn) interruptRead() {
	c.lock.Lock()
	defer c.lock.Unlock()
	defer func() { _ = recover() }()
	if !c.closed.Load() {
		_ = c.raw.SetReadDeadline(past)
	}
}

// Abort ends the connection: reads and writes that are under way fail. Memory is given back by Close, which the owner
// must call all the same. Any goroutine may call Abort, and it does not block.
func (c *Conn) Abort() {
	if c.closed.Swap(true) {
		return
	}
	// Closing a connection of crypto/tls waits for the peer; what is below it does not.
	if c.plain {
		Close(bottomOf(c.raw))
	} else {
		go func() { Close(bottomOf(c.raw)) }()
	}
}

// Close closes a connection, which may be users' code and panic: it is as good as closed then.
func Close(raw net.Conn) {
	defer func() { _ = recover() }()
	_ = raw.Close()
}

// Close ends the connection and gives its memory back. The owner calls it, once, and uses the connection no more.
func (c *Conn) Close() {
	c.closed.Store(true)
	defer c.free() // whatever raw does
	Close(c.raw)
}

// free gives back all memory.
func (c *Conn) free() {
	c.EndReadAhead() // what reads ahead ends with raw
	c.freeInput()
	c.Output.Free()
	c.settle()
}

// CloseAfter is Close for an owner that has written something the peer shall still read: closing while bytes of the
// peer are unread would reset the connection, and the peer might lose what it was sent. CloseAfter ends the sending and
// drops what comes until the peer closes, at most limit bytes and for patience.
func (c *Conn) CloseAfter(limit int, patience time.Duration) {
	c.EndReadAhead()
	raw := c.raw
	if c.refused {
		raw = bottomOf(raw)
	}
	if half, ok := raw.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		c.SetDeadline(time.Now().Add(patience))
		c.freeInput()
		buf := getBuffer(smallestBuffer)
		for limit > 0 {
			n, err := c.readFrom(raw, buf)
			if limit -= n; err != nil && err != ErrInterrupted {
				break
			}
		}
		putBuffer(buf)
	}
	c.Close()
}

// Trim gives back memory that an idle connection does not need.
func (c *Conn) Trim() {
	if c.Len() == 0 {
		c.freeInput()
	}
	c.Output.Free()
}

// Quiet reports that nothing has arrived that was not taken, and that the peer has not closed the connection. Where the
// connection cannot be probed, it reports true; see CanProbe. The owner calls it.
func (c *Conn) Quiet() bool {
	if c.Len() > 0 || c.failure != nil {
		return false
	}
	if !c.CanProbe() {
		return true
	}
	nothing, err := c.prober.nothing()
	if err != nil {
		return false
	}
	if _, over := c.raw.(layered); over {
		return c.quietAbove(nothing)
	}
	return nothing
}

// quietAbove reports that a connection over another has read nothing ahead, such as the end. Its Read is given no time if
// nothing has arrived below, else a moment for what is not for us, such as the session tickets of crypto/tls.
func (c *Conn) quietAbove(nothing bool) bool {
	if c.makeRoom(1) != nil {
		return false
	}
	if nothing {
		c.interruptRead()
	} else if c.raw.SetReadDeadline(time.Now().Add(quietTime)) != nil {
		return false
	}
	n, err := c.raw.Read(c.in[c.w : c.w+1])
	c.w += n
	c.bytesReceived.Add(int64(n))
	if !c.arm() || n > 0 || !IsTimeout(err) {
		return false
	}
	if !nothing {
		nothing, err = c.prober.nothing()
		return nothing && err == nil
	}
	return true
}

// quietTime is how long a connection may take to read what has arrived.
const quietTime = 2 * time.Millisecond

// CanProbe reports whether Quiet knows of what has not been read: it does on unix systems and Windows, for TCP and unix connections of
// package net and those of crypto/tls over them.
func (c *Conn) CanProbe() bool {
	if !c.probed {
		c.probed = true
		if raw := descriptorOf(c.raw); raw != nil {
			c.prober = newProber(raw)
		}
	}
	return c.prober != nil
}

// chargeNow takes n bytes from the budget, if there is one.
func (c *Conn) chargeNow(n int) error {
	if c.budget != nil && !c.budget.take(int64(n)) {
		return ErrMemory
	}
	c.charged.Add(int64(n))
	return nil
}

// chargeAnyway takes n bytes from the budget whether they are left or not.
func (c *Conn) chargeAnyway(n int) error {
	c.Charge(n)
	return nil
}

// chargeSpare is chargeNow for what need not be read now.
func (c *Conn) chargeSpare(n int) error {
	if c.budget != nil && c.budget.isScarce() {
		return ErrMemory
	}
	return c.chargeNow(n)
}

// charge is chargeNow, but waits for memory where OnStarved says that some will come back.
func (c *Conn) charge(n int) error {
	if err := c.chargeNow(n); err == nil {
		return nil
	}
	return c.starve(n)
}

// Spare takes memory for a value that is to be made, if it is there: a quarter of the budget, or most bytes if those are
// fewer. It returns what it took, for Unreserve, or 0.
func (c *Conn) Spare(most int) int {
	if c.budget != nil {
		most = int(min(int64(most), c.budget.limit/4))
	}
	if c.chargeNow(most) != nil {
		return 0
	}
	return most
}

// Reserve takes n bytes, which are waited for as for input, or returns why the connection must not wait. Where OnStarved
// returns ErrAnyway it takes them whether they are there or not.
func (c *Conn) Reserve(n int) error {
	err := c.charge(n)
	if err == ErrAnyway {
		c.Charge(n)
		return nil
	}
	return err
}

// Unreserve gives back what Spare or Reserve took.
func (c *Conn) Unreserve(n int) { c.discharge(n) }

// starve waits for n bytes of the budget.
func (c *Conn) starve(n int) error {
	if c.OnStarved == nil {
		return ErrMemory
	}
	for {
		freed := c.budget.wait()
		if c.chargeNow(n) == nil {
			return nil
		}
		if err := c.OnStarved(n); err != nil {
			return err
		}
		timer := time.NewTimer(starvedInterval)
		select {
		case <-freed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// starvedInterval is how often a connection that waits for memory asks OnStarved whether to go on.
const starvedInterval = 20 * time.Millisecond

// discharge gives n bytes back.
func (c *Conn) discharge(n int) {
	c.charged.Add(-int64(n))
	if c.budget != nil {
		c.budget.give(int64(n))
	}
}

// ChargeOwner charges n bytes that the owner has besides the buffers, instead of those that its last call charged.
func (c *Conn) ChargeOwner(n int) {
	if difference := n - c.besides; difference != 0 {
		c.besides = n
		c.Charge(difference)
	}
}

// TryCharge charges n bytes if they are left, and reports whether they are.
func (c *Conn) TryCharge(n int) bool { return c.chargeNow(n) == nil }

// Charge charges n bytes without asking whether they are left, or gives -n back. Any goroutine may call it.
func (c *Conn) Charge(n int) {
	if n < 0 {
		c.discharge(-n)
		return
	}
	c.charged.Add(int64(n))
	if c.budget != nil {
		c.budget.force(int64(n))
	}
}

// settle gives back what is still charged.
func (c *Conn) settle() {
	c.besides = 0
	c.discharge(int(c.charged.Load()))
}
