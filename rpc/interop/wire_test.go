package interop

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc"
)

// limits are the defaults, which a protocol that is called directly is given by its caller.
var limits = &rpc.Limits{
	MaxFrame: 16 << 20, MaxMessage: 64 << 20, MaxMethodName: 256, MaxHeader: 64 << 10, MaxHeaderEntries: 256,
	MaxAlloc: 64 << 20, MaxDepth: 1000, MaxConnections: 10_000, MaxPending: 16 << 20,
}

// input is a connection's input that has arrived in full and then ends.
type input struct{ data []byte }

func (r *input) Len() int { return len(r.data) }

func (r *input) Peek(n int) ([]byte, error) {
	if n > len(r.data) {
		return nil, io.ErrUnexpectedEOF
	}
	return r.data[:n:n], nil
}

func (r *input) Next(n int) ([]byte, error) {
	taken, err := r.Peek(n)
	if err == nil {
		r.data = r.data[n:]
	}
	return taken, err
}

// output collects what a protocol writes.
type output struct {
	memory  []byte // from Malloc
	inserts []insert
}

// An insert is what WriteDirect was given, and how many bytes of the memory stand before it.
type insert struct {
	at   int
	data []byte
}

func (w *output) Malloc(n int) ([]byte, error) {
	w.memory = slices.Grow(w.memory, n)[:len(w.memory)+n]
	return w.memory[len(w.memory)-n:], nil
}

func (w *output) WriteDirect(data []byte, remainCap int) error {
	w.inserts = append(w.inserts, insert{len(w.memory) - remainCap, data})
	return nil
}

// bytes are what would be sent.
func (w *output) bytes() []byte {
	var all []byte
	begin := 0
	for _, i := range w.inserts {
		all = append(append(all, w.memory[begin:i.at]...), i.data...)
		begin = i.at
	}
	return append(all, w.memory[begin:]...)
}

// body is an encoded body.
type body []byte

func (b body) Size() (total, direct int, err error) { return len(b), 0, nil }

func (b body) Encode(buf []byte, _ tagwire.DirectWriter) (int, error) { return copy(buf, b), nil }

// encode returns what a protocol of ours makes of a message.
func encode(t *testing.T, protocol rpc.Protocol, m *rpc.Message, content []byte) []byte {
	t.Helper()
	w := &output{}
	if err := protocol.Write(w, m, body(content), limits); err != nil {
		t.Fatal(err)
	}
	return w.bytes()
}

// decode returns the message that a protocol of ours reads, which must be all of the bytes.
func decode(t *testing.T, protocol rpc.Protocol, data []byte) *rpc.Message {
	t.Helper()
	r, m := &input{data}, &rpc.Message{}
	var head [8]byte // zeros where the message has fewer bytes
	copy(head[:], data)
	if !protocol.Detect(head, limits) {
		t.Fatalf("%s does not know its own: %x", protocol.Name(), head)
	}
	if err := protocol.Read(r, m, limits); err != nil {
		t.Fatalf("%v\n%.200x", err, data)
	}
	if r.Len() > 0 {
		t.Fatalf("%d bytes are left of\n%.200x", r.Len(), data)
	}
	return m
}

// envelope is a strict message, as section 1 of the specification of Thrift Binary has it.
func envelope(m *rpc.Message, content []byte) []byte {
	data := binary.BigEndian.AppendUint32(nil, 0x80010000|uint32(m.Type))
	data = binary.BigEndian.AppendUint32(data, uint32(len(m.Method)))
	data = append(data, m.Method...)
	data = binary.BigEndian.AppendUint32(data, uint32(m.Sequence))
	return append(data, content...)
}

// frame puts the length before data.
func frame(data []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), data...)
}

func TestOutputPutsReferencesInPlace(t *testing.T) {
	w := &output{}
	first, _ := w.Malloc(3)
	copy(first, "abc")
	w.WriteDirect([]byte("XY"), 1)
	second, _ := w.Malloc(2)
	copy(second, "de")
	w.WriteDirect([]byte("Z"), 0)
	if got := w.bytes(); !bytes.Equal(got, []byte("abXYcdeZ")) {
		t.Errorf("got %s", got)
	}
}
