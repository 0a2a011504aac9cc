package reflectcodec

import "github.com/tagwire/tagwire/schema"

// wireType is a type byte of Thrift Binary.
type wireType byte

// The type bytes. A field header, an element type and a key type use the same numbers.
const (
	wireStop   wireType = 0
	wireBool   wireType = 2
	wireI8     wireType = 3
	wireDouble wireType = 4
	wireI16    wireType = 6
	wireI32    wireType = 8
	wireI64    wireType = 10
	wireString wireType = 11
	wireStruct wireType = 12
	wireMap    wireType = 13
	wireSet    wireType = 14
	wireList   wireType = 15
	wireUUID   wireType = 16
)

// Sizes in bytes of the items that surround values.
const (
	typeSize        = 1
	idSize          = 2
	countSize       = 4
	fieldHeaderSize = typeSize + idSize
	listHeaderSize  = typeSize + countSize
	mapHeaderSize   = 2*typeSize + countSize
	stopSize        = 1
)

// maxCount is the largest length or count the format can express.
const maxCount = 1<<31 - 1

// minSizes holds the smallest encoding of a value of each wire type in bytes; 0 marks an unknown type byte.
// For the fixed-size types it is the size.
var minSizes = [256]uint8{
	wireBool: 1, wireI8: 1, wireDouble: 8, wireI16: 2, wireI32: 4, wireI64: 8,
	wireString: countSize, wireStruct: stopSize, wireMap: mapHeaderSize,
	wireSet: listHeaderSize, wireList: listHeaderSize, wireUUID: 16,
}

// known reports whether t is the type byte of a value.
func (t wireType) known() bool { return minSizes[t] != 0 }

// minSize returns the fewest bytes a value of type t takes on the wire.
func (t wireType) minSize() int { return int(minSizes[t]) }

// fixed reports whether every value of type t takes minSize bytes.
func (t wireType) fixed() bool {
	switch t {
	case wireBool, wireI8, wireDouble, wireI16, wireI32, wireI64, wireUUID:
		return true
	}
	return false
}

// wireTypes gives the type byte of each kind.
var wireTypes = [...]wireType{
	schema.Bool: wireBool, schema.I8: wireI8, schema.I16: wireI16, schema.I32: wireI32, schema.I64: wireI64,
	schema.Double: wireDouble, schema.Enum: wireI32, schema.String: wireString, schema.Binary: wireString,
	schema.Struct: wireStruct, schema.List: wireList, schema.Set: wireSet, schema.Map: wireMap,
}
