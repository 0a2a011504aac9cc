package jit

import (
	"unsafe"

	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/schema"
)

// A Direct is the native code of a struct type for encodings that refer to strings and binaries of
// codec.DirectThreshold and more instead of copying them. Like a Codec it is immutable and safe for concurrent use, and
// its methods report false where native code refuses. It is apart from the Codec because most types never need it, and
// because looking at each length would cost those that do not.
type Direct struct {
	size, encode *program
	info         Info
}

// A Reference is bytes that belong into an encoding.
type Reference struct {
	// At is their place: the number of bytes of the buffer that come before them.
	At int
	// Bytes are memory of the value, with a capacity of their length. They must not be changed.
	Bytes []byte
}

// references are those of one call. The caller keeps the list, and with it, as a rule, this memory.
type references struct {
	list []Reference
	one  [1]Reference // what most calls have at most
}

func newReferences() *references {
	r := new(references)
	r.list = r.one[:0]
	return r
}

// CompileDirect makes a Direct. pause is called between the steps; see CompileInSteps.
func CompileDirect(s *schema.StructType, format Format, pause func()) (*Direct, error) {
	_, programs, info, err := compilePrograms(s, pause,
		build.Task{Operation: build.Size, Direct: true, Format: format}, build.Task{Operation: build.Encode, Direct: true, Format: format})
	if err != nil {
		return nil, err
	}
	return &Direct{size: programs[0], encode: programs[1], info: info}, nil
}

// Info tells what native code d has.
func (d *Direct) Info() Info { return d.info }

// Size returns the bytes that Encode puts into its buffer for the struct at value, nil for an absent one. That is without
// what it refers to; where sorting has it copy that, Encode needs more.
func (d *Direct) Size(value unsafe.Pointer, levels int) (n int, ok bool) {
	return d.size.size(value, levels, 0)
}

// Encode writes the struct at value, nil for an absent one, into buf, never past its length. references are what it did not
// copy, in the order of their places; the caller owns the slice. It is empty if native code refuses.
func (d *Direct) Encode(buf []byte, value unsafe.Pointer, levels int, flags EncodeFlags) (n int, references []Reference, ok bool) {
	return d.encode.encodeDirect(value, buf, levels, uintptr(flags))
}

// reference notes bytes that belong into the output. They are part of the value, which the call keeps, and from now on
// kept by the reference too. User code gets them when no native code is under way any more.
func (s *state) reference(f *frame, c *call) bool {
	length := f.arguments[1]
	if s.order.isOpen() {
		f.arguments[0] = length
		return true
	}
	c.references.list = append(c.references.list, Reference{
		At:    offsetIn(c.data, f.arguments[2]),
		Bytes: unsafe.Slice((*byte)(pointerIn(&f.arguments[0])), int(length)),
	})
	f.arguments[0] = 0
	return true
}
