package thrift

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
)

// The header: length of what follows it (4 bytes), magic (2), flags (2), sequence id (4), size of the rest of the
// header in words of 4 bytes (2); then, in that rest, the protocol of the payload (1), the number of transforms
// (1) with a byte for each, and blocks.
const (
	ttheaderMagic = 0x1000
	ttheaderFixed = 14         // up to what its own size counts
	ttheaderMost  = 4 * 0xf000 // the largest variable part that is sent: peers compute with 16 bits
	theaderMagic  = 0x0fff     // of Apache's THeader, which is another format
)

// flagOutOfOrder says that the caller multiplexes.
const flagOutOfOrder = 1

// ControlName is the method in a message that answers no call, whose FrameSequence is 0: with Closing it says that no more calls are
// to be sent.
const ControlName = "none"

// The blocks of a header.
const (
	blockPadding = 0x00
	blockStrings = 0x01
	blockInts    = 0x10
	blockToken   = 0x11
)

// The keys of a header that mean something here.
const (
	keyFromService = 3
	keyToService   = 6
	keyToMethod    = 9
	keyTimeout     = 12
	keyFrameKind   = 27

	keyServiceName = "isn"
	keyChecksum    = "crc32c"
	keyReset       = "crrst"
	metadataPrefix = "RPC_"
	keyBizStatus   = "biz-status"
	keyBizMessage  = "biz-message"
	keyBizExtra    = "biz-extra"
)

// What a payload is, by the number in a header.
const (
	payloadBinary  = 0
	payloadCompact = 2
)

// payloadsProtobuf are the numbers in headers of Kitex-Protobuf, whose payload says itself what it is. Kitex writes the first, and 3 up
// to version 1.9.1.
var payloadsProtobuf = []byte{payloadBinary, 3, 4, 0x10, 0x11}

// announces reports whether the header of a message in a format may have a number.
func announces(id byte, f tagwire.Format) bool {
	switch f {
	case tagwire.ThriftCompact:
		return id == payloadCompact
	case tagwire.Protobuf:
		return bytes.IndexByte(payloadsProtobuf, id) >= 0
	}
	return id == payloadBinary
}

// noteFramed says that there was a frame inside of the header, so that the reply has one too.
const noteFramed = 1

var errHeaderEnds = errors.New("the header ends inside a block")

type ttheader struct{ framed bool }

func (t ttheader) Name() string {
	if t.framed {
		return "ttheader+framed"
	}
	return "ttheader"
}

func (ttheader) Headers() bool { return true }

func (ttheader) Detect(head [8]byte, _ *message.Limits) bool {
	return binary.BigEndian.Uint16(head[4:]) == ttheaderMagic
}

func (ttheader) Read(r message.Reader, m *message.Message, limits *message.Limits) error {
	fixed, err := r.Peek(ttheaderFixed)
	if err != nil {
		return err
	}
	if magic := binary.BigEndian.Uint16(fixed[4:]); magic != ttheaderMagic {
		return fmt.Errorf("a TTHeader message has %04x where %04x should be", magic, ttheaderMagic)
	}
	length := binary.BigEndian.Uint32(fixed)
	variable := 4 * int(binary.BigEndian.Uint16(fixed[12:]))
	switch {
	case uint64(length) > uint64(limits.MaxFrame):
		m.FrameSequence = int32(binary.BigEndian.Uint32(fixed[8:]))
		if !isFrame(fixed) {
			peekPayload(m, r, ttheaderFixed+variable, limits)
		}
		return message.LimitError("a TTHeader message of %d bytes; %d are allowed", length, limits.MaxFrame)
	case variable > limits.MaxHeader:
		return message.LimitError("a TTHeader of %d bytes; %d are allowed", variable, limits.MaxHeader)
	case variable < 2 || int(length) < ttheaderFixed-4+variable:
		return fmt.Errorf("a TTHeader message of %d bytes cannot hold a header of %d", length, variable)
	}
	data, err := r.Next(4 + int(length))
	if err != nil {
		return err
	}
	m.FrameSequence = int32(binary.BigEndian.Uint32(data[8:]))
	m.OutOfOrder = m.FrameSequence != 0 && binary.BigEndian.Uint16(data[6:])&flagOutOfOrder != 0
	header, payload := data[ttheaderFixed:ttheaderFixed+variable], data[ttheaderFixed+variable:]
	if isFrame(data) {
		return readFrame(m, header, payload, limits)
	}
	err = readPayload(m, payload, limits)
	if err == nil && !announces(header[0], m.Format) {
		err = fmt.Errorf("the TTHeader announces protocol %d, and the message is in %v; Thrift Binary is 0, and Thrift Compact 2", header[0], m.Format)
	}
	if wrong := readHeader(m, header, payload, limits); wrong != nil {
		return wrong
	}
	return err
}

