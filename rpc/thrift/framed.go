package thrift

import (
	"encoding/binary"
	"fmt"

	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/wire/thriftbinary"
	"github.com/tagwire/tagwire/wire/thriftcompact"
)

type framed struct{}

func (framed) Name() string  { return "framed" }
func (framed) Headers() bool { return false }

// Detect accepts the strict envelope in a frame, those of Thrift Compact and of Kitex-Protobuf, and the old one, which begins with a
// name's length, if that fits the frame.
func (framed) Detect(head [8]byte, limits *message.Limits) bool {
	frame, second := binary.BigEndian.Uint32(head[:]), binary.BigEndian.Uint32(head[4:])
	if beginsTLS(head) && int64(frame) > int64(limits.MaxFrame) {
		return false // whatever the rest looks like
	}
	if second>>16 == thriftbinary.Version || second>>16 == protobufVersion || beginsCompact(head[4], head[5]) {
		return true
	}
	return second >= 1 && int64(second) <= int64(limits.MaxMethodName) &&
		uint64(frame) >= uint64(second)+oldEnvelopeSize+1 && int64(frame) <= int64(limits.MaxFrame)
}

func (framed) Read(r message.Reader, m *message.Message, limits *message.Limits) error {
	head, err := r.Peek(4)
	if err != nil {
		return err
	}
	size := binary.BigEndian.Uint32(head)
	if err := checkFrame(size, limits); err != nil {
		peekEnvelope(m, r, 4, limits)
		return err
	}
	data, err := r.Next(4 + int(size))
	if err != nil {
		return err
	}
	if size < shortestOld && data[4] != thriftcompact.Protocol {
		return errShortMessage
	}
	return readEnvelope(m, data[4:], limits)
}

// checkFrame refuses frames that are too large, and those too small for any message.
func checkFrame(size uint32, limits *message.Limits) error {
	if uint64(size) > uint64(limits.MaxFrame) {
		return message.LimitError("a frame of %d bytes; %d are allowed", size, limits.MaxFrame)
	}
	if size < shortest {
		return fmt.Errorf("a frame of %d bytes cannot hold a message", size)
	}
	return nil
}

func (framed) Write(w message.Writer, m *message.Message, body message.Body, limits *message.Limits) error {
	buf, size, direct, err := reserve(m, w, body, 4, limits.MaxFrame)
	if err != nil {
		return err
	}
	binary.BigEndian.PutUint32(buf, uint32(size))
	return writeBehind(m, w, body, buf[4:], direct)
}
