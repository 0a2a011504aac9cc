package rpc

import (
	"errors"
	"fmt"
	"math"
	"time"
	"unsafe"

	"github.com/bytedance/gopkg/cloud/metainfo"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/memory"
	"github.com/tagwire/tagwire/rpc/thrift"
)

// work is what a connection is doing with a message.
type work struct {
	phase    phase
	protocol Protocol
	method   *boundMethod // nil while it is not known
	oneway   bool
	arena    *memory.RequestArena // of the arguments; nil for memory of their own
}

// phase says how far a message has come.
type phase uint8

const (
	phaseNone   phase = iota
	phaseRead         // it is being read
	phaseDecode       // its arguments are being decoded
	phaseHandle       // the handler has it
	phaseReply        // the reply is put together
	phaseSend         // the reply is being sent
)

// smallValue is the memory, in bytes, of arguments that are not counted against the server's memory, and the length of
// messages for which none is reserved: those of all connections together are bounded by their number.
const smallValue = 4 << 10

// serveOne handles a message that has begun to arrive, and reports whether the connection goes on.
func (c *serverConn) serveOne() bool {
	w := &c.server.janitor
	w.begin()
	c.turn.Add(1)
	if !c.state.CompareAndSwap(stateIdle, stateReading) {
		w.end()
		return false
	}
	c.work = work{phase: phaseRead}
	goesOn := c.serve()
	c.work = work{}
	c.conn.ChargeOwner(0)
	c.conn.EndReadAhead()
	w.end()
	return goesOn
}

// handleUnwind is called when users' code panics or ends the goroutine, in place of what is left of run. Where the message
// has been read, it is answered, and the connection goes on.
func (c *serverConn) handleUnwind(value any) {
	s := c.server
	answered := false
	if c.work.phase != phaseNone {
		s.janitor.end()
	}
	defer func() {
		if answered {
			go c.run()
			return
		}
		c.finish()
	}()
	attributes := []any{"remote", c.conn.RemoteAddr()}
	if b := c.work.method; b != nil {
		attributes = append(attributes, "service", b.service, "method", b.name)
	}
	message := "rpc: a call did not return"
	switch {
	case c.state.Load() == stateOpening:
		message = "rpc: a handshake did not return"
		reason := errors.New("code that runs in the handshake panicked or ended its goroutine")
		c.reason.CompareAndSwap(nil, &reason)
	case c.work.phase == phaseRead || c.work.phase == phaseSend:
		reason := errors.New("code that reads or writes messages panicked or ended its goroutine")
		c.reason.CompareAndSwap(nil, &reason)
	}
	s.journal.Panicked(message, value, attributes...)
	answered = c.answerPanicked()
	c.work = work{}
	c.conn.ChargeOwner(0)
}

// answerPanicked answers a call that did not return, and reports whether the connection goes on. It runs users' code, too.
func (c *serverConn) answerPanicked() (goesOn bool) {
	defer func() {
		if recover() != nil {
			goesOn = false
		}
	}()
	phase, b := c.work.phase, c.work.method
	if phase != phaseDecode && phase != phaseHandle && phase != phaseReply {
		return false
	}
	c.work.phase = phaseSend
	c.conn.EndReadAhead()
	c.conn.Discard()
	c.conn.Release()
	m := &c.message
	*m = exceptionTo(m, b.nameBytes)
	text := (*panicError)(nil).Error()
	if phase == phaseDecode {
		text = b.name + ": decoding the arguments panicked"
	}
	return c.work.oneway || c.send(c.work.protocol, m, thrift.NewException(CodeInternal, text).In(m.Format))
}

// serve reads a message, calls what it names, and replies.
func (c *serverConn) serve() bool {
	c.message = Message{}
	p, err := c.read()
	if err != nil {
		c.notRead(p, err)
		return false
	}
	return c.answer(p, &c.message) && !c.server.closing.Load()
}

