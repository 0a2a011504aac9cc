package interop

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc"
)

// Messages written by hand from the description of TTHeader, byte by byte: what follows a # says what the bytes are.
var captures = []struct {
	name string
	text string
	want rpc.Message
	// written: our encoder makes the very bytes of the message. Otherwise it only reads them.
	written bool
}{
	{
		name: "the smallest call",
		text: `
			0000001f          # LENGTH: 31 bytes follow
			1000 0000         # magic, flags
			00000007          # sequence id of the header
			0001              # the rest of the header has 1 word
			00 00             # Thrift Binary, no transforms
			0000              # padding
			80010001          # strict, CALL
			00000004 70696e67 # ping
			00000009          # sequence id
			00                # end of the arguments`,
		want: rpc.Message{
			Type: rpc.MessageCall, Method: []byte("ping"), Sequence: 9, FrameSequence: 7, Body: []byte{0},
		},
		written: true,
	},
	{
		name: "a frame inside",
		text: `
			00000023 1000 0000 00000007 0001 00 00 0000
			00000011          # length of the frame
			80010001 00000004 70696e67 00000009 00`,
		want: rpc.Message{
			Type: rpc.MessageCall, Method: []byte("ping"), Sequence: 9, FrameSequence: 7, Body: []byte{0},
		},
	},
	{
		name: "the old form of the envelope",
		text: `
			0000001c 1000 0000 00000007 0001 00 00 0000
			00000004 70696e67 # ping
			01                # CALL
			00000009 00`,
		want: rpc.Message{
			Type: rpc.MessageCall, Method: []byte("ping"), Sequence: 9, FrameSequence: 7, Body: []byte{0},
		},
	},
	{
		name: "a timeout and the caller",
		text: `
			0000002f 1000 0000 fffffffe
			0005              # 20 bytes
			00 00
			10 0002           # 2 integer keys
			000c 0004 31353030 # 12, timeout: 1500
			0003 0002 6d65    # 3, from service: me
			00
			80010004          # ONEWAY
			00000004 68696e74 # hint
			ffffffff 00`,
		want: rpc.Message{
			Type: rpc.MessageOneway, Method: []byte("hint"), Sequence: -1, FrameSequence: -2, Body: []byte{0},
			Timeout: 1500 * time.Millisecond, Caller: []byte("me"),
		},
	},
	{
		name: "everything that is skipped, and a flag",
		text: `
			0000005e 1000
			0001              # flag: out of order
			00000001
			0011              # 68 bytes
			00
			02 01 7f          # two transforms
			00                # padding between the blocks
			11 0003 616263    # a token
			10 0001 0016 0001 31 # 22, message type: 1
			00 00
			01 0003           # 3 text keys
			0003 726970 0001 78 # rip: x
			0003 69736e 0005 53746f7265 # isn: Store
			000d 5250435f5452414e5349545f41 0002 6f6e # RPC_TRANSIT_A: on
			10 0000           # no integer keys
			0000
			80010001 00000003 676574 00000002 00`,
		want: rpc.Message{
			Type: rpc.MessageCall, Method: []byte("get"), Sequence: 2, FrameSequence: 1, Body: []byte{0},
			Service: []byte("Store"), Metadata: map[string]string{"RPC_TRANSIT_A": "on"}, OutOfOrder: true,
		},
	},
	{
		name: "metadata alone",
		text: `
			00000036 1000 0000 00000003
			0007              # 28 bytes
			00 00
			01 0001
			000e 5250435f504552534953545f4142 # RPC_PERSIST_AB
			0004 76616c75     # valu
			00
			80010001 00000003 676574 00000002 00`,
		want: rpc.Message{
			Type: rpc.MessageCall, Method: []byte("get"), Sequence: 2, FrameSequence: 3, Body: []byte{0},
			Metadata: map[string]string{"RPC_PERSIST_AB": "valu"},
		},
		written: true,
	},
	{
		name: "a business error",
		text: `
			0000005a 1000 0000 00000003
			0010              # 64 bytes
			00 00
			01 0003
			000a 62697a2d737461747573 0003 2d3137 # biz-status: -17
			000b 62697a2d6d657373616765 0002 6e6f # biz-message: no
			0009 62697a2d6578747261 0009 7b2261223a2262227d # biz-extra: {"a":"b"}
			000000
			80010002          # REPLY
			00000003 676574 00000002 00`,
		want: rpc.Message{
			Type: rpc.MessageReply, Method: []byte("get"), Sequence: 2, FrameSequence: 3, Body: []byte{0},
			Business: &rpc.BizError{Status: -17, Message: "no", Extra: map[string]string{"a": "b"}},
		},
		written: true,
	},
	{
		name: "Compact",
		text: `
			0000001a 1000 0000 00000007 0001
			02 00             # Thrift Compact, no transforms
			0000
			82                # Thrift Compact
			21                # CALL, version 1
			ac02              # sequence id: 300
			04 70696e67       # ping
			15 0a             # field 1, i32: 5
			00                # end of the arguments`,
		want: rpc.Message{
			Type: rpc.MessageCall, Method: []byte("ping"), Format: tagwire.ThriftCompact, Sequence: 300, FrameSequence: 7,
			Body: []byte{0x15, 0x0a, 0},
		},
		written: true,
	},
	{
		name: "Compact with a frame inside",
		text: `
			00000020 1000 0000 00000007 0001 02 00 0000
			0000000e          # length of the frame
			82 81             # ONEWAY
			feffffff0f        # sequence id: -2
			04 70696e67 21 00 # field 2, true
			`,
		want: rpc.Message{
			Type: rpc.MessageOneway, Method: []byte("ping"), Format: tagwire.ThriftCompact, Sequence: -2, FrameSequence: 7, Body: []byte{0x21, 0},
		},
	},
	{
		name: "a checksum",
		text: `
			00000033 1000 0000 00000007
			0006              # 24 bytes
			00 00
			01 0001
			0006 637263333263 0008 3862376364643432 # crc32c: 8b7cdd42
			00
			80010001 00000004 70696e67 00000009 00`,
		want: rpc.Message{
			Type: rpc.MessageCall, Method: []byte("ping"), Sequence: 9, FrameSequence: 7, Body: []byte{0},
		},
	},
}

