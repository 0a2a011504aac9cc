// Package protobuf has the numbers of Protobuf's wire format: types, tags and limits. It encodes nothing; both engines use it.
//
// https://protobuf.dev/programming-guides/encoding/ describes the format.
package protobuf

import (
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/varint"
)

// Type is what a tag says of the value behind it.
type Type uint8

// The types. There are no others; 6 and 7 are not in use.
const (
	Varint     Type = 0
	Fixed64    Type = 1
	Bytes      Type = 2
	StartGroup Type = 3
	EndGroup   Type = 4
	Fixed32    Type = 5
)

const (
	// TypeBits is how many bits of a tag are the type's. What is above them is the number of the field.
	TypeBits = 3
	// MaxNumber is the largest number of a field, the smallest is 1.
	MaxNumber = 1<<29 - 1
	// MaxSize is the most bytes of a message, and of anything in it that has a length.
	MaxSize = 1<<31 - 1
	// KeptMark is the byte that kept fields begin with. It is the tag of no field, since it has the type 7.
	KeptMark = 0x87
	// EntryKey and EntryElem are the numbers of the fields of an entry of a map.
	EntryKey, EntryElem = 1, 2
)

// Tag returns what precedes a value.
func Tag(number int32, t Type) uint64 { return uint64(number)<<TypeBits | uint64(t) }

// TagSize returns how many bytes the tag of a field takes.
func TagSize(number int32) int { return varint.Size(uint64(number) << TypeBits) }

// Of returns the type of values of a kind, and how many bytes they take if that is fixed, else 0. A list has that of its elements.
func Of(t *schema.Type) (wire Type, fixed int) {
	switch t.Kind {
	case schema.List:
		return Of(t.Elem)
	case schema.String, schema.Binary, schema.Map:
		return Bytes, 0
	case schema.Struct:
		if t.Form == schema.Group {
			return StartGroup, 0
		}
		return Bytes, 0
	}
	if t.Form != schema.Fixed {
		return Varint, 0
	}
	switch t.Kind {
	case schema.I32, schema.U32, schema.Float:
		return Fixed32, 4
	}
	return Fixed64, 8
}
