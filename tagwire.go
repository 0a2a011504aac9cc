package tagwire

import (
	"net"
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
)

// Marshal returns the encoding of v, a struct or a pointer to one. A nil pointer encodes as a struct without
// fields, if no field is required. Passing a pointer saves a copy of the struct.
func Marshal(v any, options ...Option) ([]byte, error) { return Append(nil, v, options...) }

// Append appends the encoding of v to dst and returns the longer slice. On error it returns dst. What is between the length and
// the capacity of dst may be overwritten.
func Append(dst []byte, v any, options ...Option) ([]byte, error) {
	if e, p := fastLookup(v, options); e != nil {
		return e.append(dst, p, &defaults)
	}
	var local config
	c := configOf(options, &local)
	e, p, err := forEncoding(v, c)
	if err != nil {
		return dst, err
	}
	return e.append(dst, p, c)
}

// AppendBuffers appends the encoding of v to dst as buffers for one vectored write. Strings and binaries of 4
// KiB and more are not copied: the buffers refer to the value's own memory, which must stay unchanged while
// they are in use. The buffers must not be written to. On error it returns dst.
func AppendBuffers(dst net.Buffers, v any, options ...Option) (net.Buffers, error) {
	var local config
	c := configOf(options, &local)
	e, p, err := forEncoding(v, c)
	if err != nil {
		return dst, err
	}
	return e.appendBuffers(dst, p, c)
}

// Size returns how many bytes Encode writes for v. It does not look for values that have no wire form; Encode
// reports those.
func Size(v any, options ...Option) (int, error) {
	if e, p := fastLookup(v, options); e != nil {
		return e.size(p, &defaults)
	}
	var local config
	c := configOf(options, &local)
	e, p, err := forEncoding(v, c)
	if err != nil {
		return 0, err
	}
	return e.size(p, c)
}

// Encode writes the encoding of v into buf and returns its length. It never writes past len(buf), and fails
// with ErrBufferTooSmall where that is not enough; on error the contents of buf are undefined and n is 0. What is in
// buf behind the encoding may be overwritten: to keep it, pass a shorter buf.
func Encode(buf []byte, v any, options ...Option) (n int, err error) {
	if e, p := fastLookup(v, options); e != nil {
		return e.encode(buf, p, &defaults)
	}
	var local config
	c := configOf(options, &local)
	e, p, err := forEncoding(v, c)
	if err != nil {
		return 0, err
	}
	return e.encode(buf, p, c)
}

// EncodeDirect is Encode with strings and binaries of 4 KiB and more handed to w, in order, instead of being
// copied into buf. n counts the bytes in buf alone. A nil w takes none. w is called by this goroutine before
// EncodeDirect returns; if the value turns out to have no encoding, or not to fit, some calls may have been made. An
// error of w ends the call; errors.Is finds it, and ErrWriteFailed. Under WithDeterministic, what lies in a map
// whose keys are structs, or in which a NaN is a key twice, is always copied.
func EncodeDirect(buf []byte, v any, w DirectWriter, options ...Option) (n int, err error) {
	var local config
	c := configOf(options, &local)
	e, p, err := forEncoding(v, c)
	if err != nil {
		return 0, err
	}
	return e.encodeDirect(buf, p, w, c)
}

// Decode reads one struct from the start of data into the struct that v points to, and returns how many bytes
// it used; more may follow. Fields that are absent from data keep their values.
//
// A message of Protobuf has no end of its own, so there Decode uses all of data, and it resets *v first: fields that are absent are zero
// afterwards. With [WithMerge] it merges data into *v instead.
//
// On error n is 0, and the fields that come before the one refused have been set; the last of them may be missing where
// more than half of what [WithMaxAlloc] allows was in use. Unless WithZeroCopy or a nocopy tag asks for it, nothing in v
// refers to data afterwards.
func Decode(data []byte, v any, options ...Option) (n int, err error) {
	if e, p := fastLookup(v, options); e != nil {
		return e.decode(data, p, &defaults)
	}
	var local config
	c := configOf(options, &local)
	t, p, err := target(v)
	if err != nil {
		return 0, err
	}
	e, err := forType(t, c)
	if err != nil {
		return 0, err
	}
	return e.decode(data, p, c)
}

// Unmarshal is Decode where all of data must be used; bytes that are left over are an error,
// ErrTrailingData, with v set.
func Unmarshal(data []byte, v any, options ...Option) error {
	n, err := Decode(data, v, options...)
	if err == nil && n < len(data) {
		t := reflect.TypeOf(v).Elem()
		err = &Error{Code: codec.TrailingData, Offset: n, Path: schema.StructName(t), Type: t}
	}
	return err
}

func forEncoding(v any, c *config) (*typeCodec, unsafe.Pointer, error) {
	t, p, err := source(v)
	if err != nil {
		return nil, nil, err
	}
	e, err := forType(t, c)
	return e, p, err
}

func forType(t reflect.Type, c *config) (*typeCodec, error) {
	if err := c.check(t); err != nil {
		return nil, err
	}
	return typeCodecUnder(t, c)
}
