package connectadapter

import (
	"fmt"

	"connectrpc.com/connect"
	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/adapters/connect/internal/structcodec"
)

// The names of the codecs, which are in content types: application/thrift and application/grpc+thrift, application/proto and
// application/grpc+proto.
const (
	Name      = structcodec.ThriftName
	ProtoName = structcodec.ProtoName
)

// Message is the type of all requests and replies of contracts, because handlers and clients of connect are generic over types that are
// known when they are compiled. Interceptors find a *Message in calls of contracts.
type Message struct {
	// Value is a pointer to the struct that is sent.
	Value any

	empty    bool         // no bytes have been decoded
	refused  func(error)  // told why there is no encoding, nil on a server
	panicked func(*error) // deferred where a decoder may panic, nil on a client
}

// NewCodec returns a codec for pointers to structs with tags, in Thrift Binary unless an option says otherwise, for connect.WithCodec.
// Options are those of package tagwire, such as tagwire.WithMaxAlloc.
func NewCodec(options ...tagwire.Option) connect.Codec { return &codec{structcodec.NewThrift(options)} }

// NewProtoCodec returns a codec for pointers to structs with protobuf tags, generated or not, in place of connect's own: for
// connect.WithCodec. Options are those of package tagwire, such as tagwire.WithMaxAlloc. Messages are
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

// protoCodec is a codec whose messages may be in URLs.
type protoCodec struct {
	codec
	stable codec
}

// MarshalStable returns the encoding of v, with entries of maps in the order of their keys.
func (c *protoCodec) MarshalStable(v any) ([]byte, error) { return c.stable.Marshal(v) }

// IsBinary reports that encodings are no text.
func (c *protoCodec) IsBinary() bool { return true }

// codec is a connect.Codec that appends to buffers of connect.
type codec struct{ types *structcodec.Codec }

// Name returns the name in content types.
func (c *codec) Name() string { return c.types.Name() }

// Marshal returns the encoding of v.
func (c *codec) Marshal(v any) ([]byte, error) { return c.MarshalAppend(nil, v) }

// MarshalAppend appends the encoding of v to dst, a buffer from connect's pool.
func (c *codec) MarshalAppend(dst []byte, v any) ([]byte, error) {
	m, ofContract := v.(*Message)
	if ofContract {
		v = m.Value
	}
	data, err := c.types.Append(dst, v)
	if err != nil {
		if ofContract && m.refused != nil {
			m.refused(err)
		}
		return nil, fmt.Errorf("connectadapter: %w", err)
	}
	return data, nil
}

// Unmarshal reads the struct that v points to from all of data, a buffer from connect's pool.
func (c *codec) Unmarshal(data []byte, v any) error {
	var err error
	if m, ok := v.(*Message); ok {
		err = c.decode(data, m)
	} else {
		err = c.types.Decode(data, v)
	}
	if err != nil {
		return fmt.Errorf("connectadapter: %w", err)
	}
	return nil
}

// decode reads a message of a contract. A method InitDefault of the user's runs in it, and may panic.
func (c *codec) decode(data []byte, m *Message) (err error) {
	if m.panicked != nil {
		defer m.panicked(&err)
	}
	m.empty = false
	return c.types.Decode(data, m.Value)
}
