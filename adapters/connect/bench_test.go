package connectadapter_test

import (
	"bytes"
	"context"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"

	"connectrpc.com/connect"
	connect2 "connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	"connectrpc.com/connect/v2/connectproto"
	"github.com/tagwire/tagwire"
	connectadapter "github.com/tagwire/tagwire/adapters/connect"
	"github.com/tagwire/tagwire/adapters/connect/connectv2"
	"github.com/tagwire/tagwire/adapters/connect/gen/depot"
	"github.com/tagwire/tagwire/rpc"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

type text struct {
	Value string `frugal:"1" protobuf:"1"`
}

// schemaFile, schemaMessage and schemaField are depot.File, depot.Message and depot.Field by hand.
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
func complexMessages() (*depot.File, *schemaFile) {
	full := protodesc.ToFileDescriptorProto(structpb.File_google_protobuf_struct_proto)
	more := protodesc.ToFileDescriptorProto(wrapperspb.File_google_protobuf_wrappers_proto)
	plain := &depot.File{Name: full.Name, Package: full.Package}
	tagged := &schemaFile{Name: full.Name, Package: full.Package}
	for _, m := range append(full.MessageType, more.MessageType...) {
		p, s := complexMessage(m)
		plain.Messages, tagged.Messages = append(plain.Messages, p), append(tagged.Messages, s)
	}
	return plain, tagged
}

func complexMessage(m *descriptorpb.DescriptorProto) (*depot.Message, *schemaMessage) {
	plain, tagged := &depot.Message{Name: m.Name}, &schemaMessage{Name: m.Name}
	for _, f := range m.Field {
		plain.Fields = append(plain.Fields, &depot.Field{Name: f.Name, Number: f.Number, Label: (*int32)(f.Label),
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

func compile(b *testing.B) {
	for _, t := range []reflect.Type{reflect.TypeFor[text](), reflect.TypeFor[schemaFile](), reflect.TypeFor[depot.File](), reflect.TypeFor[wrapperspb.StringValue]()} {
		for _, format := range []tagwire.Format{tagwire.ThriftBinary, tagwire.Protobuf} {
			_, tagged := t.Field(0).Tag.Lookup("frugal")
			if info := tagwire.EngineOf(t, tagwire.WithFormat(format)); info.Engine != tagwire.Native && (tagged || format == tagwire.Protobuf) {
				b.Log(t, "stays on reflection:", info.Reason)
			}
		}
	}
}

// BenchmarkEcho has calls over loopback by plain connect on both sides: with connect's own codec, with ours for the same generated structs
// and for structs by hand, and with ours for Thrift.
func BenchmarkEcho(b *testing.B) {
	compile(b)
	kilobyte := strings.Repeat("x", 1024)
	plain, tagged := complexMessages()
	own1, proto1, thrift1 := connect.WithOptions(), connect.WithCodec(connectadapter.NewProtoCodec()), connect.WithCodec(connectadapter.NewCodec())
	own2, proto2, thrift2 := connectproto.NewBinaryCodec(), connectv2.NewProtoCodec(), connectv2.NewCodec()
	b.Run("v1/1KiB/theirs", func(b *testing.B) { echo1(b, wrapperspb.String(kilobyte), own1) })
	b.Run("v1/1KiB/proto", func(b *testing.B) { echo1(b, wrapperspb.String(kilobyte), proto1) })
	b.Run("v1/1KiB/proto by hand", func(b *testing.B) { echo1(b, &text{kilobyte}, proto1) })
	b.Run("v1/1KiB/thrift", func(b *testing.B) { echo1(b, &text{kilobyte}, thrift1) })
	b.Run("v1/complex/theirs", func(b *testing.B) { echo1(b, plain, own1) })
	b.Run("v1/complex/proto", func(b *testing.B) { echo1(b, plain, proto1) })
	b.Run("v1/complex/proto by hand", func(b *testing.B) { echo1(b, tagged, proto1) })
	b.Run("v1/complex/thrift", func(b *testing.B) { echo1(b, tagged, thrift1) })
	b.Run("v2/1KiB/theirs", func(b *testing.B) { echo2(b, wrapperspb.String(kilobyte), own2) })
	b.Run("v2/1KiB/proto", func(b *testing.B) { echo2(b, wrapperspb.String(kilobyte), proto2) })
	b.Run("v2/1KiB/proto by hand", func(b *testing.B) { echo2(b, &text{kilobyte}, proto2) })
	b.Run("v2/1KiB/thrift", func(b *testing.B) { echo2(b, &text{kilobyte}, thrift2) })
	b.Run("v2/complex/theirs", func(b *testing.B) { echo2(b, plain, own2) })
	b.Run("v2/complex/proto", func(b *testing.B) { echo2(b, plain, proto2) })
	b.Run("v2/complex/proto by hand", func(b *testing.B) { echo2(b, tagged, proto2) })
	b.Run("v2/complex/thrift", func(b *testing.B) { echo2(b, tagged, thrift2) })
}

func echo1[T any](b *testing.B, message *T, own connect.Option) {
	mux := http.NewServeMux()
	mux.Handle("/Echo/Echo", connect.NewUnaryHandler("/Echo/Echo", func(_ context.Context, r *connect.Request[T]) (*connect.Response[T], error) {
		return connect.NewResponse(r.Msg), nil
	}, own))
	client := connect.NewClient[T, T](httpClient(b), listen(b, mux)+"/Echo/Echo", own)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.CallUnary(context.Background(), connect.NewRequest(message)); err != nil {
			b.Fatal(err)
		}
	}
}

func echo2[T any](b *testing.B, message *T, codec connect2.Codec) {
	spec := connect2.Spec{Procedure: "/Echo/Echo"}
	server := connect2.NewServer()
	server.Register(connect2.Method{Spec: spec, Handler: func(_ context.Context, _ connect2.Spec, stream connect2.ServerStream) error {
		request := new(T)
		if err := stream.Receive(request); err != nil {
			return err
		}
		return stream.Send(request)
	}})
	mux := http.NewServeMux()
	connecthttp.Mount(mux, server, connecthttp.WithCodecs(codec))
	client := connect2.NewClient(connecthttp.NewTransport(httpClient(b), listen(b, mux), connecthttp.WithCodecs(codec)))
	b.ReportAllocs()
	for b.Loop() {
		if err := client.CallUnary(context.Background(), spec, message, new(T)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkContract is the 1 KiB echo of BenchmarkEcho through a contract on both sides.
func BenchmarkContract(b *testing.B) {
	compile(b)
	type echo struct {
		Echo func(ctx context.Context, request *text) (*text, error)
	}
	for _, v := range versions {
		b.Run(v.name, func(b *testing.B) {
			svc := rpc.NewService("Echo")
			rpc.Implement[echo](svc, &echo{func(_ context.Context, request *text) (*text, error) { return request, nil }})
			mux := http.NewServeMux()
			v.serve(b, mux, svc)
			var client echo
			v.fill(b, listen(b, mux), connect.ProtocolConnect, "Echo", &client)
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

// BenchmarkCodec has what connect does to encode and to decode a message, with the codecs of BenchmarkEcho.
func BenchmarkCodec(b *testing.B) {
	compile(b)
	kilobyte := strings.Repeat("x", 1024)
	plain, tagged := complexMessages()
	for _, row := range []struct {
		name    string
		codec   connect2.Codec
		message any
	}{
		{"1KiB/theirs", connectproto.NewBinaryCodec(), wrapperspb.String(kilobyte)},
		{"1KiB/proto", connectv2.NewProtoCodec(), wrapperspb.String(kilobyte)},
		{"1KiB/proto by hand", connectv2.NewProtoCodec(), &text{kilobyte}},
		{"1KiB/thrift", connectv2.NewCodec(), &text{kilobyte}},
		{"complex/theirs", connectproto.NewBinaryCodec(), plain},
		{"complex/proto", connectv2.NewProtoCodec(), plain},
		{"complex/proto by hand", connectv2.NewProtoCodec(), tagged},
		{"complex/thrift", connectv2.NewCodec(), tagged},
	} {
		var out bytes.Buffer
		if err := row.codec.MarshalWrite(context.Background(), &out, row.message); err != nil {
			b.Fatal(err)
		}
		b.Run(row.name+"/encode", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				out.Reset()
				if err := row.codec.MarshalWrite(context.Background(), &out, row.message); err != nil {
					b.Fatal(err)
				}
			}
		})
		empty := reflect.TypeOf(row.message).Elem()
		in := bytes.NewReader(nil)
		b.Run(row.name+"/decode", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				in.Reset(out.Bytes())
				if err := row.codec.UnmarshalRead(context.Background(), in, reflect.New(empty).Interface()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOverhead has the root package beside what the codecs add to it, for a struct of one short string.
func BenchmarkOverhead(b *testing.B) {
	compile(b)
	first, second, message := connectadapter.NewCodec().(appender), connectv2.NewCodec(), &text{"short"}
	data, err := tagwire.Marshal(message)
	if err != nil {
		b.Fatal(err)
	}
	buffer := make([]byte, 0, 512)
	b.Run("encode/root", func(b *testing.B) {
		for b.Loop() {
			if _, err := tagwire.Append(buffer, message); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encode/v1", func(b *testing.B) {
		for b.Loop() {
			if _, err := first.MarshalAppend(buffer, message); err != nil {
				b.Fatal(err)
			}
		}
	})
	out := bytes.NewBuffer(buffer)
	b.Run("encode/root into a bytes.Buffer", func(b *testing.B) {
		for b.Loop() {
			out.Reset()
			data, err := tagwire.Append(out.AvailableBuffer(), message)
			if err != nil {
				b.Fatal(err)
			}
			out.Write(data)
		}
	})
	b.Run("encode/v2", func(b *testing.B) {
		for b.Loop() {
			out.Reset()
			if err := second.MarshalWrite(context.Background(), out, message); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode/root", func(b *testing.B) {
		for b.Loop() {
			if err := tagwire.Unmarshal(data, message); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode/v1", func(b *testing.B) {
		codec := connectadapter.NewCodec()
		for b.Loop() {
			if err := codec.Unmarshal(data, message); err != nil {
				b.Fatal(err)
			}
		}
	})
	in, pool := bytes.NewReader(nil), sync.Pool{New: func() any { return new(bytes.Buffer) }}
	b.Run("decode/root from a reader by a pooled buffer", func(b *testing.B) {
		for b.Loop() {
			in.Reset(data)
			pooled := pool.Get().(*bytes.Buffer)
			pooled.Reset()
			if _, err := pooled.ReadFrom(in); err != nil {
				b.Fatal(err)
			}
			if err := tagwire.Unmarshal(pooled.Bytes(), message); err != nil {
				b.Fatal(err)
			}
			pool.Put(pooled)
		}
	})
	b.Run("decode/v2", func(b *testing.B) {
		for b.Loop() {
			in.Reset(data)
			if err := second.UnmarshalRead(context.Background(), in, message); err != nil {
				b.Fatal(err)
			}
		}
	})
}
