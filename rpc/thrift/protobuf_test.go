package thrift

import (
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
)

// TestAnnouncementsOfProtobuf: what a header may say of Kitex-Protobuf, which newer and older versions of Kitex do, and that it is
// answered as the current one does.
func TestAnnouncementsOfProtobuf(t *testing.T) {
	for id := range 256 {
		data := unhex(t, fmt.Sprintf("0000001f 10000000 00000005 0001 %02x000000 0000000d 90010001 00000001 78 00000001", id))
		m, rest, err := read(TTHeader, data, standard)
		require.Zero(t, rest)
		switch id {
		case 0, 3, 4, 0x10, 0x11:
			require.NoError(t, err)
			require.Equal(t, tagwire.Protobuf, m.Format)
			require.Equal(t, "x", string(m.Method))
			require.Empty(t, m.Body)
			reply := message.Message{Type: message.MessageReply, Method: []byte("x"), Sequence: 1, FrameSequence: 5, Format: m.Format, Note: m.Note}
			require.Equal(t, unhex(t, "0000001f 10000000 00000005 0001 00000000 0000000d 90010002 00000001 78 00000001"),
				written(t, TTHeader, reply, body(nil), standard))
		default:
			require.ErrorContains(t, err, fmt.Sprintf("protocol %d", id))
		}
	}
}

// TestUnframedProtobuf: what has no length is not written.
func TestUnframedProtobuf(t *testing.T) {
	var o output
	require.Equal(t, errUnframed, Buffered.Write(&o, &message.Message{Type: message.MessageCall, Format: tagwire.Protobuf}, body(nil), &standard))
	require.Empty(t, o.pieces)
	require.Nil(t, detected(unhex(t, "90010001 00000001"), standard))
}

// TestProtobufIsDetected by its version, whatever length is before it, but for what looks like TLS and is too large.
func TestProtobufIsDetected(t *testing.T) {
	for _, length := range []string{"00000000", "00000030", "7fffffff", "ffffffff", "82210000"} {
		p := detected(unhex(t, length+"90010001"), standard)
		if length == "82210000" {
			require.Equal(t, Buffered, p, "a message in Compact of more than two GiB is none")
			continue
		}
		require.Equal(t, Framed, p, length)
	}
	require.Equal(t, Framed, detected(unhex(t, "00030003 9001ffff"), standard), "any type is for the reader")
	require.ErrorContains(t, Undetected([8]byte(unhex(t, "16030100 90010001"))), "TLS")
	_, _, err := read(Framed, unhex(t, "00000030 90010001 00000001"), standard)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

// TestExceptionOfProtobuf has the numbers that Kitex gives its fields.
func TestExceptionOfProtobuf(t *testing.T) {
	encoded := func(e *Exception) []byte {
		b := e.In(tagwire.Protobuf)
		total, _, err := b.Size()
		require.NoError(t, err)
		buf := make([]byte, total)
		n, err := b.Encode(buf, nil)
		require.NoError(t, err)
		require.Equal(t, total, n)
		return buf
	}
	require.Equal(t, unhex(t, "08 06 12 02 6e6f"), encoded(NewException(message.CodeInternal, "no")))
	require.Empty(t, encoded(NewException(message.CodeUnknown, "")))
	e, err := ReadException(&message.Message{Format: tagwire.Protobuf, Body: unhex(t, "12 01 78 08 ffffffffffffffffff01 1a 00")})
	require.NoError(t, err)
	require.Equal(t, Exception{"x", -1}, e)
	for _, wrong := range []string{"12", "12 02 78", "12 01 ff", "08 8080808080808080808080", "07", "0b"} {
		_, err := ReadException(&message.Message{Format: tagwire.Protobuf, Body: unhex(t, wrong)})
		require.Error(t, err, wrong)
	}
}
