package thrift

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
)

var protocols = []message.Protocol{Buffered, Framed, TTHeader, TTHeaderFramed}

// protocolsOf returns the protocols that carry a format.
func protocolsOf(f tagwire.Format) []message.Protocol {
	if f == tagwire.Protobuf {
		return protocols[1:]
	}
	return protocols
}

// framedInside reports whether a protocol puts a frame around messages of a format inside of its header.
func framedInside(p message.Protocol, f tagwire.Format) bool {
	return p == TTHeaderFramed || p == TTHeader && f == tagwire.Protobuf
}

// detected returns the protocol that a server takes data for, nil if none.
func detected(data []byte, limits message.Limits) message.Protocol {
	var head [8]byte
	copy(head[:], data)
	for _, p := range BuiltIn {
		if p.Detect(head, &limits) {
			return p
		}
	}
	return nil
}

// good are messages as they are written, without what depends on the protocol.
type good struct {
	name    string
	message message.Message
	body    string
	want    map[message.Protocol]string
}

var goodMessages = []good{
	{"call", message.Message{Type: message.MessageCall, Method: []byte("get"), Sequence: 7, FrameSequence: 9}, "08 0001 00000005 00", map[message.Protocol]string{
		Buffered:       "80010001 00000003 676574 00000007 08 0001 00000005 00",
		Framed:         "00000017 80010001 00000003 676574 00000007 08 0001 00000005 00",
		TTHeader:       "00000025 10000000 00000009 0001 00000000 80010001 00000003 676574 00000007 08 0001 00000005 00",
		TTHeaderFramed: "00000029 10000000 00000009 0001 00000000 00000017 80010001 00000003 676574 00000007 08 0001 00000005 00",
	}},
	{"call in Compact", message.Message{Type: message.MessageCall, Method: []byte("get"), Format: tagwire.ThriftCompact, Sequence: 7, FrameSequence: 9},
		"15 0a 00", map[message.Protocol]string{
			Buffered:       "82 21 07 03 676574 15 0a 00",
			Framed:         "0000000a 82 21 07 03 676574 15 0a 00",
			TTHeader:       "00000018 10000000 00000009 0001 02000000 82 21 07 03 676574 15 0a 00",
			TTHeaderFramed: "0000001c 10000000 00000009 0001 02000000 0000000a 82 21 07 03 676574 15 0a 00",
		}},
	{"reply in Compact", message.Message{Type: message.MessageReply, Method: []byte("x"), Format: tagwire.ThriftCompact, Sequence: -1, FrameSequence: -1},
		"00", map[message.Protocol]string{
			Buffered: "82 41 ffffffff0f 01 78 00",
			TTHeader: "00000018 10000000 ffffffff 0001 02000000 82 41 ffffffff0f 01 78 00",
		}},
	{"exception in Compact", message.Message{Type: message.MessageException, Method: []byte("x"), Format: tagwire.ThriftCompact, Sequence: 128},
		"18 02 6e6f 15 0c 00", map[message.Protocol]string{Framed: "0000000d 82 61 8001 01 78 18 02 6e6f 15 0c 00"}},
	{"the shortest", message.Message{Type: message.MessageOneway, Format: tagwire.ThriftCompact}, "00", map[message.Protocol]string{
		Buffered: "82 81 00 00 00", Framed: "00000005 82 81 00 00 00",
	}},
	{"what looks like a TTHeader", message.Message{Type: message.MessageCall, Format: tagwire.ThriftCompact, Sequence: 0x10<<14 | 0x3fff},
		"00", map[message.Protocol]string{Buffered: "82 21 ffff10 00 00"}},
	{"what looks like a frame", message.Message{Type: message.MessageCall, Method: bytes.Repeat([]byte{'a'}, 33), Format: tagwire.ThriftCompact, Sequence: 2<<14 | 0x3fff},
		"00", map[message.Protocol]string{}},
	{"call in Protobuf", message.Message{Type: message.MessageCall, Method: []byte("get"), Format: tagwire.Protobuf, Sequence: 7, FrameSequence: 9},
		"08 05", map[message.Protocol]string{
			Framed:         "00000011 90010001 00000003 676574 00000007 08 05",
			TTHeader:       "00000023 10000000 00000009 0001 00000000 00000011 90010001 00000003 676574 00000007 08 05",
			TTHeaderFramed: "00000023 10000000 00000009 0001 00000000 00000011 90010001 00000003 676574 00000007 08 05",
		}},
	{"an empty reply in Protobuf", message.Message{Type: message.MessageReply, Method: []byte("x"), Format: tagwire.Protobuf, Sequence: -1, FrameSequence: -1},
		"", map[message.Protocol]string{
			Framed:   "0000000d 90010002 00000001 78 ffffffff",
			TTHeader: "0000001f 10000000 ffffffff 0001 00000000 0000000d 90010002 00000001 78 ffffffff",
		}},
	{"exception in Protobuf", message.Message{Type: message.MessageException, Method: []byte("x"), Format: tagwire.Protobuf, Sequence: 1},
		"08 06 12 02 6e6f", map[message.Protocol]string{Framed: "00000013 90010003 00000001 78 00000001 08 06 12 02 6e6f"}},
	{"the shortest in Protobuf", message.Message{Type: message.MessageOneway, Format: tagwire.Protobuf}, "", map[message.Protocol]string{
		Framed: "0000000c 90010004 00000000 00000000",
	}},
	{"a business error in Protobuf", message.Message{Type: message.MessageReply, Method: []byte("m"), Format: tagwire.Protobuf,
		Business: &message.BizError{Status: 8, Message: "no"},
	}, "", map[message.Protocol]string{
		TTHeader: "00000043 10000000 00000000 000a 0000" +
			"01 0002 000a 62697a2d737461747573 0001 38 000b 62697a2d6d657373616765 0002 6e6f 000000" +
			"0000000d 90010002 00000001 6d 00000000",
	}},
	{"exception", message.Message{Type: message.MessageException, Method: []byte("x"), Sequence: -1, FrameSequence: -1}, "00", map[message.Protocol]string{
		Buffered: "80010003 00000001 78 ffffffff 00",
		TTHeader: "0000001c 10000000 ffffffff 0001 00000000 80010003 00000001 78 ffffffff 00",
	}},
	{"oneway without a name", message.Message{Type: message.MessageOneway}, "00", map[message.Protocol]string{
		Framed: "0000000d 80010004 00000000 00000000 00",
	}},
	{"what a header holds", message.Message{
		Type: message.MessageCall, Method: []byte("m"), Service: []byte("S"), Caller: []byte("C"), Timeout: 1500 * time.Microsecond,
		Metadata: map[string]string{"RPC_TRANSIT_K": "v"}, Sequence: 1, FrameSequence: 1,
	}, "00", map[message.Protocol]string{
		TTHeader: "00000050 10000000 00000001 000e 0000" +
			"10 0004 000c 0001 32 0003 0001 43 0006 0001 53 0009 0001 6d" +
			"01 0002 0003 69736e 0001 53 000d 5250435f5452414e5349545f4b 0001 76 0000" +
			"80010001 00000001 6d 00000001 00",
		Buffered: "80010001 00000001 6d 00000001 00",
	}},
	{"a business error", message.Message{
		Type: message.MessageReply, Method: []byte("m"), Closing: true,
		Business: &message.BizError{Status: -7, Message: "no", Extra: map[string]string{"a": "b"}},
	}, "00", map[message.Protocol]string{
		TTHeader: "00000060 10000000 00000000 0012 0000" +
			"01 0004 000a 62697a2d737461747573 0002 2d37 000b 62697a2d6d657373616765 0002 6e6f" +
			"0009 62697a2d6578747261 0009 7b2261223a2262227d 0005 6372727374 0001 31 0000" +
			"80010002 00000001 6d 00000000 00",
	}},
}

