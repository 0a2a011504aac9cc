package grpcadapter

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync/atomic"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/protobuf"
	"google.golang.org/grpc/encoding"
	grpcproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/runtime/protoimpl"
)

// ProtoName is the content-subtype of the codec for Protobuf, which is that of calls without any: application/grpc+proto.
const ProtoName = grpcproto.Name

// RegisterProto registers NewProtoCodec(options...) in place of grpc-go's own codec for Protobuf, for all servers and clients of the
// process. Call it before any is made, as in an init function or at the start of main.
func RegisterProto(options ...tagwire.Option) { encoding.RegisterCodecV2(NewProtoCodec(options...)) }

// NewProtoCodec returns a codec for Protobuf with options of package tagwire, such as tagwire.WithMaxAlloc, for grpc.ForceServerCodecV2
// and grpc.ForceCodecV2. Messages are pointers to structs with protobuf tags, generated or not, and nested 10,000 deep at most.
//
// What Tagwire cannot do goes through google.golang.org/protobuf, as in grpc-go's own codec and without the limits of the options:
// messages of the types that Fallback names, those in which extensions are set, and decoding what may hold extensions that the program
// has registered.
func NewProtoCodec(options ...tagwire.Option) encoding.CodecV2 {
	options = slices.Concat([]tagwire.Option{tagwire.WithMaxDepth(protowire.DefaultRecursionLimit)}, options, []tagwire.Option{tagwire.WithFormat(tagwire.Protobuf)})
	return &protoCodec{codec{name: ProtoName, check: protobuf.CheckTagged, options: options}}
}

// Fallback returns why the codecs for Protobuf pass messages of v's type on to google.golang.org/protobuf, nil if they do not. v may be
// a nil pointer. Such types are those that were generated with the Opaque API, for example.
func Fallback(v any) error {
	t, err := probe.typeOf(v)
	if !t.library {
		return nil
	}
	return err
}

var probe = &NewProtoCodec().(*protoCodec).codec

// library is grpc-go's own codec, which is registered before this package begins.
var library = encoding.GetCodecV2(grpcproto.Name)

// protoCodec is a codec for Protobuf that has another one to fall back to.
type protoCodec struct{ codec }

// Marshal returns the encoding of v.
func (c *protoCodec) Marshal(v any) (mem.BufferSlice, error) {
	t, err := c.typeOf(v)
	if t.library {
		return marshalByLibrary(v)
	}
	if err != nil {
		return nil, err
	}
	out, err := t.marshal(v)
	if err != nil && isLibrarys(v) && errors.Is(err, tagwire.ErrUnsupportedType) {
		// Extensions, for example.
		return marshalByLibrary(v)
	}
	return out, err
}

// Unmarshal reads the struct that v points to from all of data.
func (c *protoCodec) Unmarshal(data mem.BufferSlice, v any) error {
	t, err := c.typeOf(v)
	if t.library || err == nil && t.extended.registered() {
		return unmarshalByLibrary(data, v)
	}
	if err != nil {
		return err
	}
	return t.unmarshal(data, v)
}

// marshalByLibrary returns what grpc-go's own codec does.
func marshalByLibrary(v any) (out mem.BufferSlice, err error) {
	defer recoverLibrary(v, &err)
	return library.Marshal(v)
}

// unmarshalByLibrary does as grpc-go's own codec.
func unmarshalByLibrary(data mem.BufferSlice, v any) (err error) {
	defer recoverLibrary(v, &err)
	return library.Unmarshal(data, v)
}

// recoverLibrary makes an error of a panic. The library panics for nil pointers and for types that it does not know.
func recoverLibrary(v any, err *error) {
	if value := recover(); value != nil {
		*err = fmt.Errorf("grpcadapter: google.golang.org/protobuf cannot do %T: %v", v, value)
	}
}

// isLibrarys reports whether v is a message of google.golang.org/protobuf, or of its forerunner.
func isLibrarys(v any) bool {
	switch v.(type) {
	case proto.Message, protoadapt.MessageV1:
		return true
	}
	return false
}

// examine finds out what the library of Protobuf is needed for, if t is one of its messages.
func (t *messageType) examine() {
	if !isLibrarys(reflect.Zero(t.typ).Interface()) {
		return
	}
	if t.typ.Kind() != reflect.Pointer || t.typ.Elem().Kind() != reflect.Struct {
		t.library = true
		return
	}
	v := reflect.New(t.typ.Elem()).Interface()
	if t.err == nil {
		t.err = checkOwn(t.typ, v)
	} else if _, err := tagwire.CodecOf(t.typ.Elem(), tagwire.WithFormat(tagwire.Protobuf), tagwire.WithEngine(tagwire.Reflect)); err == nil {
		return // it is an option that cannot be met
	}
	if t.library = t.err != nil; t.library {
		return
	}
	if m, ok := v.(proto.Message); ok {
		t.extended = extendedOf(m.ProtoReflect().Descriptor())
	}
}

// checkOwn refuses v, of type t, if its fields do not say what is sent: if what it embeds is the message, or if the message has no fields
// of Go's, as those of package dynamicpb.
func checkOwn(t reflect.Type, v any) (err error) {
	defer func() {
		if recover() != nil { // what is embedded is nil
			err = fmt.Errorf("grpcadapter: %v is no generated message", t)
		}
	}()
	if m, ok := v.(proto.Message); ok {
		if info, ok := m.ProtoReflect().Type().(*protoimpl.MessageInfo); !ok || info.GoReflectType != t {
			return fmt.Errorf("grpcadapter: %v is no generated message", t)
		}
		return nil
	}
	for i := range t.Elem().NumField() {
		f := t.Elem().Field(i)
		tag := f.Tag.Get("protobuf")
		if _, has := f.Type.MethodByName("ProtoMessage"); has && f.Anonymous && (tag == "" || tag == "-") {
			return fmt.Errorf("grpcadapter: %v embeds %v, which is the message", t, f.Type)
		}
	}
	return nil
}

// extended has the messages that one reaches, itself among them, and that may have extensions.
type extended struct {
	names []protoreflect.FullName
	// known is how many extensions the program had registered when none was of these messages.
	known atomic.Int64
	found atomic.Bool
}

// extendedOf returns the messages for d, nil if there is none.
func extendedOf(d protoreflect.MessageDescriptor) *extended {
	e := new(extended)
	seen := map[protoreflect.FullName]bool{}
	var visit func(protoreflect.MessageDescriptor)
	visit = func(d protoreflect.MessageDescriptor) {
		if d == nil || seen[d.FullName()] {
			return
		}
		seen[d.FullName()] = true
		if d.ExtensionRanges().Len() > 0 {
			e.names = append(e.names, d.FullName())
		}
		for i := range d.Fields().Len() {
			visit(d.Fields().Get(i).Message())
		}
	}
	visit(d)
	if len(e.names) == 0 {
		return nil
	}
	return e
}

// registered reports whether extensions of these messages are, which the library of Protobuf decodes. Without, they are unknown fields.
func (e *extended) registered() bool {
	if e == nil {
		return false
	}
	if e.found.Load() {
		return true
	}
	count := int64(protoregistry.GlobalTypes.NumExtensions())
	if count == e.known.Load() {
		return false
	}
	for _, name := range e.names {
		if protoregistry.GlobalTypes.NumExtensionsByMessage(name) > 0 {
			e.found.Store(true)
			return true
		}
	}
	e.known.Store(count)
	return false
}
