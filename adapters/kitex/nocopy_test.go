package kitex_test

import (
	"context"
	"errors"
	"reflect"
	"sync/atomic"
	"testing"

	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/pkg/remote"
	kitexthrift "github.com/cloudwego/kitex/pkg/remote/codec/thrift"
)

// watchedCodec counts the bytes that a codec of Kitex hands to the connection's buffer without a copy.
type watchedCodec struct {
	remote.PayloadCodec
	direct *atomic.Int64
}

func (c watchedCodec) Marshal(ctx context.Context, message remote.Message, out remote.ByteBuffer) error {
	writer, ok := out.(remote.NocopyWrite)
	if !ok {
		return errors.New("the connection has no NocopyWriter")
	}
	return c.PayloadCodec.Marshal(ctx, message, &watchedBuffer{out, writer, c.direct})
}

type watchedBuffer struct {
	remote.ByteBuffer
	writer remote.NocopyWrite
	direct *atomic.Int64
}

func (b *watchedBuffer) WriteDirect(p []byte, remainCap int) error {
	b.direct.Add(int64(len(p)))
	return b.writer.WriteDirect(p, remainCap)
}

func (b *watchedBuffer) MallocAck(n int) error { return b.writer.MallocAck(n) }

// Kitex's connections are NocopyWriters, and get what is large enough from the adapters.
func TestConnectionsGetLargeStringsUncopied(t *testing.T) {
	for _, adapter := range adapters {
		for name, protocol := range protocols {
			t.Run(adapter.name+"/"+name, func(t *testing.T) {
				var direct atomic.Int64
				codec := watchedCodec{kitexthrift.NewThriftCodecWithConfig(adapter.payload), &direct}
				cli, err := client.NewClient(adapter.info(),
					client.WithDestService("Echo"),
					client.WithHostPorts(serve(t, adapter, reply)),
					client.WithTransportProtocol(protocol),
					client.WithPayloadCodec(codec))
				if err != nil {
					t.Fatal(err)
				}
				for _, texts := range []int{4095, 4096, 50_000} {
					direct.Store(0)
					got, err := adapter.call(context.Background(), cli, request(texts))
					if err != nil {
						t.Fatal(err)
					}
					if want, _ := reply(context.Background(), request(texts)); !reflect.DeepEqual(got, want) {
						t.Errorf("texts of %d bytes: another reply", texts)
					}
					want := 0
					if texts >= 4096 {
						want = 3 * texts // a string, a binary, and a name of an item
					}
					if direct.Load() != int64(want) {
						t.Errorf("texts of %d bytes: %d bytes are not copied, not %d", texts, direct.Load(), want)
					}
				}
			})
		}
	}
}
