package connectadapter_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	connect2 "connectrpc.com/connect/v2"
	"github.com/tagwire/tagwire"
	connectadapter "github.com/tagwire/tagwire/adapters/connect"
	"github.com/tagwire/tagwire/adapters/connect/connectv2"
	"github.com/tagwire/tagwire/adapters/connect/gen/addition"
	"github.com/tagwire/tagwire/adapters/connect/gen/depot"
	"github.com/tagwire/tagwire/adapters/connect/gen/locked"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// box is depot.Crate by hand.
type box struct {
	Name          string            `protobuf:"1"`
	Tags          map[string]string `protobuf:"2"`
	Inner         *box              `protobuf:"3"`
	Data          []byte            `protobuf:"4"`
	Cents         *int64            `protobuf:"5,oneof=price"`
	OnRequest     *string           `protobuf:"6,oneof=price"`
	Stock         []int64           `protobuf:"7,zigzag"`
	unknownFields []byte            //lint:ignore U1000 what Crate has and this one has not is kept here
}

// strict is addition.Strict by hand.
type strict struct {
	Name *string `protobuf:"1,required"`
}

// wrapper is a message of the library since it embeds one. So is anyMessage, whose zero value panics.
type wrapper struct {
	*depot.Crate
	Note string
}

type anyMessage struct{ proto.Message }

func crate(size int) *depot.Crate {
	return &depot.Crate{Name: "outer", Tags: map[string]string{"a": "b", "c": "d"}, Inner: &depot.Crate{Name: "inner"},
		Data: bytes.Repeat([]byte("d"), size), Price: &depot.Crate_OnRequest{OnRequest: "ask"}, Stock: []int64{1, -1, 300}}
}

func byHand(size int) *box {
	ask := "ask"
	return &box{Name: "outer", Tags: map[string]string{"a": "b", "c": "d"}, Inner: &box{Name: "inner"},
		Data: bytes.Repeat([]byte("d"), size), OnRequest: &ask, Stock: []int64{1, -1, 300}}
}

func safe(label string) *locked.Safe {
	made := new(locked.Safe)
	made.SetLabel(label)
	return made
}

func withExtension() *addition.Extended {
	m := &addition.Extended{Name: proto.String("x")}
	proto.SetExtension(m, addition.E_Note, "noted")
	return m
}

// protoCodecs returns those of both versions with the options, and with the ways that connect uses them.
func protoCodecs(options ...tagwire.Option) map[string]codec {
	first, second := connectadapter.NewProtoCodec(options...), connectv2.NewProtoCodec(options...)
	return map[string]codec{
		"v1": {first.Marshal, first.Unmarshal},
		"v1 appends": {func(v any) ([]byte, error) {
			data, err := first.(appender).MarshalAppend(append(make([]byte, 0, 512), "before"...), v)
			return bytes.TrimPrefix(data, []byte("before")), err
		}, first.Unmarshal},
		"v1 stable": {first.(interface{ MarshalStable(any) ([]byte, error) }).MarshalStable, first.Unmarshal},
		"v2":        asCodec(second.MarshalWrite, second),
		"v2 stable": asCodec(second.(connect2.StableCodec).MarshalWriteStable, second),
		"v2 by plain readers and writers": {func(v any) ([]byte, error) {
			var out bytes.Buffer
			err := second.MarshalWrite(context.Background(), struct{ io.Writer }{&out}, v)
			return out.Bytes(), err
		}, func(data []byte, v any) error {
			return second.UnmarshalRead(context.Background(), iotest.OneByteReader(bytes.NewReader(data)), v)
		}},
	}
}

func asCodec(write func(context.Context, io.Writer, any) error, c connect2.Codec) codec {
	return codec{func(v any) ([]byte, error) {
		var out bytes.Buffer
		err := write(context.Background(), &out, v)
		return out.Bytes(), err
	}, func(data []byte, v any) error { return c.UnmarshalRead(context.Background(), bytes.NewBuffer(data), v) }}
}

func eachProtoCodec(t *testing.T, test func(t *testing.T, c codec), options ...tagwire.Option) {
	for name, c := range protoCodecs(options...) {
		t.Run(name, func(t *testing.T) { test(t, c) })
	}
}

