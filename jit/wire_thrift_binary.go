package jit

import "github.com/tagwire/tagwire/schema"

// wireType is a type byte of Thrift Binary.
type wireType uint8

// The type bytes that native code writes or expects.
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

// Sizes in bytes of what surrounds values, as Thrift Binary has them.
const (
	wireTypeBytes        = 1
	wireIDBytes          = 2
	wireCountBytes       = 4
	wireFieldHeaderBytes = wireTypeBytes + wireIDBytes
	wireListHeaderBytes  = wireTypeBytes + wireCountBytes
	wireMapHeaderBytes   = 2*wireTypeBytes + wireCountBytes
	wireStopBytes        = 1
)

// wireMaxCount is the largest length or count that the format can express.
const wireMaxCount = 1<<31 - 1

// wireFormat is the symbol by which SkipValue knows the format.
const wireFormat = "thrift.binary"

// wireKinds gives for each kind its type byte and its smallest encoding in bytes, which for kinds of fixed size is the
// only one.
var wireKinds = [...]struct {
	wire     wireType
	smallest int64
	fixed    bool
}{
	schema.Bool:   {wireBool, 1, true},
	schema.I8:     {wireI8, 1, true},
	schema.I16:    {wireI16, 2, true},
	schema.I32:    {wireI32, 4, true},
	schema.I64:    {wireI64, 8, true},
	schema.Double: {wireDouble, 8, true},
	schema.Enum:   {wireI32, 4, true},
	schema.String: {wireString, wireCountBytes, false},
	schema.Binary: {wireString, wireCountBytes, false},
	schema.Struct: {wireStruct, wireStopBytes, false},
	schema.List:   {wireList, wireListHeaderBytes, false},
	schema.Set:    {wireSet, wireListHeaderBytes, false},
	schema.Map:    {wireMap, wireMapHeaderBytes, false},
}

// wireOf returns the type byte of values of type t.
func wireOf(t *schema.Type) wireType { return wireKinds[t.Kind].wire }

// smallestWire returns the fewest bytes that a value of type t takes.
func smallestWire(t *schema.Type) int64 { return wireKinds[t.Kind].smallest }

// isScalar reports whether values of type t all take the same number of bytes.
func isScalar(t *schema.Type) bool { return wireKinds[t.Kind].fixed }
