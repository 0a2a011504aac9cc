package grpcadapter_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/tagwire/tagwire"
	grpcadapter "github.com/tagwire/tagwire/adapters/grpc"
	"github.com/tagwire/tagwire/adapters/grpc/gen/extended"
	"github.com/tagwire/tagwire/adapters/grpc/gen/sealed"
	"github.com/tagwire/tagwire/adapters/grpc/gen/shop"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// ownCodec is grpc-go's own, taken before main_test.go registers another one in its place.
var ownCodec = encoding.GetCodecV2("proto")

// product is shop.Item by hand.
type product struct {
	Name          string            `protobuf:"1"`
	Tags          map[string]string `protobuf:"2"`
	Inner         *product          `protobuf:"3"`
	Data          []byte            `protobuf:"4"`
	Cents         *int64            `protobuf:"5,oneof=price"`
	OnRequest     *string           `protobuf:"6,oneof=price"`
	Stock         []int64           `protobuf:"7,zigzag"`
	unknownFields []byte            //lint:ignore U1000 what Item has and this one has not is kept here
}

// strict is extended.Strict by hand.
type strict struct {
	Name *string `protobuf:"1,required"`
}

// ancient looks like what gogo/protobuf generates: its methods are those of version 1 of the library, and a struct is held by value.
type ancient struct {
	Name                 string       `protobuf:"bytes,1,opt,name=name,proto3" json:"name,omitempty"`
	Inner                ancientInner `protobuf:"bytes,3,opt,name=inner,proto3" json:"inner"`
	XXX_NoUnkeyedLiteral struct{}     `json:"-"`
	XXX_unrecognized     []byte       `json:"-"`
	XXX_sizecache        int32        `json:"-"`
}

func (m *ancient) Reset()       { *m = ancient{} }
func (*ancient) String() string { return "ancient" }
func (*ancient) ProtoMessage()  {}

type ancientInner struct {
	Name string `protobuf:"bytes,1,opt,name=name,proto3" json:"name,omitempty"`
}

func (m *ancientInner) Reset()       { *m = ancientInner{} }
func (*ancientInner) String() string { return "inner" }
func (*ancientInner) ProtoMessage()  {}

// wrapper is a message of the library since it embeds one. So are anyMessage, whose zero value panics, and bundle.
type wrapper struct {
	*shop.Item
	Note string
}

type anyMessage struct{ proto.Message }

type bundle struct{ *ancient }

// custom has a type that is not for the library.
type custom struct {
	ID [16]byte `protobuf:"bytes,1,opt,name=id,proto3,customtype=UUID"`
}

func (m *custom) Reset()       { *m = custom{} }
func (*custom) String() string { return "custom" }
func (*custom) ProtoMessage()  {}

// quantity has a form on the wire that its own methods know, and no tags.
type quantity struct {
	amount int64 //lint:ignore U1000 it makes the type one with fields that have no tags
	Format string
}

func (m *quantity) Reset()         { *m = quantity{} }
func (m *quantity) String() string { return m.Format }
func (*quantity) ProtoMessage()    {}
func (m *quantity) Marshal() ([]byte, error) {
	return append([]byte{0x0a, byte(len(m.Format))}, m.Format...), nil
}
func (m *quantity) Size() int { return 2 + len(m.Format) }

func (m *quantity) Unmarshal(data []byte) error {
	m.Format = string(data[2:])
	return nil
}

// These have a quantity as a field, in a list and in a map.
type (
	limit struct {
		One *quantity `protobuf:"bytes,2,opt,name=one"`
	}
	limits struct {
		Many []*quantity `protobuf:"bytes,3,rep,name=many"`
	}
	resources struct {
		Named map[string]*quantity `protobuf:"bytes,4,rep,name=named" protobuf_key:"bytes,1,opt,name=key" protobuf_val:"bytes,2,opt,name=value"`
	}
)

func (m *limit) Reset()           { *m = limit{} }
func (*limit) String() string     { return "limit" }
func (*limit) ProtoMessage()      {}
func (m *limits) Reset()          { *m = limits{} }
func (*limits) String() string    { return "limits" }
func (*limits) ProtoMessage()     {}
func (m *resources) Reset()       { *m = resources{} }
func (*resources) String() string { return "resources" }
func (*resources) ProtoMessage()  {}

// emptyOfGogo looks like an empty message of gogo/protobuf.
type emptyOfGogo struct {
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *emptyOfGogo) Reset()       { *m = emptyOfGogo{} }
func (*emptyOfGogo) String() string { return "empty" }
func (*emptyOfGogo) ProtoMessage()  {}

