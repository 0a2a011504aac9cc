package rpc

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/bytedance/gopkg/cloud/metainfo"
)

// clientConn is a connection of a client. One call at a time uses it; all fields but those under lock are that
// call's, and the pool's in between.
type clientConn struct {
	pool   *pool
	conn   link
	remote net.Addr

	reader connReader
	writer connWriter
	sent   Message
	reply  Message
	body   structBody
	hangup func() // hangUp, made once

	idleSince time.Time

	lock   sync.Mutex
	closed bool // the descriptor is not ours any more
}

func newClientConn(p *pool, conn link) *clientConn {
	c := &clientConn{pool: p, conn: conn, remote: conn.RemoteAddr()}
	c.reader = connReader{conn.input(), func() error { return nil }}
	c.writer.output = conn.output()
	c.hangup = c.hangUp
	return c
}

// alive reports whether an idle connection can serve a call: the server has neither closed it nor sent anything.
func (c *clientConn) alive() bool { return c.conn.IsActive() && c.reader.Len() == 0 }

// hangUp wakes the call that uses the connection. Its buffers are the call's, so the call itself closes it. Any
// goroutine may call hangUp.
func (c *clientConn) hangUp() {
	c.lock.Lock()
	defer c.lock.Unlock()
	if !c.closed {
		c.conn.hangUp()
	}
}

// close ends the connection. No call uses it.
func (c *clientConn) close() {
	c.lock.Lock()
	closed := c.closed
	c.closed = true
	c.lock.Unlock()
	if closed {
		return
	}
	_ = c.conn.Close()
	c.pool.client.event(ConnectionEvent{Kind: ConnectionClosed, Side: ClientSide, Remote: c.remote})
}

// call makes a call, and reports whether the connection can serve another one.
func (c *clientConn) call(ctx context.Context, deadline time.Time, b *binding, arguments, result unsafe.Pointer,
	info *CallInfo) (reusable bool, err error) {
	unhook := func() bool { return true }
	if ctx.Done() != nil {
		unhook = context.AfterFunc(ctx, c.hangup)
	}
	_ = c.conn.SetDeadline(deadline) // the zero time is none
	sequence := c.pool.client.sequence.Add(1)
	if info != nil {
		info.Sequence = sequence
	}
	if err = c.send(ctx, deadline, b, arguments, sequence); err == nil && !b.oneway {
		err = c.receive(ctx, b, result, sequence)
	}
	whole := err == nil || isAnswer(err)
	if !unhook() {
		whole = false // the context has ended, and with it the connection
	}
	if err != nil {
		err = c.explain(ctx, b, err)
	}
	c.sent, c.reply, c.body = Message{}, Message{}, structBody{}
	return whole && c.conn.IsActive() && c.reader.Len() == 0, err
}

// answered marks the errors that are replies: the connection is as good as after any other.
type answered struct{ err error }

func (a *answered) Error() string { return a.err.Error() }

// isAnswer reports whether a call that ended in err has used up its reply.
func isAnswer(err error) bool {
	_, ok := err.(*answered)
	return ok
}

// send writes and sends the call.
func (c *clientConn) send(ctx context.Context, deadline time.Time, b *binding, arguments unsafe.Pointer,
	sequence int32) error {
	client := c.pool.client
	transport := client.config.transport
	m := &c.sent
	m.Type = MessageCall
	if b.oneway {
		m.Type = MessageOneway
	}
	m.Method, m.Sequence, m.FrameSequence = b.sentName, sequence, sequence
	if transport.Headers() {
		m.Service, m.Caller = client.service, client.caller
		if !deadline.IsZero() {
			m.Timeout = max(time.Until(deadline), time.Millisecond)
		}
		if metainfo.HasMetaInfo(ctx) {
			m.Metadata = map[string]string{}
			metainfo.SaveMetaInfoToMap(ctx, m.Metadata)
		}
	}
	c.body = structBody{b.in.codec, arguments}
	if err := transport.Write(&c.writer, m, &c.body, &client.config.limits); err != nil {
		return &Error{Code: encodeCode(err), Err: err}
	}
	return c.writer.Flush()
}

// encodeCode classifies an error of Protocol.Write.
func encodeCode(err error) Code {
	if errors.Is(err, CodeLimit) {
		return CodeLimit
	}
	return CodeEncode
}

