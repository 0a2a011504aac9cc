package memory

import (
	"reflect"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/thrift"
)

// Structs is a struct type with what it takes to move values of it, and those that are used again.
type Structs struct {
	// Codecs are by format; nil for those that are not in use.
	Codecs [FormatCount]*tagwire.TypeCodec
	// Aliases says that what is decoded may refer to its input.
	Aliases bool
	// Offsets are those of the fields, in bytes.
	Offsets []uintptr
	// Empty is a zero value that is never changed.
	Empty unsafe.Pointer

	typ reflect.Type
	// pool holds unsafe.Pointers to zero values of typ. They are ordinary heap objects of that type.
	pool sync.Pool
}

// FormatCount is how many formats there may be.
const FormatCount = len(thrift.Formats)

// Types makes the Structs of a client or a server, one for each type, under its limits.
type Types struct {
	Limits  *message.Limits
	Formats []tagwire.Format
	byType  sync.Map // reflect.Type to *Structs
	singles sync.Map // singleKey to *Single
}

// Of returns the Structs of type t.
func (l *Types) Of(t reflect.Type) (*Structs, error) {
	if known, found := l.byType.Load(t); found {
		return known.(*Structs), nil
	}
	made := &Structs{typ: t}
	for _, f := range l.Formats {
		codec, err := tagwire.CodecOf(t, tagwire.WithFormat(f), tagwire.WithMaxAlloc(l.Limits.MaxAlloc), tagwire.WithMaxDepth(l.Limits.MaxDepth))
		if err != nil {
			return nil, err
		}
		made.Codecs[f], made.Aliases = codec, made.Aliases || codec.Aliases()
	}
	made.Empty = made.Fresh()
	for i := range t.NumField() {
		made.Offsets = append(made.Offsets, t.Field(i).Offset)
	}
	known, _ := l.byType.LoadOrStore(t, made)
	return known.(*Structs), nil
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

// Body is the message.Body of a struct.
type Body struct {
	// Codec is that of the struct.
	Codec *tagwire.TypeCodec
	// Value points to it.
	Value unsafe.Pointer
}

// Size is that of message.Body.
func (b *Body) Size() (total, direct int, err error) { return b.Codec.SizeAt(b.Value) }

// Encode is that of message.Body.
func (b *Body) Encode(buf []byte, w tagwire.DirectWriter) (int, error) {
	return b.Codec.EncodeAt(buf, b.Value, w)
}