func stringOf(s string) *string { return &s }

func goods(size int) *shop.Item {
	return &shop.Item{Name: "outer", Tags: map[string]string{"a": "b"}, Inner: &shop.Item{Name: "inner"},
		Data: bytes.Repeat([]byte("d"), size), Price: &shop.Item_OnRequest{OnRequest: "ask"}, Stock: []int64{1, -1, 300}}
}

func byHand(size int) *product {
	return &product{Name: "outer", Tags: map[string]string{"a": "b"}, Inner: &product{Name: "inner"},
		Data: bytes.Repeat([]byte("d"), size), OnRequest: stringOf("ask"), Stock: []int64{1, -1, 300}}
}

func withExtension() *extended.Extended {
	m := &extended.Extended{Name: stringOf("x")}
	proto.SetExtension(m, extended.E_Note, "noted")
	return m
}

// generated returns messages of all kinds. By Fallback those from the one with the index fallbacks on are for the library.
func generated(t testing.TB) (messages []proto.Message, fallbacks int) {
	dynamic := dynamicpb.NewMessage((*shop.Item)(nil).ProtoReflect().Descriptor())
	proto.Merge(dynamic, goods(3))
	packed, err := anypb.New(goods(1))
	if err != nil {
		t.Fatal(err)
	}
	object, err := structpb.NewStruct(map[string]any{"a": []any{1, "b", nil, true}})
	if err != nil {
		t.Fatal(err)
	}
	box := new(sealed.Box)
	box.SetLabel("outer")
	box.SetBoxes([]*sealed.Box{{}, {}})
	unknown := goods(1)
	unknown.ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 99, protowire.VarintType), 7))
	messages = []proto.Message{
		goods(0), goods(5000), unknown, new(shop.Item), (*shop.Item)(nil), new(shop.Nothing), packed, object, timestamppb.Now(), wrapperspb.String("ü"),
		withExtension(), &extended.Around{Extended: withExtension(), Extensible: &extended.Extensible{Name: stringOf("y")}},
		&extended.Strict{Name: stringOf("")}, protodesc.ToFileDescriptorProto(descriptorpb.File_google_protobuf_descriptor_proto),
	}
	return append(messages, box, new(sealed.Box), (*sealed.Box)(nil), dynamic, &wrapper{Item: goods(1), Note: "lost by the library, too"}, anyMessage{goods(1)}, &anyMessage{goods(1)}), len(messages)
}

func encoded(t testing.TB, codec encoding.CodecV2, v any) []byte {
	t.Helper()
	out, err := codec.Marshal(v)
	if err != nil {
		t.Fatalf("%T: %v", v, err)
	}
	data := out.Materialize()
	out.Free()
	return data
}

func decoded(t testing.TB, codec encoding.CodecV2, data []byte, v any) {
	t.Helper()
	in := split(data, max(7, len(data)/100))
	if err := codec.Unmarshal(in, v); err != nil {
		t.Fatalf("%T: %v", v, err)
	}
	in.Free()
}

// TestProtoInPlaceOfTheirs has each codec read what the other one has written.
func TestProtoInPlaceOfTheirs(t *testing.T) {
	ours := encoding.GetCodecV2(grpcadapter.ProtoName)
	messages, fallbacks := generated(t)
	for i, m := range messages {
		if err := grpcadapter.Fallback(m); (err != nil) != (i >= fallbacks) && reflect.TypeOf(m).Kind() == reflect.Pointer {
			t.Errorf("%T: the reason to fall back is %v", m, err)
		}
		if reflect.TypeOf(m).Kind() != reflect.Pointer {
			// grpc-go's own codec takes what is no pointer to a struct, and so does this one.
			if got := encoded(t, ours, m); !bytes.Equal(got, encoded(t, ownCodec, m)) {
				t.Errorf("%T: % x", m, got)
			}
			continue
		}
		for _, pair := range [][2]encoding.CodecV2{{ours, ownCodec}, {ownCodec, ours}, {ours, ours}} {
			data := encoded(t, pair[0], m)
			var got proto.Message
			switch m.(type) {
			case *wrapper:
				got = &wrapper{Item: new(shop.Item)}
			case *anyMessage:
				got = &anyMessage{new(shop.Item)}
			default:
				got = m.ProtoReflect().New().Interface()
			}
			decoded(t, pair[1], data, got)
			if want := m.ProtoReflect(); want.IsValid() && !proto.Equal(got, m) || !want.IsValid() && proto.Size(got) > 0 {
				t.Errorf("%T: got %v", m, got)
			}
		}
	}
}

