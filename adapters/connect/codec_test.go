package connectadapter_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	connect2 "connectrpc.com/connect/v2"
	"github.com/tagwire/tagwire"
	connectadapter "github.com/tagwire/tagwire/adapters/connect"
	"github.com/tagwire/tagwire/adapters/connect/connectv2"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// codec is what the codecs of both versions can do.
type codec struct {
	encode func(v any) ([]byte, error)
	decode func(data []byte, v any) error
}

// appender is what connect looks for in a codec of version 1.
type appender interface {
	MarshalAppend(dst []byte, v any) ([]byte, error)
}

// codecs returns those of both versions with the options, and with the ways that connect uses them.
func codecs(options ...tagwire.Option) map[string]codec {
	first, second := connectadapter.NewCodec(options...), connectv2.NewCodec(options...)
	return map[string]codec{
		"v1": {first.Marshal, first.Unmarshal},
		"v1 appends": {func(v any) ([]byte, error) {
			data, err := first.(appender).MarshalAppend(append(make([]byte, 0, 512), "before"...), v)
			return bytes.TrimPrefix(data, []byte("before")), err
		}, first.Unmarshal},
		"v2": {func(v any) ([]byte, error) {
			var out bytes.Buffer
			err := second.MarshalWrite(context.Background(), &out, v)
			return out.Bytes(), err
		}, func(data []byte, v any) error {
			return second.UnmarshalRead(context.Background(), bytes.NewBuffer(data), v)
		}},
		"v2 by plain readers and writers": {func(v any) ([]byte, error) {
			var out bytes.Buffer
			err := second.MarshalWrite(context.Background(), struct{ io.Writer }{&out}, v)
			return out.Bytes(), err
		}, func(data []byte, v any) error {
			return second.UnmarshalRead(context.Background(), iotest.OneByteReader(bytes.NewReader(data)), v)
		}},
	}
}

func eachCodec(t *testing.T, test func(t *testing.T, c codec), options ...tagwire.Option) {
	for name, c := range codecs(options...) {
		t.Run(name, func(t *testing.T) { test(t, c) })
	}
}

func TestRoundTripsOutliveTheirBuffers(t *testing.T) {
	for _, options := range [][]tagwire.Option{nil, {tagwire.WithZeroCopy()}, {tagwire.WithOwnedStrings()}} {
		eachCodec(t, func(t *testing.T, c codec) {
			for _, size := range []int{0, 10, 600, 2000, 100_000, 10, 3000, 3000, 2 << 20} {
				want, sent, got := sample(size), sample(size), new(item)
				data, err := c.encode(sent)
				if err != nil {
					t.Fatal(err)
				}
				clear(sent.Data)
				clear(sent.Photo)
				if err := c.decode(data, got); err != nil {
					t.Fatal(err)
				}
				for i := range data {
					data[i] = 0xdb
				}
				// The pooled buffer of v2 is used again.
				if err := c.decode([]byte{11, 0, 1, 0, 0, 0, 1, 'x', 0}, new(item)); err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("%d bytes: got %.200v", size, got)
				}
			}
		}, options...)
	}
}

func TestTruncatedTrailingAndChanged(t *testing.T) {
	eachCodec(t, func(t *testing.T, c codec) {
		whole, err := c.encode(sample(20))
		if err != nil {
			t.Fatal(err)
		}
		for n := range whole {
			var failure *tagwire.Error
			if err := c.decode(whole[:n], new(item)); !errors.As(err, &failure) {
				t.Fatalf("%d of %d bytes: %v", n, len(whole), err)
			}
		}
		if err := c.decode(append(bytes.Clone(whole), 0), new(item)); !errors.Is(err, tagwire.ErrTrailingData) {
			t.Fatal(err)
		}
		for i := range whole {
			for _, value := range []byte{0, 1, 0x7f, 0x80, 0xff} {
				changed := bytes.Clone(whole)
				changed[i] = value
				err := c.decode(changed, new(item))
				var failure *tagwire.Error
				if err != nil && !errors.As(err, &failure) && !errors.Is(err, tagwire.ErrTrailingData) {
					t.Fatalf("byte %d is %#x: %v", i, value, err)
				}
			}
		}
	})
}

