package interop

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cloudwego/gopkg/protocol/ttheader"
	"github.com/tagwire/tagwire/rpc"
)

// The integer keys that mean something to ours.
const (
	keyFromService = 3
	keyToService   = 6
	keyToMethod    = 9
	keyTimeout     = 12
)

// mostHeader keeps the headers of these tests below 64 KiB: the other implementation counts in 16 bits.
const mostHeader = 50_000

// generator makes random headers, the same ones in every run.
type generator struct {
	*rand.Rand
	left int // bytes that may still go into the header
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
}

// text returns a text of up to most bytes, of any bytes.
func (g *generator) text(most int) string {
	length := min(g.IntN(most+1), max(0, g.left-16))
	data := make([]byte, length)
	for i := range data {
		data[i] = byte(g.Uint32())
	}
	g.left -= length + 8
	return string(data)
}

// length returns how long the texts of a header may be: most headers are small, some are nearly full.
func (g *generator) length() int {
	g.left = mostHeader
	return []int{4, 40, 400, 20_000}[g.IntN(4)]
}

// message returns a message with a random header.
func (g *generator) message() *rpc.Message {
	most := g.length()
	m := &rpc.Message{
		Type:          rpc.MessageType(1 + g.IntN(4)),
		Method:        []byte(g.text(200) + "m"),
		Sequence:      int32(g.Uint32()),
		FrameSequence: int32(g.Uint32()),
		Timeout:       time.Duration(g.IntN(3)*g.IntN(100_000)) * time.Millisecond,
		OutOfOrder:    g.IntN(2) == 0,
	}
	if g.IntN(2) == 0 {
		m.Service = []byte(g.text(most) + "s")
		g.left -= len(m.Service) + len(m.Method) // They are in the header twice, and once.
	}
	if g.IntN(2) == 0 {
		m.Caller = []byte(g.text(most) + "c")
	}
	if g.IntN(3) == 0 {
		m.Business = &rpc.BizError{Status: int32(g.Uint32() | 1), Message: strings.ToValidUTF8(g.text(most), "?")}
		if g.IntN(2) == 0 {
			m.Business.Extra = map[string]string{"key": "value", "ü": strings.Repeat("x", g.IntN(40))}
		}
	}
	if n := g.IntN(12); n > 0 {
		m.Metadata = map[string]string{}
		for range n {
			m.Metadata[g.metadataKey(most)] = g.text(most)
		}
	}
	return m
}

func (g *generator) metadataKey(most int) string {
	kind := []string{"RPC_TRANSIT_", "RPC_PERSIST_", "RPC_BACKWARD_"}[g.IntN(3)]
	return kind + strconv.Itoa(g.IntN(1000)) + g.text(min(most, 40))
}

// TestOthersReadOurHeaders: what our encoder makes, cloudwego's decoder reads.
func TestOthersReadOurHeaders(t *testing.T) {
	g, longest := newGenerator(1), 0
	for range 2000 {
		m, content := g.message(), []byte(g.text(100))
		for _, protocol := range []rpc.Protocol{rpc.TTHeader, rpc.TTHeaderFramed} {
			data := encode(t, protocol, m, content)
			header, err := ttheader.DecodeFromBytes(context.Background(), data)
			if err != nil {
				t.Fatalf("%v\n%.200x", err, data)
			}
			flags := expectedFlags(m)
			if header.Flags != flags || header.ProtocolID != ttheader.ProtocolIDThriftBinary || header.SeqID != m.FrameSequence {
				t.Errorf("flags %d, protocol %d, sequence id %d, want %d, 0, %d", header.Flags, header.ProtocolID, header.SeqID,
					flags, m.FrameSequence)
			}
			if integers, texts := expectedInfo(t, m); !maps.Equal(header.IntInfo, integers) || !maps.Equal(header.StrInfo, texts) {
				t.Errorf("got  %.500v %.500v\nwant %.500v %.500v", header.IntInfo, header.StrInfo, integers, texts)
			}
			payload := envelope(m, content)
			if protocol == rpc.TTHeaderFramed {
				payload = frame(payload)
			}
			if header.HeaderLen+header.PayloadLen != len(data) || !bytes.Equal(data[header.HeaderLen:], payload) {
				t.Errorf("payload\n%.200x, want\n%.200x", data[header.HeaderLen:], payload)
			}
			if t.Failed() {
				t.FailNow()
			}
			longest = max(longest, header.HeaderLen)
		}
	}
	if longest < mostHeader/2 {
		t.Errorf("the longest header had %d bytes; the generator makes too little", longest)
	}
}

// expectedFlags are what a header must have for a message.
func expectedFlags(m *rpc.Message) ttheader.HeaderFlags {
	if m.OutOfOrder {
		return ttheader.HeaderFlagSupportOutOfOrder
	}
	return 0
}