func TestProtoByHand(t *testing.T) {
	ours := grpcadapter.NewProtoCodec()
	for _, size := range []int{0, 10, 600, 2000, 100_000, 10, 3000} {
		got := new(product)
		decoded(t, ours, encoded(t, ownCodec, goods(size)), got)
		want := byHand(size)
		if size == 0 {
			want.Data = nil
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%d bytes: got %.200v", size, got)
		}
		back := new(shop.Item)
		decoded(t, ownCodec, encoded(t, ours, got), back)
		if !proto.Equal(back, goods(size)) {
			t.Fatalf("%d bytes: got %.200v", size, back)
		}
	}
}

func TestProtoOfVersion1(t *testing.T) {
	ours := grpcadapter.NewProtoCodec()
	sent := &ancient{Name: "a", Inner: ancientInner{"b"}}
	got, item := new(ancient), new(shop.Item)
	data := encoded(t, ours, sent)
	decoded(t, ours, append(data, 0x50, 1), got)
	if got.Name != "a" || got.Inner.Name != "b" || string(got.XXX_unrecognized) != "\x50\x01" {
		t.Errorf("%+v", got)
	}
	decoded(t, ownCodec, data, item)
	if item.GetInner().GetName() != "b" {
		t.Error(item)
	}
	if err := grpcadapter.Fallback(got); err != nil {
		t.Error(err)
	}
	if err := grpcadapter.Fallback(new(bundle)); err == nil {
		t.Error("what embeds a message is one of its own")
	}
	if got := encoded(t, ours, &bundle{sent}); !bytes.Equal(got, encoded(t, ownCodec, &bundle{sent})) {
		t.Errorf("% x", got)
	}
	// The library has no codec for it, either.
	if _, err := ours.Marshal(&custom{ID: [16]byte{1}}); err == nil {
		t.Error("encoded what nothing can")
	}
	if err := ours.Unmarshal(split([]byte{0x0a, 1, 1}, 1), new(custom)); err == nil {
		t.Error("decoded what nothing can")
	}
}

// TestProtoOwnMethods: messages whose own methods alone know their form go through the library, which calls them.
func TestProtoOwnMethods(t *testing.T) {
	ours := grpcadapter.NewProtoCodec()
	for _, row := range []struct {
		message any
		want    string
	}{
		{&quantity{Format: "5"}, "\x0a\x015"},
		{&limit{&quantity{Format: "5"}}, "\x12\x03\x0a\x015"},
		{&limits{[]*quantity{{Format: "5"}, {Format: "16"}}}, "\x1a\x03\x0a\x015\x1a\x04\x0a\x0216"},
		{&resources{map[string]*quantity{"c": {Format: "5"}}}, "\x22\x08\x0a\x01c\x12\x03\x0a\x015"},
	} {
		data := encoded(t, ours, row.message)
		if string(data) != row.want || !bytes.Equal(data, encoded(t, ownCodec, row.message)) {
			t.Errorf("%T: % x", row.message, data)
		}
		back := reflect.New(reflect.TypeOf(row.message).Elem()).Interface()
		decoded(t, ours, data, back)
		if !reflect.DeepEqual(back, row.message) {
			t.Errorf("%T: %+v", row.message, back)
		}
		if err := grpcadapter.Fallback(row.message); err == nil {
			t.Errorf("%T does not go through the library", row.message)
		}
	}
	for _, empty := range []any{new(emptypb.Empty), new(emptyOfGogo)} {
		decoded(t, ours, []byte{0x50, 1}, empty)
		if got := encoded(t, ours, empty); string(got) != "\x50\x01" {
			t.Errorf("%T: % x", empty, got)
		}
		if err := grpcadapter.Fallback(empty); err != nil {
			t.Error(err)
		}
	}
}

// TestProtoOutlivesBuffers has a pool that overwrites what comes back.
func TestProtoOutlivesBuffers(t *testing.T) {
	for _, options := range [][]tagwire.Option{nil, {tagwire.WithZeroCopy()}, {tagwire.WithOwnedStrings()}, {tagwire.WithFormat(tagwire.ThriftCompact)}} {
		ours := grpcadapter.NewProtoCodec(options...)
		for _, size := range []int{0, 10, 600, 2000, 100_000, 10, 3000, 3000} {
			for _, part := range []int{1, 7, 2000} {
				sent := goods(size)
				out, err := ours.Marshal(sent)
				if err != nil {
					t.Fatal(err)
				}
				clear(sent.Data)
				in, got := split(out.Materialize(), max(part, size/200)), new(shop.Item)
				out.Free()
				if err := ours.Unmarshal(in, got); err != nil {
					t.Fatal(err)
				}
				in.Free()
				if !proto.Equal(got, goods(size)) {
					t.Fatalf("%d bytes in parts of %d: got %.200v", size, part, got)
				}
			}
		}
	}
}

