package grpcadapter

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"sync"
	"sync/atomic"

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

	// types has what is known of the types of messages, by their addresses. It is never changed but replaced, under lock.
	types atomic.Pointer[map[uintptr]*messageType]
	lock  sync.Mutex
}

// messageType is what a codec knows of a type of message.
type messageType struct {
	*tagwire.TypeCodec
	typ     reflect.Type // so that no other type gets its address
	aliases bool         // what is decoded refers to its input
	err     error        // why there is no TypeCodec
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
	switch {
	case t.aliases:
		// The input needs memory of its own: grpc uses its buffers again.
		return decode(t.TypeCodec, data.Materialize(), v)
	case len(data) == 1:
		return decode(t.TypeCodec, data[0].ReadOnlyData(), v) // which stays until Unmarshal has returned
	}
	buffer := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer buffer.Free()
	return decode(t.TypeCodec, buffer.ReadOnlyData(), v)
}

func decode(t *tagwire.TypeCodec, data []byte, v any) error {
	n, err := t.Decode(data, v)
	if err == nil && n != len(data) {
		err = fmt.Errorf("grpcadapter: %T ends after %d of %d bytes: %w", v, n, len(data), tagwire.ErrTrailingData)
	}
	return err
}

// typeOf returns what is known of the type of v.
func (c *codec) typeOf(v any) (*messageType, error) {
	t := reflect.TypeOf(v)
	if t == nil {
		return nil, errors.New("grpcadapter: a message is a pointer to a struct with tags; nil is none")
	}
	if known := c.types.Load(); known != nil {
		if found := (*known)[addressOf(t)]; found != nil {
			return found, found.err
		}
	}
	found := c.add(t)
	return found, found.err
}

// addressOf returns what no other type that is alive has.
func addressOf(t reflect.Type) uintptr { return reflect.ValueOf(t).Pointer() }

// add makes what is to be known of type t.
func (c *codec) add(t reflect.Type) *messageType {
	made := &messageType{typ: t}
	if t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
		made.err = fmt.Errorf("grpcadapter: a message is a pointer to a struct with tags; %v is none", t)
	} else if err := thrift.CheckTagged(t); err != nil {
		made.err = fmt.Errorf("grpcadapter: %w", err)
	} else if made.TypeCodec, made.err = tagwire.CodecOf(t.Elem(), c.options...); made.err == nil {
		made.aliases = made.Aliases()
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	next := map[uintptr]*messageType{}
	if known := c.types.Load(); known != nil {
		maps.Copy(next, *known)
	}
	next[addressOf(t)] = made
	c.types.Store(&next)
	return made
}
