package thrift

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/wire/thriftbinary"
	"github.com/tagwire/tagwire/wire/thriftcompact"
	"github.com/tagwire/tagwire/wire/varint"
)

// The envelope of Thrift Compact: a byte that names the format; version and type; sequence id and length of the name as
// varints, and the name.
const (
	compactTypeShift = 5                    // the type of a message is above the bits of the version
	compactSmallest  = 2 + 1 + 1            // without a name
	compactLargest   = 2 + 2*varint.MaxSize // the same, read
	shortestCompact  = compactSmallest + 1  // with the end of a struct
)

// beginsCompact reports whether a message in Thrift Compact begins with two bytes.
func beginsCompact(first, second byte) bool {
	return first == thriftcompact.Protocol && second&thriftcompact.VersionMask == thriftcompact.Version
}

// beginsStrict reports whether data, of at least two bytes, is the beginning of a message in Thrift Compact or in the
// strict form of Binary.
func beginsStrict(data []byte) bool {
	return binary.BigEndian.Uint16(data) == thriftbinary.Version || beginsCompact(data[0], data[1])
}

var errLongVarint = errors.New("a number in the envelope is too large")

// envelopeNumber reads a number of up to 32 bits from the start of data, and returns how many bytes it has.
func envelopeNumber(data []byte) (value uint32, size int, err error) {
	whole, size := varint.Read(data)
	switch {
	case size == varint.Cut:
		return 0, 0, errShortMessage
	case size == varint.TooLong || whole > math.MaxUint32:
		return 0, 0, errLongVarint
	}
	return uint32(whole), size, nil
}

// readCompactHead reads an envelope but for the name, and returns where that is. The error is errShortMessage where more
// bytes would help.
func readCompactHead(m *message.Message, data []byte, limits *message.Limits) (name, length int, err error) {
	if len(data) < compactSmallest {
		return 0, 0, errShortMessage
	}
	if !beginsCompact(data[0], data[1]) {
		return 0, 0, fmt.Errorf("the message begins with %02x %02x, which is no known version of Thrift Compact", data[0], data[1])
	}
	sequence, n, err := envelopeNumber(data[2:])
	if err != nil {
		return 0, 0, err
	}
	name = 2 + n
	size, n, err := envelopeNumber(data[name:])
	if err != nil {
		return 0, 0, err
	}
	if err := checkName(size, limits); err != nil {
		return 0, 0, err
	}
	m.Format, m.Type, m.Sequence = tagwire.ThriftCompact, message.MessageType(data[1]>>compactTypeShift), int32(sequence)
	return name + n, int(size), nil
}

// readCompactEnvelope reads the envelope of a message that is all of data, and leaves the rest to m.Body.
func readCompactEnvelope(m *message.Message, data []byte, limits *message.Limits) error {
	name, length, err := readCompactHead(m, data, limits)
	if err != nil {
		return err
	}
	if len(data)-name < length {
		return errShortMessage
	}
	m.Method, m.Body = data[name:name+length], data[name+length:]
	return nil
}

// awaitCompactHead waits for as much of an envelope as has the length of the name.
func awaitCompactHead(r message.Reader, limits *message.Limits) error {
	for wanted := compactSmallest; ; wanted = r.Len() + 1 {
		if _, err := r.Peek(wanted); err != nil {
			return err
		}
		data, err := r.Peek(min(r.Len(), compactLargest))
		if err != nil {
			return err
		}
		var head message.Message
		if _, _, err = readCompactHead(&head, data, limits); err != errShortMessage {
			return err
		}
	}
}

// compactEnvelope returns how many bytes writeCompactEnvelope takes.
func compactEnvelope(m *message.Message) int {
	length := len(m.Method)
	return 2 + varint.Size(uint64(uint32(m.Sequence))) + varint.Size(uint64(length)) + length
}

// writeCompactEnvelope writes an envelope to the start of buf, and returns what is behind it.
func writeCompactEnvelope(m *message.Message, buf []byte) []byte {
	buf[0], buf[1] = thriftcompact.Protocol, byte(m.Type)<<compactTypeShift|thriftcompact.Version
	n := 2 + varint.Put(buf[2:], uint64(uint32(m.Sequence)))
	n += varint.Put(buf[n:], uint64(len(m.Method)))
	n += copy(buf[n:], m.Method)
	return buf[n:]
}
