package tagwire

import (
	"errors"
	"fmt"
	"reflect"
	"sync/atomic"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit"
	"github.com/tagwire/tagwire/schema"
)

// typeCodec serves one struct type in one format.
type typeCodec struct {
	typ    reflect.Type
	format Format
	schema *schema.StructType
	plain  plainCodec
	native compiled
	// aliases reports whether what is decoded may refer to the input, because of what the type says.
	aliases func() bool
	// expected is how many bytes encodings have taken; see expect.
	expected atomic.Int64
}

// usageError returns the error for a call that is wrong for t whatever the value.
func usageError(t reflect.Type, format string, args ...any) error {
	return &Error{Code: codec.UnsupportedType, Offset: codec.NoOffset, Type: t, Err: fmt.Errorf(format, args...)}
}

// check returns an error if nothing here can serve the configuration.
func (c *config) check(t reflect.Type) error {
	switch {
	case c.Merge && c.format != Protobuf:
		return usageError(t, "WithMerge is for Protobuf")
	case !c.format.known():
		return usageError(t, "wire format %d is not one of this version's", c.format)
	case c.engine == Auto && environment.err != nil:
		return usageError(t, "%w", environment.err)
	case c.engine > Reflect:
		return usageError(t, "there is no engine %d", c.engine)
	case c.requireNative:
		if err := jit.Available(); err != nil {
			return usageError(t, "native code cannot run here: %w; use WithEngine(Auto) or WithEngine(Reflect)", err)
		}
	}
	return nil
}

// size returns what Encode would write for the struct at p.
func (e *typeCodec) size(p unsafe.Pointer, c *config) (int, error) {
	native := e.native.codec.Load()
	if native != nil && c.allowNative {
		if comparing {
			e.compareSize(native, p, c)
		}
		if n, ok := native.Size(p, &c.Settings); ok && n <= c.Size {
			return n, nil
		}
	}
	n, _, err := e.plain.Size(p, &c.Settings)
	e.countReflectCall(native != nil, c, n, err)
	return n, err
}

// encode writes the struct at p into buf.
func (e *typeCodec) encode(buf []byte, p unsafe.Pointer, c *config) (int, error) {
	native := e.native.codec.Load()
	if native != nil && c.allowNative {
		room := buf[:min(len(buf), c.Size)]
		if comparing {
			e.compareEncode(native, len(room), p, c)
		}
		if n, ok := native.Encode(room, p, &c.Settings); ok {
			return n, nil
		}
	}
	return e.encodePlain(buf, p, c, native != nil)
}

// encodePlain writes the struct at p into buf. refused says that native code has refused to.
func (e *typeCodec) encodePlain(buf []byte, p unsafe.Pointer, c *config, refused bool) (int, error) {
	n, err := e.plain.Encode(buf, p, &c.Settings, nil)
	e.countReflectCall(refused, c, n, err)
	return n, err
}

func (e *typeCodec) decode(data []byte, p unsafe.Pointer, c *config) (int, error) {
	n, _, err := e.decodeCounting(data, p, c)
	return n, err
}

// decodeCounting is decode, and returns besides how many bytes the value took.
func (e *typeCodec) decodeCounting(data []byte, p unsafe.Pointer, c *config) (n, spent int, err error) {
	if p == nil {
		return 0, 0, usageError(e.typ, "cannot decode into a nil pointer")
	}
	native := e.native.codec.Load()
	input := data[:min(len(data), c.Size)]
	switch {
	case native == nil || !c.nativeDecodes(native, len(input)):
	case c.format == Protobuf && (len(input) < len(data) || c.Merge && !e.mayMerge(input, p, c)):
		// What is cut off at a field's end would be a whole message.
	case c.Merge:
		return e.merge(native, input, p, c)
	default:
		if comparing {
			e.compareDecode(native, input, p, c)
		}
		e.plain.reset(p)
		n, spent, ok := native.Decode(input, p, &c.Settings)
		if ok {
			return n, spent, nil
		}
		n, err = e.decodeRefused(data, p, c, spent)
		return n, spent, err
	}
	n, spent, err = e.plain.DecodeCounting(data, p, &c.Settings)
	e.countReflectCall(false, c, n, err)
	return n, spent, err
}

