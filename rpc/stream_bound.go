package rpc

import (
	"context"
	"errors"
	"math"
	"unsafe"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/intercept"
	"github.com/tagwire/tagwire/rpc/journal"
	"github.com/tagwire/tagwire/rpc/memory"
	"github.com/tagwire/tagwire/rpc/transport"
)

// bindStream takes a stream into use.
func bindStream(l *memory.Types, s *contract.Method) (*boundMethod, error) {
	b := &boundMethod{Method: s, nameBytes: []byte(s.Name)}
	b.declares = b.isDeclared
	format := tagwire.ThriftBinary
	if s.Protobuf {
		format = tagwire.Protobuf
	}
	var err error
	if b.request, err = l.Single(s.Request, format); err == nil {
		b.response, err = l.Single(s.Response, format)
	}
	if err != nil {
		return nil, &Error{Code: CodeContract, Method: s.Name, Err: err}
	}
	return b, nil
}

// messages is what both sides of a stream have in common: how messages are sent and received, in the types of the method.
type messages struct {
	method  *boundMethod
	journal *journal.Journal
	stream  transport.Stream
	turns   turns
	body    memory.Body // that is being sent

	observers []intercept.Message
	ctx       context.Context // for them
	info      *CallInfo       // for them
}

// observe hands a message to the interceptors, which are users' code. An error ends the stream.
func (m *messages) observe(t *memory.Single, p unsafe.Pointer, sent bool) (err error) {
	if len(m.observers) == 0 {
		return nil
	}
	defer func() {
		if value := recover(); value != nil {
			m.journal.Panicked("rpc: an interceptor panicked", value, "method", m.method.Name)
			err = m.method.panicked()
		}
	}()
	return intercept.Observe(m.observers, m.ctx, m.info, StreamMessage{Sent: sent, Value: t.Pointer(p)})
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
	wrong := &Error{Code: CodeEncode, Method: m.method.Name, Err: err}
	if own, known := err.(*Error); known {
		*wrong = *own
		wrong.Method = m.method.Name
	} else if errors.Is(err, CodeLimit) {
		wrong.Code = CodeLimit
	}
	return wrong
}

// decode makes a message of body in the zero value at p, which gets its defaults first. code is that of the error.
func (m *messages) decode(t *memory.Single, a *memory.RequestArena, body []byte, p unsafe.Pointer, code Code) (err error) {
	defer func() {
		if value := recover(); value != nil {
			m.journal.Panicked("rpc: decoding a message panicked", value, "method", m.method.Name)
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
		return &Error{Code: code, Method: m.method.Name, Err: err}
	case n != len(body):
		return &Error{Code: code, Method: m.method.Name, Message: "bytes follow on the message"}
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
	return &Error{Code: CodeContract, Method: m.method.Name, Message: text}
}

// errNil is the error for a message that is nil.
func (m *messages) errNil() error {
	return &Error{Code: CodeEncode, Method: m.method.Name, Message: "the message is nil"}
}

// errOnce is the error for a second message where the method has one.
func (m *messages) errOnce() error {
	return &Error{Code: CodeContract, Method: m.method.Name, Message: "a second message was to be sent, and the method has one in this direction"}
}

// usedOnce is the error of a function next that an interceptor calls again.
func (b *boundMethod) usedOnce() error {
	return &Error{Code: CodeContract, Method: b.Name, Message: "an interceptor called next again, and a stream cannot be repeated"}
}
