package rpc

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/bytedance/gopkg/cloud/metainfo"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/grpc/streams"
	"github.com/tagwire/tagwire/rpc/intercept"
	"github.com/tagwire/tagwire/rpc/journal"
	"github.com/tagwire/tagwire/rpc/memory"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/policy"
	"github.com/tagwire/tagwire/rpc/thrift"
	"github.com/tagwire/tagwire/rpc/transport"
)

// work is what is being done with a message.
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

// task is what becomes of one message of a connection: it is decoded, its handler is called, and the reply is sent. Messages of
// one connection have one task, one after the other, in the goroutine of the connection; those that are multiplexed have one each,
// see [shared].
type task struct {
	c       *serverConn
	out     *transport.Output // what replies are put together in: that of the connection, or one of the task's own
	message Message
	body    memory.Body
	work    work
	spent   spent

	// Of a message that is multiplexed:
	shared   *shared
	users    atomic.Int32           // the goroutine that has it, and the queue that sends its reply
	detached transport.Detached     // the body
	size     int                    // what it counts for among those in flight
	held     int                    // bytes charged for the arguments
	waits    bool                   // for memory
	context  *intercept.CallContext // of its handler

	call *streams.ServerCall // of gRPC; nil for others
}

// spent is what is used again when a reply has been sent.
type spent struct{ result, arguments unsafe.Pointer }

// answer calls what the message names, and replies.
func (t *task) answer(p Protocol) bool {
	b, goesOn := t.accept(p)
	return goesOn && (b == nil || t.run(p, b, nil))
}

// accept finds the method that the message calls, nil for one that was declined. goesOn is false if the connection cannot go on.
func (t *task) accept(p Protocol) (b *boundMethod, goesOn bool) {
	m := &t.message
	t.work = work{phase: phaseRead, protocol: p}
	oneway := m.Type == MessageOneway
	if m.Type != MessageCall && !oneway {
		return nil, t.decline(p, m, nil, false, thrift.NewException(CodeInvalidMessageType, "the message is neither a call nor oneway"))
	}
	if int(m.Format) >= memory.FormatCount {
		return nil, t.decline(p, m, nil, oneway, thrift.NewException(CodeInvalidProtocol, "the arguments are in "+m.Format.String()))
	}
	b, unknown := t.c.server.serving.Load().route(m)
	if unknown != nil {
		return nil, t.decline(p, m, nil, oneway, unknown)
	}
	if b.Streams() {
		return nil, t.decline(p, m, b, oneway, thrift.NewException(CodeInvalidMessageType, b.Name+" is a stream, and was called as another method"))
	}
	if !b.in.Has(m.Format) {
		return nil, t.decline(p, m, b, oneway || b.Oneway, thrift.NewException(CodeInvalidProtocol, b.Name+" does not take arguments in "+m.Format.String()))
	}
	t.work.method, t.work.oneway, t.work.phase = b, oneway || b.Oneway, phaseDecode
	t.enter(stateWorking)
	return b, true
}

// run decodes the arguments and calls the handler, with a context that is made here unless there is one.
func (t *task) run(p Protocol, b *boundMethod, call *intercept.CallContext) bool {
	m := &t.message
	exceeded, entered := b.gate.Enter()
	if !entered {
		return t.decline(p, m, b, t.work.oneway, thrift.NewException(CodeOverloaded, b.Name+": "+exceeded))
	}
	defer b.gate.Leave() // also where users' code panics or ends the goroutine
	arguments, err := t.decode(m, b)
	if err != nil {
		if reason := t.c.reason.Load(); reason != nil && *reason == errOrderly {
			return false // there is no caller to answer, and no fault to report
		}
		return t.decline(p, m, b, t.work.oneway, err) && t.c.reason.Load() == nil
	}
	if call == nil {
		call = t.newCall(p, m, b)
	}
	m.Method, m.Service, m.Caller, m.Body, m.Metadata = b.nameBytes, nil, nil, nil, nil
	m.Timeout, m.Business = 0, nil
	if err := t.release(t.arguments(b).Aliases); err != nil {
		t.c.fail(err)
		return false
	}
	return t.handle(p, m, b, call, arguments)
}

// enter notes what the connection is doing; where it does several things, only whether memory is awaited.
func (t *task) enter(state uint32) {
	if t.shared == nil {
		t.c.state.Store(state)
		return
	}
	t.shared.await(t, state == stateWaiting)
}

