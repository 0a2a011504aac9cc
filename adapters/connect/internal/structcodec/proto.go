package structcodec

import (
	"fmt"
	"reflect"
	"slices"
	"sync/atomic"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/protobuf"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/runtime/protoimpl"
)

// NewProto returns a codec for Protobuf with options of package tagwire. What these structs are that Tagwire cannot do goes through
// google.golang.org/protobuf if they are its messages.
func NewProto(options []tagwire.Option) *Codec {
	options = slices.Concat([]tagwire.Option{tagwire.WithMaxDepth(protowire.DefaultRecursionLimit)}, options, []tagwire.Option{tagwire.WithFormat(tagwire.Protobuf)})
	return &Codec{name: ProtoName, check: protobuf.CheckTagged, options: options}
}

// NewStableProto returns a codec for Protobuf that encodes equal messages equally.
func NewStableProto(options []tagwire.Option) *Codec {
	c := NewProto(append(slices.Clone(options), tagwire.WithDeterministic()))
	c.stable = true
	return c
}

var probe = NewProto(nil)

// Fallback returns why messages of v's type go through google.golang.org/protobuf, nil if they do not.
func Fallback(v any) error {
	t, err := probe.typeOf(v)
	if !t.library {
		return nil
	}
	return err
}

var messageInterface = reflect.TypeFor[proto.Message]()

// isLibrarys reports whether values of type t are messages of google.golang.org/protobuf.
func isLibrarys(t reflect.Type) bool { return t.Implements(messageInterface) }

// appendByLibrary does as connect's own codec.
func (c *Codec) appendByLibrary(dst []byte, v any) (data []byte, err error) {
	defer recoverLibrary(v, &err)
	return proto.MarshalOptions{Deterministic: c.stable}.MarshalAppend(dst, v.(proto.Message))
}

// decodeByLibrary does as connect's own codec.
func decodeByLibrary(data []byte, v any) (err error) {
	defer recoverLibrary(v, &err)
	return proto.Unmarshal(data, v.(proto.Message))
}

// recoverLibrary makes an error of a panic, as the library has for nil pointers.
func recoverLibrary(v any, err *error) {
	if value := recover(); value != nil {
		*err = fmt.Errorf("google.golang.org/protobuf cannot do %T: %v", v, value)
	}
}

// examine finds out what the library of Protobuf is needed for with its messages of type typ.
func (t *messageType) examine(typ reflect.Type) {
	if typ.Kind() != reflect.Pointer || typ.Elem().Kind() != reflect.Struct {
		t.library = true
		return
	}
	v := reflect.New(typ.Elem()).Interface().(proto.Message)
	if t.err == nil {
		t.err = checkOwn(typ, v)
	} else if _, err := tagwire.CodecOf(typ.Elem(), tagwire.WithFormat(tagwire.Protobuf), tagwire.WithEngine(tagwire.Reflect)); err == nil {
		return // it is an option that cannot be met
	}
	if t.library = t.err != nil; !t.library {
		t.extended = extendedOf(v.ProtoReflect().Descriptor())
	}
}

// checkOwn refuses v, of type t, if its fields do not say what is sent: if what it embeds is the message, or if the message has no fields
// of Go's, as those of package dynamicpb.
func checkOwn(t reflect.Type, v proto.Message) (err error) {
	defer func() {
		if recover() != nil { // what is embedded is nil
			err = fmt.Errorf("%v is no generated message", t)
		}
	}()
	if info, ok := v.ProtoReflect().Type().(*protoimpl.MessageInfo); !ok || info.GoReflectType != t {
		return fmt.Errorf("%v is no generated message", t)
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