// peekPayload is peekEnvelope for what is behind a header, with a frame around it or without.
func peekPayload(m *message.Message, r message.Reader, skip int, limits *message.Limits) {
	if r.Len() < skip+4 {
		return
	}
	if data, err := r.Peek(skip + 4); err == nil && !beginsStrict(data[skip:]) {
		m.Note |= noteFramed
		skip += 4
	}
	peekEnvelope(m, r, skip, limits)
}

// readPayload reads the message behind the header, with a frame around it or without.
func readPayload(m *message.Message, payload []byte, limits *message.Limits) error {
	if len(payload) >= 4+shortestCompact && !beginsStrict(payload) &&
		int64(binary.BigEndian.Uint32(payload)) == int64(len(payload)-4) {
		m.Note |= noteFramed
		payload = payload[4:]
	}
	err := readEnvelope(m, payload, limits)
	if err == nil && m.Format == tagwire.Protobuf && m.Note&noteFramed == 0 {
		err = errUnframed
	}
	return err
}

// readHeader reads the variable part of a header, after the payload.
func readHeader(m *message.Message, header, payload []byte, limits *message.Limits) error {
	return readBlocks(m, &headerCursor{rest: header[1:], entries: limits.MaxHeaderEntries}, payload, limits)
}

// readBlocks reads what follows on the protocol of the payload.
func readBlocks(m *message.Message, c *headerCursor, payload []byte, limits *message.Limits) error {
	if transforms := c.take(1); transforms != nil {
		c.take(int(transforms[0]))
	}
	for len(c.rest) > 0 && c.err == nil {
		switch block := c.take(1)[0]; block {
		case blockPadding:
		case blockToken:
			c.text()
		case blockStrings:
			for range c.count(limits) {
				if key, value := c.text(), c.text(); c.err == nil {
					c.err = c.readString(m, key, value, payload)
				}
			}
		case blockInts:
			for range c.count(limits) {
				if key, value := c.take(2), c.text(); c.err == nil {
					c.err = c.readInt(m, binary.BigEndian.Uint16(key), value)
				}
			}
		default:
			c.err = fmt.Errorf("the TTHeader has a block of unknown kind %#02x", block)
		}
	}
	if len(m.Service) == 0 && len(c.toService) > 0 {
		m.Service, m.Hinted = c.toService, true
	}
	return c.err
}

// headerCursor goes through a header. After an error it returns nil.
type headerCursor struct {
	rest    []byte
	entries int // that may still come
	err     error

	toService []byte // the service that the header names for routing; it counts where no other is named
	summed    bool   // the checksum has been compared
	frame     []byte // which frame of a stream it is
}

func (c *headerCursor) take(n int) []byte {
	if c.err != nil {
		return nil
	}
	if n > len(c.rest) {
		c.err = errHeaderEnds
		return nil
	}
	taken := c.rest[:n:n]
	c.rest = c.rest[n:]
	return taken
}

// text takes a length and as many bytes.
func (c *headerCursor) text() []byte {
	length := c.take(2)
	if length == nil {
		return nil
	}
	return c.take(int(binary.BigEndian.Uint16(length)))
}

// count takes the number of a block's entries, each of which has at least 4 bytes. It returns 0 after an error.
func (c *headerCursor) count(limits *message.Limits) int {
	length := c.take(2)
	if length == nil {
		return 0
	}
	n := int(binary.BigEndian.Uint16(length))
	if n > c.entries {
		c.err = message.LimitError("more than %d entries in a TTHeader", limits.MaxHeaderEntries)
		return 0
	}
	if 4*n > len(c.rest) {
		c.err = errHeaderEnds
		return 0
	}
	c.entries -= n
	return n
}

