package grpcadapter

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/thrift"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
)

// Name is the content-subtype of the codec, so that its messages have the content type application/grpc+thrift.
const Name = "thrift"

func init() { encoding.RegisterCodecV2(new(codec)) }

// NewCodec returns a codec with options of package tagwire, such as tagwire.WithMaxAlloc, for grpc.ForceServerCodecV2 and
// grpc.ForceCodecV2. Peers have to use the same format. Importing this package registers a codec without options.
func NewCodec(options ...tagwire.Option) encoding.CodecV2 { return &codec{options: options} }

// codec is an encoding.CodecV2 for pointers to structs with tags. It is used by many goroutines at once.
type codec struct {
	options []tagwire.Option
	types   sync.Map // reflect.Type of a message to *messageType
}

// messageType is what a codec knows of a type of message: one of its fields is nil.
type messageType struct {
	codec *tagwire.TypeCodec
	err   error
}

// Name returns the content-subtype.
func (c *codec) Name() string { return Name }

// Marshal returns the encoding of v in one buffer, which is of grpc's pool if the pool takes buffers of that length. Nothing in it
// refers to v: grpc may send it after the call has returned to a caller who then changes v.
func (c *codec) Marshal(v any) (mem.BufferSlice, error) {
	t, err := c.typeOf(v)
	if err != nil {
		return nil, err
	}
	size, err := t.Size(v)
	if err != nil {
		return nil, err
	}
	if mem.IsBelowBufferPoolingThreshold(size) {
		data := make([]byte, size)
		n, err := t.Encode(data, v)
		if err != nil {
			return nil, err
		}
		return mem.BufferSlice{mem.SliceBuffer(data[:n])}, nil
	}
	pool := mem.DefaultBufferPool()
	data := pool.Get(size)
	n, err := t.Encode(*data, v)
	if err != nil {
		pool.Put(data)
		return nil, err
	}
	*data = (*data)[:n]
	return mem.BufferSlice{mem.NewBuffer(data, pool)}, nil
}

// Unmarshal reads the struct that v points to. It needs all of data. Fields that are absent keep their values.
func (c *codec) Unmarshal(data mem.BufferSlice, v any) error {
	t, err := c.typeOf(v)
	if err != nil {
		return err
	}
	if t.Aliases() {
		// What is decoded refers to its input, so that needs memory of its own: grpc uses its buffers again.
		return decode(t, data.Materialize(), v)
	}
	buffer := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer buffer.Free()
	return decode(t, buffer.ReadOnlyData(), v)
}

func decode(t *tagwire.TypeCodec, data []byte, v any) error {
	n, err := t.Decode(data, v)
	if err == nil && n != len(data) {
		err = fmt.Errorf("grpcadapter: %T ends after %d of %d bytes: %w", v, n, len(data), tagwire.ErrTrailingData)
	}
	return err
}

// typeOf returns the codec of what v points to.
func (c *codec) typeOf(v any) (*tagwire.TypeCodec, error) {
	t := reflect.TypeOf(v)
	known, ok := c.types.Load(t)
	if !ok {
		known = c.add(t)
	}
	message := known.(*messageType)
	return message.codec, message.err
}

// add makes an entry for the type t of a message.
func (c *codec) add(t reflect.Type) any {
	entry := new(messageType)
	if t == nil || t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
		entry.err = fmt.Errorf("grpcadapter: a message is a pointer to a struct with tags; %v is none", t)
	} else if err := thrift.CheckTagged(t); err != nil {
		entry.err = fmt.Errorf("grpcadapter: %w", err)
	} else if codec, err := tagwire.CodecOf(t.Elem(), c.options...); err != nil {
		entry.err = err
	} else {
		entry.codec = codec
	}
	// Types are the program's own, so there are not many.
	known, _ := c.types.LoadOrStore(t, entry)
	return known
}
