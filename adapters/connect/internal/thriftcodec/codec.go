// Package thriftcodec encodes and decodes messages of connect: pointers to structs with tags.
package thriftcodec

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
)

// Name is the name of the codec, so that its messages have the content types application/thrift and application/grpc+thrift.
const Name = "thrift"

// Codec encodes and decodes pointers to structs with tags. It is used by many goroutines at once.
type Codec struct {
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
	typ     reflect.Type // so that no other type gets its address
	address uintptr
	aliases bool  // what is decoded refers to its input
	err     error // why there is no TypeCodec
}

// New returns a codec with options of package tagwire.
func New(options []tagwire.Option) *Codec { return &Codec{options: slices.Clone(options)} }

// Append appends the encoding of v to dst. Nothing in it refers to v.
func (c *Codec) Append(dst []byte, v any) ([]byte, error) {
	t, err := c.typeOf(v)
	if err != nil {
		return nil, err
	}
	return t.Append(dst, v)
}

// Decode reads the struct that v points to. It needs all of data, which the caller may use again afterwards. Fields that are absent
// keep their values.
func (c *Codec) Decode(data []byte, v any) error {
	t, err := c.typeOf(v)
	if err != nil {
		return err
	}
	if t.aliases {
		// The input needs memory of its own: connect uses its buffers again.
		data = slices.Clone(data)
	}
	n, err := t.TypeCodec.Decode(data, v)
	if err == nil && n != len(data) {
		err = fmt.Errorf("%T ends after %d of %d bytes: %w", v, n, len(data), tagwire.ErrTrailingData)
	}
	return err
}

// typeOf returns what is known of the type of v.
func (c *Codec) typeOf(v any) (*messageType, error) {
	t := reflect.TypeOf(v)
	if t == nil {
		return nil, errors.New("a message is a pointer to a struct with tags; nil is none")
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
func (c *Codec) find(t reflect.Type, address uintptr) *messageType {
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
func (c *Codec) add(t reflect.Type) *messageType {
	made := &messageType{typ: t, address: addressOf(t)}
	if t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
		made.err = fmt.Errorf("a message is a pointer to a struct with tags; %v is none", t)
	} else if err := thrift.CheckTagged(t); err != nil {
		made.err = err
	} else if made.TypeCodec, made.err = tagwire.CodecOf(t.Elem(), c.options...); made.err == nil {
		made.aliases = made.Aliases()
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
