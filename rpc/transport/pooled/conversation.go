package pooled

import (
	"bytes"
	"context"
	"errors"
	"net"
	"time"

	"github.com/tagwire/tagwire/rpc/endpoint"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// conversation is the use of a connection by one call after the other.
type conversation struct {
	exchanger *Exchanger
	conn      *endpoint.Conn
	remote    net.Addr
	abort     func() // conn.Abort, made once

	call     *transport.Call
	reply    message.Message
	answered bool // the call's error is what the reply says
	doubtful bool // the reply is one after which some servers close the connection
}

func newConversation(e *Exchanger, conn *endpoint.Conn) *conversation {
	c := &conversation{exchanger: e, conn: conn, remote: conn.RemoteAddr(), abort: conn.Abort}
	conn.State = c
	return c
}

// run makes the call, and reports whether the connection can serve another one, and whether the server may close it all the
// same because of this one.
func (c *conversation) run(ctx context.Context) (reusable, doubtful bool, err error) {
	unhook := func() bool { return true }
	if ctx.Done() != nil {
		unhook = context.AfterFunc(ctx, c.abort)
		defer func() { unhook() }()
	}
	c.answered, c.doubtful = false, false
	c.conn.SetDeadline(c.call.Deadline) // the zero time is none
	c.call.Sequence = c.exchanger.sequence.Add(1)
	if err = c.write(); err != nil {
		c.conn.Discard()
		reusable = true // nothing has been sent
	} else {
		err = c.converse(ctx)
		reusable = err == nil || c.answered
	}
	if !unhook() {
		reusable = false // the context has ended, and with it the connection
	}
	if err != nil {
		err = c.explain(ctx, err)
	}
	return reusable && c.conn.Len() == 0 && !c.reply.Closing, c.doubtful, err
}

// converse sends the call and receives the reply, if there is one.
func (c *conversation) converse(ctx context.Context) error {
	err := c.conn.Flush()
	switch {
	case err != nil && transport.IsClosed(err):
		return c.lastWords(ctx, err)
	case err != nil || c.call.Request.Type == message.MessageOneway:
		return err
	}
	return c.receive(ctx)
}

// write puts the request together.
func (c *conversation) write() error {
	config, m := &c.exchanger.config, &c.call.Request
	m.Sequence, m.FrameSequence = c.call.Sequence, c.call.Sequence
	if !c.call.Deadline.IsZero() && config.Protocol.Headers() {
		m.Timeout = max(time.Until(c.call.Deadline), time.Millisecond)
	}
	if err := config.Protocol.Write(c.conn, m, c.call.Arguments, config.Limits); err != nil {
		code := message.CodeEncode
		if errors.Is(err, message.CodeLimit) {
			code = message.CodeLimit
		}
		return &message.Error{Code: code, Err: err}
	}
	return nil
}

// lastWordsTime is how long a client looks for a reply to a call that the server has refused to read to its end.
const lastWordsTime = 100 * time.Millisecond

// lastWords returns the exception that a server sent before it closed the connection, else the error err of sending.
func (c *conversation) lastWords(ctx context.Context, err error) error {
	c.conn.SetDeadline(time.Now().Add(lastWordsTime))
	if answer := c.receive(ctx); answer != nil && c.answered {
		c.reply.Closing = true
		return answer
	}
	c.answered = false
	return err
}

// receive reads the reply and hands it to the call.
func (c *conversation) receive(ctx context.Context) error {
	config := &c.exchanger.config
	if err := config.Protocol.Read(c.conn, &c.reply, config.Limits); err != nil {
		return c.foreign(err)
	}
	if err := c.check(); err != nil {
		return err
	}
	receipt, err := c.call.Reply.Receive(ctx, &c.reply)
	if !receipt.Answered {
		return err
	}
	if receipt.Aliases {
		if failed := c.conn.Keep(); failed != nil {
			return failed
		}
	} else {
		c.conn.Release()
	}
	c.answered, c.doubtful = true, receipt.Doubtful
	return err
}

// check looks whether the message is the reply to our call.
func (c *conversation) check() error {
	m, call := &c.reply, c.call
	switch {
	case m.Type != message.MessageReply && m.Type != message.MessageException:
		return &message.Error{Code: message.CodeInvalidReply, Message: "the message is not a reply"}
	case m.Format != call.Request.Format:
		return &message.Error{Code: message.CodeInvalidReply, Message: "the server answers in " + m.Format.String() + "; see rpc.WithFormat"}
	case m.Type == message.MessageException && len(m.Method) == 0:
		// Some servers answer what they could not read.
		return nil
	case string(m.Method) != call.Method && !bytes.Equal(m.Method, call.Request.Method):
		return &message.Error{Code: message.CodeWrongMethodName, Message: "the reply is to " + string(m.Method)}
	case m.Type == message.MessageException:
		return nil
	case m.Sequence != call.Sequence, m.FrameSequence != 0 && m.FrameSequence != call.Sequence:
		return &message.Error{Code: message.CodeBadSequence, Message: "the reply is to another call"}
	}
	return nil
}

// foreign names what the server speaks, if it is something else than the client.
func (c *conversation) foreign(err error) error {
	config := &c.exchanger.config
	n := min(c.conn.Len(), 8)
	data, failed := c.conn.Peek(n)
	if n < 7 || failed != nil {
		return err
	}
	var head [8]byte
	copy(head[:], data)
	if config.Protocol.Detect(head, config.Limits) {
		return err
	}
	text := ""
	switch {
	case string(head[:5]) == "HTTP/":
		text = "the server speaks HTTP"
	case head[0] == 0x15 && head[1] == 3:
		text = "the server speaks TLS; see rpc.WithTLS"
	}
	for _, p := range config.Known {
		if text == "" && p.Detect(head, config.Limits) {
			text = "the server answers in another transport, " + p.Name() + "; see rpc.WithTransport"
		}
	}
	if text == "" {
		return err
	}
	return &message.Error{Code: message.CodeInvalidReply, Message: text, Err: err}
}

// explain makes the error of a call from what went wrong.
func (c *conversation) explain(ctx context.Context, err error) error {
	wrong, known := err.(*message.Error)
	switch {
	case !known && c.answered:
		return err // an exception of the method's, or of the business
	case !known:
		wrong = c.classify(ctx, err)
	}
	labelled := *wrong
	labelled.Method, labelled.Remote = c.call.Method, c.remote
	return &labelled
}

// classify makes an error of what the connection or the protocol returned.
func (c *conversation) classify(ctx context.Context, err error) *message.Error {
	switch {
	case c.exchanger.closed.Load():
		return &message.Error{Code: message.CodeShutdown}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &message.Error{Code: message.CodeTimeout, Err: ctx.Err()}
	case ctx.Err() != nil:
		return &message.Error{Code: message.CodeCanceled, Err: ctx.Err()}
	case transport.IsTimeout(err):
		return &message.Error{Code: message.CodeTimeout, Err: context.DeadlineExceeded}
	case transport.IsClosed(err):
		return &message.Error{Code: message.CodeClosed, Err: err}
	}
	return &message.Error{Code: message.CodeInvalidReply, Err: err}
}
