package rpc

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"time"
	"unsafe"

	"github.com/bytedance/gopkg/cloud/metainfo"

	"github.com/tagwire/tagwire/rpc/endpoint"
	"github.com/tagwire/tagwire/rpc/thrift"
	"github.com/tagwire/tagwire/rpc/transport"
)

// clientCall is the call on a connection of a client. One call after the other uses it.
type clientCall struct {
	client *Client
	conn   *endpoint.Conn
	remote net.Addr
	abort  func() // conn.Abort, made once

	method *boundMethod
	met    *encounter // nil if nobody asks
	sent   Message
	reply  Message
	body   structBody
}

func newClientCall(c *Client, conn *endpoint.Conn) *clientCall {
	call := &clientCall{client: c, conn: conn, remote: conn.RemoteAddr(), abort: conn.Abort}
	conn.State = call
	return call
}

// begin prepares a call.
func (c *clientCall) begin(b *boundMethod, met *encounter) {
	c.method, c.met = b, met
	if met != nil {
		met.remote = c.remote
	}
}

// reset drops what the call has used.
func (c *clientCall) reset() {
	c.sent, c.reply, c.body, c.method, c.met = Message{}, Message{}, structBody{}, nil, nil
}

// run makes the call, and reports whether the connection can serve another one, and whether the server may close it all the
// same because of this one.
func (c *clientCall) run(ctx context.Context, deadline time.Time, arguments, result unsafe.Pointer) (reusable, doubtful bool, err error) {
	unhook := func() bool { return true }
	if ctx.Done() != nil {
		unhook = context.AfterFunc(ctx, c.abort)
		defer func() { unhook() }()
	}
	c.conn.SetDeadline(deadline) // the zero time is none
	sequence := c.client.sequence.Add(1)
	if c.met != nil {
		c.met.sequence = sequence
	}
	if err = c.write(ctx, deadline, arguments, sequence); err != nil {
		c.conn.Discard()
		reusable = true // nothing has been sent
	} else {
		err = c.converse(ctx, result, sequence)
		reusable = err == nil || isAnswer(err)
	}
	if !unhook() {
		reusable = false // the context has ended, and with it the connection
	}
	if err != nil {
		err = c.explain(ctx, err)
	}
	return reusable && c.conn.Len() == 0 && !c.reply.Closing, c.isDoubtful(), err
}

// isDoubtful reports whether the reply is one after which some servers close the connection: an exception that no handler
// returned.
func (c *clientCall) isDoubtful() bool {
	return c.reply.Type == MessageException && c.reply.Doubtful
}

// answered marks the errors that are replies: the connection is as good as after any other.
type answered struct{ err error }

func (a *answered) Error() string { return a.err.Error() }

// isAnswer reports whether a call that ended in err has used up its reply.
func isAnswer(err error) bool {
	_, ok := err.(*answered)
	return ok
}

// converse sends the call and receives the reply, if there is one.
func (c *clientCall) converse(ctx context.Context, result unsafe.Pointer, sequence int32) error {
	err := c.conn.Flush()
	switch {
	case err != nil && transport.IsClosed(err):
		return c.lastWords(ctx, result, sequence, err)
	case err != nil || c.method.oneway:
		return err
	}
	return c.receive(ctx, result, sequence)
}

// write puts the call together.
func (c *clientCall) write(ctx context.Context, deadline time.Time, arguments unsafe.Pointer, sequence int32) error {
	config := &c.client.config
	m, b := &c.sent, c.method
	m.Type = MessageCall
	if b.oneway {
		m.Type = MessageOneway
	}
	m.Method, m.Sequence, m.FrameSequence = b.sentName, sequence, sequence
	if config.transport.Headers() {
		m.Service, m.Caller = c.client.service, c.client.caller
		if !deadline.IsZero() {
			m.Timeout = max(time.Until(deadline), time.Millisecond)
		}
		if metainfo.HasMetaInfo(ctx) {
			m.Metadata = map[string]string{}
			metainfo.SaveMetaInfoToMap(ctx, m.Metadata)
		}
	} else if len(c.client.caller) > 0 || metainfo.HasMetaInfo(ctx) {
		c.client.warnPlain()
	}
	c.body = structBody{b.in.codec, arguments}
	if err := config.transport.Write(c.conn, m, &c.body, &config.limits); err != nil {
		return &Error{Code: encodeCode(err), Err: err}
	}
	return nil
}

// warnPlain says once that the transport has no place for what the calls carry.
func (c *Client) warnPlain() {
	if !c.plain.Swap(true) {
		c.journal.warn("rpc: metadata, deadlines and the caller's name do not reach the server over this transport; use rpc.TTHeader",
			"transport", c.config.transport.Name())
	}
}

// encodeCode classifies an error of Protocol.Write.
func encodeCode(err error) Code {
	if errors.Is(err, CodeLimit) {
		return CodeLimit
	}
	return CodeEncode
}

