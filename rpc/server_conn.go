package rpc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tagwire/tagwire/rpc/admission"
	"github.com/tagwire/tagwire/rpc/intercept"
	"github.com/tagwire/tagwire/rpc/transport"
)

// What a connection of a server is doing. The goroutine that changes it from idle or parked decides what becomes of the
// connection.
const (
	stateNew     uint32 = iota // it has not been reported to users' code
	stateOpening               // a handshake comes first
	stateIdle                  // a goroutine waits for the first byte of a message
	stateParked                // without a goroutine
	stateReading               // a message has begun
	stateWaiting               // it is complete, and memory is awaited for what it becomes
	stateWorking               // the message has been taken from the input
	stateWriting               // a reply is on its way
	stateClosed                // it was new, opening or idle, and is used no more
)

// serverConn is a connection of a server. One goroutine at a time serves it; the fields that are not atomic are that
// goroutine's.
type serverConn struct {
	server *Server
	conn   *transport.Conn
	peer   admission.Peer
	ctx    context.Context // ends with the connection
	cancel context.CancelFunc

	task     task
	reported *Connection // to interceptors; nil without
	linger   bool        // the peer shall read what was sent last before the connection is closed
	awake    bool        // it has a goroutine
	over     bool        // it is finished
	expired  bool        // it has been idle for too long, unless something has come

	shared   atomic.Pointer[shared] // where the peer multiplexes
	state    atomic.Uint32
	turn     atomic.Uint32         // counts the messages
	late     atomic.Bool           // it has had time for its first message
	parkTurn atomic.Uint32         // the turn after which the connection was idle for long enough to give up its goroutine
	reason   atomic.Pointer[error] // why it was aborted

	// What the janitor saw last, and since when.
	seenState, seenTurn uint32
	seen                time.Time

	lock  sync.Mutex // guards watch
	watch *transport.Watch
}

// open begins to serve the connection, also if code that it is reported to ends the goroutine.
func (c *serverConn) open() {
	c.acquireGoroutine()
	reported := false
	defer func() {
		if !reported {
			go c.run()
		}
	}()
	if len(c.server.config.onConnection) > 0 {
		c.reported = intercept.NewConnection(ServerSide, c.conn)
	}
	c.server.event(ConnectionOpened, c.reported, c.conn.RemoteAddr(), nil)
	reported = true
	c.run()
}

// run serves the connection until it ends, or has been idle for a while. Code of the user runs here, which may panic
// or end the goroutine; see handleUnwind.
func (c *serverConn) run() {
	returned := false
	defer func() {
		if !returned {
			c.handleUnwind(recover())
		}
	}()
	parked := false
	for goesOn := c.handshake(); goesOn; {
		if goesOn, parked = c.await(); goesOn {
			goesOn = c.serveOne()
		}
	}
	if !parked {
		c.finish()
	}
	returned = true
}

// handshake does the connection's handshake, if it is new, and reports whether the connection goes on.
func (c *serverConn) handshake() bool {
	if !c.state.CompareAndSwap(stateNew, stateOpening) {
		return c.state.Load() != stateClosed
	}
	if err := c.conn.Handshake(c.ctx); err != nil {
		c.linger = true // for an alert that says why
		failure := fmt.Errorf("the handshake failed: %w", err)
		if transport.IsAlert(err) {
			c.reason.CompareAndSwap(nil, &failure) // the peer has not just gone
		}
		c.fail(failure)
		return false
	}
	return c.state.CompareAndSwap(stateOpening, stateIdle)
}

// acquireGoroutine is called when the connection gets a goroutine, releaseGoroutine when it gives it up.
func (c *serverConn) acquireGoroutine() {
	c.awake = true
	c.server.janitor.GoroutineAdded()
}

func (c *serverConn) releaseGoroutine() {
	if c.awake {
		c.awake = false
		c.server.janitor.GoroutineRemoved()
	}
}

// await waits for a message to begin. goesOn is false if the connection has ended, or is parked.
func (c *serverConn) await() (goesOn, parked bool) {
	c.state.Store(stateIdle)
	for {
		if (c.mayEnd() || c.expired) && c.leave() {
			return false, false
		}
		c.expired = false
		switch err := c.conn.Await(); {
		case err == nil:
			return true, false
		case err != transport.ErrInterrupted:
			c.fail(err)
			return false, false
		case c.park():
			return false, true
		}
	}
}

// mayServe reports that another message of the connection is served, if it is there already where the server closes.
func (c *serverConn) mayServe() bool {
	s := c.server
	return !s.closing.Load() || !s.ending.Load() && c.conn.CanProbe()
}