func TestProtoExtensions(t *testing.T) {
	ours := encoding.GetCodecV2(grpcadapter.ProtoName)
	around := &extended.Around{Extended: withExtension()}
	got := new(extended.Around)
	decoded(t, ours, encoded(t, ours, around), got)
	if note := proto.GetExtension(got.Extended, extended.E_Note); note != "noted" {
		t.Error("in a message inside:", note)
	}
	if protoregistry.GlobalTypes.NumExtensionsByMessage("extended.Extensible") > 0 {
		return // the test has run before
	}
	// One that is not registered is an unknown field until it is.
	data := protowire.AppendString(protowire.AppendTag(nil, 150, protowire.BytesType), "late")
	plain := new(extended.Extensible)
	decoded(t, ours, data, plain)
	if !bytes.Equal(plain.ProtoReflect().GetUnknown(), data) || !bytes.Equal(encoded(t, ours, plain), data) {
		t.Errorf("% x", plain.ProtoReflect().GetUnknown())
	}
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: stringOf("late.proto"), Dependency: []string{"idl/extended.proto"},
		Extension: []*descriptorpb.FieldDescriptorProto{{Name: stringOf("late"), Number: proto.Int32(150), Extendee: stringOf(".extended.Extensible"),
			Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(), Type: descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum()}},
	}, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	late := dynamicpb.NewExtensionType(file.Extensions().Get(0))
	if err := protoregistry.GlobalTypes.RegisterExtension(late); err != nil {
		t.Fatal(err)
	}
	decoded(t, ours, data, plain)
	if !plain.ProtoReflect().Has(late.TypeDescriptor()) || len(plain.ProtoReflect().GetUnknown()) > 0 {
		t.Error("registered later:", plain)
	}
}

