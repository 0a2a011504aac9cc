package streaming

import (
	"context"
	"errors"
	"math"
	"unsafe"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/intercept"
	"github.com/tagwire/tagwire/rpc/invoke"
	"github.com/tagwire/tagwire/rpc/journal"
	"github.com/tagwire/tagwire/rpc/memory"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// Method is a stream in use by a client or a server.
type Method struct {
	*contract.Method
	// Request and Response are what is sent.
	Request, Response *memory.Single
	// Handler is that of a server.
	Handler invoke.StreamHandler
	// Requests are, on a server, for requests whose memory is used again; nil if it is not.
	Requests *memory.RequestArenas
}

// Bind takes a stream into use.
func Bind(l *memory.Types, m *contract.Method) (*Method, error) {
	format := tagwire.ThriftBinary
	if m.Protobuf {
		format = tagwire.Protobuf
	}
	bound := &Method{Method: m}
	var err error
	if bound.Request, err = l.Single(m.Request, format); err == nil {
		bound.Response, err = l.Single(m.Response, format)
	}
	if err != nil {
		return nil, &message.Error{Code: message.CodeContract, Method: m.Name, Err: err}
	}
	return bound, nil
}

// panicked returns the error of a call in which users' code has panicked.
func (m *Method) panicked() error {
	return &message.Error{Code: message.CodePanic, Method: m.Name, Message: "code that runs with the call panicked"}
}

// Side is what all streams of a client, or of a server, have in common.
type Side struct {
	Journal *journal.Journal
	// Chain and Observers are the functions Call and Message of the interceptors.
	Chain     []intercept.Call
	Observers []intercept.Message
}

// messages is what both sides of a stream have in common: how messages are sent and received, in the types of the method.
type messages struct {
	*Side
	method *Method
	stream transport.Stream
	turns  turns
	body   memory.Body // that is being sent

	ctx  context.Context     // for interceptors
	info *intercept.CallInfo // for interceptors
}

// observe hands a message to the interceptors, which are users' code. An error ends the stream.
func (m *messages) observe(t *memory.Single, p unsafe.Pointer, sent bool) (err error) {
	if len(m.Observers) == 0 {
		return nil
	}
	defer func() {
		if value := recover(); value != nil {
			m.Journal.Panicked("rpc: an interceptor panicked", value, "method", m.method.Name)
			err = m.method.panicked()
		}
	}()
	return intercept.Observe(m.Observers, m.ctx, m.info, intercept.StreamMessage{Sent: sent, Value: t.Pointer(p)})
}

// put sends a message, in its turn. The error is io.EOF if the stream has ended, or tells what is wrong with the message.
func (m *messages) put(t *memory.Single, p unsafe.Pointer) error {
	m.body = memory.Body{Codec: t.Codec, Value: p}
	err := m.stream.Send(&m.body)
	m.body = memory.Body{}
	if err == nil {
		m.info.Messages.Sent.Add(1)
	}
	return err
}

// unsendable is the error for a message that was not sent because of what it is.
func (m *messages) unsendable(err error) error {
	wrong := &message.Error{Code: message.CodeEncode, Method: m.method.Name, Err: err}
	if own, known := err.(*message.Error); known {
		*wrong = *own
		wrong.Method = m.method.Name
	} else if errors.Is(err, message.CodeLimit) {
		wrong.Code = message.CodeLimit
	}
	return wrong
}

// decode makes a message of body in the zero value at p, which gets its defaults first. code is that of the error.
func (m *messages) decode(t *memory.Single, a *memory.RequestArena, body []byte, p unsafe.Pointer, code message.Code) (err error) {
	defer func() {
		if value := recover(); value != nil {
			m.Journal.Panicked("rpc: decoding a message panicked", value, "method", m.method.Name)
			err = m.method.panicked()
		}
	}()
	if t.Aliases {
		body = append([]byte(nil), body...) // which is used again, where the message refers to it
	}
	t.SetDefaults(p)
	n, _, err := a.Decode(t.Structs, t.Format, math.MaxInt, body, p)
	switch {
	case err != nil:
		return &message.Error{Code: code, Method: m.method.Name, Err: err}
	case n != len(body):
		return &message.Error{Code: code, Method: m.method.Name, Message: "bytes follow on the message"}
	}
	m.info.Messages.Received.Add(1)
	return nil
}

// errTwice is the error of a goroutine that sends while another one does, or receives while another one does.
func (m *messages) errTwice(d direction) error {
	text := "two goroutines send on the stream at once"
	if d == receiving {
		text = "two goroutines receive from the stream at once"
	}
	return &message.Error{Code: message.CodeContract, Method: m.method.Name, Message: text}
}

// errNil is the error for a message that is nil.
func (m *messages) errNil() error {
	return &message.Error{Code: message.CodeEncode, Method: m.method.Name, Message: "the message is nil"}
}

// errOnce is the error for a second message where the method has one.
func (m *messages) errOnce() error {
	return &message.Error{Code: message.CodeContract, Method: m.method.Name, Message: "a second message was to be sent, and the method has one in this direction"}
}

// usedOnce is the error of a function next that an interceptor calls again.
func (m *Method) usedOnce() error {
	return &message.Error{Code: message.CodeContract, Method: m.Name, Message: "an interceptor called next again, and a stream cannot be repeated"}
}