// mayMerge reports whether native code is to merge an input into the struct at p: if it will not refuse it, since what it has merged before
// that cannot be undone. Required fields may make it do so, whatever the input.
func (e *typeCodec) mayMerge(input []byte, p unsafe.Pointer, c *config) bool {
	if e.schema.HasRequired() {
		return false
	}
	_, _, _, err := e.plain.CheckInto(input, p, &c.Settings)
	return err == nil
}

var errChanged = errors.New("the value or the input changed while one was merged into the other")

// merge merges an input natively that will not be refused, since mayMerge says so: native code charges at most what Check does.
func (e *typeCodec) merge(native *jit.Codec, input []byte, p unsafe.Pointer, c *config) (n, spent int, err error) {
	n, spent, ok := native.Decode(input, p, &c.Settings)
	if !ok {
		return 0, spent, &Error{Code: codec.InvalidData, Offset: codec.NoOffset, Path: e.schema.Name, Type: e.typ, Err: errChanged}
	}
	return n, spent, nil
}

// nativeDecodes reports whether native code is to decode an input of that length. Reflection is the faster engine for some bytes; in an
// arena, whose memory it has to look up by type, it is not.
func (c *config) nativeDecodes(native *jit.Codec, length int) bool {
	return c.allowNative && length <= jit.LongestInput && (length >= native.LeastInput() || c.requireNative || c.Arena != nil)
}

// decodeRefused finds out what is wrong with a message that native code has refused, after allocating spent bytes. Native
// code may not have set the last fields before that, so the plain codec sets them all, unless that would take more memory
// than a decode may: four times what the value takes by hand, of which each engine may take half.
func (e *typeCodec) decodeRefused(data []byte, p unsafe.Pointer, c *config, spent int) (int, error) {
	const anyway = 32 << 10 // half of what any message may take
	options := c.Settings
	n, needed, exact, err := e.plain.CheckInto(data, nil, &options)
	inParts := c.format == Protobuf && e.schema.HasRequired()
	switch {
	case err == nil: // code of the user came between, or native code is wrong; or another part of a message has its required fields
		if !inParts {
			options.Alloc = max(1, c.Alloc-spent)
		}
		n, err = e.plain.Decode(data, p, &options)
	case (spent-anyway)/2 <= needed && (!exact || needed <= c.Alloc-spent): // only a decode knows the error if Check is not exact
		n, err = e.plain.Decode(data, p, &options)
	}
	e.countReflectCall(!inParts, c, n, err) // parts are for reflection to put together
	return n, err
}

// Codec encodes and decodes values of the struct type T under options fixed when it was made. It saves the
// look-up by type that the package's functions do on each call. It is immutable and safe for concurrent use.
// See the functions of the same names for what the methods do. The zero Codec
// cannot be used.
type Codec[T any] struct {
	codec  *typeCodec
	config *config
}

// For returns the codec of the struct type T. The error tells what is wrong with T or its tags, or which of the
// options cannot be met.
func For[T any](options ...Option) (*Codec[T], error) {
	e, c, err := codecOf(reflect.TypeFor[T](), options)
	if err != nil {
		return nil, err
	}
	return &Codec[T]{e, c}, nil
}

func codecOf(t reflect.Type, options []Option) (*typeCodec, *config, error) {
	c := configOf(options, new(config))
	if err := c.check(t); err != nil {
		return nil, nil, err
	}
	if t == nil || t.Kind() != reflect.Struct {
		return nil, nil, usageError(t, "a codec is for a struct type, not for a pointer to one or anything else")
	}
	e, err := typeCodecUnder(t, c)
	return e, c, err
}

