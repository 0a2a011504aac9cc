package jit

import (
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/jit/island"
	"github.com/tagwire/tagwire/schema"
)

// A Direct is the native code of a struct type for encodings that refer to strings and binaries of
// codec.DirectThreshold and more instead of copying them. Like a Codec it is immutable and safe for concurrent use, and
// its methods report false where native code refuses. It is separate from the Codec because most types never need it, and
// because looking at each length would cost those that do not.
type Direct struct {
	size, encode *island.Program
	wide         bool // see build.Format
	info         Info
}

// A Reference is bytes that belong into an encoding.
type Reference = island.Reference

// CompileDirect makes a Direct. pause is called between the steps; see CompileInSteps.
func CompileDirect(s *schema.StructType, format Format, pause func()) (*Direct, error) {
	c, err := compilePrograms(s, pause,
		build.Task{Operation: build.Size, Direct: true, Format: format}, build.Task{Operation: build.Encode, Direct: true, Format: format})
	if err != nil {
		return nil, err
	}
	return &Direct{size: c.programs[0], encode: c.programs[1], wide: format.Wide(), info: c.info}, nil
}

// Info describes the native code of d.
func (d *Direct) Info() Info { return d.info }

// Size returns the bytes that Encode puts into its buffer for the struct at value, nil for an absent one. That is without
// what it refers to; where sorting has it copy that, Encode needs more.
func (d *Direct) Size(value unsafe.Pointer, s *codec.Settings) (n int, ok bool) {
	n, ok = d.size.Size(value, s)
	if d.wide {
		halves := int64(n)
		n = int(halves&(1<<build.ReferredShift-1) - halves>>build.ReferredShift)
	}
	return n, ok
}

// Encode writes the struct at value, nil for an absent one, into buf, never past its length. references are what it did not
// copy, in the order of their positions; the caller owns the slice. It is empty if native code refuses.
func (d *Direct) Encode(buf []byte, value unsafe.Pointer, s *codec.Settings) (n int, references []Reference, ok bool) {
	return d.encode.EncodeDirect(value, buf, s)
}
