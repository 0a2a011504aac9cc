package interop

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc"
)

// TestCompactEnvelopes: our messages in Compact are those of Apache's library for Go, byte for byte, and either reads the other's.
func TestCompactEnvelopes(t *testing.T) {
	ctx := context.Background()
	for _, sequence := range []int32{0, 1, 127, 128, 16383, 16384, 1 << 21, 1 << 28, math.MaxInt32, math.MinInt32, -1, -300} {
		for _, name := range []string{"a", "ping", "Service:method", strings.Repeat("x", 127), strings.Repeat("x", 128), "grüße"} {
			for _, kind := range []rpc.MessageType{rpc.MessageCall, rpc.MessageReply, rpc.MessageException, rpc.MessageOneway} {
				buffer := thrift.NewTMemoryBuffer()
				apache := thrift.NewTCompactProtocolConf(buffer, nil)
				for _, err := range []error{
					apache.WriteMessageBegin(ctx, name, thrift.TMessageType(kind), sequence), apache.WriteStructBegin(ctx, ""),
					apache.WriteFieldBegin(ctx, "", thrift.BOOL, 3), apache.WriteBool(ctx, true), apache.WriteFieldStop(ctx),
					apache.WriteStructEnd(ctx), apache.WriteMessageEnd(ctx), apache.Flush(ctx),
				} {
					if err != nil {
						t.Fatal(err)
					}
				}
				theirs := bytes.Clone(buffer.Bytes())
				message := &rpc.Message{Type: kind, Method: []byte(name), Format: tagwire.ThriftCompact, Sequence: sequence, Body: []byte{0x31, 0}}
				if ours := encode(t, rpc.Buffered, message, message.Body); !bytes.Equal(ours, theirs) {
					t.Fatalf("got %x, want %x", ours, theirs)
				}
				for _, c := range []struct {
					protocol rpc.Protocol
					data     []byte
				}{{rpc.Buffered, theirs}, {rpc.Framed, frame(theirs)}} {
					if difference := compareMessages(decode(t, c.protocol, c.data), message); difference != "" {
						t.Fatalf("%s: %s", c.protocol.Name(), difference)
					}
				}
			}
		}
	}
}
