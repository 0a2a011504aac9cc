package rpc

import (
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/grpc/streams"
	"github.com/tagwire/tagwire/rpc/intercept"
	"github.com/tagwire/tagwire/rpc/transport/http2"
)

// prefaceHead is how a connection of HTTP/2 begins, as far as it shows what it is.
const prefaceHead = "PRI * HT"

// errHTTP2 says that a connection begins like one of HTTP/2.
var errHTTP2 = errors.New("the peer speaks HTTP/2")

// http2Conn is a connection of a server that speaks HTTP/2. The goroutine of the connection reads frames; calls are tasks as those of
// other connections whose peers multiplex.
type http2Conn struct {
	*http2.Conn
	shared  *shared
	retires time.Time // when it is too old; zero for never
	emptied time.Time // since when the janitor has seen it too old, and with no call
}

// withHTTP2 returns the config of a server that also says that it speaks HTTP/2, to those who ask for that, and to others what config does.
func withHTTP2(config *tls.Config) *tls.Config {
	made := config.Clone()
	made.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		own := config
		if config.GetConfigForClient != nil {
			chosen, err := config.GetConfigForClient(hello)
			if err != nil {
				return nil, err
			}
			if chosen != nil {
				own = chosen
			}
		}
		if !slices.Contains(hello.SupportedProtos, protocolHTTP2) || slices.Contains(own.NextProtos, protocolHTTP2) {
			return own, nil
		}
		own = own.Clone()
		own.NextProtos = append(slices.Clip(own.NextProtos), protocolHTTP2)
		return own, nil
	}
	return made
}

// beginHTTP2 makes the connection one of HTTP/2.
func (c *serverConn) beginHTTP2() {
	s := &shared{c: c, protocol: GRPC}
	s.change.L = &s.lock
	limits := &c.server.config.limits
	h := &http2Conn{shared: s}
	if age := c.server.config.age; age > 0 {
		h.retires = time.Now().Add(age - age/10 + time.Duration(rand.Int64N(int64(age/5)+1)))
	}
	s.http2 = h
	h.Conn = http2.New(c.conn, &http2.Config{
		Workers: &c.server.workers, MaxStreams: limits.MaxInFlight, MaxHeaderList: limits.MaxHeader,
		KeepAlive: c.server.config.keepAlive, Begin: h.begin,
	})
	c.shared.Store(s)
	if c.server.draining.Load() {
		s.announce()
	}
}

func (h *http2Conn) begin(s *http2.Stream) http2.Receiver {
	c := h.shared.c
	return streams.NewServerCall(s, c.conn, &c.server.config.limits, h)
}

// serve handles what has begun to arrive, and reports whether the connection goes on.
func (h *http2Conn) serve() bool {
	c := h.shared.c
	err := h.Serve()
	if err == nil {
		return true
	}
	c.fail(err)
	h.End(err)
	return false
}

// accepted is a call of gRPC that was accepted.
type accepted struct {
	task     *task // until it is started
	deadline time.Time
	context  atomic.Pointer[intercept.CallContext] // when it is started
}

// Accept is called when the headers of a call have come.
func (h *http2Conn) Accept(call *streams.ServerCall) (single bool, refusal *grpc.Status) {
	m := Message{
		Type: MessageCall, Method: []byte(call.Method), Service: []byte(call.Service),
		Metadata: grpc.InfoOf(call.Metadata),
	}
	b, wrong := h.find(call, &m)
	size := sizeOf(call.Metadata)
	if wrong == nil && !h.shared.admit(size) {
		wrong = &Error{Code: CodeOverloaded, Message: "too many calls of the connection are in progress"}
	}
	if wrong != nil {
		t := &task{c: h.shared.c, work: work{protocol: h.shared.protocol}}
		t.reject(b, &m, wrong)
		refusal, _ = grpc.StatusOf(wrong, nil, "")
		return true, refusal
	}
	t := h.shared.newTask(&m, size)
	t.call = call
	t.work = work{phase: phaseDecode, protocol: h.shared.protocol, method: b}
	call.Description, call.BoundTo, call.State = b.Method, b.service, &accepted{task: t}
	if call.Timeout > 0 { // which begins now, not when the message is complete
		call.State.(*accepted).deadline = time.Now().Add(min(call.Timeout, longestTimeout))
	}
	h.shared.come(1)
	return !b.Streams(), nil
}

// sizeOf returns the bytes of metadata, which few bytes of a header list may stand for.
func sizeOf(m grpc.Metadata) (n int) {
	for key, values := range m {
		n += len(key)
		for _, value := range values {
			n += len(value)
		}
	}
	return n
}

// longestTimeout keeps deadlines within what a time.Time can tell.
const longestTimeout = 100 * 365 * 24 * time.Hour

