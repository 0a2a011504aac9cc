// Package thriftbinary has the numbers of Thrift Binary: type bytes, sizes and limits. It encodes nothing; both engines use it.
//
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md describes the format.
package thriftbinary

import "github.com/tagwire/tagwire/schema"

// Name is what the format is called where native code refers to it.
const Name = "thrift.binary"

// Type is a type byte. A field header, an element type and a key type use the same numbers.
type Type uint8

// The type bytes.
const (
	Stop   Type = 0
	Bool   Type = 2
	I8     Type = 3
	Double Type = 4
	I16    Type = 6
	I32    Type = 8
	I64    Type = 10
	String Type = 11
	Struct Type = 12
	Map    Type = 13
	Set    Type = 14
	List   Type = 15
	UUID   Type = 16
)

// Sizes in bytes of what surrounds values.
const (
	TypeSize        = 1
	IDSize          = 2
	CountSize       = 4
	FieldHeaderSize = TypeSize + IDSize
	ListHeaderSize  = TypeSize + CountSize
	MapHeaderSize   = 2*TypeSize + CountSize
	StopSize        = 1
)

// MarkBit is set in the byte that kept fields of every other format begin with, and in no type byte.
const MarkBit = 0x80

// Version is what messages begin with in their strict form: the upper half of the first word, whose lowest byte is the type
// of the message.
const Version = 0x8001

// MaxCount is the largest length or count that the format can express.
const MaxCount = 1<<31 - 1

// minSizes has the smallest encoding of a value of each type in bytes; 0 marks an unknown type byte. For the types of fixed
// size it is the size.
var minSizes = [256]uint8{
	Bool: 1, I8: 1, Double: 8, I16: 2, I32: 4, I64: 8,
	String: CountSize, Struct: StopSize, Map: MapHeaderSize,
	Set: ListHeaderSize, List: ListHeaderSize, UUID: 16,
}

// Known reports whether t is the type byte of a value.
func (t Type) Known() bool { return minSizes[t] != 0 }

// MinSize returns the fewest bytes that a value of type t takes.
func (t Type) MinSize() int { return int(minSizes[t]) }

// Fixed reports whether every value of type t takes MinSize bytes.
func (t Type) Fixed() bool {
	switch t {
	case Bool, I8, Double, I16, I32, I64, UUID:
		return true
	}
	return false
}

// types has the type byte of each kind.
var types = [...]Type{
	schema.Bool: Bool, schema.I8: I8, schema.I16: I16, schema.I32: I32, schema.I64: I64,
	schema.Double: Double, schema.Enum: I32, schema.String: String, schema.Binary: String,
	schema.Struct: Struct, schema.List: List, schema.Set: Set, schema.Map: Map,
}

// Of returns the type byte of values of a kind.
func Of(k schema.Kind) Type { return types[k] }
