package build

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/schema"
)

// An Operation says what a function does with a value.
type Operation uint8

// The operations.
const (
	Size Operation = iota
	Encode
	Decode
)

// A Task says what to build. Its functions have these parameters and results:
//
//	Size    (value) -> size in bytes
//	Encode  (value, out, end) -> the end of what was written
//	Decode  (value, in, end) -> the end of what was read
//
// value points to the struct; for Size and Encode it may be nil, which stands for an absent struct.
type Task struct {
	Operation Operation
	// Direct: long strings and binaries are referred to instead of being copied; Size leaves out what Encode refers to.
	Direct bool
	Format Format
}

// String returns the words with which names of functions begin.
func (t Task) String() string {
	text := t.Format.Prefix() + [...]string{"size", "encode", "decode"}[t.Operation]
	if t.Direct {
		text += "direct"
	}
	return text
}

// A Format is a wire format: it emits the parts of a function that know its bytes. A folder below has one each.
type Format interface {
	// Prefix begins the names of functions and helpers.
	Prefix() string
	// HeaderBytes, StopBytes and ScalarBytes are about what the header of a field, the end of a struct and a scalar take on the
	// wire: shares of the fuel.
	HeaderBytes() int64
	StopBytes() int64
	ScalarBytes(t *schema.Type) int64

	// Objects are what functions of the format refer to by name: package variables, which stay where they are.
	Objects() map[string][]byte

	// Wide reports whether sizes of a Direct task have two halves: all bytes in the lower one, and those that are referred to, which
	// are part of them, from bit ReferredShift on.
	Wide() bool
	// Build makes the function of s for the operation of the task, or the variant of it that other functions of the format call.
	Build(d *Translator, s *schema.StructType, variant string) *ir.Func
}

// ReferredShift: see Format.
const ReferredShift = 32

// Items is what a format emits whose structs are fields in the order of their ids, each with a header, up to an end: those of Thrift.
type Items interface {
	EncodeItems(e *EncodeBody) EncodeItems
	SizeItems(z *SizeBody) SizeItems
	DecodeItems(d *DecodeBody) DecodeItems
}

// BuildFields makes the function of s for the operation of the task, of what a format emits.
func BuildFields(d *Translator, s *schema.StructType, of Items) *ir.Func {
	switch d.Operation {
	case Size:
		return buildSize(d, s, of)
	case Encode:
		return buildEncode(d, s, of)
	}
	return buildDecode(d, s, of)
}

// IsScalar reports whether values of type t are numbers or bools.
func IsScalar(t *schema.Type) bool {
	switch t.Kind {
	case schema.Bool, schema.I8, schema.I16, schema.I32, schema.I64, schema.Double, schema.Enum,
		schema.U8, schema.U16, schema.U32, schema.U64, schema.Float:
		return true
	}
	return false
}
