package rpc

import (
	"reflect"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/invoke"
	"github.com/tagwire/tagwire/rpc/policy"
	"github.com/tagwire/tagwire/rpc/thrift"
)

// structPool is a struct type with what it takes to move values of it.
type structPool struct {
	typ    reflect.Type
	codecs [formatCount]*tagwire.TypeCodec // by format; nil for those that are not in use
	// offsets of the fields, in bytes.
	offsets []uintptr
	// aliases says that what is decoded may refer to its input.
	aliases bool
	// empty is a zero value that is never changed.
	empty unsafe.Pointer
	// pool holds unsafe.Pointers to zero values of typ. They are ordinary heap objects of that type.
	pool sync.Pool
}

// formatCount is how many formats there may be.
const formatCount = len(thrift.Formats)

// structPools makes the pools of a client or a server, one for each type, under its limits.
type structPools struct {
	limits  *Limits
	formats []tagwire.Format
	byType  sync.Map // reflect.Type to *structPool
}

func (l *structPools) of(t reflect.Type) (*structPool, error) {
	if known, found := l.byType.Load(t); found {
		return known.(*structPool), nil
	}
	made := &structPool{typ: t}
	for _, f := range l.formats {
		codec, err := tagwire.CodecOf(t, tagwire.WithFormat(f), tagwire.WithMaxAlloc(l.limits.MaxAlloc), tagwire.WithMaxDepth(l.limits.MaxDepth))
		if err != nil {
			return nil, err
		}
		made.codecs[f], made.aliases = codec, made.aliases || codec.Aliases()
	}
	made.empty = made.fresh()
	for i := range t.NumField() {
		made.offsets = append(made.offsets, t.Field(i).Offset)
	}
	known, _ := l.byType.LoadOrStore(t, made)
	return known.(*structPool), nil
}

// Get returns a zero value.
func (l *structPool) Get() unsafe.Pointer {
	if p, ok := l.pool.Get().(unsafe.Pointer); ok {
		return p
	}
	return l.fresh()
}

// fresh returns a zero value for the caller alone.
func (l *structPool) fresh() unsafe.Pointer { return reflect.New(l.typ).UnsafePointer() }

// Put takes back what Get returned; nothing may refer to it any more.
func (l *structPool) Put(p unsafe.Pointer) {
	l.at(p).SetZero()
	l.pool.Put(p)
}

// at returns the struct at p, which Get or fresh returned, so that it is of the pool's type.
func (l *structPool) at(p unsafe.Pointer) reflect.Value { return reflect.NewAt(l.typ, p).Elem() }

// boundMethod is a method in use by one server or client, under its limits.
type boundMethod struct {
	*methodDesc
	nameBytes []byte         // methodDesc.name
	sentName  []byte         // on a client, what goes on the wire: with the service's name before it, if that is asked for
	in, out   *structPool    // of arguments and result; out is nil if there is no reply
	invoke    invoke.Invoker // on a server
	service   string         // on a server, the service it belongs to
}

// bind takes a method into use.
func (l *structPools) bind(s *methodDesc) (*boundMethod, error) {
	b := &boundMethod{methodDesc: s, nameBytes: []byte(s.name)}
	var err error
	if b.in, err = l.of(s.arguments); err == nil && s.result != nil {
		b.out, err = l.of(s.result)
	}
	if err != nil {
		return nil, &Error{Code: CodeContract, Method: s.name, Err: err}
	}
	return b, nil
}

// declares reports whether err is, or wraps, an exception that the method declares, or a business error.
func (b *boundMethod) declares(err error) (declared bool) {
	defer func() {
		if recover() != nil {
			declared = false // a method of the error panicked
		}
	}()
	if businessError(err) != nil {
		return true
	}
	i, _ := b.exceptionOf(err)
	return i >= 0
}

// newAttempts begins a call that interceptors may repeat.
func (b *boundMethod) newAttempts() *policy.Attempts {
	if b.out == nil {
		return policy.NewAttempts(nil)
	}
	return policy.NewAttempts(b.out)
}

// end is called when the interceptors have returned err. It returns the result, unless there is an error or no reply. used
// reports that an attempt goes on, with the arguments of the call.
func (b *boundMethod) end(all *policy.Attempts, err error) (result unsafe.Pointer, used bool, failure error) {
	result, succeeded, used := all.End()
	if err == nil && !succeeded && b.returns {
		err = &Error{Code: CodeMissingResult, Method: b.name, Message: "an interceptor returned no error, and there is no result"}
	}
	switch {
	case err != nil && result != nil:
		b.out.Put(result)
		result = nil
	case err == nil && result == nil && b.out != nil:
		result = b.out.Get()
	}
	return result, used, err
}

// field returns the address of field i of the struct at p, inside the object that p keeps alive.
func (l *structPool) field(p unsafe.Pointer, i int) unsafe.Pointer {
	return unsafe.Add(p, l.offsets[i])
}

// structBody is the Body of a struct.
type structBody struct {
	codec *tagwire.TypeCodec
	value unsafe.Pointer
}

func (b *structBody) Size() (total, direct int, err error) { return b.codec.SizeAt(b.value) }

func (b *structBody) Encode(buf []byte, w tagwire.DirectWriter) (int, error) {
	return b.codec.EncodeAt(buf, b.value, w)
}

// newArguments returns an empty struct of arguments for a handler. If that is a type of the user's, it has its defaults.
func (b *boundMethod) newArguments() unsafe.Pointer {
	if !b.retained {
		return b.in.Get()
	}
	p := b.in.fresh()
	if value, ok := reflect.NewAt(b.in.typ, p).Interface().(defaulter); ok {
		value.InitDefault()
	}
	return p
}

// defaulter is a struct with default values, as generators write them.
type defaulter interface{ InitDefault() }

// firstWord reports whether the first word of the struct at p is not zero. A result's first field is the success,
// whose first word is a pointer, which is nil if there is none.
func firstWord(p unsafe.Pointer) bool { return *(*unsafe.Pointer)(p) != nil }
