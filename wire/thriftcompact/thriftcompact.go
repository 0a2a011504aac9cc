// Package thriftcompact has the numbers of Thrift Compact: types, sizes, limits, and the forms of varints and headers, as pure
// functions. Both engines use it.
//
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md describes the format.
package thriftcompact

import "github.com/tagwire/tagwire/schema"

// Type is the number of a type: the low half of a field header, and of what precedes lists and maps.
type Type uint8

// The types. A bool that is a field has its value in its header: True or False is its type. As the type of elements either
// stands for bool; we write True, which is also what Of returns.
const (
	Stop   Type = 0
	True   Type = 1
	False  Type = 2
	I8     Type = 3
	I16    Type = 4
	I32    Type = 5
	I64    Type = 6
	Double Type = 7
	Binary Type = 8
	List   Type = 9
	Set    Type = 10
	Map    Type = 11
	Struct Type = 12
	UUID   Type = 13
)

// Sizes in bytes of what surrounds values.
const (
	// HeaderSize is the first byte of a field header, all of it in the short form, and of what precedes a list.
	HeaderSize = 1
	// MapTypesSize is the byte with the types of keys and elements.
	MapTypesSize = 1
	// StopSize is the byte that ends a struct.
	StopSize = 1
	// MaxIDSize is the most bytes of an id in the long form of a header.
	MaxIDSize = 3
)

// Bounds, and bytes with a meaning of their own.
const (
	// MaxCount is the largest length or count that the format can express.
	MaxCount = 1<<31 - 1
	// MaxDelta is the largest difference of ids that the short form of a header can express.
	MaxDelta = 15
	// MaxShortCount is the largest count of a list whose count is in the same byte as the type.
	MaxShortCount = 14
	// LongCount in the place of such a count says that a varint follows.
	LongCount = 15
	// KeptMark is what kept fields of this format begin with. It has the bit that no type byte of Thrift Binary has.
	KeptMark = 0x82
	// Protocol is the first byte of a message.
	Protocol = 0x82
	// Version is what VersionMask leaves of the second byte of a message; above it is the message's type.
	Version = 1
	// VersionMask is for the low five bits.
	VersionMask = 0x1f
)

// minSizes has the smallest encoding of an element of each type in bytes; 0 marks what is no type.
var minSizes = [16]uint8{
	True: 1, False: 1, I8: 1, I16: 1, I32: 1, I64: 1, Double: 8, Binary: 1, List: 1, Set: 1, Map: 1, Struct: 1, UUID: 16,
}

// Known reports whether t is the type of a value. t is below 16.
func (t Type) Known() bool { return minSizes[t] != 0 }

// MinSize returns the fewest bytes that an element of type t takes. t is below 16.
func (t Type) MinSize() int { return int(minSizes[t]) }

// Fixed reports whether every element of type t takes MinSize bytes.
func (t Type) Fixed() bool {
	switch t {
	case True, False, I8, Double, UUID:
		return true
	}
	return false
}

// Varint reports whether values of type t are varints, zigzag ones, and what the largest is before zigzag is undone.
func (t Type) Varint() (largest uint64, ok bool) {
	switch t {
	case I16:
		return 1<<16 - 1, true
	case I32:
		return 1<<32 - 1, true
	case I64:
		return 1<<64 - 1, true
	}
	return 0, false
}

// Plain returns t, and True for False: the type of bools whatever their value.
func (t Type) Plain() Type {
	if t == False {
		return True
	}
	return t
}

// types has the type of each kind.
var types = [...]Type{
	schema.Bool: True, schema.I8: I8, schema.I16: I16, schema.I32: I32, schema.I64: I64,
	schema.Double: Double, schema.Enum: I32, schema.String: Binary, schema.Binary: Binary,
	schema.Struct: Struct, schema.List: List, schema.Set: Set, schema.Map: Map,
}

// Of returns the type of values of a kind.
func Of(k schema.Kind) Type { return types[k] }
