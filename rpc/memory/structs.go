package memory

import (
	"reflect"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
)

// Structs is a struct type with what it takes to move values of it, and those that are used again.
//
// What is sent is the struct itself, or, with [Types.OfMessage], the message that its first field points to.
type Structs struct {
	// Codecs are those of what is sent, by format; nil for those that are not in use.
	Codecs [FormatCount]*tagwire.TypeCodec
	// Aliases says that what is decoded may refer to its input.
	Aliases bool
	// Offsets are those of the fields, in bytes.
	Offsets []uintptr
	// Empty is a zero value that is never changed.
	Empty unsafe.Pointer

	typ     reflect.Type
	message reflect.Type // what the first field points to, if that is sent, else nil
	bare    tagwire.Format
	initial bool // a message has defaults
	// pool holds unsafe.Pointers to zero values of typ. They are ordinary heap objects of that type.
	pool sync.Pool
}

// FormatCount is how many formats there may be.
const FormatCount = int(tagwire.Protobuf) + 1

// Types makes the Structs of a client or a server, one for each type, under its limits.
type Types struct {
	Limits  *message.Limits
	Formats []tagwire.Format
	byType  sync.Map // structsKey to *Structs
	singles sync.Map // singleKey to *Single
}

// structsKey is what the Structs of a type are known by.
type structsKey struct {
	typ, message reflect.Type
	bare         tagwire.Format // of the message
}

// Of returns the Structs of type t, in all formats.
func (l *Types) Of(t reflect.Type) (*Structs, error) { return l.of(structsKey{typ: t}, t, l.Formats) }

// OfMessage returns the Structs of type t, whose first field is a pointer to a message of Protobuf, a struct. Of a value the message is
// what is sent and received; a nil pointer is sent as an empty message, and what is received is a new one.
func (l *Types) OfMessage(t reflect.Type) (*Structs, error) {
	return l.OfBare(t, tagwire.Protobuf)
}

// OfBare returns the Structs of type t, whose first field is a pointer to a struct. Of a value that struct is what is sent and received, in one
// format; a nil pointer is sent as an empty one, and what is received is a new one.
func (l *Types) OfBare(t reflect.Type, f tagwire.Format) (*Structs, error) {
	message := t.Field(0).Type.Elem()
	return l.of(structsKey{t, message, f}, message, []tagwire.Format{f})
}

// of returns the Structs of a type of whose values sent is sent.
func (l *Types) of(key structsKey, sent reflect.Type, formats []tagwire.Format) (*Structs, error) {
	if known, found := l.byType.Load(key); found {
		return known.(*Structs), nil
	}
	made := &Structs{typ: key.typ, message: key.message, bare: key.bare}
	if made.message != nil {
		made.initial = reflect.PointerTo(made.message).Implements(defaulterType)
	}
	for _, f := range formats {
		codec, err := tagwire.CodecOf(sent, tagwire.WithFormat(f), tagwire.WithMaxAlloc(l.Limits.MaxAlloc), tagwire.WithMaxDepth(l.Limits.MaxDepth))
		if err != nil {
			return nil, err
		}
		made.Codecs[f], made.Aliases = codec, made.Aliases || codec.Aliases()
	}
	made.Empty = made.Fresh()
	for i := range key.typ.NumField() {
		made.Offsets = append(made.Offsets, key.typ.Field(i).Offset)
	}
	known, _ := l.byType.LoadOrStore(key, made)
	return known.(*Structs), nil
}

// Has reports whether values can be in a format.
func (l *Structs) Has(f tagwire.Format) bool { return int(f) < FormatCount && l.Codecs[f] != nil }

// Body returns the struct at p as the body of a message in a format that there is.
func (l *Structs) Body(f tagwire.Format, p unsafe.Pointer) Body {
	if l.message != nil {
		p = *(*unsafe.Pointer)(p) // the first field is a pointer, to the message
	}
	return Body{Codec: l.Codecs[f], Value: p}
}

// target returns where to decode what is received for the zero value at p, and how many bytes of memory are used for that: none for
// the struct itself, else those of a message, which belongs to a unless that is nil. InitDefault of the message may panic.
func (l *Structs) target(a *tagwire.Arena, p unsafe.Pointer) (received unsafe.Pointer, size int) {
	if l.message == nil {
		return p, 0
	}
	received = l.Codecs[l.bare].NewAtIn(a)
	if l.initial {
		reflect.NewAt(l.message, received).Interface().(Defaulter).InitDefault()
	}
	*(*unsafe.Pointer)(p) = received // the first field is a pointer, to such a message
	return received, int(l.message.Size())
}

// Get returns a zero value.
func (l *Structs) Get() unsafe.Pointer {
	if p, ok := l.pool.Get().(unsafe.Pointer); ok {
		return p
	}
	return l.Fresh()
}

// Fresh returns a zero value for the caller alone.
func (l *Structs) Fresh() unsafe.Pointer { return reflect.New(l.typ).UnsafePointer() }

// Put takes back what Get returned; nothing may refer to it any more.
func (l *Structs) Put(p unsafe.Pointer) {
	l.At(p).SetZero()
	l.pool.Put(p)
}

// At returns the struct at p, which Get or Fresh returned, so that it is of the type.
func (l *Structs) At(p unsafe.Pointer) reflect.Value { return reflect.NewAt(l.typ, p).Elem() }

// Field returns the address of field i of the struct at p, inside the object that p keeps alive.
func (l *Structs) Field(p unsafe.Pointer, i int) unsafe.Pointer { return unsafe.Add(p, l.Offsets[i]) }

// SetDefaults gives the zero value at p its defaults, if the type has any.
func (l *Structs) SetDefaults(p unsafe.Pointer) {
	if value, ok := l.At(p).Addr().Interface().(Defaulter); ok {
		value.InitDefault()
	}
}

// Defaulter is a struct with default values, as generators write them.
type Defaulter interface{ InitDefault() }

var defaulterType = reflect.TypeFor[Defaulter]()

// Body is the message.Body of a struct.
type Body struct {
	// Codec is that of the struct.
	Codec *tagwire.TypeCodec
	// Value points to it; nil for a struct without fields.
	Value unsafe.Pointer
}

// Size is that of message.Body.
func (b *Body) Size() (total, direct int, err error) { return b.Codec.SizeAt(b.Value) }

// Encode is that of message.Body.
func (b *Body) Encode(buf []byte, w tagwire.DirectWriter) (int, error) {
	return b.Codec.EncodeAt(buf, b.Value, w)
}