type untagged struct{ A int }

type wrong struct {
	A chan int `frugal:"1"`
}

func TestWhatIsNoMessage(t *testing.T) {
	number := 1
	eachCodec(t, func(t *testing.T, c codec) {
		for _, row := range []struct {
			value any
			want  string
		}{
			{nil, "nil is none"},
			{1, "int is none"},
			{&number, "*int is none"},
			{item{}, "item is none"},
			{new(*item), "**connectadapter_test.item is none"},
			{[]byte("x"), "[]uint8 is none"},
			{&untagged{}, "no field of connectadapter_test.untagged has a tag"},
			{&wrong{}, "wrong.A"},
			{wrapperspb.String("x"), "wrapperspb.StringValue has tags of Protobuf only"},
		} {
			// Twice, since the codec keeps what it finds out about a type.
			for range 2 {
				if _, err := c.encode(row.value); err == nil || !strings.Contains(err.Error(), row.want) {
					t.Errorf("encode %T: %v", row.value, err)
				}
				if err := c.decode([]byte{0}, row.value); err == nil || !strings.Contains(err.Error(), row.want) {
					t.Errorf("decode %T: %v", row.value, err)
				}
			}
		}
		if err := c.decode([]byte{0}, (*item)(nil)); err == nil {
			t.Error("decode into a nil pointer")
		}
		if _, err := c.encode((*item)(nil)); !errors.Is(err, tagwire.ErrRequired) {
			t.Error("nil where a field is required:", err)
		}
		if data, err := c.encode((*notFound)(nil)); err != nil || !bytes.Equal(data, []byte{0}) {
			t.Errorf("% x, %v", data, err)
		}
	})
	for _, v := range []any{new(connectadapter.Message), &connectadapter.Message{Value: 1}} {
		if err := connectadapter.NewCodec().Unmarshal([]byte{0}, v); err == nil {
			t.Error("decoded into a message without a struct")
		}
	}
}

func TestOptions(t *testing.T) {
	cycle := &item{Name: "x"}
	cycle.Inner = cycle
	options := []tagwire.Option{tagwire.WithFormat(tagwire.ThriftCompact), tagwire.WithMaxAlloc(1000), tagwire.WithMaxSize(5000)}
	eachCodec(t, func(t *testing.T, c codec) {
		data, err := c.encode(sample(10))
		if err != nil {
			t.Fatal(err)
		}
		want, err := tagwire.Marshal(sample(10), tagwire.WithFormat(tagwire.ThriftCompact))
		if err != nil || !bytes.Equal(data, want) {
			t.Fatalf("% x, %v", data, err)
		}
		if data, err = c.encode(sample(2000)); err != nil {
			t.Fatal(err)
		}
		if err := c.decode(data, new(item)); !errors.Is(err, tagwire.ErrSizeLimit) {
			t.Error(err)
		}
		for _, v := range []*item{cycle, sample(5000)} {
			if _, err := c.encode(v); err == nil {
				t.Error("encoded what is too deep or too long")
			}
		}
	}, options...)
}

// failingStream fails to be read and to be written.
type failingStream struct{}

var errStream = errors.New("stream")

func (failingStream) Read([]byte) (int, error)  { return 0, errStream }
func (failingStream) Write([]byte) (int, error) { return 0, errStream }

func TestErrorsOfStreamsStayThemselves(t *testing.T) {
	var c connect2.Codec = connectv2.NewCodec()
	if err := c.MarshalWrite(context.Background(), failingStream{}, sample(1)); !errors.Is(err, errStream) {
		t.Error(err)
	}
	if err := c.UnmarshalRead(context.Background(), failingStream{}, new(item)); !errors.Is(err, errStream) {
		t.Error(err)
	}
}
