package protobuf_test

import (
	"bytes"
	"math/rand"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/protobuf/gen/kinds2"
	"github.com/tagwire/tagwire/fuzz/protobuf/gen/kinds3"
	"github.com/tagwire/tagwire/jit"
	native "github.com/tagwire/tagwire/jit/build/protobuf"
	plain "github.com/tagwire/tagwire/reflectcodec/protobuf"
	"github.com/tagwire/tagwire/schema"
)

func TestNativeEncode(t *testing.T) {
	for _, m := range []proto.Message{&kinds2.Kinds{}, &kinds3.Kinds{}, &kinds2.Strict{}, &kinds2.Loose{}, &descriptorpb.FileDescriptorProto{}} {
		s, err := schema.Protobuf.Of(reflect.TypeOf(m))
		if err != nil {
			t.Fatal(err)
		}
		walked := plain.New(s)
		compiled, err := jit.CompileInSteps(s, native.Format, func() {})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%T: %d bytes of code", m, compiled.Info().CodeBytes)
		r := rand.New(rand.NewSource(2))
		good := 0
		for range messages() {
			data := randomMessage(r, m.ProtoReflect().Descriptor(), 4)
			v := m.ProtoReflect().New().Interface()
			p := reflect.ValueOf(v).UnsafePointer()
			o := &codec.Settings{Deterministic: true}
			o.Limits = o.Resolved()
			if _, err := walked.Decode(data, p, o); err != nil {
				continue
			}
			n, _, err := walked.Size(p, o)
			if err != nil {
				t.Fatal(err)
			}
			want := make([]byte, n)
			if _, err := walked.Encode(want, p, o, nil); err != nil {
				t.Fatal(err)
			}
			size, ok := compiled.Size(p, o)
			if !ok || size != n {
				t.Fatalf("%T %x: size %d, %v; %d", m, data, size, ok, n)
			}
			for _, extra := range []int{0, 1, 100} {
				got := make([]byte, n+extra)
				k, ok := compiled.Encode(got, p, o)
				if !ok {
					t.Fatalf("%T %x: refused with %d extra", m, data, extra)
				}
				if k != n || !bytes.Equal(got[:k], want) {
					t.Fatalf("%T %x:\n%x\n%x", m, data, got[:k], want)
				}
			}
			good++
			if n > 0 {
				if _, ok := compiled.Encode(make([]byte, r.Intn(n)), p, o); ok {
					t.Fatalf("%x: written to too small a buffer", data)
				}
			}
		}
		t.Logf("%T: %d agree", m, good)
	}
}

func TestNativeDecode(t *testing.T) {
	for _, m := range []proto.Message{&kinds2.Kinds{}, &kinds3.Kinds{}, &kinds2.Strict{}, &kinds2.Loose{}, &descriptorpb.FileDescriptorProto{}} {
		s, err := schema.Protobuf.Of(reflect.TypeOf(m))
		if err != nil {
			t.Fatal(err)
		}
		walked := plain.New(s)
		compiled, err := jit.CompileInSteps(s, native.Format, func() {})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%T: %d bytes of code", m, compiled.Info().CodeBytes)
		r := rand.New(rand.NewSource(3))
		good, bad, refused := 0, 0, 0
		for range messages() {
			data := randomMessage(r, m.ProtoReflect().Descriptor(), 4)
			if r.Intn(3) == 0 && len(data) > 0 {
				if r.Intn(3) == 0 {
					data = data[:r.Intn(len(data))]
				} else {
					data[r.Intn(len(data))] = byte(r.Intn(256))
				}
			}
			one, other := m.ProtoReflect().New().Interface(), m.ProtoReflect().New().Interface()
			o := &codec.Settings{}
			o.Limits = o.Resolved()
			_, err := walked.Decode(data, reflect.ValueOf(one).UnsafePointer(), o)
			n, _, ok := compiled.Decode(data, reflect.ValueOf(other).UnsafePointer(), o)
			switch {
			case err != nil && ok:
				t.Fatalf("%T %x: accepted what is wrong: %v", m, data, err)
			case err != nil:
				bad++
			case !ok:
				// A part of a message without its required fields is refused, although another part, or what comes in its place, may
				// make up for it.
				if !strings.HasSuffix(reflect.TypeOf(m).Elem().Name(), "Strict") && reflect.TypeOf(m).Elem().Name() != "Loose" {
					t.Fatalf("%T %x: refused", m, data)
				}
				refused++
			case n != len(data) || !proto.Equal(one, other):
				t.Fatalf("%T %x: %d\n%v\n%v", m, data, n, one, other)
			default:
				good++
			}
		}
		t.Logf("%T: %d agree, %d bad, %d refused", m, good, bad, refused)
	}
}