// charge counts n bytes of arguments until the call is over.
func (t *task) charge(n int) {
	if t.shared == nil {
		t.c.conn.ChargeOwner(n)
		return
	}
	t.held = n
	t.c.conn.Charge(n)
}

// decode makes the arguments, in memory that is counted until the call is over.
func (t *task) decode(m *Message, b *boundMethod) (arguments unsafe.Pointer, failure *thrift.Exception) {
	t.work.arena = b.requests.Get(len(m.Body))
	arguments, n, size, err := t.decodeCounted(m.Body, b, m.Format)
	if err == nil && n != len(m.Body) {
		err = fmt.Errorf("%d bytes follow on the arguments", len(m.Body)-n)
	}
	switch {
	case t.shared == nil && t.c.reason.Load() != nil:
		return nil, thrift.NewException(CodeInternal, b.Name+": "+(*t.c.reason.Load()).Error())
	case err != nil:
		failure = thrift.NewException(CodeProtocolError, b.Name+": "+err.Error())
		if a := t.work.arena; a != nil && arguments != nil {
			t.work.arena = nil
			b.reuse(arguments, a)
		}
		return nil, failure
	}
	if held := t.work.arena.Held(size); held > smallValue {
		t.charge(held)
	}
	return arguments, nil
}

// decodeCounted makes the arguments of a message, and returns the bytes that were used, and those of memory that the arguments
// take. For all but small messages memory is reserved before: as much as it may take, if that can be spared, or what it takes.
func (t *task) decodeCounted(body []byte, b *boundMethod, f tagwire.Format) (arguments unsafe.Pointer, n, size int, err error) {
	if len(body) <= smallValue {
		return t.decodeWithin(math.MaxInt, body, b, f)
	}
	most := t.c.server.config.limits.MaxAlloc
	if spare := t.c.conn.Spare(most); spare > 0 {
		arguments, n, size, err = t.decodeReserved(spare, body, b, f)
		if spare >= most || !errors.Is(err, tagwire.ErrSizeLimit) {
			return arguments, n, size, err
		}
		if a := t.work.arena; a != nil {
			a.Reset()
		}
	}
	t.enter(stateWaiting)
	needed := 2*t.arguments(b).Codecs[f].MemoryFor(body) + smallValue // a list that grows is there in its shorter forms, too
	if err := t.c.conn.Reserve(needed); err != nil {
		if t.shared == nil {
			t.c.fail(err)
		}
		return nil, 0, 0, err
	}
	t.enter(stateWorking)
	return t.decodeReserved(needed, body, b, f)
}

// decodeReserved makes the arguments of a message in memory that is reserved, and gives the reservation back.
func (t *task) decodeReserved(reserved int, body []byte, b *boundMethod, f tagwire.Format) (arguments unsafe.Pointer, n, size int, err error) {
	defer t.c.conn.Unreserve(reserved)
	return t.decodeWithin(reserved, body, b, f)
}

// decodeWithin makes the arguments of a message in most bytes of memory, if the limits allow as many.
func (t *task) decodeWithin(most int, body []byte, b *boundMethod, f tagwire.Format) (arguments unsafe.Pointer, n, size int, err error) {
	arguments = b.newArguments(t.work.arena)
	n, size, err = t.work.arena.Decode(t.arguments(b), f, most, body, arguments)
	return arguments, n, size, err
}

// arguments returns what the arguments of a method are decoded by.
func (t *task) arguments(b *boundMethod) *memory.Structs {
	if t.call != nil {
		return b.messages[0]
	}
	return b.in
}

// release gives back the memory of the message, unless what was decoded refers to it.
func (t *task) release(referred bool) error {
	switch {
	case t.call != nil:
		t.call.Free(referred)
		return nil
	case t.shared != nil:
		t.detached.Free(!referred)
		return nil
	case referred:
		return t.c.conn.Keep()
	}
	t.c.conn.Release()
	return nil
}

// decline answers a message that no handler is called for.
func (t *task) decline(p Protocol, m *Message, b *boundMethod, oneway bool, e *thrift.Exception) bool {
	t.reject(b, m, &Error{Code: Code(e.Type), Message: e.Message})
	if oneway {
		_ = t.release(false)
		return true
	}
	return t.refuse(p, m, e)
}