// expectedInfo is what a header must say of a message.
func expectedInfo(t *testing.T, m *rpc.Message) (integers map[uint16]string, texts map[string]string) {
	t.Helper()
	integers, texts = map[uint16]string{}, map[string]string{}
	maps.Copy(texts, m.Metadata)
	if m.Timeout > 0 {
		integers[keyTimeout] = strconv.FormatInt(m.Timeout.Milliseconds(), 10)
	}
	if len(m.Caller) > 0 {
		integers[keyFromService] = string(m.Caller)
	}
	if len(m.Service) > 0 {
		integers[keyToService], integers[keyToMethod], texts["isn"] = string(m.Service), string(m.Method), string(m.Service)
	}
	if b := m.Business; b != nil {
		texts["biz-status"], texts["biz-message"] = strconv.Itoa(int(b.Status)), b.Message
		if b.Extra != nil {
			extra, err := json.Marshal(b.Extra)
			if err != nil {
				t.Fatal(err)
			}
			texts["biz-extra"] = string(extra)
		}
	}
	return integers, texts
}

// parameters returns a random header as cloudwego's encoder takes it, and the message that it stands for.
func (g *generator) parameters(t *testing.T) (ttheader.EncodeParam, *rpc.Message) {
	m := g.message()
	m.Metadata = nil
	param := ttheader.EncodeParam{SeqID: m.FrameSequence, Flags: expectedFlags(m)}
	param.IntInfo, param.StrInfo = expectedInfo(t, m)
	most := max(10, g.left/8)
	for range g.IntN(8) {
		// Keys without a meaning to ours, which a handler may have sent back, and those of metadata.
		key, value := "x-"+g.text(20), g.text(most)
		param.StrInfo[key] = value
		if m.Type == rpc.MessageReply || m.Type == rpc.MessageException {
			if m.Metadata == nil {
				m.Metadata = map[string]string{}
			}
			m.Metadata[key] = value
		}
		if key := uint16(20 + g.IntN(1000)); g.IntN(2) == 0 {
			param.IntInfo[key] = g.text(most)
		}
		if g.IntN(2) == 0 {
			if m.Metadata == nil {
				m.Metadata = map[string]string{}
			}
			key, value := g.metadataKey(most), g.text(most)
			m.Metadata[key], param.StrInfo[key] = value, value
		}
	}
	if g.IntN(4) == 0 {
		param.StrInfo[ttheader.GDPRToken] = g.text(50) // It goes into a block of its own, which ours skips.
	}
	return param, m
}

// TestOursReadsOthersHeaders: what cloudwego's encoder makes, our decoder reads.
func TestOursReadsOthersHeaders(t *testing.T) {
	g := newGenerator(2)
	for range 2000 {
		param, want := g.parameters(t)
		want.Body = []byte(g.text(100))
		for _, framed := range []bool{false, true} {
			data, err := ttheader.EncodeToBytes(context.Background(), param)
			if err != nil {
				t.Fatal(err)
			}
			payload := envelope(want, want.Body)
			if framed {
				payload = frame(payload)
			}
			data = append(data, payload...)
			binary.BigEndian.PutUint32(data, uint32(len(data)-4))
			got := decode(t, rpc.TTHeader, data)
			if difference := compareMessages(got, want); difference != "" {
				t.Fatalf("%s\n%.300x", difference, data)
			}
			// What answers it is in kind.
			got.Type = rpc.MessageReply
			answer := encode(t, rpc.TTHeader, got, nil)
			header, err := ttheader.DecodeFromBytes(context.Background(), answer)
			if err != nil {
				t.Fatal(err)
			}
			if inFrame := binary.BigEndian.Uint16(answer[header.HeaderLen:]) != 0x8001; inFrame != framed {
				t.Fatalf("the answer is framed: %v, the message was: %v", inFrame, framed)
			}
		}
	}
}

// compareMessages tells in what two messages differ, "" if in nothing.
func compareMessages(got, want *rpc.Message) string {
	visible := func(m *rpc.Message) reflect.Value {
		texts := map[string]any{}
		for _, field := range reflect.VisibleFields(reflect.TypeFor[rpc.Message]()) {
			switch field.Name {
			case "Hinted", "Note", "Closing":
				continue // what a protocol notes
			}
			value := reflect.ValueOf(m).Elem().FieldByIndex(field.Index).Interface()
			if data, isBytes := value.([]byte); isBytes {
				value = string(data)
			}
			texts[field.Name] = value
		}
		return reflect.ValueOf(texts)
	}
	left, right := visible(got), visible(want)
	for _, name := range left.MapKeys() {
		l, r := left.MapIndex(name).Interface(), right.MapIndex(name).Interface()
		if !reflect.DeepEqual(l, r) {
			return name.String() + ": got " + show(l) + ", want " + show(r)
		}
	}
	return ""
}

func show(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(text[:min(len(text), 300)])
}