// Append appends the encoding of *v to dst; see [Append].
func (c *Codec[T]) Append(dst []byte, v *T) ([]byte, error) {
	return c.codec.append(dst, unsafe.Pointer(v), c.config)
}

// Size returns the length of the encoding of *v in bytes; see [Size].
func (c *Codec[T]) Size(v *T) (int, error) { return c.codec.size(unsafe.Pointer(v), c.config) }

// Encode writes the encoding of *v into buf; see [Encode].
func (c *Codec[T]) Encode(buf []byte, v *T) (int, error) {
	return c.codec.encode(buf, unsafe.Pointer(v), c.config)
}

// Decode reads *v from the start of data; see [Decode].
func (c *Codec[T]) Decode(data []byte, v *T) (int, error) {
	return c.codec.decode(data, unsafe.Pointer(v), c.config)
}

// TypeCodec is a [Codec] for a type that is known at run time only. It is immutable and safe for concurrent
// use. Its methods take a pointer to the type, or for encoding also a value of it, and return an error for any
// other type.
type TypeCodec struct {
	codec  *typeCodec
	config *config
}

// CodecOf returns the codec of the struct type t.
func CodecOf(t reflect.Type, options ...Option) (*TypeCodec, error) {
	e, c, err := codecOf(t, options)
	if err != nil {
		return nil, err
	}
	return &TypeCodec{e, c}, nil
}

// Append appends the encoding of v to dst; see [Append].
func (c *TypeCodec) Append(dst []byte, v any) ([]byte, error) {
	p, err := c.source(v)
	if err != nil {
		return dst, err
	}
	return c.codec.append(dst, p, c.config)
}

// Size returns the length of the encoding of v in bytes; see [Size].
func (c *TypeCodec) Size(v any) (int, error) {
	p, err := c.source(v)
	if err != nil {
		return 0, err
	}
	return c.codec.size(p, c.config)
}

// Encode writes the encoding of v into buf; see [Encode].
func (c *TypeCodec) Encode(buf []byte, v any) (int, error) {
	p, err := c.source(v)
	if err != nil {
		return 0, err
	}
	return c.codec.encode(buf, p, c.config)
}

// Decode reads the struct that v points to from the start of data; see [Decode].
func (c *TypeCodec) Decode(data []byte, v any) (int, error) {
	t, p, err := target(v)
	if err == nil {
		err = c.same(t)
	}
	if err != nil {
		return 0, err
	}
	return c.codec.decode(data, p, c.config)
}

func (c *TypeCodec) source(v any) (unsafe.Pointer, error) {
	t, p, err := source(v)
	if err == nil {
		err = c.same(t)
	}
	return p, err
}

func (c *TypeCodec) same(t reflect.Type) error {
	if t != c.codec.typ {
		return usageError(t, "this codec is for %s", codec.TypeText(c.codec.typ))
	}
	return nil
}

// source returns the struct type and the address of a value to encode: v points to it, or is a struct that is
// copied. The address is nil for a nil pointer.
func source(v any) (reflect.Type, unsafe.Pointer, error) {
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Pointer:
		if t := r.Type().Elem(); t.Kind() == reflect.Struct {
			return t, r.UnsafePointer(), nil
		}
	case reflect.Struct:
		copied := reflect.New(r.Type())
		copied.Elem().Set(r)
		return r.Type(), copied.UnsafePointer(), nil
	}
	return nil, nil, usageError(reflect.TypeOf(v), "pass a struct or a pointer to one")
}

// target returns the struct type and the address of what v points to.
func target(v any) (reflect.Type, unsafe.Pointer, error) {
	r := reflect.ValueOf(v)
	if r.Kind() == reflect.Pointer {
		if t := r.Type().Elem(); t.Kind() == reflect.Struct {
			return t, r.UnsafePointer(), nil
		}
	}
	return nil, nil, usageError(reflect.TypeOf(v), "pass a pointer to a struct")
}