// reject reports a message that no handler is called for. b is nil if it names no method that there is.
func (t *task) reject(b *boundMethod, m *Message, err *Error) {
	info := CallInfo{
		Side: ServerSide, Remote: t.c.conn.RemoteAddr(), TLS: t.c.conn.TLS(),
		Sequence: m.Sequence, Oneway: m.Type == MessageOneway, Format: m.Format,
	}
	if t.work.protocol != nil {
		info.Protocol = t.work.protocol.Name()
	}
	if b != nil {
		info.Service, info.Method = b.service, b.Name
	}
	t.c.server.reportRejected(t.c.ctx, &info, string(m.Method), err)
}

// refuse answers with an exception, under the name that the caller used.
func (t *task) refuse(p Protocol, m *Message, e *thrift.Exception) bool {
	if t.call != nil {
		t.call.Finish(&Error{Code: Code(e.Type), Message: e.Message}, nil)
		return true
	}
	name := m.Method[bytes.LastIndexByte(m.Method, ':')+1:]
	*m = exceptionTo(m, append([]byte(nil), name...))
	_ = t.release(false)
	return t.send(p, m, e.In(m.Format))
}

// exceptionTo returns an exception, without its body, that answers m under a name.
func exceptionTo(m *Message, name []byte) Message {
	return Message{Type: MessageException, Method: name, Sequence: m.Sequence, FrameSequence: m.FrameSequence,
		OutOfOrder: m.OutOfOrder, Format: m.Format, Note: m.Note}
}

// newCall makes the context of a handler from what came with the message.
func (t *task) newCall(p Protocol, m *Message, b *boundMethod) *intercept.CallContext {
	parent := t.c.ctx
	if t.work.oneway {
		parent = t.c.server.base // a peer may send a oneway call and close the connection
	}
	if len(m.Metadata) > 0 {
		parent = metainfo.TransferForward(metainfo.SetMetaInfoFromMap(parent, m.Metadata))
	}
	call := &intercept.CallContext{Parent: parent, Sends: p.Headers(), Info: CallInfo{
		Side: ServerSide, Service: b.service, Method: b.Name, Oneway: t.work.oneway,
		Protocol: p.Name(), Format: m.Format, Remote: t.c.conn.RemoteAddr(), TLS: t.c.conn.TLS(), Sequence: m.Sequence, Declares: b.declares,
	}}
	call.Info.Attempt = policy.Marked(parent)
	if len(m.Caller) > 0 {
		call.Info.Caller = string(m.Caller)
	}
	if m.Timeout > 0 {
		call.Until = time.Now().Add(m.Timeout)
	}
	return call
}

// handle calls the handler and sends its result.
func (t *task) handle(p Protocol, m *Message, b *boundMethod, call *intercept.CallContext, arguments unsafe.Pointer) bool {
	t.work.phase = phaseHandle
	if t.shared == nil {
		t.c.conn.AllowReadAhead()
	}
	result, used, err := t.c.server.handle(call, b, arguments)
	metadata := call.Finish()
	_, panicked := err.(*panicError)
	t.work.phase = phaseReply
	t.spent = spent{result: result}
	if !panicked && !used {
		t.spent.arguments = arguments
	}
	sent := true
	switch {
	case t.call != nil:
		t.reply(b, result, err, metadata)
	case !t.work.oneway:
		m.Metadata = metadata
		sent = t.send(p, m, t.outcome(p, m, b, result, err))
	case err != nil:
		t.c.server.journal.Warn("rpc: oneway call failed", "method", b.Name, "remote", t.c.conn.RemoteAddr(), "reason", journal.Text(err))
	}
	if t.shared == nil {
		t.recycle()
	}
	return sent
}

// recycle takes back the values of a call. The reply, which may have referred to the request, has been sent, and the handler has
// returned.
func (t *task) recycle() {
	b := t.work.method
	if t.spent.result != nil {
		b.out.Put(t.spent.result)
	}
	if t.spent.arguments != nil {
		b.reuse(t.spent.arguments, t.work.arena)
	}
	t.spent = spent{}
}

