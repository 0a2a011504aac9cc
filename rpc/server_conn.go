package rpc

import (
	"context"
	"fmt"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/bytedance/gopkg/cloud/metainfo"
)

// What a connection of a server is doing.
const (
	stateIdle    int32 = iota // waiting for the first byte of a message
	stateReading              // reading what has arrived
	stateWaiting              // waiting for the rest of a message
	stateWorking              // calling, replying; the message has been taken from the input
)

// serverConn is a connection of a server. serve is called when there are bytes, on one goroutine at a time; the
// fields that are not atomic are that goroutine's.
type serverConn struct {
	server *Server
	conn   link
	remote net.Addr
	ctx    context.Context // ends with the connection
	cancel context.CancelFunc

	reader  connReader
	writer  connWriter
	message Message
	body    structBody
	armed   bool // there is a deadline for reading

	state  atomic.Int32
	since  atomic.Int64 // when it became idle, by the watcher's clock
	broken atomic.Bool

	lock sync.Mutex
	gone bool // the connection has ended, its descriptor is not ours any more
}

// open takes a connection into service; ended ends that.
func (s *Server) open(conn link) *serverConn {
	c := &serverConn{server: s, conn: conn, remote: conn.RemoteAddr()}
	c.reader = connReader{conn.input(), c.wait}
	c.writer.output = conn.output()
	c.ctx, c.cancel = context.WithCancel(s.base)
	c.since.Store(s.watch.clock.Load())
	s.count.Add(1)
	s.lock.Lock()
	s.connections[c] = struct{}{}
	s.lock.Unlock()
	s.event(ConnectionEvent{Kind: ConnectionOpened, Side: ServerSide, Remote: c.remote})
	return c
}

// ended is called when the connection has ended and no serve runs.
func (c *serverConn) ended() {
	c.lock.Lock()
	c.gone = true
	c.lock.Unlock()
	c.cancel()
	s := c.server
	s.lock.Lock()
	_, known := s.connections[c]
	delete(s.connections, c)
	s.lock.Unlock()
	if known {
		s.count.Add(-1)
		s.event(ConnectionEvent{Kind: ConnectionClosed, Side: ServerSide, Remote: c.remote})
	}
}

// kill is close for goroutines other than serve's: while a handler works, closing alone would go on reading.
func (c *serverConn) kill(err error) {
	c.lock.Lock()
	if !c.gone {
		c.conn.hangUp()
	}
	c.lock.Unlock()
	c.close(err)
}

// close ends the connection, for a reason that is the peer's fault if err is not nil. serve calls it and returns.
func (c *serverConn) close(err error) {
	if err != nil && c.broken.CompareAndSwap(false, true) {
		c.server.config.logger.Warn("rpc: connection closed", "remote", c.remote, "reason", err.Error())
		c.server.event(ConnectionEvent{Kind: ConnectionBroken, Side: ServerSide, Remote: c.remote, Err: err})
	}
	_ = c.conn.Close()
}

// wait is called before a read blocks: the message must be complete within the read timeout, counted from here.
func (c *serverConn) wait() error {
	c.state.Store(stateWaiting)
	if c.server.draining.Load() {
		return errDraining
	}
	if c.armed {
		return nil
	}
	c.armed = true
	return c.conn.SetReadDeadline(time.Now().Add(c.server.config.readTimeout))
}

var errDraining = fmt.Errorf("the server shuts down")

// serve handles the messages that have arrived, and reports whether the connection stays open.
func (c *serverConn) serve() bool {
	for c.reader.Len() > 0 {
		if c.server.closed.Load() || !c.one() || c.server.draining.Load() {
			c.close(nil)
			return false
		}
	}
	return true
}

// one handles one message, and reports whether the connection can go on.
func (c *serverConn) one() bool {
	c.state.Store(stateReading)
	c.server.begin()
	defer c.end()
	c.message = Message{}
	protocol, err := c.read()
	if err != nil {
		if err != errDraining {
			c.close(c.explain(err))
		}
		return false
	}
	if c.armed {
		c.armed = false
		_ = c.conn.SetReadDeadline(time.Time{})
	}
	c.state.Store(stateWorking)
	return c.answer(protocol, &c.message)
}

