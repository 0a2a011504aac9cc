package rpc_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
)

// The bytes of messages, made here without the code under test.

const (
	typeCall      = 1
	typeReply     = 2
	typeException = 3
	typeOneway    = 4
)

// envelope is a strict message.
func envelope(kind byte, name string, sequence int32, body []byte) []byte {
	b := []byte{0x80, 0x01, 0, kind}
	b = binary.BigEndian.AppendUint32(b, uint32(len(name)))
	b = append(b, name...)
	b = binary.BigEndian.AppendUint32(b, uint32(sequence))
	return append(b, body...)
}

// oldEnvelope is the form without a version.
func oldEnvelope(kind byte, name string, sequence int32, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(name)))
	b = append(append(b, name...), kind)
	b = binary.BigEndian.AppendUint32(b, uint32(sequence))
	return append(b, body...)
}

// compactEnvelope is a message in Thrift Compact.
func compactEnvelope(kind byte, name string, sequence int32, body []byte) []byte {
	b := binary.AppendUvarint([]byte{0x82, kind<<5 | 1}, uint64(uint32(sequence)))
	b = append(binary.AppendUvarint(b, uint64(len(name))), name...)
	return append(b, body...)
}

// compactCall is a call of Echo in Thrift Compact.
func compactCall(t testing.TB, sequence int32, text string) []byte {
	return compactEnvelope(typeCall, "Echo", sequence, compactArguments(t, 1, &Request{Text: text}))
}

// compactArguments is a struct with one field, a struct, in Thrift Compact.
func compactArguments(t testing.TB, id byte, value any) []byte {
	t.Helper()
	inner, err := tagwire.Marshal(value, tagwire.WithFormat(tagwire.ThriftCompact))
	require.NoError(t, err)
	head := []byte{id<<4 | 12}
	if id == 0 {
		head = []byte{12, 0}
	}
	return append(append(head, inner...), 0)
}

// frame puts the length before a message.
func frame(message []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(message))), message...)
}

// header puts a TTHeader before a payload in Thrift Binary. blocks are the header's, padded here.
func header(sequence int32, blocks, payload []byte) []byte {
	return headerOf(0, sequence, blocks, payload)
}

// headerOf is header for any kind of payload.
func headerOf(kind byte, sequence int32, blocks, payload []byte) []byte {
	variable := append([]byte{kind, 0}, blocks...)
	for len(variable)%4 != 0 {
		variable = append(variable, 0)
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(10+len(variable)+len(payload)))
	b = append(b, 0x10, 0x00, 0, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(sequence))
	b = binary.BigEndian.AppendUint16(b, uint16(len(variable)/4))
	return append(append(b, variable...), payload...)
}

// stringBlock is a TTHeader block of string keys and values.
func stringBlock(pairs ...string) []byte {
	b := binary.BigEndian.AppendUint16([]byte{1}, uint16(len(pairs)/2))
	for _, text := range pairs {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(text))), text...)
	}
	return b
}

// intBlock is a TTHeader block of one int key.
func intBlock(key uint16, value string) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0x10, 0, 1}, key)
	return append(binary.BigEndian.AppendUint16(b, uint16(len(value))), value...)
}

// arguments is a struct of arguments or of a result with one field, a struct.
func arguments(t testing.TB, id int16, value any) []byte {
	t.Helper()
	inner, err := tagwire.Marshal(value)
	require.NoError(t, err)
	b := binary.BigEndian.AppendUint16([]byte{12}, uint16(id))
	return append(append(b, inner...), 0)
}

// call is a call of Echo.
func call(t testing.TB, sequence int32, text string) []byte {
	return envelope(typeCall, "Echo", sequence, arguments(t, 1, &Request{Text: text}))
}

// readFrame reads a framed message and returns what is in it.
func readFrame(t testing.TB, conn net.Conn) []byte {
	t.Helper()
	var length [4]byte
	_, err := io.ReadFull(conn, length[:])
	require.NoError(t, err)
	data := make([]byte, binary.BigEndian.Uint32(length[:]))
	_, err = io.ReadFull(conn, data)
	require.NoError(t, err)
	return data
}

// readTTHeader reads a TTHeader message and returns what is behind its header.
func readTTHeader(t testing.TB, conn net.Conn) []byte {
	t.Helper()
	data := readFrame(t, conn)
	require.Greater(t, len(data), 10)
	require.Equal(t, []byte{0x10, 0x00}, data[:2])
	return data[10+4*int(binary.BigEndian.Uint16(data[8:])):]
}

// parsed is a message that a peer sent.
type parsed struct {
	kind     byte
	name     string
	sequence int32
	body     []byte
}

func parse(t testing.TB, message []byte) parsed {
	t.Helper()
	require.Greater(t, len(message), 12)
	require.Equal(t, []byte{0x80, 0x01, 0}, message[:3])
	length := binary.BigEndian.Uint32(message[4:])
	require.LessOrEqual(t, int(length), len(message)-12)
	rest := message[8+length:]
	return parsed{message[3], string(message[8 : 8+length]), int32(binary.BigEndian.Uint32(rest)), rest[4:]}
}

// exceptionBody is what an exception's message holds.
type exceptionBody struct {
	Message string `frugal:"1"`
	Type    int32  `frugal:"2"`
}

// requireException checks that a message is an exception of a type, and returns its text.
func requireException(t testing.TB, message []byte, name string, sequence, kind int32) string {
	t.Helper()
	p := parse(t, message)
	require.Equal(t, byte(typeException), p.kind)
	require.Equal(t, name, p.name)
	require.Equal(t, sequence, p.sequence)
	var e exceptionBody
	require.NoError(t, tagwire.Unmarshal(p.body, &e))
	require.Equal(t, kind, e.Type, e.Message)
	return e.Message
}

// requireEcho checks that a message is the reply to call(sequence, text).
func requireEcho(t testing.TB, message []byte, sequence int32, text string) {
	t.Helper()
	p := parse(t, message)
	require.Equal(t, byte(typeReply), p.kind)
	require.Equal(t, "Echo", p.name)
	require.Equal(t, sequence, p.sequence)
	if !bytes.Equal(p.body, arguments(t, 0, &Reply{Text: text})) {
		t.Errorf("the reply is % x", p.body)
	}
}

// send writes bytes.
func send(t testing.TB, conn net.Conn, data ...[]byte) {
	t.Helper()
	_, err := conn.Write(bytes.Join(data, nil))
	require.NoError(t, err)
}
