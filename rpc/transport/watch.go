package transport

import (
	"net"
	"sync"
	"syscall"
	"time"
)

// Watch waits, in place of the owner, for something to happen to an idle connection; see [Conn.Watch].
type Watch struct {
	conn    *Conn
	happens func(expired bool)
	timer   *time.Timer // nil if there is no limit

	lock  sync.Mutex
	taken bool       // by what happened first
	index tableIndex // in the poller, zero if a goroutine reads instead
	raw   rawConn    // what the poller watches
}

// rawConn gives access to a descriptor.
type rawConn = syscall.RawConn

// Watch sees to it that happens is called, once and in a goroutine of its own, when a byte arrives or the connection
// ends, or, with expired true, when idle has passed without that; idle is zero for no limit. The owner must have taken all
// bytes, and is the owner no more: that is the caller of Stop if Stop returns true, or else happens.
//
// Of a connection that cannot be interrupted only the time is watched, because Stop could not end a Read.
//
// On Linux, watched TCP and unix connections of package net, and those of crypto/tls over them, cost no goroutine.
func (c *Conn) Watch(idle time.Duration, happens func(expired bool)) *Watch {
	c.Trim()
	w := &Watch{conn: c, happens: happens}
	w.lock.Lock()
	defer w.lock.Unlock()
	if idle > 0 {
		w.timer = time.AfterFunc(idle, w.expire)
	}
	if w.raw = descriptorOf(c.raw); w.raw != nil {
		w.index = watchDescriptor(w)
	}
	if w.index == (tableIndex{}) && c.interruptible() {
		c.AllowReadAhead()
		c.ahead.Lock()
		c.reader.Store(aheadReads)
		go c.readAhead(1, c.chargeAnyway, w.readSomething)
	}
	return w
}

// interruptible reports that a Read of raw which is under way can be made to return. It holds for what is closed.
func (c *Conn) interruptible() (can bool) {
	c.lock.Lock()
	defer c.lock.Unlock()
	defer func() { _ = recover() }()
	return c.closed.Load() || c.raw.SetReadDeadline(c.deadline) == nil
}

// layered is a connection over another, as those of crypto/tls are. It has read nothing ahead that its own Read would not
// return, or wait for the rest of.
type layered interface{ NetConn() net.Conn }

// bottomOf returns what a connection is over, or the connection itself.
func bottomOf(conn net.Conn) net.Conn {
	if over, ok := conn.(layered); ok {
		return over.NetConn()
	}
	return conn
}

// descriptorOf returns access to the descriptor below a connection, nil if there is none.
func descriptorOf(conn net.Conn) rawConn {
	var raw rawConn
	var err error
	switch c := bottomOf(conn).(type) {
	case *net.TCPConn:
		raw, err = c.SyscallConn()
	case *net.UnixConn:
		raw, err = c.SyscallConn()
	}
	if err != nil {
		return nil
	}
	return raw
}

// Stop ends the watch and reports whether the caller is the owner of the connection now. A byte may have arrived, and the
// connection may have ended, nevertheless.
func (w *Watch) Stop() bool {
	if !w.take() {
		return false
	}
	if w.timer != nil {
		w.timer.Stop()
	}
	return true
}

// take makes the caller the owner, if there was none.
func (w *Watch) take() bool {
	w.lock.Lock()
	defer w.lock.Unlock()
	if w.taken {
		return false
	}
	w.taken = true
	if w.index != (tableIndex{}) {
		forgetDescriptor(w)
	} else {
		w.conn.EndReadAhead()
	}
	return true
}

// expire is called when the connection has been idle for too long.
func (w *Watch) expire() {
	if w.take() {
		w.happens(true)
	}
}

// ready is called by the poller when there is something to read. It does not block.
func (w *Watch) ready() {
	if w.Stop() {
		go w.happens(false)
	}
}

// readSomething is called when the goroutine that reads has ended.
func (w *Watch) readSomething(n int, err error) {
	// Without either, the connection was wanted back.
	if (n > 0 || err != nil) && w.Stop() {
		w.happens(false)
	}
}
