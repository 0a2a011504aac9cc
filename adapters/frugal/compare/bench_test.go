package compare_test

import (
	"reflect"
	"testing"

	"github.com/cloudwego/gopkg/protocol/thrift"
	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/adapters/fastcodec"
	"github.com/tagwire/tagwire/adapters/frugal"
	"github.com/tagwire/tagwire/adapters/frugal/compare/shapes"
)

type point struct {
	X int32 `frugal:"1,default,i32"`
	Y int32 `frugal:"2,default,i32"`
}

// rows are the codecs to measure: Frugal, its drop-in, the root package that the drop-in calls, and fastcodec.
func rows() []codec {
	root := codec{"root", nil,
		func(buf []byte, _ thrift.NocopyWriter, v any) (int, error) { return tagwire.Encode(buf, v) },
		func(buf []byte, v any) (int, error) { return tagwire.Decode(buf, v) }}
	return append(codecs, root)
}

func benchmark(b *testing.B, run func(b *testing.B, c codec, v any)) {
	for _, v := range []any{&point{X: 1, Y: -1}, &shapes.Inner{Type_: "type", Count: 5}, shapes.FullShape()} {
		if err := frugal.Pretouch(v); err != nil {
			b.Fatal(err)
		}
		for _, c := range rows() {
			b.Run(reflect.TypeOf(v).Elem().Name()+"/"+c.name, func(b *testing.B) { run(b, c, v) })
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	benchmark(b, func(b *testing.B, c codec, v any) {
		buf := make([]byte, frugal.EncodedSize(v))
		for range b.N {
			if _, err := c.encode(buf, nil, v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	benchmark(b, func(b *testing.B, c codec, v any) {
		data := codecs[1].marshal(b, v)
		target := reflect.New(reflect.TypeOf(v).Elem()).Interface()
		b.ResetTimer()
		for range b.N {
			if _, err := c.decode(data, target); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkFastCodec is fastcodec for the same value as the rows of FullShape.
func BenchmarkFastCodec(b *testing.B) {
	v := fastcodec.Wrap(shapes.FullShape())
	data := thrift.FastMarshal(v)
	b.Run("encode", func(b *testing.B) {
		for range b.N {
			v.FastWriteNocopy(data, nil)
		}
	})
	b.Run("decode", func(b *testing.B) {
		target := fastcodec.Wrap(new(shapes.Shape))
		for range b.N {
			if _, err := target.FastRead(data); err != nil {
				b.Fatal(err)
			}
		}
	})
}
