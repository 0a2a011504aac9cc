package apachethrift_test

import (
	"bytes"
	"context"
	"io"
	"reflect"
	"testing"
	"testing/iotest"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire/adapters/apachethrift"
	"github.com/tagwire/tagwire/adapters/apachethrift/gen/store"
)

var background = context.Background()

// ways are those to a TStruct.
var ways = map[string]func(t testing.TB, v *Item) thrift.TStruct{
	"Wrap": func(_ testing.TB, v *Item) thrift.TStruct { return apachethrift.Wrap(v) },
	"Of": func(t testing.TB, v *Item) thrift.TStruct {
		s, err := apachethrift.Of(v)
		if err != nil {
			t.Fatal(err)
		}
		return s
	},
}

func TestAgreesWithGeneratedCode(t *testing.T) {
	for _, size := range []int{1, 300, 10_000} {
		ours, theirs := items(size)
		for _, p := range protocols {
			want := written(t, p.make, theirs)
			for name, way := range ways {
				if got := written(t, p.make, way(t, ours)); !bytes.Equal(got, want) {
					t.Errorf("%s, %s, %d: the bytes differ:\n%q\n%q", p.name, name, size, got, want)
				}
				var read Item
				if err := way(t, &read).Read(background, p.make(memoryOf(want))); err != nil || !reflect.DeepEqual(&read, ours) {
					t.Errorf("%s, %s, %d: read %+v, %v", p.name, name, size, read, err)
				}
			}
		}
	}
}

// link is a transport in which bytes arrive by a reader.
func link(r io.Reader) *thrift.StreamTransport { return thrift.NewStreamTransportR(r) }

// transports have data arrive.
var transports = map[string]func(data []byte) thrift.TTransport{
	"memory":     func(data []byte) thrift.TTransport { return memoryOf(data) },
	"unbuffered": func(data []byte) thrift.TTransport { return link(bytes.NewReader(data)) },
	"buffered": func(data []byte) thrift.TTransport {
		return thrift.NewTBufferedTransport(link(bytes.NewReader(data)), 4096)
	},
	"buffered, 16": func(data []byte) thrift.TTransport {
		return thrift.NewTBufferedTransport(link(bytes.NewReader(data)), 16)
	},
	"byte by byte": func(data []byte) thrift.TTransport {
		return thrift.NewTBufferedTransport(link(iotest.OneByteReader(bytes.NewReader(data))), 4096)
	},
	"half by half": func(data []byte) thrift.TTransport {
		return thrift.NewTBufferedTransport(link(iotest.HalfReader(bytes.NewReader(data))), 1024)
	},
	"framed":        framed,
	"framed, begun": begun,
}

// framed returns a transport where data come in one frame.
func framed(data []byte) thrift.TTransport {
	memory := thrift.NewTMemoryBuffer()
	out := thrift.NewTFramedTransportConf(memory, nil)
	out.Write(data)
	out.Flush(background)
	return thrift.NewTFramedTransportConf(memory, nil)
}

// begun returns such a transport after the first byte of the frame, which stands for the begin of a message.
func begun(data []byte) thrift.TTransport {
	t := framed(append([]byte{0}, data...))
	t.Read(make([]byte, 1))
	return t
}

// TestTakesNoMore has two structs and a message one behind the other: each reader must stop where its struct ends.
func TestTakesNoMore(t *testing.T) {
	ours, theirs := items(300)
	for _, p := range protocols {
		memory := thrift.NewTMemoryBuffer()
		out := p.make(memory)
		out.WriteMessageBegin(background, "first", thrift.CALL, 1)
		theirs.Write(background, out)
		theirs.Write(background, out)
		out.WriteMessageEnd(background)
		out.WriteMessageBegin(background, "second", thrift.REPLY, 2)
		out.Flush(background)
		for name, transport := range transports {
			in := p.make(transport(memory.Bytes()))
			if _, _, _, err := in.ReadMessageBegin(background); err != nil {
				t.Fatalf("%s, %s: %v", p.name, name, err)
			}
			for i := range 2 {
				var read Item
				if err := apachethrift.Wrap(&read).Read(background, in); err != nil || !reflect.DeepEqual(&read, ours) {
					t.Fatalf("%s, %s: struct %d is %+v, %v", p.name, name, i, read, err)
				}
			}
			in.ReadMessageEnd(background)
			method, _, id, err := in.ReadMessageBegin(background)
			if method == "" || id != 2 || err != nil {
				t.Errorf("%s, %s: behind the structs is %q, %d, %v", p.name, name, method, id, err)
			}
		}
	}
}

// TestInsideOfGeneratedStructs writes and reads a field of a struct whose other fields generated code writes and reads: what the
// protocol knows of the struct around it must be as it was.
func TestInsideOfGeneratedStructs(t *testing.T) {
	for _, p := range protocols {
		memory := thrift.NewTMemoryBuffer()
		out := p.make(memory)
		out.WriteStructBegin(background, "Part")
		out.WriteFieldBegin(background, "count", thrift.I32, 2)
		out.WriteI32(background, 5)
		out.WriteFieldEnd(background)
		out.WriteFieldBegin(background, "inner", thrift.STRUCT, 3)
		if err := apachethrift.Wrap(&Part{Name: "inside", Count: 9}).Write(background, out); err != nil {
			t.Fatal(err)
		}
		out.WriteFieldEnd(background)
		out.WriteFieldBegin(background, "flag", thrift.BOOL, 4)
		out.WriteBool(background, true)
		out.WriteFieldEnd(background)
		out.WriteFieldBegin(background, "name", thrift.STRING, 1)
		out.WriteString(background, "outside")
		out.WriteFieldEnd(background)
		out.WriteFieldStop(background)
		out.WriteStructEnd(background)
		out.Flush(background)
		for name, transport := range transports {
			in := p.make(transport(memory.Bytes()))
			var read store.Part
			want := store.Part{Name: "outside", Count: 5, Inner: &store.Part{Name: "inside", Count: 9}}
			if err := read.Read(background, in); err != nil || !reflect.DeepEqual(read, want) {
				t.Errorf("%s, %s: %+v, %v", p.name, name, read, err)
			}

			in = p.make(transport(memory.Bytes()))
			in.ReadStructBegin(background)
			in.ReadFieldBegin(background)
			in.ReadI32(background)
			in.ReadFieldEnd(background)
			in.ReadFieldBegin(background)
			var inside Part
			if err := apachethrift.Wrap(&inside).Read(background, in); err != nil || inside.Name != "inside" {
				t.Errorf("%s, %s: %+v, %v", p.name, name, inside, err)
			}
			in.ReadFieldEnd(background)
			if _, kind, id, err := in.ReadFieldBegin(background); kind != thrift.BOOL || id != 4 || err != nil {
				t.Errorf("%s, %s: the next field is %d, of type %d: %v", p.name, name, id, kind, err)
			}
		}
	}
}