// end marks the connection as idle.
func (c *serverConn) end() {
	c.since.Store(c.server.watch.clock.Load())
	c.state.Store(stateIdle)
	c.server.calls.Add(-1)
}

// explain drops errors that only say that the peer has gone.
func (c *serverConn) explain(err error) error {
	if !c.conn.IsActive() {
		return nil
	}
	return err
}

// read reads one message, in whatever protocol it is.
func (c *serverConn) read() (Protocol, error) {
	data, err := c.reader.Peek(8)
	if err != nil {
		return nil, err
	}
	head := [8]byte(data)
	limits := &c.server.config.limits
	for _, p := range c.server.config.protocols {
		if p.Detect(head, limits) {
			return p, p.Read(&c.reader, &c.message, limits)
		}
	}
	return nil, undetected(head)
}

// undetected returns the error for a message that begins like none we know.
func undetected(head [8]byte) error {
	switch {
	case head[4] == theaderMagic>>8 && head[5] == theaderMagic&0xff:
		return fmt.Errorf("the peer speaks Apache's THeader, which is not supported; let it use a framed transport")
	case string(head[:4]) == "PRI ":
		return fmt.Errorf("the peer speaks HTTP/2, which is not supported; let it use a framed transport or TTHeader")
	case head[4] == 0x90 && head[5] == 0x01:
		return fmt.Errorf("the peer speaks Kitex-Protobuf, which is not supported; let it use Thrift")
	}
	return fmt.Errorf("the peer sends % x, which no protocol here begins with", head)
}

// answer calls what the message names, and replies.
func (c *serverConn) answer(p Protocol, m *Message) bool {
	oneway := m.Type == MessageOneway
	if m.Type != MessageCall && !oneway {
		return c.refuse(p, m, false, newException(CodeInvalidMessageType, "the message is neither a call nor oneway"))
	}
	b, unknown := c.server.serving.Load().route(m)
	if unknown != nil {
		return c.refuse(p, m, oneway, newException(Code(unknown.Type), unknown.Message))
	}
	arguments := b.newArguments()
	n, err := b.in.codec.DecodeAt(m.Body, arguments)
	if err == nil && n != len(m.Body) {
		err = fmt.Errorf("%d bytes follow on the arguments", len(m.Body)-n)
	}
	if err != nil {
		return c.refuse(p, m, oneway || b.oneway, newException(CodeProtocolError, b.name+": "+err.Error()))
	}
	call := c.newCall(p, m, b)
	m.Method, m.Service, m.Caller, m.toService, m.Body, m.Metadata = b.nameBytes, nil, nil, nil, nil, nil
	m.Timeout = 0
	if err := c.reader.Release(); err != nil {
		return false
	}
	return c.work(p, m, b, call, arguments)
}

// refuse answers with an exception, under the name that the caller used.
func (c *serverConn) refuse(p Protocol, m *Message, silent bool, e *applicationException) bool {
	if silent {
		c.server.config.logger.Warn("rpc: oneway call failed", "remote", c.remote, "reason", e.Message)
		return c.reader.Release() == nil
	}
	name := m.Method
	if i := lastColon(name); i >= 0 {
		name = name[i+1:]
	}
	*m = Message{Type: MessageException, Method: append([]byte(nil), name...),
		Sequence: m.Sequence, FrameSequence: m.FrameSequence, framed: m.framed}
	return c.reader.Release() == nil && c.send(p, m, e)
}

func lastColon(name []byte) int {
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == ':' {
			return i
		}
	}
	return -1
}

