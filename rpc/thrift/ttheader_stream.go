package thrift

import (
	"encoding/binary"
	"fmt"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
)

// A stream consists of TTHeader messages with a flag, its frames. The header says of each which it is and names the method; the sequence
// id is that of the stream. The payload of data is a struct without an envelope, and that of others nothing or an exception.

// flagStream says that the message is a frame of a stream.
const flagStream = 2

// What the payload of a frame is, by the number in a header.
const (
	payloadStruct         = 0x10 // of Thrift Binary
	payloadProtobufStruct = 0x11
)

// frameKinds has the text for each kind, at the index that is its number.
const frameKinds = "012345"

// isFrame reports whether a message that begins like this is a frame of a stream.
func isFrame(fixed []byte) bool { return binary.BigEndian.Uint16(fixed[6:])&flagStream != 0 }

// isBare reports whether the body of a message has no envelope.
func isBare(m *message.Message) bool { return m.Frame != 0 && m.Type != message.MessageException }

// namesMethod reports whether the header of a message has the name of the method.
func namesMethod(m *message.Message) bool { return len(m.Service) > 0 || m.Frame != 0 }

// framePayload returns what the header of a frame says of its payload.
func framePayload(m *message.Message) byte {
	if m.Format == tagwire.Protobuf {
		return payloadProtobufStruct
	}
	return payloadStruct
}

// readFrame reads a frame of a stream.
func readFrame(m *message.Message, header, payload []byte, limits *message.Limits) error {
	switch header[0] {
	case payloadStruct:
	case payloadProtobufStruct:
		m.Format = tagwire.Protobuf
	default:
		return fmt.Errorf("the TTHeader of a stream announces protocol %d; a struct of Thrift Binary is 16, and of Protobuf 17", header[0])
	}
	m.Frame = message.FrameMeta // so that the name of the method counts
	c := &headerCursor{rest: header[1:], entries: limits.MaxHeaderEntries}
	if err := readBlocks(m, c, payload, limits); err != nil {
		return err
	}
	if len(c.frame) != 1 || c.frame[0] < frameKinds[message.FrameMeta] || c.frame[0] > frameKinds[message.FrameReset] {
		return fmt.Errorf("the TTHeader of a stream has a frame of kind %.20q", c.frame)
	}
	m.Frame, m.OutOfOrder = message.FrameKind(c.frame[0]-'0'), false
	if err := checkName(uint32(len(m.Method)), limits); err != nil {
		return err
	}
	switch {
	case m.Frame == message.FrameData:
		m.Body = payload
	case (m.Frame == message.FrameTrailer || m.Frame == message.FrameReset) && len(payload) > 0:
		return readFrameException(m, payload, limits)
	}
	return nil
}

// readFrameException reads the exception that ends a stream, which has an envelope.
func readFrameException(m *message.Message, payload []byte, limits *message.Limits) error {
	method := m.Method
	m.Format = tagwire.ThriftBinary
	if err := readEnvelope(m, payload, limits); err != nil {
		return err
	}
	m.Method = method
	if m.Type != message.MessageException {
		return fmt.Errorf("a frame that ends a stream has a message of type %d, which is no exception", m.Type)
	}
	return nil
}

// NoBody is the body of a frame without a payload.
type NoBody struct{}

// Size is nothing.
func (NoBody) Size() (total, direct int, err error) { return 0, 0, nil }

// Encode writes nothing.
func (NoBody) Encode([]byte, tagwire.DirectWriter) (int, error) { return 0, nil }
