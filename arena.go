package tagwire

import (
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
)

// An Arena is memory for decoded values that is used again: what DecodeIn makes belongs to the arena, and Reset takes all of it
// back for the messages to come. A loop that decodes, uses the value and resets allocates nothing once it has seen its largest
// messages. The zero Arena is empty and ready for use; an Arena must not be copied.
//
// After Reset everything that was decoded into the arena must no longer be used: its contents change when further messages are
// decoded. It stays valid memory of the right type, so using it by mistake gives wrong values but corrupts nothing, as long as no
// other goroutine decodes into the arena meanwhile; that is a data race. What is to outlive Reset has to be copied first,
// strings too (strings.Clone). To find such mistakes, set TAGWIRE_DEBUG=arena: Reset then overwrites the memory and leaves it to
// the collector.
//
// An Arena serves one goroutine at a time. A call that finds it in use returns an error; Reset panics. Memory that sixty-four
// messages in a row have not needed is given back to the collector, and a panic of the user's code in a call of DecodeIn leaves the
// arena empty.
type Arena struct {
	memory codec.Arena
}

// Reset takes back the memory of all values that were decoded into a.
func (a *Arena) Reset() {
	if !a.memory.Acquire() {
		panic("tagwire: Reset of an Arena that is in use")
	}
	defer a.memory.Release()
	a.memory.Reset()
}

// Retained returns how many bytes of memory a keeps, or will allocate at once when it is used next: what a program that keeps
// arenas, as in a pool, has to expect of this one. It panics if a is in use.
func (a *Arena) Retained() int {
	if !a.memory.Acquire() {
		panic("tagwire: Retained of an Arena that is in use")
	}
	defer a.memory.Release()
	return a.memory.Retained()
}

// NewIn returns a zero T that belongs to a. With a nil arena it is new(T). It panics if a is in use.
func NewIn[T any](a *Arena) *T {
	if a == nil {
		return new(T)
	}
	if !a.memory.Acquire() {
		panic("tagwire: NewIn in an Arena that is in use")
	}
	defer a.memory.Release()
	return (*T)(a.memory.Objects(reflect.TypeFor[T]()).Take(1))
}

// DecodeIn is [Decode] with memory of a for all that v comes to refer to: structs, lists, maps, strings and binaries. Memory that
// the user's InitDefault allocates is not of a. With WithOwnedStrings strings, binaries and lists of numbers have allocations
// of their own, and may be kept. WithMaxAlloc and WithMaxSize limit the same as without an arena; an arena that grows takes up to
// twice what the value takes. With a nil arena it is Decode.
//
// In Thrift, and in Protobuf with WithMerge, fields of v that are absent from data keep their values, also those from before Reset: make v a
// zero value first, or use one of [NewIn], a new one after each Reset. Without WithMerge, v is reset first in Protobuf.
func DecodeIn(a *Arena, data []byte, v any, options ...Option) (n int, err error) {
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
	return e.decodeIn(a, data, p, c)
}

// DecodeIn reads *v from the start of data into memory of a; see [DecodeIn].
func (c *Codec[T]) DecodeIn(a *Arena, data []byte, v *T) (int, error) {
	return c.codec.decodeIn(a, data, unsafe.Pointer(v), c.config)
}

// DecodeIn reads the struct that v points to from the start of data into memory of a; see [DecodeIn].
func (c *TypeCodec) DecodeIn(a *Arena, data []byte, v any) (int, error) {
	t, p, err := target(v)
	if err == nil {
		err = c.same(t)
	}
	if err != nil {
		return 0, err
	}
	return c.codec.decodeIn(a, data, p, c.config)
}

func (e *typeCodec) decodeIn(a *Arena, data []byte, p unsafe.Pointer, c *config) (int, error) {
	if a == nil {
		return e.decode(data, p, c)
	}
	if !a.memory.Acquire() {
		return 0, usageError(e.typ, "the arena is in use by another call")
	}
	n, _, err := e.decodeAcquired(a, data, p, c, c.Alloc)
	return n, err
}

// decodeAcquired decodes into a, which the caller has acquired, at most memory bytes, and releases a.
func (e *typeCodec) decodeAcquired(a *Arena, data []byte, p unsafe.Pointer, c *config, memory int) (n, spent int, err error) {
	done := false
	defer func() {
		if !done { // a panic of the user's code
			a.memory.Spoil()
		}
		a.memory.Release()
	}()
	own := *c
	own.Arena, own.Alloc = &a.memory, memory
	n, spent, err = e.decodeCounting(data, p, &own)
	done = true
	return n, spent, err
}