// TestBytes: each protocol writes what peers expect, is detected by that, and reads it, however it arrives.
func TestBytes(t *testing.T) {
	for _, c := range goodMessages {
		b := unhex(t, c.body)
		for _, p := range protocolsOf(c.message.Format) {
			data := written(t, p, c.message, body(b), standard)
			if want, given := c.want[p]; given {
				require.Equal(t, unhex(t, want), data, "%s %s", c.name, p.Name())
			}
			by := detected(data, standard)
			require.NotNil(t, by, "%s %s", c.name, p.Name())
			for step := 1; step <= 64; step *= 4 {
				var got message.Message
				r := arriving(append(bytes.Clone(data), data...), step)
				require.NoError(t, by.Read(r, &got, &standard), "%s %s", c.name, p.Name())
				require.Len(t, r.data, len(data), "the next message is left alone")
				want := c.message
				want.Body = b
				if want.Format != tagwire.ThriftBinary && len(data) < 8 {
					require.LessOrEqual(t, HeadSize(data[0], data[1]), len(data), "a server does not wait for more")
				}
				if !p.Headers() {
					want.FrameSequence, want.Service, want.Caller, want.Timeout, want.Metadata, want.Business, want.Closing = 0, nil, nil, 0, nil, nil, false
				}
				if want.Timeout > 0 {
					want.Timeout = 2 * time.Millisecond // no shorter than it was
				}
				if len(got.Method) == 0 {
					got.Method = want.Method
				}
				require.Equal(t, framedInside(p, got.Format), got.Note != 0)
				reply := got
				got.Note = 0
				require.Equal(t, want, got, "%s %s", c.name, p.Name())
				if p.Headers() {
					// The reply goes as the call came.
					reply = message.Message{Type: message.MessageReply, Method: []byte("get"), Format: reply.Format, Note: reply.Note}
					require.Equal(t, written(t, p, reply, body(b), standard), written(t, by, reply, body(b), standard))
				}
			}
		}
	}
}