func (c *headerCursor) readInt(m *message.Message, key uint16, value []byte) error {
	switch key {
	case keyFromService:
		m.Caller = value
	case keyToService:
		c.toService = value
	case keyToMethod:
		if m.Frame != 0 {
			m.Method = value
		}
	case keyFrameKind:
		c.frame = value
	case keyTimeout:
		milliseconds, err := strconv.ParseInt(string(value), 10, 64)
		if err != nil || milliseconds < 0 {
			return fmt.Errorf("the TTHeader has the timeout %q", value)
		}
		const most = int64(1<<63-1) / int64(time.Millisecond)
		m.Timeout = time.Duration(min(milliseconds, most)) * time.Millisecond
	}
	return nil
}

func (c *headerCursor) readString(m *message.Message, key, value, payload []byte) error {
	switch string(key) {
	case keyServiceName:
		m.Service = value
		return nil
	case keyChecksum:
		if c.summed {
			return errors.New("the TTHeader has two checksums")
		}
		c.summed = true
		return checkSum(value, payload)
	case keyBizStatus:
		status, err := strconv.ParseInt(string(value), 10, 32)
		if err != nil {
			return fmt.Errorf("the TTHeader has the status %q", value)
		}
		if status != 0 {
			business(m).Status = int32(status)
		}
		return nil
	case keyBizMessage:
		business(m).Message = string(value)
		return nil
	case keyBizExtra:
		if err := json.Unmarshal(value, &business(m).Extra); err != nil {
			return fmt.Errorf("the TTHeader has a %s that is no JSON object of strings: %w", keyBizExtra, err)
		}
		return nil
	case keyReset:
		m.Closing = len(value) > 0
		return nil
	}
	// What a server sends back has any key.
	if (m.Type == message.MessageCall || m.Type == message.MessageOneway) && !bytes.HasPrefix(key, []byte(metadataPrefix)) {
		return nil
	}
	if m.Metadata == nil {
		m.Metadata = map[string]string{}
	}
	m.Metadata[string(key)] = string(value)
	return nil
}

// ReservedKeys are those that mean something to peers; values that a handler sends back do not take their places.
var ReservedKeys = map[string]bool{
	keyServiceName: true, keyChecksum: true, keyReset: true, keyBizStatus: true, keyBizMessage: true, keyBizExtra: true,
	"rip": true,
}

// business returns the business error that the header's entries make up, in any order.
func business(m *message.Message) *message.BizError {
	if m.Business == nil {
		m.Business = &message.BizError{}
	}
	return m.Business
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checkSum(value, payload []byte) error {
	var sum [4]byte
	binary.BigEndian.PutUint32(sum[:], crc32.Checksum(payload, castagnoli))
	if hex.EncodeToString(sum[:]) != string(value) {
		return fmt.Errorf("the TTHeader has the checksum %q for a payload of %x", value, sum)
	}
	return nil
}

func (t ttheader) Write(w message.Writer, m *message.Message, body message.Body, limits *message.Limits) error {
	var h headerWriter
	if err := h.prepare(m); err != nil {
		return err
	}
	if n := h.ints + h.strings; n > limits.MaxHeaderEntries {
		return message.LimitError("%d entries in a TTHeader; %d are allowed", n, limits.MaxHeaderEntries)
	}
	h.emit(m)
	size := (h.n + 3) &^ 3
	if most := min(limits.MaxHeader, ttheaderMost); h.tooLong || size > most {
		return message.LimitError("a TTHeader of %d bytes, or an entry of more than 64 KiB; %d are allowed", size, most)
	}
	inFrame := m.Frame == 0 && (t.framed || m.Note&noteFramed != 0 || m.Format == tagwire.Protobuf)
	prefix := ttheaderFixed + size
	if inFrame {
		prefix += 4
	}
	buf, bodySize, direct, err := reserve(m, w, body, prefix, limits.MaxFrame)
	if err != nil {
		return err
	}
	if inFrame {
		binary.BigEndian.PutUint32(buf[prefix-4:], uint32(bodySize))
	}
	binary.BigEndian.PutUint32(buf, uint32(prefix-4+bodySize))
	flags := uint32(0)
	switch {
	case m.Frame != 0:
		flags = flagStream
	case m.OutOfOrder:
		flags = flagOutOfOrder
	}
	binary.BigEndian.PutUint32(buf[4:], ttheaderMagic<<16|flags)
	binary.BigEndian.PutUint32(buf[8:], uint32(m.FrameSequence))
	binary.BigEndian.PutUint16(buf[12:], uint16(size/4))
	h.n, h.buf = 0, buf[ttheaderFixed:ttheaderFixed+size]
	h.emit(m)
	clear(h.buf[h.n:])
	return writeBehind(m, w, body, buf[prefix:], direct)
}

// headerWriter writes the variable part of a header, or without a buffer counts its bytes.
type headerWriter struct {
	buf     []byte
	n       int
	tooLong bool // a key or a value does not fit its length

	ints, strings int      // entries
	timeout       [20]byte // decimal digits
	timeoutDigits int      // how many
	status        string
	message       string
	extra         []byte
}

// prepare counts the entries and spells the numbers.
func (h *headerWriter) prepare(m *message.Message) error {
	if m.Timeout > 0 {
		// At least one millisecond, because zero means no timeout.
		h.timeoutDigits = len(strconv.AppendInt(h.timeout[:0], int64((m.Timeout+time.Millisecond-1)/time.Millisecond), 10))
		h.ints++
	}
	if len(m.Caller) > 0 {
		h.ints++
	}
	if len(m.Service) > 0 {
		h.ints++
		h.strings++
	}
	if namesMethod(m) {
		h.ints++
	}
	if m.Frame != 0 {
		h.ints++
	}
	h.strings += len(m.Metadata)
	if m.Closing {
		h.strings++
	}
	if b := m.Business; b != nil {
		h.status, h.message = strconv.Itoa(int(b.Status)), strings.ToValidUTF8(b.Message, "\uFFFD")
		h.strings += 2
		if len(b.Extra) > 0 {
			extra, err := json.Marshal(validTexts(b.Extra))
			if err != nil {
				return err
			}
			h.extra = extra
			h.strings++
		}
	}
	return nil
}

// validTexts returns texts whose keys and values are valid UTF-8: what encoding/json writes for others differs between versions
// of Go.
func validTexts(texts map[string]string) map[string]string {
	valid := make(map[string]string, len(texts))
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		valid[strings.ToValidUTF8(key, "\uFFFD")] = strings.ToValidUTF8(texts[key], "\uFFFD")
	}
	return valid
}