// TestProtoInPlaceOfTheirs has ours and the library read what the other one has written.
func TestProtoInPlaceOfTheirs(t *testing.T) {
	unknown := crate(1)
	unknown.ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 99, protowire.VarintType), 7))
	dynamic := dynamicpb.NewMessage(unknown.ProtoReflect().Descriptor())
	proto.Merge(dynamic, crate(3))
	eachProtoCodec(t, func(t *testing.T, c codec) {
		for _, row := range []struct {
			message  proto.Message
			fallback bool
		}{
			{crate(0), false}, {crate(5000), false}, {unknown, false}, {new(depot.Crate), false}, {(*depot.Crate)(nil), false},
			{withExtension(), false}, {protodesc.ToFileDescriptorProto(descriptorpb.File_google_protobuf_descriptor_proto), false},
			{safe("x"), true}, {(*locked.Safe)(nil), true}, {dynamic, true}, {&wrapper{crate(1), "lost"}, true}, {&anyMessage{crate(1)}, true},
			{anyMessage{crate(1)}, true},
		} {
			m := row.message
			for _, err := range []error{connectadapter.Fallback(m), connectv2.Fallback(m)} {
				if (err != nil) != row.fallback {
					t.Errorf("%T: the reason to fall back is %v", m, err)
				}
			}
			ours, err := c.encode(m)
			if err != nil {
				t.Errorf("%T: %v", m, err)
				continue
			}
			theirs, err := proto.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			fresh := m.ProtoReflect().New().Interface
			switch m.(type) {
			case *wrapper, *anyMessage, anyMessage:
				fresh = func() proto.Message { return &anyMessage{new(depot.Crate)} }
			}
			got, read := fresh(), fresh()
			if err := errors.Join(proto.Unmarshal(ours, got), c.decode(theirs, read)); err != nil {
				t.Errorf("%T: %v", m, err)
			}
			if valid := m.ProtoReflect().IsValid(); valid && !(proto.Equal(got, m) && proto.Equal(read, m)) || !valid && len(ours) > 0 {
				t.Errorf("%T: got %v and %v", m, got, read)
			}
		}
		note := new(addition.Extended)
		data, err := c.encode(withExtension())
		if err := errors.Join(err, c.decode(data, note)); err != nil || proto.GetExtension(note, addition.E_Note) != "noted" {
			t.Error(note, err)
		}
	})
}

func TestProtoStable(t *testing.T) {
	for name, c := range protoCodecs() {
		if !strings.Contains(name, "stable") {
			continue
		}
		for _, m := range []proto.Message{crate(3), safe("x")} {
			want, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			for range 10 {
				if got, err := c.encode(m); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s: % x, %v", name, got, err)
				}
			}
		}
	}
}

func TestProtoByHandOutlivesBuffers(t *testing.T) {
	for _, options := range [][]tagwire.Option{nil, {tagwire.WithZeroCopy()}, {tagwire.WithOwnedStrings()}, {tagwire.WithFormat(tagwire.ThriftCompact)}} {
		eachProtoCodec(t, func(t *testing.T, c codec) {
			for _, size := range []int{1, 10, 600, 2000, 100_000, 10, 3000, 2 << 20} {
				sent, got := byHand(size), new(box)
				data, err := c.encode(sent)
				if err != nil {
					t.Fatal(err)
				}
				clear(sent.Data)
				back := new(depot.Crate)
				if err := errors.Join(c.decode(data, got), proto.Unmarshal(data, back)); err != nil {
					t.Fatal(err)
				}
				for i := range data {
					data[i] = 0xdb
				}
				// The pooled buffer of v2 is used again.
				if err := c.decode([]byte("\x0a\x01x"), new(box)); err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got, byHand(size)) || !proto.Equal(back, crate(size)) {
					t.Fatalf("%d bytes: got %.200v", size, got)
				}
			}
		}, options...)
	}
}

func TestProtoTruncatedAndChanged(t *testing.T) {
	eachProtoCodec(t, func(t *testing.T, c codec) {
		whole, err := c.encode(crate(20))
		if err != nil {
			t.Fatal(err)
		}
		try := func(data []byte) {
			t.Helper()
			theirs := proto.Unmarshal(data, new(depot.Crate))
			for _, v := range []any{new(depot.Crate), new(box)} {
				err := c.decode(data, v)
				var failure *tagwire.Error
				if (err == nil) != (theirs == nil) || err != nil && !errors.As(err, &failure) {
					t.Fatalf("% x into %T: %v, the library %v", data, v, err, theirs)
				}
			}
		}
		for n := range whole {
			try(whole[:n])
			for _, value := range []byte{0, 1, 3, 4, 0x7f, 0x80, 0xff} {
				changed := bytes.Clone(whole)
				changed[n] = value
				try(changed)
			}
		}
	})
}

