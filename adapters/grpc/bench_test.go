package grpcadapter_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/tagwire/tagwire"
	grpcadapter "github.com/tagwire/tagwire/adapters/grpc"
	"github.com/tagwire/tagwire/adapters/grpc/gen/shop"
	"github.com/tagwire/tagwire/rpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

type text struct {
	Value string `frugal:"1" protobuf:"1"`
}

// schemaFile, schemaMessage and schemaField are shop.File, shop.Message and shop.Field by hand.
type schemaFile struct {
	Name     *string          `frugal:"1,optional" protobuf:"1"`
	Package  *string          `frugal:"2,optional" protobuf:"2"`
	Messages []*schemaMessage `frugal:"4,optional,list<schemaMessage>" protobuf:"4"`
}

type schemaMessage struct {
	Name   *string          `frugal:"1,optional" protobuf:"1"`
	Fields []*schemaField   `frugal:"2,optional,list<schemaField>" protobuf:"2"`
	Nested []*schemaMessage `frugal:"3,optional,list<schemaMessage>" protobuf:"3"`
}

type schemaField struct {
	Name     *string `frugal:"1,optional" protobuf:"1"`
	Number   *int32  `frugal:"3,optional" protobuf:"3"`
	Label    *int32  `frugal:"4,optional" protobuf:"4"`
	Type     *int32  `frugal:"5,optional" protobuf:"5"`
	TypeName *string `frugal:"6,optional" protobuf:"6"`
	JSONName *string `frugal:"10,optional" protobuf:"10"`
}

// complexMessages returns the same description of a file as a generated message and as a struct with tags.
func complexMessages() (*shop.File, *schemaFile) {
	full := protodesc.ToFileDescriptorProto(structpb.File_google_protobuf_struct_proto)
	more := protodesc.ToFileDescriptorProto(wrapperspb.File_google_protobuf_wrappers_proto)
	plain := &shop.File{Name: full.Name, Package: full.Package}
	tagged := &schemaFile{Name: full.Name, Package: full.Package}
	for _, m := range append(full.MessageType, more.MessageType...) {
		p, s := complexMessage(m)
		plain.Messages, tagged.Messages = append(plain.Messages, p), append(tagged.Messages, s)
	}
	return plain, tagged
}

func complexMessage(m *descriptorpb.DescriptorProto) (*shop.Message, *schemaMessage) {
	plain, tagged := &shop.Message{Name: m.Name}, &schemaMessage{Name: m.Name}
	for _, f := range m.Field {
		plain.Fields = append(plain.Fields, &shop.Field{Name: f.Name, Number: f.Number, Label: (*int32)(f.Label),
			Type: (*int32)(f.Type), TypeName: f.TypeName, JsonName: f.JsonName})
		tagged.Fields = append(tagged.Fields, &schemaField{Name: f.Name, Number: f.Number, Label: (*int32)(f.Label),
			Type: (*int32)(f.Type), TypeName: f.TypeName, JSONName: f.JsonName})
	}
	for _, n := range m.NestedType {
		p, s := complexMessage(n)
		plain.Nested, tagged.Nested = append(plain.Nested, p), append(tagged.Nested, s)
	}
	return plain, tagged
}

// payload is one message for grpc's own codec and for ours.
type payload struct {
	name      string
	generated any
	tagged    any
}

func payloads() []payload {
	kilobyte := strings.Repeat("x", 1024)
	plain, tagged := complexMessages()
	return []payload{
		{"1KiB", wrapperspb.String(kilobyte), &text{kilobyte}},
		{"complex", plain, tagged},
	}
}

// each runs a benchmark for each payload and codec: grpc-go's own with generated structs, ours with the same ones and with structs by
// hand, and ours for Thrift.
func each(b *testing.B, run func(b *testing.B, codec encoding.CodecV2, message any)) {
	ours := grpcadapter.NewProtoCodec()
	for _, p := range payloads() {
		generated, tagged := reflect.TypeOf(p.generated).Elem(), reflect.TypeOf(p.tagged).Elem()
		compile(b, tagged)
		compile(b, tagged, tagwire.WithFormat(tagwire.Protobuf))
		compile(b, generated, tagwire.WithFormat(tagwire.Protobuf))
		b.Run(p.name+"/theirs", func(b *testing.B) { run(b, ownCodec, p.generated) })
		b.Run(p.name+"/proto", func(b *testing.B) { run(b, ours, p.generated) })
		b.Run(p.name+"/proto by hand", func(b *testing.B) { run(b, ours, p.tagged) })
		b.Run(p.name+"/thrift", func(b *testing.B) { run(b, grpcadapter.NewCodec(), p.tagged) })
	}
}