// TestPrefixes: a message that ends early is an error, and no byte behind it is asked for once its length is known.
func TestPrefixes(t *testing.T) {
	for _, c := range goodMessages {
		for _, p := range protocolsOf(c.message.Format) {
			data := written(t, p, c.message, body(unhex(t, c.body)), standard)
			for n := range len(data) {
				_, _, err := read(p, data[:n], standard)
				require.ErrorIs(t, err, io.ErrUnexpectedEOF, "%s %s, %d bytes", c.name, p.Name(), n)
			}
		}
	}
}

// TestMutations: whatever bytes come, reading ends in an error or in a message within them, and never asks for more than the limits.
func TestMutations(t *testing.T) {
	limits := message.Limits{MaxFrame: 1 << 12, MaxMessage: 1 << 12, MaxHeader: 1 << 10}.WithDefaults(1 << 30)
	random := rand.New(rand.NewSource(1))
	try := func(data []byte) {
		p := detected(data, limits)
		if p == nil {
			return
		}
		r := arriving(data, 1+random.Intn(len(data)))
		var m message.Message
		err := p.Read(r, &m, &limits)
		require.LessOrEqual(t, r.asked, 4+limits.MaxFrame+ttheaderFixed+limits.MaxHeader+limits.MaxMethodName)
		if err == nil {
			require.LessOrEqual(t, len(m.Method)+len(m.Body), len(data))
			require.LessOrEqual(t, len(m.Method), limits.MaxMethodName)
		}
	}
	for _, c := range goodMessages {
		for _, p := range protocolsOf(c.message.Format) {
			data := written(t, p, c.message, body(unhex(t, c.body)), limits)
			for i, old := range data {
				for b := range 256 {
					data[i] = byte(b)
					try(data)
				}
				data[i] = old
			}
			for range 2000 {
				changed := bytes.Clone(data)
				for range 1 + random.Intn(4) {
					changed[random.Intn(len(changed))] = byte(random.Intn(256))
				}
				try(changed[:1+random.Intn(len(changed))])
			}
		}
	}
}

// TestOldEnvelopes: the form without a version is read where the length of the message is known.
func TestOldEnvelopes(t *testing.T) {
	envelope := "00000003 676574 01 00000007 00"
	for _, text := range []string{"0000000d" + envelope, "0000001b 10000000 00000000 0001 00000000" + envelope, "0000001f 10000000 00000000 0001 00000000 0000000d" + envelope} {
		data := unhex(t, text)
		p := detected(data, standard)
		require.NotNil(t, p, text)
		m, rest, err := read(p, data, standard)
		require.NoError(t, err)
		require.Zero(t, rest)
		require.Equal(t, "get", string(m.Method))
		require.Equal(t, message.MessageCall, m.Type)
		require.Equal(t, int32(7), m.Sequence)
		require.True(t, IsEmpty(m.Body))
	}
	for _, text := range []string{
		envelope,                   // without a frame
		"00000010" + "00000000 00", // without a name
		"0000000c 00000003 676574 01 00000007 00", // a frame that does not hold it
		"00000200 00000101 41",                    // a name that is longer than names are
	} {
		require.Nil(t, detected(unhex(t, text+strings.Repeat("00", 8)), standard), text)
	}
	_, err := readOld(t, "00000000 00000000 00000000")
	require.ErrorContains(t, err, "neither")
	_, err = readOld(t, "00000009 676574 01 00000007 00")
	require.ErrorIs(t, err, errShortMessage)
}