// emit writes the protocol, no transforms, and the blocks.
func (h *headerWriter) emit(m *message.Message) {
	payload := byte(payloadBinary)
	if m.Format == tagwire.ThriftCompact {
		payload = payloadCompact
	}
	if m.Frame != 0 {
		payload = framePayload(m)
	}
	h.byte(payload)
	h.byte(0)
	if h.ints > 0 {
		h.byte(blockInts)
		h.number(h.ints)
		if n := h.timeoutDigits; n > 0 {
			h.number(keyTimeout)
			putText(h, h.timeout[:n])
		}
		if len(m.Caller) > 0 {
			h.number(keyFromService)
			putText(h, m.Caller)
		}
		if len(m.Service) > 0 {
			h.number(keyToService)
			putText(h, m.Service)
		}
		if namesMethod(m) {
			h.number(keyToMethod)
			putText(h, m.Method)
		}
		if m.Frame != 0 {
			h.number(keyFrameKind)
			putText(h, frameKinds[m.Frame:m.Frame+1])
		}
	}
	if h.strings > 0 {
		h.byte(blockStrings)
		h.number(h.strings)
		h.emitStrings(m)
	}
}

func (h *headerWriter) emitStrings(m *message.Message) {
	if len(m.Service) > 0 {
		putText(h, keyServiceName)
		putText(h, m.Service)
	}
	if b := m.Business; b != nil {
		putText(h, keyBizStatus)
		putText(h, h.status)
		putText(h, keyBizMessage)
		putText(h, h.message)
		if h.extra != nil {
			putText(h, keyBizExtra)
			putText(h, h.extra)
		}
	}
	if m.Closing {
		putText(h, keyReset)
		putText(h, "1")
	}
	for key, value := range m.Metadata {
		putText(h, key)
		putText(h, value)
	}
}

func (h *headerWriter) byte(b byte) {
	if h.buf != nil {
		h.buf[h.n] = b
	}
	h.n++
}

func (h *headerWriter) number(n int) {
	h.byte(byte(n >> 8))
	h.byte(byte(n))
}

// putText writes a length and as many bytes.
func putText[T string | []byte](h *headerWriter, text T) {
	h.tooLong = h.tooLong || len(text) > 0xffff
	h.number(len(text))
	if h.buf != nil {
		copy(h.buf[h.n:], text)
	}
	h.n += len(text)
}
