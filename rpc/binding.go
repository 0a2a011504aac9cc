package rpc

import (
	"context"
	"reflect"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire"
)

// layout is a struct type with what it takes to move values of it.
type layout struct {
	typ   reflect.Type
	codec *tagwire.TypeCodec
	// offsets of the fields, in bytes.
	offsets []uintptr
	// pool holds unsafe.Pointers to zero values of typ. They are ordinary heap objects of that type.
	pool sync.Pool
}

func newLayout(t reflect.Type, limits *Limits) (*layout, error) {
	codec, err := tagwire.CodecOf(t, tagwire.WithMaxAlloc(limits.MaxAlloc), tagwire.WithMaxDepth(limits.MaxDepth))
	if err != nil {
		return nil, err
	}
	l := &layout{typ: t, codec: codec}
	for i := range t.NumField() {
		l.offsets = append(l.offsets, t.Field(i).Offset)
	}
	return l, nil
}

// get returns a zero value.
func (l *layout) get() unsafe.Pointer {
	if p, ok := l.pool.Get().(unsafe.Pointer); ok {
		return p
	}
	return l.fresh()
}

// fresh returns a zero value that nobody else will get.
func (l *layout) fresh() unsafe.Pointer { return reflect.New(l.typ).UnsafePointer() }

// put takes back what get returned; nothing may refer to it any more.
func (l *layout) put(p unsafe.Pointer) {
	l.at(p).SetZero()
	l.pool.Put(p)
}

// at returns the struct at p, which get or fresh returned, so that it is of the layout's type.
func (l *layout) at(p unsafe.Pointer) reflect.Value { return reflect.NewAt(l.typ, p).Elem() }

// binding is a method in use by one server or client, under its limits.
type binding struct {
	*spec
	nameBytes []byte  // spec.name
	sentName  []byte  // on a client, what goes on the wire: with the service's name before it, if that is asked for
	in, out   *layout // of arguments and result; out is nil if there is no reply
	invoke    invoker // on a server
	service   string  // on a server, the service it belongs to
}

// invoker calls a handler with the struct of arguments; the handler's result goes into the struct of results. It
// keeps neither, unless the method's arguments are retained.
type invoker func(ctx context.Context, arguments, result unsafe.Pointer) error

func bind(s *spec, l *Limits) (*binding, error) {
	b := &binding{spec: s, nameBytes: []byte(s.name)}
	var err error
	if b.in, err = newLayout(s.arguments, l); err == nil && s.result != nil {
		b.out, err = newLayout(s.result, l)
	}
	if err != nil {
		return nil, &Error{Code: CodeContract, Method: s.name, Err: err}
	}
	return b, nil
}

// field returns the address of field i of the struct at p, inside the object that p keeps alive.
func (l *layout) field(p unsafe.Pointer, i int) unsafe.Pointer { return unsafe.Add(p, l.offsets[i]) }

// structBody is the Body of a struct.
type structBody struct {
	codec *tagwire.TypeCodec
	value unsafe.Pointer
}

func (b *structBody) Size() (total, direct int, err error) { return b.codec.SizeAt(b.value) }

func (b *structBody) Encode(buf []byte, w tagwire.DirectWriter) (int, error) {
	return b.codec.EncodeAt(buf, b.value, w)
}

// newArguments returns an empty struct of arguments for a handler.
func (b *binding) newArguments() unsafe.Pointer {
	if b.retained {
		return b.in.fresh()
	}
	return b.in.get()
}