// outcome prepares the reply to a call that returned err, or result. The methods of err are the handler's and may panic, as
// those of a nil pointer in an error do.
func (t *task) outcome(p Protocol, m *Message, b *boundMethod, result unsafe.Pointer, err error) (body Body) {
	defer func() {
		if value := recover(); value != nil {
			t.c.server.logPanic(b, t.c.conn.RemoteAddr(), value)
			m.Type, m.Business = MessageException, nil
			body = thrift.NewException(CodeInternal, (*panicError)(nil).Error()).In(m.Format)
		}
	}()
	m.Type = MessageReply
	if err == nil {
		t.body = b.out.Body(m.Format, result)
		if b.Returns && t.c.server.config.strict && !firstWord(result) {
			m.Type = MessageException
			return thrift.NewException(CodeMissingResult, b.Name+": the handler returned nothing").In(m.Format)
		}
		return &t.body
	}
	if business := message.Business(err); business != nil {
		if p.Headers() {
			m.Business = business
			t.body = b.out.Body(m.Format, b.out.Empty)
			return &t.body
		}
		if !t.c.server.plain.Swap(true) {
			t.c.server.journal.Warn("rpc: a *BizError is sent as text, because the caller's transport has no place for it; let it use TTHeader",
				"method", b.Name, "transport", p.Name())
		}
	}
	switch i, exception := b.ExceptionOf(err); {
	case i >= 0 && b.Protobuf:
		if !t.c.server.textual.Swap(true) {
			t.c.server.journal.Warn("rpc: a declared exception is sent as text, because Kitex-Protobuf has no place for it; return a *BizError "+
				"over TTHeader, or use gRPC", "method", b.Name)
		}
	case i >= 0:
		thrown := b.out.Fresh()
		b.out.At(thrown).Field(i).Set(exception)
		t.body = b.out.Body(m.Format, thrown)
		return &t.body
	}
	m.Type = MessageException
	if e, ok := err.(*Error); ok && e.Code.Remote() && e.Remote == nil {
		return thrift.NewException(e.Code, e.Message).In(m.Format)
	}
	return thrift.NewException(CodeInternal, err.Error()).In(m.Format)
}

// send writes and sends a reply. What has no wire form is replaced by an exception, and metadata that exceeds a limit left
// out.
func (t *task) send(p Protocol, m *Message, body Body) bool {
	s := t.c.server
	last := t.c.reason.Load() != nil || s.closing.Load() // unless another message has come
	m.Closing = last || s.draining.Load()
	limits := &s.config.limits
	err := p.Write(t.out, m, body, limits)
	if errors.Is(err, CodeLimit) && len(m.Metadata) > 0 {
		s.journal.Warn("rpc: metadata of a reply is left out", "method", string(m.Method), "reason", err.Error())
		t.out.Discard()
		m.Metadata = nil
		err = p.Write(t.out, m, body, limits)
	}
	if err != nil {
		s.journal.Fail("rpc: reply cannot be written", "method", string(m.Method), "reason", err.Error())
		t.out.Discard()
		m.Type, m.Business, m.Metadata = MessageException, nil, nil
		text := thrift.NewException(CodeInternal, "the result cannot be written: "+err.Error())
		if err = p.Write(t.out, m, text.In(m.Format), limits); err != nil {
			t.c.fail(err)
			return false
		}
	}
	t.work.phase = phaseSend
	if t.shared != nil {
		t.users.Add(1)
		t.shared.queue.Put(t)
		return true
	}
	t.c.linger = last
	t.c.state.Store(stateWriting)
	if err := t.c.conn.Flush(); err != nil {
		t.c.linger = false
		t.c.fail(err)
		return false
	}
	return true
}

// answerPanicked answers a call that did not return, and reports whether the connection goes on. It runs users' code, too.
func (t *task) answerPanicked() (goesOn bool) {
	defer func() {
		if recover() != nil {
			goesOn = false
		}
	}()
	phase, b := t.work.phase, t.work.method
	if phase != phaseDecode && phase != phaseHandle && phase != phaseReply {
		return false
	}
	t.work.phase = phaseSend
	if t.shared == nil {
		t.c.conn.EndReadAhead()
	}
	t.spent = spent{}
	t.out.Discard()
	_ = t.release(false)
	m := &t.message
	*m = exceptionTo(m, b.nameBytes)
	text := (*panicError)(nil).Error()
	if phase == phaseDecode {
		text = b.Name + ": decoding the arguments panicked"
	}
	if t.call != nil {
		t.call.Finish(&Error{Code: CodeInternal, Message: text}, nil)
		return true
	}
	return t.work.oneway || t.send(t.work.protocol, m, thrift.NewException(CodeInternal, text).In(m.Format))
}
