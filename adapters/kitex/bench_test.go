package kitex_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/cloudwego/gopkg/protocol/thrift"
	"github.com/cloudwego/kitex/pkg/remote"
	kitexthrift "github.com/cloudwego/kitex/pkg/remote/codec/thrift"
	"github.com/cloudwego/kitex/transport"
	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/adapters/fastcodec"
	"github.com/tagwire/tagwire/adapters/kitex/kitexgen/echo"
)

var sizes = []struct {
	name  string
	texts int
}{{"small", 30}, {"large", 8192}}

// compile has the adapters run natively from the first call on.
func compile(b *testing.B) {
	if err := tagwire.Compile(reflect.TypeFor[echo.EchoEchoArgs](), reflect.TypeFor[echo.EchoEchoResult]()); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkCall is a whole call over loopback.
func BenchmarkCall(b *testing.B) {
	compile(b)
	for _, size := range sizes {
		for _, c := range []codec{generated, frugalCodec, messages} {
			b.Run(size.name+"/"+c.name, func(b *testing.B) {
				call := dial(b, c, transport.Framed, serve(b, c, reply))
				r := request(size.texts)
				for range b.N {
					if _, err := call(r); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// data is the arguments of a call as each codec takes them.
func data(c codec, args *echo.EchoEchoArgs) any {
	if c.name == messages.name {
		return fastcodec.Wrap(args)
	}
	return args
}

func payloadCodec(c codec) remote.PayloadCodec {
	return kitexthrift.NewThriftCodecWithConfig(c.payload)
}

// BenchmarkMarshal is what Kitex does to encode the arguments of a call.
func BenchmarkMarshal(b *testing.B) {
	compile(b)
	for _, size := range sizes {
		for _, c := range []codec{generated, frugalCodec, messages} {
			b.Run(size.name+"/"+c.name, func(b *testing.B) {
				args, payload := data(c, &echo.EchoEchoArgs{Request: request(size.texts)}), payloadCodec(c)
				for range b.N {
					if _, err := kitexthrift.MarshalThriftData(context.Background(), payload, args); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkUnmarshal is what Kitex does to decode the arguments of a call.
func BenchmarkUnmarshal(b *testing.B) {
	compile(b)
	for _, size := range sizes {
		for _, c := range []codec{generated, frugalCodec, messages} {
			b.Run(size.name+"/"+c.name, func(b *testing.B) {
				encoded := thrift.FastMarshal(&echo.EchoEchoArgs{Request: request(size.texts)})
				payload := payloadCodec(c)
				for range b.N {
					args := data(c, new(echo.EchoEchoArgs))
					if err := kitexthrift.UnmarshalThriftData(context.Background(), payload, "Echo", encoded, args); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
