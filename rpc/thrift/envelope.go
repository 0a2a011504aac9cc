package thrift

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/wire/thriftbinary"
	"github.com/tagwire/tagwire/wire/thriftcompact"
)

// The strict envelope of Thrift Binary: version and type, length of the name, name, sequence id; that of Kitex-Protobuf is the same with
// another version. The old form has no version: length of the name, name, type, sequence id.
const (
	envelopeSize    = 12 // of a strict envelope without its name
	oldEnvelopeSize = 9
	shortestOld     = oldEnvelopeSize + 1 + 1 // a name of one byte, and the end of a struct
	shortest        = min(shortestOld, shortestCompact)
)

var errShortMessage = errors.New("the message ends inside its envelope")

// readEnvelope reads the envelope of a message that is all of data, in any format, and leaves the rest to m.Body. Old
// forms are accepted, because the length of the message is known.
func readEnvelope(m *message.Message, data []byte, limits *message.Limits) error {
	if len(data) < 4 {
		return errShortMessage
	}
	if data[0] == thriftcompact.Protocol {
		return readCompactEnvelope(m, data, limits)
	}
	first := binary.BigEndian.Uint32(data)
	switch first >> 16 {
	case thriftbinary.Version:
	case protobufVersion:
		m.Format = tagwire.Protobuf
	default:
		return readOldEnvelope(m, data, limits)
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
	m.Type = message.MessageType(first)
	m.Method = data[8 : 8+length]
	m.Sequence = int32(binary.BigEndian.Uint32(data[8+length:]))
	m.Body = data[envelopeSize+length:]
	return nil
}

func checkName(length uint32, limits *message.Limits) error {
	if int64(length) > int64(limits.MaxMethodName) {
		return message.LimitError("a method name of %d bytes; %d are allowed", length, limits.MaxMethodName)
	}
	return nil
}

func readOldEnvelope(m *message.Message, data []byte, limits *message.Limits) error {
	length := binary.BigEndian.Uint32(data)
	if length == 0 || int64(length) > int64(limits.MaxMethodName) {
		return fmt.Errorf("the message begins with %08x, which is neither a version nor the length of a name", length)
	}
	if int64(len(data)) < oldEnvelopeSize+int64(length) {
		return errShortMessage
	}
	m.Method = data[4 : 4+length]
	m.Type = message.MessageType(data[4+length])
	m.Sequence = int32(binary.BigEndian.Uint32(data[5+length:]))
	m.Body = data[oldEnvelopeSize+length:]
	return nil
}

// peekEnvelope reads the envelope that begins after skip bytes of a message that is too large to be read, as far as it has
// arrived, so that the caller can be told. It leaves m without a method if it cannot.
func peekEnvelope(m *message.Message, r message.Reader, skip int, limits *message.Limits) {
	n := min(r.Len(), skip+max(envelopeSize, compactLargest)+limits.MaxMethodName)
	if n <= skip {
		return
	}
	if data, err := r.Peek(n); err == nil && readEnvelope(m, data[skip:], limits) != nil {
		m.Type, m.Method = 0, nil
	}
	m.Body = nil
}

// envelope returns how many bytes writeEnvelope takes.
func envelope(m *message.Message) int {
	if isBare(m) {
		return 0
	}
	if m.Format == tagwire.ThriftCompact {
		return compactEnvelope(m)
	}
	return envelopeSize + len(m.Method)
}

// writeEnvelope writes the envelope of the message's format, for Binary the strict form, to the start of buf, and returns
// what is behind it. Where the format is Protobuf, there must be a length before it.
func writeEnvelope(m *message.Message, buf []byte) []byte {
	if isBare(m) {
		return buf
	}
	if m.Format == tagwire.ThriftCompact {
		return writeCompactEnvelope(m, buf)
	}
	version := uint32(thriftbinary.Version)
	if m.Format == tagwire.Protobuf {
		version = protobufVersion
	}
	binary.BigEndian.PutUint32(buf, version<<16|uint32(m.Type))
	binary.BigEndian.PutUint32(buf[4:], uint32(len(m.Method)))
	n := 8 + copy(buf[8:], m.Method)
	binary.BigEndian.PutUint32(buf[n:], uint32(m.Sequence))
	return buf[n+4:]
}

// reserve returns memory for a message with prefix bytes before its envelope, for its writer to fill, and the size of what follows
// on the prefix. direct is how many bytes of that are handed to w instead.
func reserve(m *message.Message, w message.Writer, body message.Body, prefix, limit int) (buf []byte, size, direct int, err error) {
	total, direct, err := body.Size()
	if err != nil {
		return nil, 0, 0, err
	}
	if total > limit {
		return nil, 0, 0, message.LimitError("a message of more than %d bytes; %d are allowed", total, limit)
	}
	size = envelope(m) + total
	if prefix+size > limit {
		return nil, 0, 0, message.LimitError("a message of %d bytes; %d are allowed", prefix+size, limit)
	}
	buf, err = w.Malloc(prefix + size - direct)
	return buf, size, direct, err
}

// writeBehind writes envelope and body into buf, which is what follows on the prefix in the memory that reserve returned.
func writeBehind(m *message.Message, w message.Writer, body message.Body, buf []byte, direct int) error {
	rest := writeEnvelope(m, buf)
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