// lastWordsTime is how long a client looks for a reply to a call that the server has refused to read to its end.
const lastWordsTime = 100 * time.Millisecond

// lastWords returns the exception that a server sent before it closed the connection, else the error err of sending.
func (c *clientCall) lastWords(ctx context.Context, result unsafe.Pointer, sequence int32, err error) error {
	c.conn.SetDeadline(time.Now().Add(lastWordsTime))
	if answer := c.receive(ctx, result, sequence); isAnswer(answer) {
		c.reply.Closing = true
		return answer
	}
	return err
}

// receive reads the reply.
func (c *clientCall) receive(ctx context.Context, result unsafe.Pointer, sequence int32) error {
	config := &c.client.config
	m, b := &c.reply, c.method
	if err := config.transport.Read(c.conn, m, &config.limits); err != nil {
		return c.foreign(err)
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
	n, _, err := b.out.codec.DecodeAt(m.Body, result)
	if err != nil {
		return &Error{Code: CodeInvalidReply, Err: err}
	}
	if n != len(m.Body) {
		return &Error{Code: CodeInvalidReply, Message: "bytes follow on the result"}
	}
	if b.out.aliases {
		if err := c.conn.Keep(); err != nil {
			return err
		}
	} else {
		c.conn.Release()
	}
	return b.outcome(m, result, config.strict)
}

// foreign names what the server speaks, if it is something else than the client.
func (c *clientCall) foreign(err error) error {
	config := &c.client.config
	n := min(c.conn.Len(), 8)
	data, failed := c.conn.Peek(n)
	if n < 7 || failed != nil {
		return err
	}
	var head [8]byte
	copy(head[:], data)
	if config.transport.Detect(head, &config.limits) {
		return err
	}
	message := ""
	switch {
	case string(head[:5]) == "HTTP/":
		message = "the server speaks HTTP"
	case head[0] == 0x15 && head[1] == 3:
		message = "the server speaks TLS; see rpc.WithDialer"
	}
	for _, p := range thrift.BuiltIn {
		if message == "" && p.Detect(head, &config.limits) {
			message = "the server answers in another transport, " + p.Name() + "; see rpc.WithTransport"
		}
	}
	if message == "" {
		return err
	}
	return &Error{Code: CodeInvalidReply, Message: message, Err: err}
}

// checkReply looks whether a message is the reply to our call.
func checkReply(b *boundMethod, m *Message, sequence int32) error {
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

// receiveBackward hands on what the server sent back, if the caller's context takes it: under the handler's own keys, which is
// what Kitex does, or with a prefix before them.
func receiveBackward(ctx context.Context, metadata map[string]string) {
	for key, value := range metadata {
		metainfo.SetBackwardValue(ctx, strings.TrimPrefix(key, metainfo.PrefixBackward), value)
	}
}

// exception reads the exception that a reply holds.
func (c *clientCall) exception(m *Message) error {
	var e thrift.Exception
	n, err := thrift.ExceptionCodec.Decode(m.Body, &e)
	if err != nil || n != len(m.Body) {
		return &Error{Code: CodeInvalidReply, Message: "an exception that cannot be read", Err: err}
	}
	code := Code(e.Type)
	if !code.Remote() || code < 0 {
		code = CodeUnknown
	}
	m.Doubtful = code != CodeInternal
	c.conn.Release()
	return &answered{&Error{Code: code, Message: e.Message}}
}

// outcome tells what a result says: nothing for a success.
func (b *boundMethod) outcome(m *Message, result unsafe.Pointer, strict bool) error {
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
	empty := len(m.Body) == 1 // the byte that ends the struct
	switch {
	case b.returns && firstWord(result), empty && !b.returns, empty && b.nilable && !strict:
		return nil
	case !empty:
		return &answered{&Error{Code: CodeMissingResult, Message: "the reply holds an exception that is not declared here; " +
			"declare it with rpc.Throws, or the tag throws"}}
	}
	return &answered{&Error{Code: CodeMissingResult, Message: "the reply holds neither a result nor a declared exception"}}
}

// explain makes the error of a call from what went wrong.
func (c *clientCall) explain(ctx context.Context, err error) error {
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
	labelled.Method, labelled.Remote = c.method.name, c.remote
	return &labelled
}

// classify makes an *Error of what the connection or the protocol returned.
func (c *clientCall) classify(ctx context.Context, err error) *Error {
	switch {
	case c.client.closed.Load():
		return &Error{Code: CodeShutdown}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &Error{Code: CodeTimeout, Err: ctx.Err()}
	case ctx.Err() != nil:
		return &Error{Code: CodeCanceled, Err: ctx.Err()}
	case transport.IsTimeout(err):
		return &Error{Code: CodeTimeout, Err: context.DeadlineExceeded}
	case transport.IsClosed(err):
		return &Error{Code: CodeClosed, Err: err}
	}
	return &Error{Code: CodeInvalidReply, Err: err}
}
