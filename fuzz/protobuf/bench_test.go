package protobuf_test

import (
	"reflect"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit"
	native "github.com/tagwire/tagwire/jit/build/protobuf"
	"github.com/tagwire/tagwire/schema"
)

func BenchmarkZZ(b *testing.B) {
	tree, _ := structpb.NewStruct(map[string]any{"a": 1.0, "b": "text", "c": []any{1.0, 2.0, true, "x"}, "d": map[string]any{"e": nil, "f": "g"}})
	for _, m := range []proto.Message{protodesc.ToFileDescriptorProto(descriptorpb.File_google_protobuf_descriptor_proto), tree} {
		s, err := schema.Protobuf.Of(reflect.TypeOf(m))
		if err != nil {
			b.Fatal(err)
		}
		c, err := jit.CompileInSteps(s, native.Format, func() {})
		if err != nil {
			b.Fatal(err)
		}
		o := &codec.Settings{}
		o.Limits = o.Resolved()
		data, _ := proto.Marshal(m)
		p := reflect.ValueOf(m).UnsafePointer()
		buf := make([]byte, len(data)+100)
		name := reflect.TypeOf(m).Elem().Name()
		b.Run(name+"/encode/official", func(b *testing.B) {
			for range b.N {
				proto.MarshalOptions{}.MarshalAppend(buf[:0], m)
			}
		})
		b.Run(name+"/encode/ours", func(b *testing.B) {
			for range b.N {
				if n, ok := c.Encode(buf, p, o); !ok || n != len(data) {
					b.Fatal(n, ok, len(data))
				}
			}
		})
		b.Run(name+"/size/ours", func(b *testing.B) {
			for range b.N {
				c.Size(p, o)
			}
		})
		b.Run(name+"/decode/official", func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				proto.Unmarshal(data, m.ProtoReflect().New().Interface())
			}
		})
		b.Run(name+"/decode/ours", func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				v := reflect.New(reflect.TypeOf(m).Elem())
				if _, _, ok := c.Decode(data, v.UnsafePointer(), o); !ok {
					b.Fatal("refused")
				}
			}
		})
	}
}