func readOld(t *testing.T, text string) (message.Message, error) {
	var m message.Message
	data := unhex(t, text)
	return m, readOldEnvelope(&m, data, &standard)
}

// TestAttacks: lengths that a message does not have cost nothing, and are refused before they are waited for.
func TestAttacks(t *testing.T) {
	for name, c := range map[string]struct {
		protocol message.Protocol
		bytes    string
		limit    bool
	}{
		"a name of 2 GiB":                 {Buffered, "80010001 7fffffff", true},
		"a name of 4 GiB":                 {Buffered, "80010001 ffffffff", true},
		"a Compact name of 2 GiB":         {Buffered, "82 21 00 8080808008", true},
		"a Compact name of 4 GiB":         {Buffered, "82 21 00 ffffffff0f", true},
		"a Compact name of 257 bytes":     {Buffered, "82 21 00 8102", true},
		"a Compact name beyond 32 bits":   {Buffered, "82 21 00 ffffffff10", false},
		"a length without an end":         {Buffered, "82 21 00 " + strings.Repeat("80", 10), false},
		"a sequence id without an end":    {Buffered, "82 21 " + strings.Repeat("ff", 10), false},
		"a sequence id beyond 32 bits":    {Buffered, "82 21 8080808010 00 00", false},
		"the same in a frame":             {Framed, "0000000a 82 21 8080808010 00 00 00", false},
		"a length without an end, framed": {Framed, "0000000e 82 21 00 " + strings.Repeat("80", 11), false},
		"a name longer than its frame":    {Framed, "00000006 82 21 00 7f 00 00", false},
		"a frame that ends in a varint":   {Framed, "00000005 82 21 00 80 80", false},
		"another version of Compact":      {Framed, "00000006 82 22 00 01 78 00", false},
		"Compact announced as Binary":     {TTHeader, "00000010 10000000 00000000 0001 00000000 82 21 00 00 00 00", false},
		"Binary announced as Compact":     {TTHeader, "00000017 10000000 00000000 0001 02000000 80010001 00000000 00000000 00", false},
		"a struct that never ends":        {Buffered, "82 21 00 00 f8" + strings.Repeat("80", 10), false},
		"a frame of 4 GiB":                {Framed, "ffffffff 80010001", true},
		"a frame of 0 bytes":              {Framed, "00000000 80010001", false},
		"a name of 2 GiB in a frame":      {Framed, "0000000d 80010001 7fffffff 00000000 00", true},
		"a name as long as the frame":     {Framed, "0000000d 80010001 00000002 00000000 00", false},
		"a TTHeader message of 4 GiB":     {TTHeader, "ffffffff 10000000 00000000 0001", true},
		"a TTHeader that is too large":    {TTHeader, "00100000 10000000 00000000 ffff", true},
		"a TTHeader without a rest":       {TTHeader, "00000010 10000000 00000000 0000 0000", false},
		"a message shorter than TTHeader": {TTHeader, "00000004 10000000 00000000 0001", false},
		"65,535 entries":                  {TTHeader, "0000001c 10000000 00000000 0002 0000 01 ffff 000000 80010001 00000000 00000000 00", true},
		"entries that are not there":      {TTHeader, "0000001c 10000000 00000000 0002 0000 10 00ff 000000 80010001 00000000 00000000 00", false},
		"an unknown block":                {TTHeader, "0000001b 10000000 00000000 0001 0000 77 00 80010001 00000000 00000000 00", false},
		"a Protobuf name of 2 GiB":        {Framed, "00000010 90010001 7fffffff 00000000 00000000", true},
		"a Protobuf name of 257 bytes":    {Framed, "00000110 90010001 00000101" + strings.Repeat("41", 264), true},
		"a name as long as its frame":     {Framed, "0000000d 90010001 00000002 00000000 00", false},
		"Protobuf that ends in its name":  {Framed, "0000000b 90010001 00000003 616263", false},
		"Protobuf that ends in its id":    {Framed, "0000000e 90010001 00000003 616263 000000", false},
		"another version of Protobuf":     {Framed, "0000000d 90020001 00000001 78 00000001", false},
		"Protobuf of 4 GiB":               {Framed, "ffffffff 90010001", true},
		"Protobuf of no bytes":            {Framed, "00000000 90010001", false},
		"Protobuf without a length":       {TTHeader, "0000001b 10000000 00000000 0001 00000000 90010001 00000001 78 00000001", false},
		"Protobuf with a longer length":   {TTHeader, "0000001f 10000000 00000000 0001 00000000 0000000e 90010001 00000001 78 00000001", false},
		"Protobuf with a shorter length":  {TTHeader, "0000001f 10000000 00000000 0001 00000000 0000000c 90010001 00000001 78 00000001", false},
		"Protobuf announced as Compact":   {TTHeader, "0000001f 10000000 00000000 0001 02000000 0000000d 90010001 00000001 78 00000001", false},
		"Protobuf announced as 5":         {TTHeader, "0000001f 10000000 00000000 0001 05000000 0000000d 90010001 00000001 78 00000001", false},
		"Binary announced as Protobuf":    {TTHeader, "00000017 10000000 00000000 0001 04000000 80010001 00000000 00000000 00", false},
		"Compact announced as Protobuf":   {TTHeader, "00000010 10000000 00000000 0001 10000000 82 21 00 00 00 00", false},
		"Protobuf, buffered":              {Buffered, "90010001 00000001 78 00000001 0000000000000000", false},
		"an unknown payload":              {TTHeader, "0000001b 10000000 00000000 0001 0300 00 00 80010001 00000000 00000000 00", false},
		"transforms that are not there":   {TTHeader, "0000001b 10000000 00000000 0001 00ff 00 00 80010001 00000000 00000000 00", false},
	} {
		t.Run(name, func(t *testing.T) {
			data := unhex(t, c.bytes)
			_, _, err := read(c.protocol, data, standard)
			require.Error(t, err)
			require.NotErrorIs(t, err, io.ErrUnexpectedEOF)
			if c.limit {
				require.ErrorIs(t, err, message.CodeLimit)
			}
		})
	}
}

