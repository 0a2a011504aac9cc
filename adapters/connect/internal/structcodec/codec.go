// Package structcodec encodes and decodes messages of connect: pointers to structs with tags.
package structcodec

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/thrift"
)

// The names of codecs, which content types have in them: application/thrift, application/grpc+thrift.
const (
	ThriftName = "thrift"
	ProtoName  = "proto"
)

// Codec encodes and decodes pointers to structs with tags. It is used by many goroutines at once.
type Codec struct {
	name    string
	check   func(reflect.Type) error // refuses structs without tags
	options []tagwire.Option
	stable  bool // equal messages have equal bytes

	// recent has the types that were used last, each in the slot of its address.
	recent [64]atomic.Pointer[messageType]
	// types has a *messageType for each reflect.Type of a message, and keeps the type alive.
	types sync.Map
}

// messageType is what a codec knows of a type of message.
type messageType struct {
	*tagwire.TypeCodec
	address uintptr // of the type
	aliases bool    // what is decoded refers to its input
	err     error   // why there is no TypeCodec

	library  bool      // err is for the library of Protobuf to mend
	extended *extended // of a message of that library that is decoded here, nil if nothing in it can have extensions
}

// NewThrift returns a codec for Thrift with options of package tagwire.
func NewThrift(options []tagwire.Option) *Codec {
	return &Codec{name: ThriftName, check: thrift.CheckTagged, options: slices.Clone(options)}
}

// Name returns the name.
func (c *Codec) Name() string { return c.name }

// Append appends the encoding of v to dst. Nothing in it refers to v.
func (c *Codec) Append(dst []byte, v any) ([]byte, error) {
	t, err := c.typeOf(v)
	if t.library {
		return c.appendByLibrary(dst, v)
	}
	if err != nil {
		return nil, err
	}
	data, err := t.Append(dst, v)
	if err != nil && c.name == ProtoName && errors.Is(err, tagwire.ErrUnsupportedType) && isLibrarys(reflect.TypeOf(v)) {
		// Extensions, for example.
		return c.appendByLibrary(dst, v)
	}
	return data, err
}

// Decode reads the struct that v points to. It needs all of data, which the caller may use again afterwards. Fields that are absent
// keep their values in Thrift.
func (c *Codec) Decode(data []byte, v any) error {
	t, err := c.typeOf(v)
	if t.library || err == nil && t.extended.registered() {
		return decodeByLibrary(data, v)
	}
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

// typeOf returns what is known of the type of v, and why it is none of a message.
func (c *Codec) typeOf(v any) (*messageType, error) {
	// An interface is two words, type and data. The address of a type is read, not kept: the map of types keeps types alive. It is
	// that of a type's description, which is longer than 32 bytes.
	address := (*[2]uintptr)(unsafe.Pointer(&v))[0]
	slot := &c.recent[address/32%uintptr(len(c.recent))]
	if found := slot.Load(); found != nil && found.address == address {
		return found, found.err
	}
	if v == nil {
		return new(messageType), errors.New("a message is a pointer to a struct with tags; nil is none")
	}
	found := c.find(reflect.TypeOf(v), address)
	slot.Store(found)
	return found, found.err
}

// find returns what is known of type t, made on first use.
func (c *Codec) find(t reflect.Type, address uintptr) *messageType {
	if found, ok := c.types.Load(t); ok {
		return found.(*messageType)
	}
	made := &messageType{address: address}
	made.TypeCodec, made.err = c.codecOf(t)
	made.aliases = made.err == nil && made.Aliases()
	if c.name == ProtoName && isLibrarys(t) {
		made.examine(t)
	}
	found, _ := c.types.LoadOrStore(t, made)
	return found.(*messageType)
}

// codecOf returns what encodes and decodes messages of type t.
func (c *Codec) codecOf(t reflect.Type) (*tagwire.TypeCodec, error) {
	if t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("a message is a pointer to a struct with tags; %v is none", t)
	}
	if err := c.check(t); err != nil {
		return nil, err
	}
	return tagwire.CodecOf(t.Elem(), c.options...)
}
