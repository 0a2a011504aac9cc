package tagwire

import (
	"reflect"
	"unsafe"
)

// SizeAt returns how many bytes EncodeAt writes for the struct at p, and how many of them it hands to a
// DirectWriter, if it is given one.
//
// p is nil or points to a value of the codec's type, here and in EncodeAt and DecodeAt: nothing checks that.
// These three are for callers that handle values of types made at run time and would otherwise put each pointer
// into an interface first.
func (c *TypeCodec) SizeAt(p unsafe.Pointer) (total, direct int, err error) {
	return c.codec.sizes(p, c.config)
}

// EncodeAt writes the struct at p into buf; see [EncodeDirect]. p may be nil, for a struct without fields; see
// also SizeAt.
func (c *TypeCodec) EncodeAt(buf []byte, p unsafe.Pointer, w DirectWriter) (int, error) {
	return c.codec.encodeDirect(buf, p, w, c.config)
}

// DecodeAt reads the struct at p from the start of data; see [Decode]. p must point to a value of the codec's
// type. allocated is how many bytes of memory the value took, as WithMaxAlloc counts them, also if there is an error.
func (c *TypeCodec) DecodeAt(data []byte, p unsafe.Pointer) (n, allocated int, err error) {
	return c.codec.decodeCounting(data, p, c.config)
}

// DecodeWithin is DecodeAt for a value that may take at most memory bytes, and no more than WithMaxAlloc allows.
func (c *TypeCodec) DecodeWithin(memory int, data []byte, p unsafe.Pointer) (n, allocated int, err error) {
	memory = max(1, memory)
	if memory >= c.config.Alloc {
		return c.DecodeAt(data, p)
	}
	bounded := *c.config
	bounded.Alloc = memory
	return c.codec.decodeCounting(data, p, &bounded)
}

// DecodeAtIn is DecodeWithin with memory of a for all that the value comes to refer to; see [DecodeIn]. Where a is nil, or in use
// by another call, the value has memory of its own.
func (c *TypeCodec) DecodeAtIn(a *Arena, memory int, data []byte, p unsafe.Pointer) (n, allocated int, err error) {
	if a == nil || !a.memory.Acquire() {
		return c.DecodeWithin(memory, data, p)
	}
	return c.codec.decodeAcquired(a, data, p, c.config, min(max(1, memory), c.config.Alloc))
}

// NewAtIn returns a zero value of the codec's type that belongs to a; see [NewIn]. Where a is nil, or in use by another call, the
// value has memory of its own.
func (c *TypeCodec) NewAtIn(a *Arena) unsafe.Pointer {
	if a == nil || !a.memory.Acquire() {
		return reflect.New(c.codec.typ).UnsafePointer()
	}
	defer a.memory.Release()
	return a.memory.Objects(c.codec.typ).Take(1)
}

// MemoryFor returns how many bytes of memory decoding a struct from the start of data takes, as WithMaxAlloc counts them; of
// data that cannot be decoded, what it takes until that is known. It decodes nothing, and takes about as long as
// decoding by reflection.
func (c *TypeCodec) MemoryFor(data []byte) int {
	_, needed, _ := c.codec.plain.Check(data, &c.config.Settings)
	return needed
}

// Aliases reports whether what the codec decodes may refer to the input, because of WithZeroCopy or of a field that is
// tagged nocopy: then the input must stay as it is for as long as the value is in use.
func (c *TypeCodec) Aliases() bool { return c.config.ZeroCopy || c.codec.aliases() }
