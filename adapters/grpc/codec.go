package grpcadapter

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/thrift"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
)

// Name is the content-subtype of the codec, so that its messages have the content type application/grpc+thrift.
const Name = "thrift"

func init() { encoding.RegisterCodecV2(NewCodec()) }

// NewCodec returns a codec for Thrift with options of package tagwire, such as tagwire.WithMaxAlloc, for grpc.ForceServerCodecV2 and
// grpc.ForceCodecV2. Peers have to use the same format. Importing this package registers a codec without options.
func NewCodec(options ...tagwire.Option) encoding.CodecV2 {
	return &codec{name: Name, check: thrift.CheckTagged, options: slices.Clone(options)}
}

// codec is an encoding.CodecV2 for pointers to structs with tags. It is used by many goroutines at once.
type codec struct {
	name    string
	check   func(reflect.Type) error // refuses structs without tags
	options []tagwire.Option

	// recent has the types that were used last, each in the slot of its address.
	recent [64]atomic.Pointer[messageType]
	// types has what is known of the types of messages, by their addresses. It is never changed but replaced, under lock.
	types atomic.Pointer[map[uintptr]*messageType]
	lock  sync.Mutex
}

// messageType is what a codec knows of a type of message.
type messageType struct {
	*tagwire.TypeCodec
	typ      reflect.Type // so that no other type gets its address
	address  uintptr
	aliases  bool         // what is decoded refers to its input
	err      error        // why there is no TypeCodec
	expected atomic.Int64 // how many bytes a message takes
	library  bool         // err is for the library of Protobuf to mend
	extended *extended    // of a message of that library that is decoded here, nil if nothing in it can have extensions
}

// Name returns the content-subtype.
func (c *codec) Name() string { return c.name }

// Marshal returns the encoding of v in one buffer, of grpc's pool if messages of the type are long. Nothing in it refers to v: grpc
// may send it after the call has returned to a caller who then changes v.
func (c *codec) Marshal(v any) (mem.BufferSlice, error) {
	t, err := c.typeOf(v)
	if err != nil {
		return nil, err
	}
	return t.marshal(v)
}

// marshal is Marshal for a type.
func (t *messageType) marshal(v any) (mem.BufferSlice, error) {
	expected := int(t.expected.Load())
	if mem.IsBelowBufferPoolingThreshold(expected) {
		data, err := t.Append(nil, v)
		if err != nil {
			return nil, err
		}
		t.expect(expected, len(data))
		return mem.BufferSlice{mem.SliceBuffer(data)}, nil
	}
	pool := mem.DefaultBufferPool()
	pooled := pool.Get(expected)
	data, err := t.Append((*pooled)[:0], v)
	if err != nil {
		pool.Put(pooled)
		return nil, err
	}
	t.expect(expected, len(data))
	if len(data) > cap(*pooled) {
		// Append has made a longer one.
		pool.Put(pooled)
		return mem.BufferSlice{mem.SliceBuffer(data)}, nil
	}
	*pooled = data
	return mem.BufferSlice{mem.NewBuffer(pooled, pool)}, nil
}

// expect notes the length of a message for the next one, unless it is about as long as was expected.
func (t *messageType) expect(expected, n int) {
	if n > expected || n < expected/2 {
		t.expected.Store(int64(n))
	}
}

// Unmarshal reads the struct that v points to. It needs all of data. Fields that are absent keep their values in Thrift.
func (c *codec) Unmarshal(data mem.BufferSlice, v any) error {
	t, err := c.typeOf(v)
	if err != nil {
		return err
	}
	return t.unmarshal(data, v)
}

// unmarshal is Unmarshal for a type.
func (t *messageType) unmarshal(data mem.BufferSlice, v any) error {
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

// typeOf returns what is known of the type of v, and why it is none of a message.
func (c *codec) typeOf(v any) (*messageType, error) {
	t := reflect.TypeOf(v)
	if t == nil {
		return new(messageType), errors.New("grpcadapter: a message is a pointer to a struct with tags; nil is none")
	}
	// The address is that of a type's description, which is longer than 32 bytes.
	address := addressOf(t)
	slot := &c.recent[address/32%uintptr(len(c.recent))]
	if found := slot.Load(); found != nil && found.address == address {
		return found, found.err
	}
	found := c.find(t, address)
	slot.Store(found)
	return found, found.err
}

// find returns what is known of type t, made on first use.
func (c *codec) find(t reflect.Type, address uintptr) *messageType {
	if known := c.types.Load(); known != nil {
		if found := (*known)[address]; found != nil {
			return found
		}
	}
	return c.add(t)
}

// addressOf returns what no other type that is alive has.
func addressOf(t reflect.Type) uintptr { return reflect.ValueOf(t).Pointer() }

// add makes what is to be known of type t.
func (c *codec) add(t reflect.Type) *messageType {
	made := &messageType{typ: t, address: addressOf(t)}
	if t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
		made.err = fmt.Errorf("grpcadapter: a message is a pointer to a struct with tags; %v is none", t)
	} else if err := c.check(t); err != nil {
		made.err = fmt.Errorf("grpcadapter: %w", err)
	} else if made.TypeCodec, made.err = tagwire.CodecOf(t.Elem(), c.options...); made.err == nil {
		made.aliases = made.Aliases()
	}
	if c.name == ProtoName {
		made.examine()
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	next := map[uintptr]*messageType{}
	if known := c.types.Load(); known != nil {
		maps.Copy(next, *known)
	}
	next[made.address] = made
	c.types.Store(&next)
	return made
}