// TestTooLargeButNamed: of a message that exceeds a limit enough is read to answer it.
func TestTooLargeButNamed(t *testing.T) {
	for _, p := range []message.Protocol{Framed, TTHeader, TTHeaderFramed} {
		for _, f := range append(Formats[:], tagwire.Protobuf) {
			data := written(t, p, message.Message{Type: message.MessageCall, Method: []byte("get"), Format: f, Sequence: 5, FrameSequence: 5}, make(body, 5000), standard)
			limits := message.Limits{MaxFrame: 1000}.WithDefaults(1 << 30)
			m, _, err := read(p, data, limits)
			require.ErrorIs(t, err, message.CodeLimit)
			require.Equal(t, message.Message{
				Type: message.MessageCall, Method: []byte("get"), Format: f, Sequence: 5, FrameSequence: m.FrameSequence, Note: m.Note,
			}, m)
			require.Equal(t, framedInside(p, f), m.Note == noteFramed)
			// And of what has not arrived, nothing.
			m, _, err = read(p, data[:10], limits)
			require.Error(t, err)
			require.Empty(t, m.Method)
			// Nor is it written.
			var o output
			require.ErrorIs(t, p.Write(&o, &message.Message{Format: f}, make(body, 1000), &limits), message.CodeLimit)
		}
	}
	limits := message.Limits{MaxMessage: 1000}.WithDefaults(1 << 30)
	_, _, err := read(Buffered, unhex(t, "80010001 00000001 78 00000001 0b 0001 00001000"+strings.Repeat("41", 4096)+"00"), limits)
	require.ErrorIs(t, err, tagwire.ErrSizeLimit)
	var o output
	require.ErrorIs(t, Buffered.Write(&o, &message.Message{}, make(body, 1000), &limits), message.CodeLimit)
}

// headed returns a TTHeader message with blocks in its header.
func headed(blocks []byte) []byte {
	payload := []byte{0x80, 1, 0, byte(message.MessageReply), 0, 0, 0, 1, 'm', 0, 0, 0, 0, 0}
	variable := append([]byte{0, 0}, blocks...)
	for len(variable)%4 != 0 {
		variable = append(variable, 0)
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(10+len(variable)+len(payload)))
	b = append(b, 0x10, 0, 0, 0, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(len(variable)/4))
	return append(append(b, variable...), payload...)
}

func texts(pairs ...string) []byte {
	b := binary.BigEndian.AppendUint16([]byte{blockStrings}, uint16(len(pairs)/2))
	for _, text := range pairs {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(text))), text...)
	}
	return b
}

func number(key uint16, value string) []byte {
	b := binary.BigEndian.AppendUint16([]byte{blockInts, 0, 1}, key)
	return append(binary.BigEndian.AppendUint16(b, uint16(len(value))), value...)
}

