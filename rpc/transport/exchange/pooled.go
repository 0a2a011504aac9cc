package exchange

import (
	"context"
	"time"

	"github.com/tagwire/tagwire/rpc/endpoint"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// conversation is the use of a connection by one call after the other.
type conversation struct {
	attempt
	conn     *endpoint.Conn
	abort    func() // conn.Abort, made once
	doubtful bool   // the reply is one after which some servers close the connection
	mark     transport.Mark
}

func newConversation(e *Exchanger, conn *endpoint.Conn) *conversation {
	c := &conversation{attempt: attempt{exchanger: e, remote: conn.RemoteAddr()}, conn: conn, abort: conn.Abort}
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
	c.mark = c.conn.Mark()
	c.conn.SetDeadline(c.call.Deadline) // the zero time is none
	if err = c.write(c.conn, c.call.Arguments); err != nil {
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
		if c.conn.Plain() {
			err = transport.ErrUnsent // or the kernel would have taken all of it
		}
		return c.lastWords(ctx, err)
	case err != nil || c.call.Request.Type == message.MessageOneway:
		return err
	}
	return c.receive(ctx)
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
		if c.conn.Untaken(c.mark, err) {
			return transport.ErrUnsent
		}
		return c.exchanger.foreign(c.conn, err)
	}
	c.conn.CountReceived()
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
