package rpc

import (
	"errors"

	"github.com/tagwire/tagwire/rpc/thrift"
)

// serveOne handles a message that has begun to arrive, and reports whether the connection goes on.
func (c *serverConn) serveOne() bool {
	w := c.server.janitor
	w.Begin()
	c.turn.Add(1)
	if !c.state.CompareAndSwap(stateIdle, stateReading) {
		w.End()
		return false
	}
	c.task.work = work{phase: phaseRead}
	goesOn := c.serve()
	c.task.work = work{}
	c.conn.ChargeOwner(0)
	c.conn.EndReadAhead()
	w.End()
	return goesOn
}

// handleUnwind is called when users' code panics or ends the goroutine, in place of what is left of run. Where the message
// has been read, it is answered, and the connection goes on.
func (c *serverConn) handleUnwind(value any) {
	s := c.server
	answered := false
	if c.task.work.phase != phaseNone {
		s.janitor.End()
	}
	defer func() {
		if answered {
			go c.run()
			return
		}
		c.finish()
	}()
	attributes := []any{"remote", c.conn.RemoteAddr()}
	if b := c.task.work.method; b != nil {
		attributes = append(attributes, "service", b.service, "method", b.Name)
	}
	message := "rpc: a call did not return"
	switch {
	case c.state.Load() == stateOpening:
		message = "rpc: a handshake did not return"
		reason := errors.New("code that runs in the handshake panicked or ended its goroutine")
		c.reason.CompareAndSwap(nil, &reason)
	case c.task.work.phase == phaseRead || c.task.work.phase == phaseSend:
		reason := errors.New("code that reads or writes messages panicked or ended its goroutine")
		c.reason.CompareAndSwap(nil, &reason)
	}
	s.journal.Panicked(message, value, attributes...)
	answered = c.task.answerPanicked() && c.mayServe()
	c.task.work = work{}
	c.conn.ChargeOwner(0)
}

// serve reads a message, calls what it names, and replies.
func (c *serverConn) serve() bool {
	if s := c.shared.Load(); s != nil && s.http2 != nil {
		return s.http2.serve()
	}
	m := &c.task.message
	*m = Message{}
	p, err := c.read(m)
	if err == errHTTP2 {
		c.beginHTTP2()
		return c.serve()
	}
	if err != nil {
		c.notRead(p, err)
		return false
	}
	if m.Frame != 0 {
		return c.serveFrame(p, m)
	}
	if m.OutOfOrder || c.shared.Load() != nil {
		return c.share(p, m)
	}
	return c.task.answer(p) && c.mayServe()
}

// read reads one message, in whatever protocol it is.
func (c *serverConn) read(m *Message) (Protocol, error) {
	head, err := c.head()
	if err != nil {
		return nil, err
	}
	if string(head[:]) == prefaceHead && c.turn.Load() == 1 {
		return nil, errHTTP2
	}
	limits := &c.server.config.limits
	for _, p := range c.server.config.protocols {
		if p.Detect(head, limits) {
			err := p.Read(c.conn, m, limits)
			if err == nil {
				c.conn.CountReceived()
			}
			return p, err
		}
	}
	return nil, thrift.Undetected(head)
}

// head waits for as much of a message as shows its protocol, and returns what has arrived of the first bytes, then zeros.
func (c *serverConn) head() (head [8]byte, err error) {
	for wanted := 2; ; {
		data, err := c.conn.Peek(min(len(head), max(wanted, c.conn.Len())))
		if err != nil {
			return head, err
		}
		if wanted = thrift.HeadSize(data[0], data[1]); len(data) >= wanted {
			copy(head[:], data)
			return head, nil
		}
	}
}

// notRead ends a connection whose input cannot be trusted any more. If a limit is the reason, and the message has been
// read up to the name of its method, the caller gets an exception.
func (c *serverConn) notRead(p Protocol, err error) {
	c.fail(err)
	c.task.work.protocol = p
	m := &c.task.message
	if p == nil || !errors.Is(err, CodeLimit) || m.Type != MessageCall || len(m.Method) == 0 {
		return
	}
	e := thrift.NewException(CodeProtocolError, err.Error())
	if errors.Is(err, errMemory) {
		e.Type = int32(CodeInternal)
	}
	t := &c.task
	if s := c.shared.Load(); s != nil {
		s.acquire(0)
		t = s.newTask(m, 0)
		t.work = c.task.work
		defer t.leave()
	}
	t.reject(nil, m, &Error{Code: Code(e.Type), Message: e.Message})
	t.refuse(p, m, e)
}