// TestHeaderEntries: what each entry of a TTHeader does.
func TestHeaderEntries(t *testing.T) {
	sum := "7a90f14c" // of the payload that headed makes
	for name, c := range map[string]struct {
		blocks []byte
		check  func(m *message.Message) bool
		wrong  string
	}{
		"a service for routing": {number(keyToService, "S"), func(m *message.Message) bool { return string(m.Service) == "S" && m.Hinted }, ""},
		"a service": {append(number(keyToService, "S"), texts("isn", "T")...),
			func(m *message.Message) bool { return string(m.Service) == "T" && !m.Hinted }, ""},
		"a service, first": {append(texts("isn", "T"), number(keyToService, "S")...),
			func(m *message.Message) bool { return string(m.Service) == "T" && !m.Hinted }, ""},
		"a timeout":             {number(keyTimeout, "9223372036854775807"), func(m *message.Message) bool { return m.Timeout > 290*365*24*time.Hour }, ""},
		"no number":             {number(keyTimeout, "1s"), nil, "timeout"},
		"negative":              {number(keyTimeout, "-1"), nil, "timeout"},
		"a token":               {[]byte{blockToken, 0, 2, 'a', 'b', blockPadding, blockPadding}, func(m *message.Message) bool { return m.Metadata == nil }, ""},
		"a reset":               {texts("crrst", "1"), func(m *message.Message) bool { return m.Closing }, ""},
		"no reset":              {texts("crrst", ""), func(m *message.Message) bool { return !m.Closing }, ""},
		"metadata":              {texts("k", "v", "RPC_BACKWARD_K", "w"), func(m *message.Message) bool { return len(m.Metadata) == 2 && m.Metadata["k"] == "v" }, ""},
		"a status of 0":         {texts("biz-status", "0"), func(m *message.Message) bool { return m.Business == nil }, ""},
		"a status that is none": {texts("biz-status", "x"), nil, "status"},
		"extra that is none":    {texts("biz-extra", "[]"), nil, "JSON"},
		"two checksums":         {texts("crc32c", sum, "crc32c", sum), nil, "checksum"},
		"a wrong checksum":      {texts("crc32c", "00000000"), nil, "checksum"},
		"an entry cut":          {[]byte{blockStrings, 0, 1, 0, 9, 'a'}, nil, "ends inside"},
	} {
		t.Run(name, func(t *testing.T) {
			m, rest, err := read(TTHeader, headed(c.blocks), standard)
			require.Zero(t, rest)
			if c.wrong != "" {
				require.ErrorContains(t, err, c.wrong)
				return
			}
			require.NoError(t, err)
			require.True(t, c.check(&m), "%+v", m)
		})
	}
	// A call takes metadata under the names it has on the wire only.
	data := headed(texts("k", "v", "RPC_TRANSIT_K", "w"))
	data[len(data)-11] = byte(message.MessageCall)
	m, _, err := read(TTHeader, data, standard)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"RPC_TRANSIT_K": "w"}, m.Metadata)
}

// TestHeadersTooLarge: what the limits refuse is not written.
func TestHeadersTooLarge(t *testing.T) {
	limits := message.Limits{MaxHeader: 100, MaxHeaderEntries: 2}.WithDefaults(1 << 30)
	for _, metadata := range []map[string]string{{"a": strings.Repeat("x", 100)}, {"a": "1", "b": "2", "c": "3"}} {
		var o output
		require.ErrorIs(t, TTHeader.Write(&o, &message.Message{Metadata: metadata}, body{0}, &limits), message.CodeLimit)
		require.Empty(t, o.pieces)
	}
	var o output
	require.ErrorIs(t, TTHeader.Write(&o, &message.Message{Service: bytes.Repeat([]byte("x"), 70_000)}, body{0}, &standard), message.CodeLimit)
}

// TestUndetected: what other protocols begin with is named.
func TestUndetected(t *testing.T) {
	for text, want := range map[string]string{
		"00000030 0fff0000": "THeader", "50524920 2a204854": "HTTP/2", "82220001 00000000": "version 2 of Thrift Compact", "47455420 2f204854": "47 45 54 20",
		"16030102 00010001": "TLS", "160301ff 80010001": "TLS", "16030100 82010000": "TLS",
	} {
		data := unhex(t, text)
		require.Nil(t, detected(data, standard))
		require.ErrorContains(t, Undetected([8]byte(data)), want)
	}
}