// bytesOf reads a capture: hexadecimal digits with spaces and comments.
func bytesOf(t *testing.T, text string) []byte {
	t.Helper()
	var digits strings.Builder
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		digits.WriteString(strings.Join(strings.Fields(line), ""))
	}
	data, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestCaptures(t *testing.T) {
	for _, capture := range captures {
		t.Run(capture.name, func(t *testing.T) {
			data := bytesOf(t, capture.text)
			if difference := compareMessages(decode(t, rpc.TTHeader, data), &capture.want); difference != "" {
				t.Error(difference)
			}
			if !capture.written {
				return
			}
			if got := encode(t, rpc.TTHeader, &capture.want, capture.want.Body); hex.EncodeToString(got) != hex.EncodeToString(data) {
				t.Errorf("ours writes\n%x, want\n%x", got, data)
			}
		})
	}
}

// TestRefusedCaptures: a header that contradicts itself is an error, and nothing is waited for.
func TestRefusedCaptures(t *testing.T) {
	const payload = " 80010001 00000004 70696e67 00000009 00"
	for name, text := range map[string]string{
		"LENGTH is shorter than the header": "0000000d 1000 0000 00000007 0001 00 00 0000" + payload,
		"LENGTH is 4 GiB":                   "ffffffff 1000 0000 00000007 0001 00 00 0000" + payload,
		"the header has no words":           "0000001f 1000 0000 00000007 0000 00 00 0000" + payload,
		"the header has 256 KiB":            "0000001f 1000 0000 00000007 ffff 00 00 0000" + payload,
		"a block of unknown kind":           "0000001f 1000 0000 00000007 0001 00 00 0200" + payload,
		"more transforms than bytes":        "0000001f 1000 0000 00000007 0001 00 03 0000" + payload,
		"65,535 entries":                    "00000023 1000 0000 00000007 0002 00 00 01 ffff 000000" + payload,
		"a key longer than the header":      "00000027 1000 0000 00000007 0003 00 00 01 0001 0100 61 0000 0000" + payload,
		"a token longer than the header":    "00000023 1000 0000 00000007 0002 00 00 11 0004 616263" + payload,
		"a protocol that is not Thrift's":   "0000001f 1000 0000 00000007 0001 04 00 0000" + payload,
		"Binary that is said to be Compact": "0000001f 1000 0000 00000007 0001 02 00 0000" + payload,
		"a checksum of something else": "00000033 1000 0000 00000007 0006 00 00 01 0001" +
			"0006 637263333263 0008 3862376364643433 00" + payload,
	} {
		data := bytesOf(t, text)
		r := &input{data}
		if err := rpc.TTHeader.Read(r, &rpc.Message{}, limits); err == nil {
			t.Errorf("%s: no error", name)
		} else if strings.Contains(err.Error(), "unexpected EOF") {
			t.Errorf("%s: it waits for more: %v", name, err)
		}
	}
}
