package rpc

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tagwire/tagwire"
)

// The strict envelope of Thrift Binary: version and type, length of the name, name, sequence id. The old form has
// no version: length of the name, name, type, sequence id.
const (
	strictVersion   = 0x8001 // the upper half of the first word
	envelopeSize    = 12     // of a strict envelope without its name
	oldEnvelopeSize = 9
	shortestOld     = oldEnvelopeSize + 1 + 1 // a name of one byte, and the end of a struct
)

var errShortMessage = errors.New("the message ends inside its envelope")

// limitError returns the error for something that exceeds a limit.
func limitError(format string, arguments ...any) error {
	return &Error{Code: CodeLimit, Message: fmt.Sprintf(format, arguments...)}
}

// readEnvelope reads the envelope of a message that is all of data, and leaves the rest to m.Body. Old forms are
// accepted, because the length of the message is known.
func (m *Message) readEnvelope(data []byte, limits *Limits) error {
	if len(data) < 4 {
		return errShortMessage
	}
	first := binary.BigEndian.Uint32(data)
	if first>>16 != strictVersion {
		return m.readOldEnvelope(data, limits)
	}
	if len(data) < envelopeSize {
		return errShortMessage
	}
	length := binary.BigEndian.Uint32(data[4:])
	if err := checkName(length, limits); err != nil {
		return err
	}
	if int64(len(data)-envelopeSize) < int64(length) {
		return errShortMessage
	}
	m.Type = MessageType(first)
	m.Method = data[8 : 8+length]
	m.Sequence = int32(binary.BigEndian.Uint32(data[8+length:]))
	m.Body = data[envelopeSize+length:]
	return nil
}

func checkName(length uint32, limits *Limits) error {
	if int64(length) > int64(limits.MaxMethodName) {
		return limitError("a method name of %d bytes; %d are allowed", length, limits.MaxMethodName)
	}
	return nil
}

func (m *Message) readOldEnvelope(data []byte, limits *Limits) error {
	length := binary.BigEndian.Uint32(data)
	if length == 0 || int64(length) > int64(limits.MaxMethodName) {
		return fmt.Errorf("the message begins with %08x, which is neither a version nor the length of a name", length)
	}
	if int64(len(data)) < oldEnvelopeSize+int64(length) {
		return errShortMessage
	}
	m.Method = data[4 : 4+length]
	m.Type = MessageType(data[4+length])
	m.Sequence = int32(binary.BigEndian.Uint32(data[5+length:]))
	m.Body = data[oldEnvelopeSize+length:]
	return nil
}

// peekEnvelope reads the envelope that begins after skip bytes of a message that is too large to be read, as far as it has
// arrived, so that the caller can be told. It leaves m without a method if it cannot.
func (m *Message) peekEnvelope(r Reader, skip int, limits *Limits) {
	n := min(r.Len(), skip+envelopeSize+limits.MaxMethodName)
	if n <= skip {
		return
	}
	if data, err := r.Peek(n); err == nil && m.readEnvelope(data[skip:], limits) != nil {
		m.Type, m.Method = 0, nil
	}
	m.Body = nil
}

// envelope returns how many bytes writeEnvelope takes.
func (m *Message) envelope() int { return envelopeSize + len(m.Method) }

// writeEnvelope writes the strict form to the start of buf, and returns what is behind it.
func (m *Message) writeEnvelope(buf []byte) []byte {
	binary.BigEndian.PutUint32(buf, strictVersion<<16|uint32(m.Type))
	binary.BigEndian.PutUint32(buf[4:], uint32(len(m.Method)))
	n := 8 + copy(buf[8:], m.Method)
	binary.BigEndian.PutUint32(buf[n:], uint32(m.Sequence))
	return buf[n+4:]
}

// writePrefixed writes a message with prefix bytes before its envelope, which fill is given with the size of
// envelope and body together. The whole message but for large strings is one piece of memory of w.
func (m *Message) writePrefixed(w Writer, body Body, prefix, limit int, fill func(prefix []byte, size int)) error {
	total, direct, err := body.Size()
	if err != nil {
		return err
	}
	if total > limit {
		return limitError("a message of more than %d bytes; %d are allowed", total, limit)
	}
	size := m.envelope() + total
	if prefix+size > limit {
		return limitError("a message of %d bytes; %d are allowed", prefix+size, limit)
	}
	buf, err := w.Malloc(prefix + size - direct)
	if err != nil {
		return err
	}
	if prefix > 0 {
		fill(buf[:prefix:prefix], size)
	}
	rest := m.writeEnvelope(buf[prefix:])
	var references tagwire.DirectWriter
	if direct > 0 {
		references = w
	}
	n, err := body.Encode(rest, references)
	if err == nil && n != len(rest) {
		err = errors.New("the value changed while it was written")
	}
	return err
}