// leave ends a connection if nothing has arrived. The owner calls it.
func (c *serverConn) leave() bool {
	if !c.conn.Quiet() {
		return false
	}
	silent, undo := c.conn.Shun()
	if silent && c.state.CompareAndSwap(stateIdle, stateClosed) {
		return true
	}
	undo()
	return false
}

// mayEnd reports that the connection ends if nothing has arrived. One that is new gets some time for the message that it was made for.
func (c *serverConn) mayEnd() bool {
	return c.server.closing.Load() && c.shared.Load() == nil && (c.turn.Load() > 0 || c.late.Load())
}

// park gives up the goroutine of a connection that is idle for long enough, and reports whether it did.
func (c *serverConn) park() bool {
	if c.parkTurn.Load() != c.turn.Load() || c.server.closing.Load() || c.shared.Load().inFlight() > 0 {
		return false // there was a message since, or the connection is to end
	}
	if s := c.shared.Load(); s != nil && s.http2 != nil && s.http2.needsSweep() {
		return false
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	if !c.state.CompareAndSwap(stateIdle, stateParked) {
		return false
	}
	s := c.server
	left := time.Duration(0)
	if s.config.idleTimeout > 0 {
		left = max(1, s.config.idleTimeout-s.parkAfter())
	}
	c.releaseGoroutine()
	c.watch = c.conn.Watch(left, c.unparked)
	return true
}

// unparked is called when something happens to a connection that is parked.
func (c *serverConn) unparked(expired bool) {
	c.expired = expired
	c.acquireGoroutine()
	c.run()
}

// endWhenIdle has a connection end, because the server is closing, as soon as it has handled what has arrived. Any goroutine may
// call it.
func (c *serverConn) endWhenIdle() {
	if c.shared.Load() != nil {
		c.endParked() // others are closed by their peers, or when these send nothing any more
		return
	}
	if c.stopWatch() {
		go c.unparked(false)
		return
	}
	if c.state.Load() == stateIdle && (c.turn.Load() > 0 || c.late.Load()) {
		c.conn.Interrupt() // and await looks whether there is anything
	}
}

// stopWatch makes the caller the owner of the connection, if it is parked, and reports whether it was.
func (c *serverConn) stopWatch() bool {
	if c.state.Load() != stateParked {
		return false
	}
	c.lock.Lock()
	watch := c.watch
	c.lock.Unlock()
	return watch.Stop()
}

// drain ends a connection that does nothing, and whose peer has sent nothing that waits to be read, unless that has waited for too
// long: since is how long nothing has happened. Any goroutine may call it. The states are tried in the order in which they follow.
func (c *serverConn) drain(since time.Duration) {
	if c.shared.Load().inFlight() > 0 {
		return
	}
	silent, undo := c.conn.Shun()
	if !silent && since < busyTime {
		undo()
		return
	}
	for _, state := range [...]uint32{stateNew, stateOpening, stateIdle} {
		if c.state.CompareAndSwap(state, stateClosed) {
			c.abort(nil)
			c.cancel() // what runs in a handshake may wait for that
			return
		}
	}
	undo()
	c.endParked()
}

// endParked ends the connection if it is parked.
func (c *serverConn) endParked() {
	if c.stopWatch() {
		go c.finish()
	}
}

// abort ends the connection, for a reason that is the peer's fault unless it is nil. Any goroutine may call it.
func (c *serverConn) abort(reason error) {
	if reason == nil {
		reason = errOrderly
	}
	c.reason.CompareAndSwap(nil, &reason)
	c.conn.Abort()
	c.endParked()
}

// errOrderly is the reason of a connection that is aborted without a fault of the peer.
var errOrderly = errors.New("the server closes the connection")

const (
	// drainTime is how long a message may take that has begun to arrive when the server is shut down, and a handshake.
	drainTime = time.Second
	// busyTime is how long the server itself may take to read what a peer has sent, and how long a handshake may take after which the
	// peer may have sent a call, where the system tells.
	busyTime = 5 * time.Second
)

// sweep is what the janitor does with the connection. How long a connection has been in a state is what the janitor has seen
// of that, so that it costs the connection nothing.
func (c *serverConn) sweep(now time.Time) {
	state, turn := c.state.Load(), c.turn.Load()
	shared := c.shared.Load()
	if shared != nil {
		shared.sweep(now)
	}
	if state != c.seenState || turn != c.seenTurn || c.seen.IsZero() {
		c.seenState, c.seenTurn, c.seen = state, turn, now
		return
	}
	s := c.server
	since := now.Sub(c.seen)
	if s.closing.Load() && c.sweepClosing(state, shared, since) {
		return
	}
	switch state {
	case stateOpening:
		if limit := s.config.readTimeout; limit > 0 && since > limit {
			c.abort(fmt.Errorf("the handshake was not complete after %v", limit))
			c.cancel()
		}
		c.expire(since)
	case stateIdle:
		switch {
		case turn == 0 && !c.conn.Plain():
			c.expire(since) // an interrupt might end a handshake
		case since >= s.parkAfter() && shared.inFlight() == 0:
			c.requestPark(turn)
			if shared != nil && shared.http2 != nil && shared.http2.needsSweep() {
				c.expire(since) // else what it is parked for does that
			}
		}
	case stateReading:
		limit := s.config.readTimeout
		if s.draining.Load() && (limit <= 0 || limit > drainTime) {
			limit = drainTime
		}
		if limit > 0 && since > limit {
			c.abort(fmt.Errorf("a message was not complete after %v", limit))
		}
	case stateWorking:
		c.conn.ReadAhead(s.config.limits.MaxPending, c.cancel)
	case stateWriting:
		if limit := s.config.writeTimeout; limit > 0 && since > limit {
			c.abort(fmt.Errorf("a reply was not taken within %v", limit))
		}
	}
}

// sweepClosing is sweep for a connection that does nothing while the server closes; it returns false for others.
func (c *serverConn) sweepClosing(state uint32, shared *shared, since time.Duration) bool {
	switch {
	case state == stateIdle && since <= drainPause: // something may be on its way
	case state == stateIdle && shared == nil && c.conn.Plain():
		c.late.Store(true)
		c.endWhenIdle()
	case state == stateIdle:
		c.drain(since)
	case (state == stateNew || state == stateOpening) && since > drainTime:
		if since > busyTime || !c.conn.Answered() {
			c.drain(since)
		}
	default:
		return false
	}
	return true
}

// requestPark makes the connection give up its goroutine, and its memory with it, if it is idle and there was no message
// since turn.
func (c *serverConn) requestPark(turn uint32) {
	c.parkTurn.Store(turn)
	c.conn.Interrupt()
}

// expire ends a connection that has a goroutine, if it has been idle for too long.
func (c *serverConn) expire(since time.Duration) {
	if limit := c.server.config.idleTimeout; limit > 0 && since >= limit {
		c.drain(since - limit)
	}
}

// lingerTime and lingerBytes bound how long a peer is read from that shall read what was sent last.
const (
	lingerTime  = 200 * time.Millisecond
	lingerBytes = 64 << 20
)

// finish ends the connection, once. Users' code, which it is reported to, comes last, and may panic.
func (c *serverConn) finish() {
	if c.over {
		return
	}
	c.over = true
	if s := c.shared.Load(); s != nil {
		if c.reason.Load() != nil {
			s.announce()
		}
		c.cancel()
		if s.http2 != nil {
			s.http2.End(net.ErrClosed)
		} else {
			s.framed.Wait()
		}
		s.wait() // the replies are sent, if they can be
		if s.http2 != nil {
			s.http2.Wait()
		}
		c.linger = true
	}
	defer func() {
		if value := recover(); value != nil {
			c.server.journal.Panicked("rpc: closing a connection panicked", value, "remote", c.conn.RemoteAddr())
		}
	}()
	defer c.reportEnd()
	defer c.forget()
	if c.linger && c.reason.Load() == nil {
		c.conn.Shun() // what has come since is dropped, and nothing else
	}
	if c.linger {
		c.conn.CloseAfter(lingerBytes, lingerTime)
	} else {
		c.conn.Close()
	}
}

// forget takes the connection off the server's list.
func (c *serverConn) forget() {
	c.cancel()
	c.releaseGoroutine()
	s := c.server
	s.lock.Lock()
	defer s.lock.Unlock()
	delete(s.connections, c)
	s.peers.Leave(c.peer)
	if s.draining.Load() && len(s.connections) == 0 {
		close(s.empty)
	}
}

// reportEnd reports the end of the connection, all of it even if the code that it is reported to ends the goroutine.
func (c *serverConn) reportEnd() {
	s := c.server
	defer s.event(ConnectionClosed, c.reported, c.conn.RemoteAddr(), nil)
	if reason := c.reason.Load(); reason != nil && *reason != errOrderly {
		defer s.event(ConnectionBroken, c.reported, c.conn.RemoteAddr(), *reason)
		s.journal.Warn("rpc: connection closed", "remote", c.conn.RemoteAddr(), "reason", (*reason).Error())
	}
}

// fail notes why the connection ends, unless the peer has just gone, or it was aborted for another reason.
func (c *serverConn) fail(err error) {
	if !transport.IsClosed(err) {
		c.reason.CompareAndSwap(nil, &err)
	}
}
