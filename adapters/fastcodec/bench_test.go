package fastcodec_test

import (
	"reflect"
	"testing"

	"github.com/cloudwego/gopkg/protocol/thrift"
	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/adapters/fastcodec"
)

// BenchmarkOverhead has the root package beside what the adapter adds to it, for a struct of two numbers.
func BenchmarkOverhead(b *testing.B) {
	v := &point{X: 1, Y: -1}
	data := thrift.FastMarshal(fastcodec.Wrap(v))
	buf := make([]byte, len(data))
	of, err := fastcodec.Of(v)
	if err != nil {
		b.Fatal(err)
	}
	if err := tagwire.Compile(reflect.TypeFor[point]()); err != nil {
		b.Fatal(err)
	}
	b.Run("encode/root", func(b *testing.B) {
		for range b.N {
			if _, err := tagwire.Encode(buf, v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode/root", func(b *testing.B) {
		for range b.N {
			if _, err := tagwire.Decode(data, v); err != nil {
				b.Fatal(err)
			}
		}
	})
	for i, codec := range []thrift.FastCodec{fastcodec.Wrap(v), of} {
		name := []string{"Wrap", "Of"}[i]
		b.Run("encode/"+name, func(b *testing.B) {
			for range b.N {
				codec.FastWriteNocopy(buf, nil)
			}
		})
		b.Run("decode/"+name, func(b *testing.B) {
			for range b.N {
				if _, err := codec.FastRead(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("make/Of", func(b *testing.B) {
		for range b.N {
			if _, err := fastcodec.Of(v); err != nil {
				b.Fatal(err)
			}
		}
	})
}