// read reads one message, in whatever protocol it is.
func (c *serverConn) read() (Protocol, error) {
	head, err := c.head()
	if err != nil {
		return nil, err
	}
	limits := &c.server.config.limits
	for _, p := range c.server.config.protocols {
		if p.Detect(head, limits) {
			return p, p.Read(c.conn, &c.message, limits)
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
	c.work.protocol = p
	m := &c.message
	if p == nil || !errors.Is(err, CodeLimit) || m.Type != MessageCall || len(m.Method) == 0 {
		return
	}
	e := thrift.NewException(CodeProtocolError, err.Error())
	if errors.Is(err, errMemory) {
		e.Type = int32(CodeInternal)
	}
	c.reject(nil, m, &Error{Code: Code(e.Type), Message: e.Message})
	c.refuse(p, m, e)
}

// answer calls what the message names, and replies.
func (c *serverConn) answer(p Protocol, m *Message) bool {
	c.work.protocol = p
	oneway := m.Type == MessageOneway
	if m.Type != MessageCall && !oneway {
		return c.decline(p, m, nil, false, thrift.NewException(CodeInvalidMessageType, "the message is neither a call nor oneway"))
	}
	if int(m.Format) >= memory.FormatCount {
		return c.decline(p, m, nil, oneway, thrift.NewException(CodeInvalidProtocol, "the arguments are in "+m.Format.String()))
	}
	b, unknown := c.server.serving.Load().route(m)
	if unknown != nil {
		return c.decline(p, m, nil, oneway, unknown)
	}
	c.work.method, c.work.oneway, c.work.phase = b, oneway || b.oneway, phaseDecode
	c.state.Store(stateWorking)
	arguments, err := c.decode(m, b)
	if err != nil {
		if reason := c.reason.Load(); reason != nil && *reason == errOrderly {
			return false // there is no caller to answer, and no fault to report
		}
		return c.decline(p, m, b, c.work.oneway, err) && c.reason.Load() == nil
	}
	call := c.newCall(p, m, b)
	m.Method, m.Service, m.Caller, m.Body, m.Metadata = b.nameBytes, nil, nil, nil, nil
	m.Timeout, m.Business = 0, nil
	if err := c.release(b.in.Aliases); err != nil {
		c.fail(err)
		return false
	}
	return c.call(p, m, b, call, arguments)
}

// decode makes the arguments, in memory that is counted until the call is over.
func (c *serverConn) decode(m *Message, b *boundMethod) (arguments unsafe.Pointer, failure *thrift.Exception) {
	c.work.arena = b.requests.Get(len(m.Body))
	arguments, n, size, err := c.decodeCounted(m.Body, b, b.in.Codecs[m.Format])
	if err == nil && n != len(m.Body) {
		err = fmt.Errorf("%d bytes follow on the arguments", len(m.Body)-n)
	}
	switch {
	case c.reason.Load() != nil:
		return nil, thrift.NewException(CodeInternal, b.name+": "+(*c.reason.Load()).Error())
	case err != nil:
		failure = thrift.NewException(CodeProtocolError, b.name+": "+err.Error())
		if a := c.work.arena; a != nil && arguments != nil {
			c.work.arena = nil
			b.reuse(arguments, a)
		}
		return nil, failure
	}
	if held := c.work.arena.Held(size); held > smallValue {
		c.conn.ChargeOwner(held)
	}
	return arguments, nil
}

// decodeCounted makes the arguments of a message, and returns the bytes that were used, and those of memory that the arguments
// take. For all but small messages memory is reserved before: as much as it may take, if that can be spared, or what it takes.
func (c *serverConn) decodeCounted(body []byte, b *boundMethod, codec *tagwire.TypeCodec) (arguments unsafe.Pointer, n, size int, err error) {
	if len(body) <= smallValue {
		return c.decodeWithin(math.MaxInt, body, b, codec)
	}
	most := c.server.config.limits.MaxAlloc
	if spare := c.conn.Spare(most); spare > 0 {
		arguments, n, size, err = c.decodeReserved(spare, body, b, codec)
		if spare >= most || !errors.Is(err, tagwire.ErrSizeLimit) {
			return arguments, n, size, err
		}
		if a := c.work.arena; a != nil {
			a.Reset()
		}
	}
	c.state.Store(stateWaiting)
	needed := 2*codec.MemoryFor(body) + smallValue // a list that grows is there in its shorter forms, too
	if err := c.conn.Reserve(needed); err != nil {
		c.fail(err)
		return nil, 0, 0, err
	}
	c.state.Store(stateWorking)
	return c.decodeReserved(needed, body, b, codec)
}

// decodeReserved makes the arguments of a message in memory that is reserved, and gives the reservation back.
func (c *serverConn) decodeReserved(reserved int, body []byte, b *boundMethod, codec *tagwire.TypeCodec) (arguments unsafe.Pointer, n, size int, err error) {
	defer c.conn.Unreserve(reserved)
	return c.decodeWithin(reserved, body, b, codec)
}

// decodeWithin makes the arguments of a message in most bytes of memory, if the limits allow as many.
func (c *serverConn) decodeWithin(most int, body []byte, b *boundMethod, codec *tagwire.TypeCodec) (arguments unsafe.Pointer, n, size int, err error) {
	arguments = b.newArguments(c.work.arena)
	n, size, err = c.work.arena.Decode(codec, most, body, arguments)
	return arguments, n, size, err
}

// release gives back the memory of the message, unless what was decoded refers to it.
func (c *serverConn) release(referred bool) error {
	if referred {
		return c.conn.Keep()
	}
	c.conn.Release()
	return nil
}

// decline answers a message that no handler is called for.
func (c *serverConn) decline(p Protocol, m *Message, b *boundMethod, oneway bool, e *thrift.Exception) bool {
	c.reject(b, m, &Error{Code: Code(e.Type), Message: e.Message})
	if oneway {
		c.conn.Release()
		return true
	}
	return c.refuse(p, m, e)
}

// reject reports a message that no handler is called for. b is nil if it names no method that there is.
func (c *serverConn) reject(b *boundMethod, m *Message, err *Error) {
	info := CallInfo{
		Side: ServerSide, Remote: c.conn.RemoteAddr(), TLS: c.conn.TLS(),
		Sequence: m.Sequence, Oneway: m.Type == MessageOneway, Format: m.Format,
	}
	if c.work.protocol != nil {
		info.Protocol = c.work.protocol.Name()
	}
	if b != nil {
		info.Service, info.Method = b.service, b.name
	}
	c.server.journal.Warn("rpc: call rejected", "remote", info.Remote, "method", string(m.Method), "reason", err.Message)
	for _, rejected := range c.server.config.rejected {
		rejected(c.ctx, &info, err)
	}
}

// refuse answers with an exception, under the name that the caller used.
func (c *serverConn) refuse(p Protocol, m *Message, e *thrift.Exception) bool {
	name := m.Method
	if i := lastColon(name); i >= 0 {
		name = name[i+1:]
	}
	*m = exceptionTo(m, append([]byte(nil), name...))
	c.conn.Release()
	return c.send(p, m, e.In(m.Format))
}

// exceptionTo returns an exception, without its body, that answers m under a name.
func exceptionTo(m *Message, name []byte) Message {
	return Message{Type: MessageException, Method: name, Sequence: m.Sequence, FrameSequence: m.FrameSequence, Format: m.Format, Note: m.Note}
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
func (c *serverConn) newCall(p Protocol, m *Message, b *boundMethod) *callContext {
	parent := c.ctx
	if b.oneway {
		parent = c.server.base // a peer may send a oneway call and close the connection
	}
	if len(m.Metadata) > 0 {
		parent = metainfo.TransferForward(metainfo.SetMetaInfoFromMap(parent, m.Metadata))
	}
	call := &callContext{parent: parent, headers: p.Headers(), info: CallInfo{
		Side: ServerSide, Service: b.service, Method: b.name, Oneway: b.oneway,
		Protocol: p.Name(), Format: m.Format, Remote: c.conn.RemoteAddr(), TLS: c.conn.TLS(), Sequence: m.Sequence, declared: b.declares,
	}}
	if len(m.Caller) > 0 {
		call.info.Caller = string(m.Caller)
	}
	if m.Timeout > 0 {
		call.deadline = time.Now().Add(m.Timeout)
	}
	return call
}

// call calls the handler and sends its result.
func (c *serverConn) call(p Protocol, m *Message, b *boundMethod, call *callContext, arguments unsafe.Pointer) bool {
	c.work.phase = phaseHandle
	c.conn.AllowReadAhead()
	result, used, err := c.server.handle(call, b, arguments)
	metadata := call.finish()
	_, panicked := err.(*panicError)
	c.work.phase = phaseReply
	sent := true
	switch {
	case !b.oneway:
		m.Metadata = metadata
		sent = c.send(p, m, c.outcome(p, m, b, result, err))
	case err != nil:
		c.server.journal.Warn("rpc: oneway call failed", "method", b.name, "remote", c.conn.RemoteAddr(), "reason", textOf(err))
	}
	if result != nil {
		b.out.Put(result)
	}
	if !panicked && !used {
		// The reply, which may have referred to the request, has been sent, and the handler has returned.
		b.reuse(arguments, c.work.arena)
	}
	return sent
}

// outcome prepares the reply to a call that returned err, or result. The methods of err are the handler's and may panic, as
// those of a nil pointer in an error do.
func (c *serverConn) outcome(p Protocol, m *Message, b *boundMethod, result unsafe.Pointer, err error) (body Body) {
	defer func() {
		if value := recover(); value != nil {
			c.server.logPanic(b, c.conn.RemoteAddr(), value)
			m.Type, m.Business = MessageException, nil
			body = thrift.NewException(CodeInternal, (*panicError)(nil).Error()).In(m.Format)
		}
	}()
	m.Type = MessageReply
	if err == nil {
		c.body = memory.Body{Codec: b.out.Codecs[m.Format], Value: result}
		if b.returns && c.server.config.strict && !firstWord(result) {
			m.Type = MessageException
			return thrift.NewException(CodeMissingResult, b.name+": the handler returned nothing").In(m.Format)
		}
		return &c.body
	}
	if business := businessError(err); business != nil {
		if p.Headers() {
			m.Business = business
			c.body = memory.Body{Codec: b.out.Codecs[m.Format], Value: b.out.Empty}
			return &c.body
		}
		if !c.server.plain.Swap(true) {
			c.server.journal.Warn("rpc: a *BizError is sent as text, because the caller's transport has no place for it; let it use TTHeader",
				"method", b.name, "transport", p.Name())
		}
	}
	if i, exception := b.exceptionOf(err); i >= 0 {
		thrown := b.out.Fresh()
		b.out.At(thrown).Field(i).Set(exception)
		c.body = memory.Body{Codec: b.out.Codecs[m.Format], Value: thrown}
		return &c.body
	}
	m.Type = MessageException
	if e, ok := err.(*Error); ok && e.Code.Remote() && e.Remote == nil {
		return thrift.NewException(e.Code, e.Message).In(m.Format)
	}
	return thrift.NewException(CodeInternal, err.Error()).In(m.Format)
}

// send writes and sends a reply. What has no wire form is replaced by an exception, and metadata that exceeds a limit left
// out.
func (c *serverConn) send(p Protocol, m *Message, body Body) bool {
	c.linger = c.reason.Load() != nil || c.server.closing.Load()
	m.Closing = c.linger || c.server.draining.Load()
	limits := &c.server.config.limits
	err := p.Write(c.conn, m, body, limits)
	if errors.Is(err, CodeLimit) && len(m.Metadata) > 0 {
		c.server.journal.Warn("rpc: metadata of a reply is left out", "method", string(m.Method), "reason", err.Error())
		c.conn.Discard()
		m.Metadata = nil
		err = p.Write(c.conn, m, body, limits)
	}
	if err != nil {
		c.server.journal.Fail("rpc: reply cannot be written", "method", string(m.Method), "reason", err.Error())
		c.conn.Discard()
		m.Type, m.Business, m.Metadata = MessageException, nil, nil
		text := thrift.NewException(CodeInternal, "the result cannot be written: "+err.Error())
		if err = p.Write(c.conn, m, text.In(m.Format), limits); err != nil {
			c.fail(err)
			return false
		}
	}
	c.work.phase = phaseSend
	c.state.Store(stateWriting)
	if err := c.conn.Flush(); err != nil {
		c.linger = false
		c.fail(err)
		return false
	}
	return true
}
