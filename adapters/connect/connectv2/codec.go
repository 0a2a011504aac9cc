// Package connectv2 makes tagged structs the messages of connect-go, version 2, and contracts of package rpc its services.
package connectv2

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"

	"connectrpc.com/connect/v2"
	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/adapters/connect/internal/structcodec"
)

// The names of the codecs, which are in content types: application/thrift and application/grpc+thrift, application/proto and
// application/grpc+proto.
const (
	Name      = structcodec.ThriftName
	ProtoName = structcodec.ProtoName
)

// NewCodec returns a codec for pointers to structs with tags, in Thrift Binary unless an option says otherwise, for
// connecthttp.WithCodecs. Options are those of package tagwire, such as tagwire.WithMaxAlloc.
func NewCodec(options ...tagwire.Option) connect.Codec { return &codec{structcodec.NewThrift(options)} }

// NewProtoCodec returns a codec for pointers to structs with protobuf tags, generated or not, in place of connectproto's: for
// connecthttp.WithCodecs. Options are those of package tagwire, such as tagwire.WithMaxAlloc. Messages are
// nested 10,000 deep at most.
//
// What Tagwire cannot do goes through google.golang.org/protobuf, without the limits of the options: messages of the types that Fallback
// names, those in which extensions are set, and decoding what may hold extensions that the program has registered.
func NewProtoCodec(options ...tagwire.Option) connect.Codec {
	return &protoCodec{codec{structcodec.NewProto(options)}, codec{structcodec.NewStableProto(options)}}
}

// Fallback returns why the codecs for Protobuf pass messages of v's type on to google.golang.org/protobuf, nil if they do not. v may be
// a nil pointer. Such types are those that were generated with the Opaque API, for example.
func Fallback(v any) error { return structcodec.Fallback(v) }

// protoCodec is a connect.StableCodec.
type protoCodec struct {
	codec
	stable codec
}

var _ connect.StableCodec = (*protoCodec)(nil)

// MarshalWriteStable writes the encoding of v, with entries of maps in the order of their keys.
func (c *protoCodec) MarshalWriteStable(ctx context.Context, dst io.Writer, v any) error {
	return c.stable.MarshalWrite(ctx, dst, v)
}

// IsBinary reports that encodings are no text.
func (c *protoCodec) IsBinary() bool { return true }

// codec is a connect.Codec.
type codec struct{ types *structcodec.Codec }

// Name returns the name in content types.
func (c *codec) Name() string { return c.types.Name() }

// MarshalWrite appends the encoding of v to the buffer that connect writes to, and to a pooled one if dst is none.
func (c *codec) MarshalWrite(ctx context.Context, dst io.Writer, v any) error {
	buffer, ok := dst.(*bytes.Buffer) // as connect passes it
	if !ok {
		buffer = take()
		defer put(buffer)
	}
	data, err := c.types.Append(buffer.AvailableBuffer(), v)
	if err != nil {
		if r, ok := ctx.Value(refusalKey{}).(*refusal); ok && r.request == v {
			r.end(err)
		}
		return fmt.Errorf("connectv2: %w", err)
	}
	_, err = dst.Write(data)
	return err
}

// refusal, in the context of a contract's call, is told why its request has no encoding.
type refusal struct {
	request any
	end     func(error)
}

type refusalKey struct{}

// UnmarshalRead reads the struct that v points to from all of src: where that is a buffer of connect's, as in the protocols of gRPC,
// and else from a pooled one.
func (c *codec) UnmarshalRead(_ context.Context, src io.Reader, v any) error {
	buffer, ok := src.(*bytes.Buffer)
	if !ok {
		buffer = take()
		defer put(buffer)
		if _, err := buffer.ReadFrom(src); err != nil {
			return err
		}
	}
	if err := c.types.Decode(buffer.Next(buffer.Len()), v); err != nil {
		return fmt.Errorf("connectv2: %w", err)
	}
	return nil
}

// maxPooled is how long a buffer may be that is kept for the next message.
const maxPooled = 1 << 20

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func take() *bytes.Buffer { return buffers.Get().(*bytes.Buffer) }

func put(b *bytes.Buffer) {
	if b.Cap() <= maxPooled {
		b.Reset()
		buffers.Put(b)
	}
}
