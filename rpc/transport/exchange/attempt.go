package exchange

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

// attempt is one attempt of a call on a connection.
type attempt struct {
	exchanger *Exchanger
	call      *transport.Call
	remote    net.Addr
	reply     message.Message
	answered  bool // the call's error is what the reply says
}

// write puts the request together.
func (a *attempt) write(w message.Writer, body message.Body) error {
	config, m := &a.exchanger.config, &a.call.Request
	a.call.Sequence = a.exchanger.nextSequence()
	m.Sequence, m.FrameSequence = a.call.Sequence, a.call.Sequence
	if !a.call.Deadline.IsZero() && config.Protocol.Headers() {
		m.Timeout = max(time.Until(a.call.Deadline), time.Millisecond)
	}
	if err := config.Protocol.Write(w, m, body, config.Limits); err != nil {
		code := message.CodeEncode
		if errors.Is(err, message.CodeLimit) {
			code = message.CodeLimit
		}
		return &message.Error{Code: code, Err: err}
	}
	return nil
}

// check looks whether the message is the reply to our call.
func (a *attempt) check() error {
	m, call := &a.reply, a.call
	switch {
	case m.Type != message.MessageReply && m.Type != message.MessageException:
		return &message.Error{Code: message.CodeInvalidReply, Message: "the message is not a reply"}
	case m.Format != call.Request.Format:
		return &message.Error{Code: message.CodeInvalidReply, Message: "the server answers in " + m.Format.String() + "; see rpc.WithFormat and rpc.Protobuf"}
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

// explain makes the error of a call from what went wrong.
func (a *attempt) explain(ctx context.Context, err error) error {
	wrong, known := err.(*message.Error)
	switch {
	case !known && a.answered:
		return err // an exception of the method's, or of the business
	case !known:
		wrong = a.classify(ctx, err)
	}
	labelled := *wrong
	labelled.Method, labelled.Remote = a.call.Method, a.remote
	return &labelled
}

// classify makes an error of what the connection or the protocol returned.
func (a *attempt) classify(ctx context.Context, err error) *message.Error {
	ended := ctx.Err() // once, because it may end now
	switch {
	case a.exchanger.closed.Load():
		return &message.Error{Code: message.CodeShutdown}
	case errors.Is(ended, context.DeadlineExceeded):
		return &message.Error{Code: message.CodeTimeout, Err: ended}
	case ended != nil:
		return &message.Error{Code: message.CodeCanceled, Err: ended}
	case transport.IsTimeout(err):
		return &message.Error{Code: message.CodeTimeout, Err: context.DeadlineExceeded}
	case err == transport.ErrUnsent:
		return &message.Error{Code: message.CodeClosed, Err: err, Retryable: true}
	case transport.IsClosed(err):
		return &message.Error{Code: message.CodeClosed, Err: err}
	}
	return &message.Error{Code: message.CodeInvalidReply, Err: err}
}

// foreign names what the server speaks, if it is something else than the client.
func (e *Exchanger) foreign(conn *endpoint.Conn, err error) error {
	config := &e.config
	n := min(conn.Len(), 8)
	data, failed := conn.Peek(n)
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
