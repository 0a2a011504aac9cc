package grpcadapter_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/tagwire/tagwire"
	grpcadapter "github.com/tagwire/tagwire/adapters/grpc"
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
	Value string `frugal:"1"`
}

// schemaFile, schemaMessage and schemaField have the fields of descriptorpb that a file with messages sets.
type schemaFile struct {
	Name     *string          `frugal:"1,optional"`
	Package  *string          `frugal:"2,optional"`
	Messages []*schemaMessage `frugal:"4,optional,list<schemaMessage>"`
}

type schemaMessage struct {
	Name   *string          `frugal:"1,optional"`
	Fields []*schemaField   `frugal:"2,optional,list<schemaField>"`
	Nested []*schemaMessage `frugal:"3,optional,list<schemaMessage>"`
}

type schemaField struct {
	Name     *string `frugal:"1,optional"`
	Number   *int32  `frugal:"3,optional"`
	Label    *int32  `frugal:"4,optional"`
	Type     *int32  `frugal:"5,optional"`
	TypeName *string `frugal:"6,optional"`
	JSONName *string `frugal:"10,optional"`
}

// complexMessages returns the same description of a file as a message of Protobuf and as a struct with tags.
func complexMessages() (*descriptorpb.FileDescriptorProto, *schemaFile) {
	full := protodesc.ToFileDescriptorProto(structpb.File_google_protobuf_struct_proto)
	more := protodesc.ToFileDescriptorProto(wrapperspb.File_google_protobuf_wrappers_proto)
	plain := &descriptorpb.FileDescriptorProto{Name: full.Name, Package: full.Package}
	tagged := &schemaFile{Name: full.Name, Package: full.Package}
	for _, m := range append(full.MessageType, more.MessageType...) {
		p, s := complexMessage(m)
		plain.MessageType, tagged.Messages = append(plain.MessageType, p), append(tagged.Messages, s)
	}
	return plain, tagged
}

func complexMessage(m *descriptorpb.DescriptorProto) (*descriptorpb.DescriptorProto, *schemaMessage) {
	plain, tagged := &descriptorpb.DescriptorProto{Name: m.Name}, &schemaMessage{Name: m.Name}
	for _, f := range m.Field {
		plain.Field = append(plain.Field, &descriptorpb.FieldDescriptorProto{
			Name: f.Name, Number: f.Number, Label: f.Label, Type: f.Type, TypeName: f.TypeName, JsonName: f.JsonName})
		tagged.Fields = append(tagged.Fields, &schemaField{Name: f.Name, Number: f.Number, Label: (*int32)(f.Label),
			Type: (*int32)(f.Type), TypeName: f.TypeName, JSONName: f.JsonName})
	}
	for _, n := range m.NestedType {
		p, s := complexMessage(n)
		plain.NestedType, tagged.Nested = append(plain.NestedType, p), append(tagged.Nested, s)
	}
	return plain, tagged
}

// payload is one message for grpc's own codec and for ours.
type payload struct {
	name   string
	proto  any
	tagged any
}

func payloads() []payload {
	kilobyte := strings.Repeat("x", 1024)
	plain, tagged := complexMessages()
	return []payload{
		{"1KiB", wrapperspb.String(kilobyte), &text{kilobyte}},
		{"complex", plain, tagged},
	}
}

// each runs a benchmark for each payload and codec.
func each(b *testing.B, run func(b *testing.B, codec string, message any)) {
	if err := tagwire.Compile(reflect.TypeFor[text](), reflect.TypeFor[schemaFile]()); err != nil {
		b.Fatal(err)
	}
	for _, p := range payloads() {
		b.Run(p.name+"/proto", func(b *testing.B) { run(b, "proto", p.proto) })
		b.Run(p.name+"/thrift", func(b *testing.B) { run(b, grpcadapter.Name, p.tagged) })
	}
}

// fresh returns a function that makes empty messages of the type of v.
func fresh(v any) func() any {
	t := reflect.TypeOf(v).Elem()
	return func() any { return reflect.New(t).Interface() }
}

// BenchmarkEcho has calls over loopback, by plain grpc-go on both sides.
func BenchmarkEcho(b *testing.B) {
	each(b, func(b *testing.B, codec string, message any) {
		empty := fresh(message)
		conn := serve(b, func(s *grpc.Server) {
			s.RegisterService(&grpc.ServiceDesc{ServiceName: "Echo", HandlerType: (*any)(nil), Methods: []grpc.MethodDesc{{
				MethodName: "Echo",
				Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
					request := empty()
					return request, decode(request)
				},
			}}}, nil)
		})
		b.ReportAllocs()
		for b.Loop() {
			if err := conn.Invoke(context.Background(), "/Echo/Echo", message, empty(), grpc.CallContentSubtype(codec)); err != nil {
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
	svc := rpc.NewService("Echo")
	rpc.Implement[echo](svc, &echo{func(_ context.Context, request *text) (*text, error) { return request, nil }})
	desc, err := grpcadapter.ServiceDesc(svc)
	if err != nil {
		b.Fatal(err)
	}
	conn := serve(b, func(s *grpc.Server) { s.RegisterService(desc, nil) })
	var client echo
	if err := grpcadapter.Fill(conn, "Echo", &client); err != nil {
		b.Fatal(err)
	}
	request := &text{strings.Repeat("x", 1024)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Echo(context.Background(), request); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCodec has what grpc does to encode and to decode a message.
func BenchmarkCodec(b *testing.B) {
	each(b, func(b *testing.B, name string, message any) {
		codec, empty := encoding.GetCodecV2(name), fresh(message)
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

// BenchmarkOverhead has the root package beside what the codec adds to it, for a struct of one short string.
func BenchmarkOverhead(b *testing.B) {
	codec, message := encoding.GetCodecV2(grpcadapter.Name), &text{"short"}
	if err := tagwire.Compile(reflect.TypeFor[text]()); err != nil {
		b.Fatal(err)
	}
	data, err := tagwire.Marshal(message)
	if err != nil {
		b.Fatal(err)
	}
	buffers := mem.BufferSlice{mem.SliceBuffer(data)}
	var sink mem.BufferSlice
	b.Run("encode/root", func(b *testing.B) {
		for b.Loop() {
			data, err := tagwire.Marshal(message)
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
			if err := tagwire.Unmarshal(data, message); err != nil {
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