func TestProtoTruncatedAndChanged(t *testing.T) {
	ours := encoding.GetCodecV2(grpcadapter.ProtoName)
	whole := encoded(t, ours, goods(20))
	try := func(data []byte) {
		t.Helper()
		theirs := ownCodec.Unmarshal(split(data, 16), new(shop.Item))
		for _, v := range []any{new(shop.Item), new(product)} {
			err := ours.Unmarshal(split(data, 16), v)
			var failure *tagwire.Error
			if (err == nil) != (theirs == nil) || err != nil && !errors.As(err, &failure) {
				t.Fatalf("% x into %T: %v, grpc-go's own codec %v", data, v, err, theirs)
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
}

func TestProtoRefusals(t *testing.T) {
	ours := encoding.GetCodecV2(grpcadapter.ProtoName)
	for _, v := range []any{&shop.Item{Name: "\xff"}, &product{Name: "\xff"}} {
		if _, err := ours.Marshal(v); !errors.Is(err, tagwire.ErrInvalidData) {
			t.Errorf("%T with a name that is not UTF-8: %v", v, err)
		}
		if err := ours.Unmarshal(split([]byte("\x0a\x01\xff"), 1), v); !errors.Is(err, tagwire.ErrInvalidData) {
			t.Errorf("%T from a name that is not UTF-8: %v", v, err)
		}
	}
	for _, v := range []any{new(extended.Strict), new(strict)} {
		if _, err := ours.Marshal(v); !errors.Is(err, tagwire.ErrRequired) {
			t.Errorf("%T without its required field: %v", v, err)
		}
		if err := ours.Unmarshal(nil, v); !errors.Is(err, tagwire.ErrRequired) {
			t.Errorf("%T from no bytes: %v", v, err)
		}
	}
	for _, empty := range []mem.BufferSlice{nil, {}, {mem.SliceBuffer{}}, {mem.SliceBuffer{}, mem.SliceBuffer{}}} {
		for _, v := range []any{goods(1), byHand(1), new(sealed.Box), &extended.Around{Extended: withExtension()}} {
			if err := ours.Unmarshal(empty, v); err != nil || len(encoded(t, ours, v)) > 0 {
				t.Errorf("%d buffers without a byte: %v", len(empty), err)
			}
		}
	}
	for _, v := range []any{(*shop.Item)(nil), (*product)(nil), (*sealed.Box)(nil), (*extended.Extended)(nil), (*ancient)(nil)} {
		if err := ours.Unmarshal(split([]byte{0x50, 1}, 1), v); err == nil {
			t.Errorf("decoded into a nil %T", v)
		}
		if data := encoded(t, ours, v); len(data) > 0 {
			t.Errorf("a nil %T is % x", v, data)
		}
	}
}

type tagsOfThrift struct {
	A string `frugal:"1"`
}

type wrongNumber struct {
	A string `protobuf:"0"`
}

func TestWhatIsNoMessageOfProtobuf(t *testing.T) {
	ours := encoding.GetCodecV2(grpcadapter.ProtoName)
	number := 1
	for _, row := range []struct {
		value any
		want  string
	}{
		{nil, "nil is none"},
		{1, "int is none"},
		{&number, "*int is none"},
		{product{}, "product is none"},
		{new(*product), "**grpcadapter_test.product is none"},
		{[]byte("x"), "[]uint8 is none"},
		{map[string]string{}, "map[string]string is none"},
		{&untagged{}, "no field of grpcadapter_test.untagged has a tag"},
		{&tagsOfThrift{}, "no field of grpcadapter_test.tagsOfThrift has a tag"},
		{&wrongNumber{}, "wrongNumber.A"},
	} {
		for range 2 {
			if _, err := ours.Marshal(row.value); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("Marshal(%T): %v", row.value, err)
			}
			if err := ours.Unmarshal(split([]byte{0x50, 1}, 1), row.value); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("Unmarshal(%T): %v", row.value, err)
			}
			if err := grpcadapter.Fallback(row.value); err != nil {
				t.Errorf("Fallback(%T): %v", row.value, err)
			}
		}
	}
}

func TestProtoOptions(t *testing.T) {
	limited := grpcadapter.NewProtoCodec(tagwire.WithMaxAlloc(1000), tagwire.WithMaxSize(5000), tagwire.WithMaxDepth(3))
	for _, v := range []any{goods(5000), byHand(5000)} {
		if _, err := limited.Marshal(v); !errors.Is(err, tagwire.ErrSizeLimit) {
			t.Errorf("%T: %v", v, err)
		}
	}
	for _, v := range []any{goods(3000), byHand(3000)} {
		err := limited.Unmarshal(split(encoded(t, ownCodec, goods(3000)), 2000), v)
		if !errors.Is(err, tagwire.ErrSizeLimit) {
			t.Errorf("%T: %v", v, err)
		}
	}
	// The library reads messages that are nested ten times as deeply as Tagwire does by itself.
	list := structpb.NewBoolValue(true)
	for range 4900 {
		list = structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{list}})
	}
	nested := new(structpb.Value)
	decoded(t, grpcadapter.NewProtoCodec(), encoded(t, grpcadapter.NewProtoCodec(), list), nested)
	if !proto.Equal(nested, list) {
		t.Error("messages within messages")
	}
	deep := &product{Inner: &product{Inner: &product{Inner: &product{}}}}
	if _, err := limited.Marshal(deep); !errors.Is(err, tagwire.ErrDepthLimit) {
		t.Error(err)
	}
	deep.Inner.Inner.Inner = deep
	if _, err := grpcadapter.NewProtoCodec().Marshal(deep); err == nil {
		t.Error("a cycle was encoded")
	}
	// An option that cannot be met is an error, and no reason to do without it.
	if _, err := grpcadapter.NewProtoCodec(tagwire.WithEngine(99)).Marshal(goods(1)); !errors.Is(err, tagwire.ErrUnsupportedType) {
		t.Error(err)
	}
	merging := grpcadapter.NewProtoCodec(tagwire.WithMerge())
	got := goods(3)
	decoded(t, merging, encoded(t, ownCodec, &shop.Item{Name: "new"}), got)
	if want := goods(3); got.Name != "new" || !bytes.Equal(got.Data, want.Data) {
		t.Error(got)
	}
}

func TestProtoConcurrentUse(t *testing.T) {
	ours := grpcadapter.NewProtoCodec()
	messages, _ := generated(t)
	var group sync.WaitGroup
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 20 {
				for _, m := range messages[:17] {
					out, err := ours.Marshal(m)
					if err != nil {
						t.Errorf("%T: %v", m, err)
						return
					}
					got := m.ProtoReflect().New().Interface()
					if err := ours.Unmarshal(out, got); err != nil || m.ProtoReflect().IsValid() && !proto.Equal(got, m) {
						t.Errorf("%T: %v", m, err)
					}
					out.Free()
				}
			}
		}()
	}
	group.Wait()
}