// receive reads the reply.
func (c *clientConn) receive(ctx context.Context, b *binding, result unsafe.Pointer, sequence int32) error {
	client := c.pool.client
	m := &c.reply
	if err := client.config.transport.Read(&c.reader, m, &client.config.limits); err != nil {
		return err
	}
	if err := checkReply(b, m, sequence); err != nil {
		return err
	}
	if m.Metadata != nil {
		receiveBackward(ctx, m.Metadata)
	}
	if m.Type == MessageException {
		return c.exception(m)
	}
	n, err := b.out.codec.DecodeAt(m.Body, result)
	if err != nil {
		return &Error{Code: CodeInvalidReply, Err: err}
	}
	if n != len(m.Body) {
		return &Error{Code: CodeInvalidReply, Message: "bytes follow on the result"}
	}
	if err := c.reader.Release(); err != nil {
		return err
	}
	return outcome(b, m, result)
}

// checkReply looks whether a message is the reply to our call.
func checkReply(b *binding, m *Message, sequence int32) error {
	switch {
	case m.Type != MessageReply && m.Type != MessageException:
		return &Error{Code: CodeInvalidReply, Message: "the message is not a reply"}
	case m.Type == MessageException && len(m.Method) == 0:
		// Some servers answer what they could not read.
		return nil
	case !bytes.Equal(m.Method, b.nameBytes) && !bytes.Equal(m.Method, b.sentName):
		return &Error{Code: CodeWrongMethodName, Message: "the reply is to " + string(m.Method)}
	case m.Type == MessageException:
		return nil
	case m.Sequence != sequence, m.FrameSequence != 0 && m.FrameSequence != sequence:
		return &Error{Code: CodeBadSequence, Message: "the reply is to another call"}
	}
	return nil
}

// receiveBackward hands on what the server sent back, if the caller's context takes it.
func receiveBackward(ctx context.Context, metadata map[string]string) {
	for key, value := range metadata {
		if key, ok := strings.CutPrefix(key, metainfo.PrefixBackward); ok {
			metainfo.SetBackwardValue(ctx, key, value)
		}
	}
}

// exception reads the exception that a reply holds.
func (c *clientConn) exception(m *Message) error {
	var e applicationException
	n, err := exceptionCodec.Decode(m.Body, &e)
	if err != nil || n != len(m.Body) {
		return &Error{Code: CodeInvalidReply, Message: "an exception that cannot be read", Err: err}
	}
	code := Code(e.Type)
	if !code.Remote() || code < 0 {
		code = CodeUnknown
	}
	if err := c.reader.Release(); err != nil {
		return err
	}
	return &answered{&Error{Code: code, Message: e.Message}}
}

// outcome tells what a result says: nothing for a success.
func outcome(b *binding, m *Message, result unsafe.Pointer) error {
	if m.Business != nil && m.Business.Status != 0 {
		return &answered{m.Business}
	}
	first := 0
	if b.returns {
		first = 1
	}
	for i := first; i < len(b.out.offsets); i++ {
		// The fields behind the success are pointers to exceptions.
		if e := b.out.field(result, i); firstWord(e) {
			return &answered{b.out.at(result).Field(i).Interface().(error)}
		}
	}
	if b.returns && !firstWord(result) {
		return &answered{&Error{Code: CodeMissingResult, Message: "the reply holds neither a result nor a declared exception"}}
	}
	return nil
}

// explain makes the error of a call from what went wrong.
func (c *clientConn) explain(ctx context.Context, b *binding, err error) error {
	var e *Error
	if a, ok := err.(*answered); ok {
		if e, ok = a.err.(*Error); !ok {
			return a.err
		}
	} else if known, ok := err.(*Error); ok {
		e = known
	} else {
		e = c.classify(ctx, err)
	}
	labelled := *e
	labelled.Method, labelled.Remote = b.name, c.remote
	return &labelled
}

// classify makes an *Error of what the connection or the protocol returned.
func (c *clientConn) classify(ctx context.Context, err error) *Error {
	switch {
	case c.pool.client.closed.Load():
		return &Error{Code: CodeShutdown}
	case ctx.Err() != nil:
		return ended(ctx)
	case isTimeout(err):
		return timedOut()
	case isClosed(err):
		return &Error{Code: CodeClosed, Err: err}
	}
	return &Error{Code: CodeInvalidReply, Err: err}
}