// compile makes native code for a type, where that can run.
func compile(b *testing.B, t reflect.Type, options ...tagwire.Option) {
	if info := tagwire.EngineOf(t, options...); info.Engine != tagwire.Native {
		b.Log(t, "stays on reflection:", info.Reason)
	}
}

// fresh returns a function that makes empty messages of the type of v.
func fresh(v any) func() any {
	t := reflect.TypeOf(v).Elem()
	return func() any { return reflect.New(t).Interface() }
}

// BenchmarkEcho has calls over loopback, by plain grpc-go on both sides.
func BenchmarkEcho(b *testing.B) {
	each(b, func(b *testing.B, codec encoding.CodecV2, message any) {
		empty := fresh(message)
		conn := serve(b, func(s *grpc.Server) {
			s.RegisterService(&grpc.ServiceDesc{ServiceName: "Echo", HandlerType: (*any)(nil), Methods: []grpc.MethodDesc{{
				MethodName: "Echo",
				Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
					request := empty()
					return request, decode(request)
				},
			}}}, nil)
		}, grpc.ForceServerCodecV2(codec))
		b.ReportAllocs()
		for b.Loop() {
			if err := conn.Invoke(context.Background(), "/Echo/Echo", message, empty(), grpc.ForceCodecV2(codec)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkContract is the 1 KiB echo of BenchmarkEcho through a contract on both sides.
func BenchmarkContract(b *testing.B) {
	type echo struct {
		Echo func(ctx context.Context, request *text) (*text, error)
	}
	for name, options := range map[string][]rpc.ContractOption{"thrift": nil, "proto": {rpc.Protobuf()}} {
		b.Run(name, func(b *testing.B) {
			svc := rpc.NewService("Echo")
			rpc.Implement[echo](svc, &echo{func(_ context.Context, request *text) (*text, error) { return request, nil }}, options...)
			desc, err := grpcadapter.ServiceDesc(svc)
			if err != nil {
				b.Fatal(err)
			}
			conn := serve(b, func(s *grpc.Server) { s.RegisterService(desc, nil) })
			var client echo
			if err := grpcadapter.Fill(conn, "Echo", &client, options...); err != nil {
				b.Fatal(err)
			}
			request := &text{strings.Repeat("x", 1024)}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := client.Echo(context.Background(), request); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCodec has what grpc does to encode and to decode a message.
func BenchmarkCodec(b *testing.B) {
	each(b, func(b *testing.B, codec encoding.CodecV2, message any) {
		empty := fresh(message)
		out, err := codec.Marshal(message)
		if err != nil {
			b.Fatal(err)
		}
		data := mem.BufferSlice{mem.SliceBuffer(out.Materialize())}
		b.Run("encode", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				out, err := codec.Marshal(message)
				if err != nil {
					b.Fatal(err)
				}
				out.Free()
			}
		})
		b.Run("decode", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := codec.Unmarshal(data, empty()); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

// BenchmarkOverhead has the root package beside what the codecs add to it, for a struct of one short string.
func BenchmarkOverhead(b *testing.B) {
	b.Run("thrift", func(b *testing.B) { overhead(b, grpcadapter.NewCodec()) })
	b.Run("proto", func(b *testing.B) { overhead(b, grpcadapter.NewProtoCodec(), tagwire.WithFormat(tagwire.Protobuf)) })
}

func overhead(b *testing.B, codec encoding.CodecV2, options ...tagwire.Option) {
	message := &text{"short"}
	compile(b, reflect.TypeFor[text](), options...)
	root, err := tagwire.For[text](options...)
	if err != nil {
		b.Fatal(err)
	}
	data, err := root.Append(nil, message)
	if err != nil {
		b.Fatal(err)
	}
	buffers := mem.BufferSlice{mem.SliceBuffer(data)}
	var sink mem.BufferSlice
	b.Run("encode/root", func(b *testing.B) {
		for b.Loop() {
			data, err := root.Append(nil, message)
			if err != nil {
				b.Fatal(err)
			}
			sink = mem.BufferSlice{mem.SliceBuffer(data)}
		}
	})
	b.Run("encode/codec", func(b *testing.B) {
		for b.Loop() {
			if sink, err = codec.Marshal(message); err != nil {
				b.Fatal(err)
			}
		}
	})
	sink.Free()
	b.Run("decode/root", func(b *testing.B) {
		for b.Loop() {
			if _, err := root.Decode(data, message); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode/codec", func(b *testing.B) {
		for b.Loop() {
			if err := codec.Unmarshal(buffers, message); err != nil {
				b.Fatal(err)
			}
		}
	})
}
