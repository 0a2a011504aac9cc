package framing

import (
	"errors"
	"io"
	"maps"
	"strings"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/thrift"
	"github.com/tagwire/tagwire/rpc/transport"
)

var (
	_ transport.ServerStream = (*Stream)(nil)
	_ transport.Interrupter  = (*Stream)(nil)
)

// message returns a frame of the stream without its body.
func (f *Stream) message(kind message.FrameKind) *message.Message {
	return &message.Message{Frame: kind, Method: f.name, Sequence: f.id, FrameSequence: f.id, Format: f.format}
}

// write puts a frame together, behind those that are in out.
func (f *Stream) write(out *transport.Frame, m *message.Message, body message.Body) error {
	return f.protocol.Write(out, m, body, f.server.limits)
}

// Receive is that of transport.Stream.
func (f *Stream) Receive() ([]byte, error) { return f.in.Receive() }

// Send is that of transport.Stream.
func (f *Stream) Send(body message.Body) error {
	if !f.out.Await() {
		return io.EOF
	}
	out := f.out.NewFrame()
	var err error
	if !f.started {
		err = f.writeHeader(out, nil)
	}
	if err == nil {
		err = f.write(out, f.message(message.FrameData), message.FlatBody{Body: body})
	}
	if err != nil {
		out.Drop()
		return err
	}
	f.started = true
	f.out.Put(out, nil)
	return nil
}

// writeHeader puts the header together. Where the server will close the connection, it says so.
func (f *Stream) writeHeader(out *transport.Frame, metadata map[string]string) error {
	m := f.message(message.FrameHeader)
	m.Metadata, m.Closing = metadata, f.server.host.Draining()
	return f.write(out, m, thrift.NoBody{})
}

// Start is that of transport.ServerStream.
func (f *Stream) Start(metadata map[string]string) bool {
	if f.started || !f.out.Await() {
		return false
	}
	out := f.out.NewFrame()
	if err := f.writeHeader(out, unreserved(metadata)); err != nil {
		f.server.host.Warn("rpc: metadata of a stream is left out", "method", f.method, "reason", err.Error())
		out.Drop()
		return false
	}
	f.started = true
	f.out.Put(out, nil)
	return true
}

// unreserved returns metadata without keys that mean something to peers.
func unreserved(metadata map[string]string) map[string]string {
	metadata = maps.Clone(metadata)
	maps.DeleteFunc(metadata, func(key, _ string) bool { return thrift.ReservedKeys[key] })
	return metadata
}

// Finish is that of transport.ServerStream.
func (f *Stream) Finish(outcome error, metadata map[string]string) {
	f.unhook()
	s := f.server
	s.lock.Lock()
	delete(s.byID, f.id)
	told := f.over
	f.over = true
	s.lock.Unlock()
	f.in.Free()
	f.cancel()
	out := f.out.NewFrame()
	if !told && !f.writeEnd(out, outcome, metadata) {
		out.Discard()
	}
	f.out.Put(out, f.leave) // behind all others of the stream, also where it is empty
}

// writeEnd puts the trailer together, and before it the header, if that was not sent.
func (f *Stream) writeEnd(out *transport.Frame, outcome error, metadata map[string]string) bool {
	if !f.started && f.writeHeader(out, nil) != nil {
		return false
	}
	m := f.message(message.FrameTrailer)
	m.Metadata, m.Closing = metadata, f.server.host.Draining()
	body := message.Body(thrift.NoBody{})
	if business, ok := outcome.(*message.BizError); ok {
		m.Business = business
	} else if outcome != nil {
		m.Type, m.Format = message.MessageException, tagwire.ThriftBinary
		body = f.exception(outcome).In(m.Format)
	}
	err := f.write(out, m, body)
	if errors.Is(err, message.CodeLimit) && (len(m.Metadata) > 0 || m.Business != nil) {
		f.server.host.Warn("rpc: metadata of a stream is left out", "method", f.method, "reason", err.Error())
		m.Metadata = nil
		if m.Business != nil && len(m.Business.Extra) > 0 {
			m.Business = &message.BizError{Status: m.Business.Status, Message: thrift.NewException(0, m.Business.Message).Message}
		}
		err = f.write(out, m, body)
	}
	return err == nil
}

// exception returns the exception for the outcome of a call, which may be one that the method declares: those have no place here, and
// their text is sent. Their methods are users' code and may panic.
func (f *Stream) exception(outcome error) (e *thrift.Exception) {
	if wrong, ok := outcome.(*message.Error); ok {
		return thrift.NewException(wrong.Code, wrong.Message)
	}
	defer func() {
		if value := recover(); value != nil {
			f.server.host.Panicked(value)
			e = thrift.NewException(message.CodeInternal, "the handler's error panicked")
		}
	}()
	f.server.host.Warn("rpc: a declared exception of a stream is sent as text, because TTHeader has no place for it there; "+
		"return a *BizError, or use gRPC", "method", f.method)
	return thrift.NewException(message.CodeInternal, strings.Clone(outcome.Error()))
}

// Interrupt is that of transport.Interrupter.
func (f *Stream) Interrupt() {
	f.in.Abort(&message.Error{Code: message.CodeCanceled, Method: f.method, Message: "the handler has returned"})
	f.out.End()
}

// leave is called when the last frame was sent, or none is.
func (f *Stream) leave(error) {
	s := f.server
	s.conn.Charge(-f.size)
	s.lock.Lock()
	defer s.lock.Unlock()
	s.count--
	s.bytes -= f.size
	s.over.Broadcast()
}