// newCall makes the context of a handler from what came with the message.
func (c *serverConn) newCall(p Protocol, m *Message, b *binding) *callContext {
	parent := c.ctx
	if b.oneway {
		parent = c.server.base // whoever sends and closes wants it done all the same
	}
	if len(m.Metadata) > 0 {
		parent = metainfo.TransferForward(metainfo.SetMetaInfoFromMap(parent, m.Metadata))
	}
	call := &callContext{parent: parent, headers: p.Headers(), info: CallInfo{
		Side: ServerSide, Service: b.service, Method: b.name, Oneway: b.oneway,
		Protocol: p.Name(), Remote: c.remote, Sequence: m.Sequence,
	}}
	if len(m.Caller) > 0 {
		call.info.Caller = string(m.Caller)
	}
	if m.Timeout > 0 {
		call.deadline = time.Now().Add(m.Timeout)
	}
	return call
}

// work calls the handler and sends its result.
func (c *serverConn) work(p Protocol, m *Message, b *binding, call *callContext, arguments unsafe.Pointer) bool {
	var result unsafe.Pointer
	if b.out != nil {
		result = b.out.get()
	}
	err := c.server.handle(call, b, arguments, result)
	metadata := call.finish()
	if _, panicked := err.(*panicError); !panicked && !b.retained {
		b.in.put(arguments)
	}
	if b.oneway {
		if err != nil {
			c.server.config.logger.Warn("rpc: oneway call failed", "method", b.name, "remote", c.remote, "reason", err.Error())
		}
		return true
	}
	m.Metadata = metadata
	body := c.outcome(p, m, b, result, err)
	sent := c.send(p, m, body)
	b.out.put(result)
	return sent
}

// outcome prepares the reply to a call that returned err.
func (c *serverConn) outcome(p Protocol, m *Message, b *binding, result unsafe.Pointer, err error) Body {
	m.Type = MessageReply
	c.body = structBody{b.out.codec, result}
	if err == nil {
		if b.returns && !firstWord(result) {
			m.Type = MessageException
			return newException(CodeMissingResult, b.name+": the handler returned nothing")
		}
		return &c.body
	}
	if business := businessError(err); business != nil && p.Headers() {
		m.Business = business
		b.out.at(result).SetZero()
		return &c.body
	}
	b.out.at(result).SetZero()
	if i, exception := b.exceptionOf(err); i >= 0 {
		b.out.at(result).Field(i).Set(exception)
		return &c.body
	}
	m.Type = MessageException
	if e, ok := err.(*Error); ok && e.Code.Remote() && e.Remote == nil {
		return newException(e.Code, e.Message)
	}
	return newException(CodeInternal, err.Error())
}

// send writes and sends a reply. What has no wire form is replaced by an exception.
func (c *serverConn) send(p Protocol, m *Message, body Body) bool {
	limits := &c.server.config.limits
	if err := p.Write(&c.writer, m, body, limits); err != nil {
		c.server.config.logger.Error("rpc: reply cannot be written", "method", string(m.Method), "reason", err.Error())
		if !c.writer.discard() {
			return false
		}
		m.Type, m.Business, m.Metadata = MessageException, nil, nil
		instead := newException(CodeInternal, "the result cannot be written: "+err.Error())
		if err := p.Write(&c.writer, m, instead, limits); err != nil {
			return false
		}
	}
	if err := c.writer.Flush(); err != nil {
		c.close(c.explain(err))
		return false
	}
	return true
}

// panicError is a panic of a handler.
type panicError struct{ value any }

// Error does not show the value: it may hold what the caller must not see.
func (*panicError) Error() string { return "the handler panicked" }

// handle calls the handler through the interceptors. It turns a panic into an error and logs it.
func (s *Server) handle(call *callContext, b *binding, arguments, result unsafe.Pointer) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicError{value}
			s.config.logger.Error("rpc: the handler panicked", "service", b.service, "method", b.name,
				"remote", call.info.Remote, "panic", fmt.Sprint(value), "stack", string(debug.Stack()))
		}
	}()
	if len(s.config.chain) == 0 {
		return b.invoke(call, arguments, result)
	}
	return runChain(s.config.chain, call, &call.info, func(ctx context.Context) error {
		return b.invoke(ctx, arguments, result)
	})
}
