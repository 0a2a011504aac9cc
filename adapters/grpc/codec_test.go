package grpcadapter_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/tagwire/tagwire"
	grpcadapter "github.com/tagwire/tagwire/adapters/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

type item struct {
	Name  string            `frugal:"1,required"`
	Tags  map[string]string `frugal:"2"`
	Inner *item             `frugal:"3,optional"`
	Data  []byte            `frugal:"4,optional,binary"`
	Photo []byte            `frugal:"5,optional,binary,nocopy"`
}

func sample(size int) *item {
	return &item{Name: "outer", Tags: map[string]string{"a": "b"}, Data: bytes.Repeat([]byte("d"), size),
		Photo: bytes.Repeat([]byte("p"), size), Inner: &item{Name: "inner", Tags: map[string]string{}}}
}

// split returns data in pooled buffers of at most n bytes, with empty ones between.
func split(data []byte, n int) mem.BufferSlice {
	var s mem.BufferSlice
	for len(data) > 0 {
		part := data[:min(n, len(data))]
		data = data[len(part):]
		buffer := mem.DefaultBufferPool().Get(2048)
		*buffer = (*buffer)[:copy(*buffer, part)]
		s = append(s, mem.NewBuffer(buffer, mem.DefaultBufferPool()), mem.SliceBuffer{})
	}
	return s
}

func codecs() map[string]encoding.CodecV2 {
	return map[string]encoding.CodecV2{
		"registered":    encoding.GetCodecV2(grpcadapter.Name),
		"zero copy":     grpcadapter.NewCodec(tagwire.WithZeroCopy()),
		"owned strings": grpcadapter.NewCodec(tagwire.WithOwnedStrings()),
	}
}

func TestRoundTripsOutliveTheirBuffers(t *testing.T) {
	for name, codec := range codecs() {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{0, 10, 600, 2000, 100_000, 10, 3000, 3000} {
				for _, part := range []int{1, 7, 2000} {
					want := sample(size)
					sent := sample(size)
					out, err := codec.Marshal(sent)
					if err != nil {
						t.Fatal(err)
					}
					clear(sent.Data)
					clear(sent.Photo)
					got := new(item)
					in := split(out.Materialize(), max(part, size/200))
					out.Free()
					if err := codec.Unmarshal(in, got); err != nil {
						t.Fatal(err)
					}
					in.Free()
					if !reflect.DeepEqual(got, want) {
						t.Fatalf("%d bytes in parts of %d: got %+v", size, part, got)
					}
				}
			}
		})
	}
}

func TestTruncatedAndTrailing(t *testing.T) {
	for name, codec := range codecs() {
		t.Run(name, func(t *testing.T) {
			out, err := codec.Marshal(sample(20))
			if err != nil {
				t.Fatal(err)
			}
			whole := out.Materialize()
			for n := range whole {
				for _, part := range []int{1, 2000} {
					in := split(whole[:n], part)
					var failure *tagwire.Error
					if err := codec.Unmarshal(in, new(item)); !errors.As(err, &failure) {
						t.Fatalf("%d of %d bytes: %v", n, len(whole), err)
					}
					in.Free()
				}
			}
			if err := codec.Unmarshal(split(append(whole, 0), 5), new(item)); !errors.Is(err, tagwire.ErrTrailingData) {
				t.Fatal(err)
			}
		})
	}
}

func TestChangedBytes(t *testing.T) {
	codec := encoding.GetCodecV2(grpcadapter.Name)
	out, err := codec.Marshal(sample(20))
	if err != nil {
		t.Fatal(err)
	}
	data := out.Materialize()
	for i := range data {
		for _, value := range []byte{0, 1, 0x7f, 0x80, 0xff} {
			changed := bytes.Clone(data)
			changed[i] = value
			err := codec.Unmarshal(split(changed, 16), new(item))
			var failure *tagwire.Error
			if err != nil && !errors.As(err, &failure) && !errors.Is(err, tagwire.ErrTrailingData) {
				t.Fatalf("byte %d is %#x: %v", i, value, err)
			}
		}
	}
}

type untagged struct{ A int }

type wrong struct {
	A chan int `frugal:"1"`
}

func TestWhatIsNoMessage(t *testing.T) {
	codec := encoding.GetCodecV2(grpcadapter.Name)
	number := 1
	for _, row := range []struct {
		value any
		want  string
	}{
		{nil, "nil is none"},
		{1, "int is none"},
		{&number, "*int is none"},
		{item{}, "item is none"},
		{new(*item), "**grpcadapter_test.item is none"},
		{[]byte("x"), "[]uint8 is none"},
		{&untagged{}, "no field of grpcadapter_test.untagged has a tag"},
		{&wrong{}, "wrong.A"},
		{wrapperspb.String("x"), "wrapperspb.StringValue has tags of Protobuf only"},
	} {
		// Twice, since the codec keeps what it finds out about a type.
		for range 2 {
			if _, err := codec.Marshal(row.value); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("Marshal(%T): %v", row.value, err)
			}
			if err := codec.Unmarshal(split([]byte{0}, 1), row.value); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("Unmarshal(%T): %v", row.value, err)
			}
		}
	}
}

func TestNil(t *testing.T) {
	codec := encoding.GetCodecV2(grpcadapter.Name)
	out, err := codec.Marshal((*notFound)(nil))
	if err != nil || !bytes.Equal(out.Materialize(), []byte{0}) {
		t.Errorf("% x, %v", out.Materialize(), err)
	}
	if _, err := codec.Marshal((*item)(nil)); !errors.Is(err, tagwire.ErrRequired) {
		t.Error("nil where a field is required:", err)
	}
	if err := codec.Unmarshal(split([]byte{0}, 1), (*item)(nil)); err == nil {
		t.Error("Unmarshal into a nil pointer")
	}
	for _, empty := range []mem.BufferSlice{nil, {}, {mem.SliceBuffer{}}, {mem.SliceBuffer{}, mem.SliceBuffer{}}} {
		if err := codec.Unmarshal(empty, new(item)); !errors.Is(err, tagwire.ErrShortBuffer) {
			t.Errorf("%d buffers without a byte: %v", len(empty), err)
		}
	}
}

func TestValuesWithoutAnEncoding(t *testing.T) {
	codec := grpcadapter.NewCodec(tagwire.WithMaxSize(5000))
	cycle := &item{Name: "x"}
	cycle.Inner = cycle
	if _, err := codec.Marshal(cycle); err == nil {
		t.Error("a cycle was encoded")
	}
	if _, err := codec.Marshal(sample(5000)); !errors.Is(err, tagwire.ErrSizeLimit) {
		t.Error(err)
	}
}

func TestOptions(t *testing.T) {
	codec := grpcadapter.NewCodec(tagwire.WithFormat(tagwire.ThriftCompact), tagwire.WithMaxAlloc(1000))
	out, err := codec.Marshal(sample(10))
	if err != nil {
		t.Fatal(err)
	}
	want, err := tagwire.Marshal(sample(10), tagwire.WithFormat(tagwire.ThriftCompact))
	if err != nil || !bytes.Equal(out.Materialize(), want) {
		t.Fatalf("% x, %v", out.Materialize(), err)
	}
	if out, err = codec.Marshal(sample(2000)); err != nil {
		t.Fatal(err)
	}
	if err := codec.Unmarshal(out, new(item)); !errors.Is(err, tagwire.ErrSizeLimit) {
		t.Error(err)
	}
	out.Free()
}