func TestProtoRefusals(t *testing.T) {
	type wrongNumber struct {
		A string `protobuf:"0"`
	}
	number := 1
	eachProtoCodec(t, func(t *testing.T, c codec) {
		for _, row := range []struct {
			value any
			want  string
		}{
			{nil, "nil is none"}, {1, "int is none"}, {&number, "*int is none"}, {box{}, "box is none"}, {new(*box), "**connectadapter_test.box is none"},
			{[]byte("x"), "[]uint8 is none"}, {&untagged{}, "no field of connectadapter_test.untagged has a tag"},
			{&notFound{}, "no field of connectadapter_test.notFound has a tag"}, {&wrongNumber{}, "wrongNumber.A"},
		} {
			for range 2 {
				if _, err := c.encode(row.value); err == nil || !strings.Contains(err.Error(), row.want) {
					t.Errorf("encode %T: %v", row.value, err)
				}
				if err := c.decode([]byte{0x50, 1}, row.value); err == nil || !strings.Contains(err.Error(), row.want) {
					t.Errorf("decode %T: %v", row.value, err)
				}
			}
		}
		for _, v := range []any{&depot.Crate{Name: "\xff"}, &box{Name: "\xff"}} {
			if _, err := c.encode(v); !errors.Is(err, tagwire.ErrInvalidData) {
				t.Errorf("%T with a name that is not UTF-8: %v", v, err)
			}
			if err := c.decode([]byte("\x0a\x01\xff"), v); !errors.Is(err, tagwire.ErrInvalidData) {
				t.Errorf("%T from a name that is not UTF-8: %v", v, err)
			}
		}
		for _, v := range []any{new(addition.Strict), new(strict)} {
			if _, err := c.encode(v); !errors.Is(err, tagwire.ErrRequired) {
				t.Errorf("%T without its required field: %v", v, err)
			}
			if err := c.decode(nil, v); !errors.Is(err, tagwire.ErrRequired) {
				t.Errorf("%T from no bytes: %v", v, err)
			}
		}
		for _, v := range []any{(*depot.Crate)(nil), (*box)(nil), (*locked.Safe)(nil), (*addition.Extended)(nil)} {
			if err := c.decode([]byte{0x50, 1}, v); err == nil {
				t.Errorf("decoded into a nil %T", v)
			}
			if data, err := c.encode(v); err != nil || len(data) > 0 {
				t.Errorf("a nil %T is % x, %v", v, data, err)
			}
		}
	})
	eachProtoCodec(t, func(t *testing.T, c codec) {
		data, err := proto.Marshal(crate(3000))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []any{crate(5000), byHand(5000)} {
			if _, err := c.encode(v); !errors.Is(err, tagwire.ErrSizeLimit) {
				t.Error(err)
			}
			if err := c.decode(data, v); !errors.Is(err, tagwire.ErrSizeLimit) {
				t.Error(err)
			}
		}
	}, tagwire.WithMaxAlloc(1000), tagwire.WithMaxSize(4000))
	eachProtoCodec(t, func(t *testing.T, c codec) {
		// An option that cannot be met is an error, and no reason to do without it.
		if _, err := c.encode(crate(1)); !errors.Is(err, tagwire.ErrUnsupportedType) {
			t.Error(err)
		}
	}, tagwire.WithEngine(99))
}

func TestProtoConcurrentUse(t *testing.T) {
	messages := []proto.Message{crate(3), safe("x"), withExtension(), &wrapper{crate(1), ""}}
	for _, c := range protoCodecs() {
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for i := range 50 {
					m := messages[i%3]
					data, err := c.encode(m)
					got := m.ProtoReflect().New().Interface()
					if err := errors.Join(err, c.decode(data, got)); err != nil || !proto.Equal(got, m) {
						t.Errorf("%T: %v", m, err)
					}
				}
			})
		}
		group.Wait()
	}
}