// find finds the method that a call names, and the format of its messages.
func (h *http2Conn) find(call *streams.ServerCall, m *Message) (b *boundMethod, wrong *Error) {
	routes := h.shared.c.server.serving.Load()
	methods := routes.services[call.Service]
	if methods == nil {
		methods = routes.tools[call.Service]
	}
	if methods == nil {
		return nil, &Error{Code: CodeUnknownService, Message: "there is no service " + call.Service}
	}
	if b = methods[call.Method]; b == nil {
		return nil, &Error{Code: CodeUnknownMethod, Message: "service " + call.Service + " has no method " + call.Method}
	}
	known := true
	switch {
	case call.Subtype == "proto" || call.Subtype == "" && b.Protobuf:
		m.Format = tagwire.Protobuf
	case call.Subtype == "thrift" || call.Subtype == "":
		m.Format = tagwire.ThriftBinary
	default:
		known = false
	}
	if known && b.Streams() {
		known = b.request.Format == m.Format
	} else if known {
		known = b.messages[0].Has(m.Format)
	}
	if !known {
		return b, &Error{Code: CodeInvalidProtocol, Message: b.Name + " does not take messages of the content-subtype " + call.Subtype}
	}
	return b, nil
}

// Start has a call served.
func (h *http2Conn) Start(call *streams.ServerCall) {
	a := call.State.(*accepted)
	t := a.task
	h.shared.come(-1)
	t.context = t.newCall(h.shared.protocol, &t.message, t.work.method)
	t.context.Parent, call.Handling = grpc.WithHandling(t.context.Parent, call.Metadata)
	t.context.Until = a.deadline
	a.context.Store(t.context)
	if !t.context.Until.IsZero() && t.work.method.Streams() {
		call.Expire(t.context.Until)
	}
	h.shared.c.server.workers.Go(t)
}

// Canceled is called when a call has ended on its caller's side.
func (h *http2Conn) Canceled(call *streams.ServerCall, _ error) {
	if a, ok := call.State.(*accepted); ok {
		if c := a.context.Load(); c != nil {
			c.Finish()
		}
	}
}

// Dropped is called when a call ends that was accepted and not started.
func (h *http2Conn) Dropped(call *streams.ServerCall) {
	h.shared.come(-1)
	call.State.(*accepted).task.leave()
}

// runCall is run for a call of gRPC.
func (t *task) runCall(call *intercept.CallContext) {
	b := t.work.method
	if b.Streams() {
		t.work.phase = phaseHandle
		t.users.Add(1)
		t.call.Over = t.leave // goroutines that the handler leaves behind may use the stream still
		t.c.server.serveStream(b, call, t.call)
		return
	}
	body, err := t.call.ReceiveOnly()
	if err != nil {
		t.call.Finish(err, nil)
		return
	}
	t.message.Body = body
	t.run(t.work.protocol, b, call)
}

// reply sends the outcome of a call of gRPC. The methods of err are the handler's, and may panic.
func (t *task) reply(b *boundMethod, result unsafe.Pointer, err error, metadata map[string]string) {
	if err == nil && b.Returns && t.c.server.config.strict && !firstWord(result) {
		err = &Error{Code: CodeMissingResult, Message: b.Name + ": the handler returned nothing"}
	}
	if err == nil {
		if result == nil {
			result = b.messages[1].Empty // of a oneway method
		}
		t.body = b.messages[1].Body(t.message.Format, result)
		if err = t.call.Reply(&t.body, metadata); err == nil {
			return
		}
		t.c.server.journal.Fail("rpc: reply cannot be written", "method", b.Name, "reason", err.Error())
		err = &Error{Code: CodeInternal, Message: "the result cannot be written: " + err.Error()}
	}
	defer func() {
		if value := recover(); value != nil {
			t.c.server.logPanic(b, t.c.conn.RemoteAddr(), value)
			t.call.Finish(&Error{Code: CodeInternal, Message: (*panicError)(nil).Error()}, nil)
		}
	}()
	if _, panicked := err.(*panicError); panicked {
		err = &Error{Code: CodeInternal, Message: err.Error()}
	}
	t.call.Finish(err, metadata)
}

// needsSweep reports that the connection is to be looked at also when it is idle, so that it keeps its goroutine.
func (h *http2Conn) needsSweep() bool {
	return !h.retires.IsZero() || h.shared.c.server.config.keepAlive.Idle
}

// sweep looks for what has taken too long.
func (h *http2Conn) sweep(now time.Time) {
	c := h.shared.c
	config := &c.server.config
	if err := h.Sweep(now, config.writeTimeout, config.readTimeout); err != nil {
		c.abort(err)
	}
	closing := c.server.closing.Load()
	if aged := !h.retires.IsZero() && !now.Before(h.retires); !aged && !closing {
		return
	}
	h.GoAway(!closing) // a client that does not answer the first one must not go on with calls when the server closes
	switch {
	case !h.retires.IsZero() && config.ageGrace > 0 && now.Sub(h.retires) > config.ageGrace:
		c.abort(nil)
	case !h.Leaving() || h.shared.inFlight() > 0:
		h.emptied = time.Time{}
	case h.emptied.IsZero():
		h.emptied = now
	case now.Sub(h.emptied) > peersTurn:
		c.abort(nil)
	}
}

// peersTurn is how long the peer of a connection that takes no calls has to close it: what this side closes may be reset by what the peer has
// sent meanwhile, and then the peer does not get to read the last replies.
const peersTurn = time.Second
