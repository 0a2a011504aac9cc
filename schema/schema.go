package schema

import (
	"reflect"
	"sync/atomic"
)

// Kind is what a value means, independent of any wire format.
type Kind uint8

// The kinds. List and Set share the Go type []T; Enum is a named int64 that travels in 32 bits. A [Language] need not have all
// of them: Thrift has no unsigned numbers and no Float, which has 32 bits.
const (
	Bool Kind = iota + 1
	I8
	I16
	I32
	I64
	Double
	Enum
	String
	Binary
	Struct
	List
	Set
	Map
	U8
	U16
	U32
	U64
	Float
)

var kindText = [...]string{
	Bool: "bool", I8: "i8", I16: "i16", I32: "i32", I64: "i64", Double: "double", Enum: "enum",
	String: "string", Binary: "binary", Struct: "struct", List: "list", Set: "set", Map: "map",
	U8: "u8", U16: "u16", U32: "u32", U64: "u64", Float: "float",
}

// String returns the kind's name in the tag language.
func (k Kind) String() string {
	if k == 0 || int(k) >= len(kindText) {
		return "invalid"
	}
	return kindText[k]
}

// Type is a Go type together with what its bytes mean. The same Go type under two tag types is two Types.
type Type struct {
	Kind Kind
	// Go is the type of the Go value, pointer included if Pointer.
	Go reflect.Type
	// Pointer: the Go value is a pointer to the kind's plain Go form (*int32, *S, *[]byte).
	Pointer bool
	// Key is set for Map; Elem for List, Set and Map.
	Key, Elem *Type
	// Struct is set for Kind Struct.
	Struct *StructType
	// Form is how the value travels where its kind leaves a choice.
	Form Form
	// UTF8: a string must be valid UTF-8.
	UTF8 bool
}

// Form is a choice among the forms of a number or a struct on the wire that the kind leaves open. Thrift has none.
type Form uint8

// The forms.
const (
	// Plain is a varint for whole numbers, 4 or 8 bytes for others, and bytes behind their length for structs.
	Plain Form = iota
	// Zigzag is a varint that is short for numbers close to 0.
	Zigzag
	// Fixed is 4 or 8 bytes.
	Fixed
	// Group is a struct between two tags.
	Group
)

// Base returns Go without its pointer: the type that holds the kind's plain form.
func (t *Type) Base() reflect.Type {
	if t.Pointer {
		return t.Go.Elem()
	}
	return t.Go
}

// Requiredness is what a tag says of a field's presence.
type Requiredness uint8

// The forms of presence: a field is always written, has to be there, too, or is left out where it is absent. An implicit one is
// left out where it is zero; only Protobuf has it.
const (
	Default Requiredness = iota
	RequiredField
	Optional
	Implicit
)

// String returns the requiredness as the tag language spells it.
func (r Requiredness) String() string {
	switch r {
	case RequiredField:
		return "required"
	case Optional:
		return "optional"
	case Implicit:
		return "implicit"
	}
	return "default"
}

// Field is one tagged field of a struct.
type Field struct {
	// ID identifies the field on the wire.
	ID int32
	// Name is the Go field's name; WireName the name in a thrift tag, or Name.
	Name, WireName string
	// Offset is the field's place in its struct, in bytes.
	Offset uintptr
	// Type says what the field holds.
	Type *Type
	// Requiredness as the tag gives it.
	Requiredness Requiredness
	// NoCopy: a decoded string or binary aliases the input.
	NoCopy bool
	// Packed: the elements of a list are written as one piece.
	Packed bool
	// Oneof is the field's place among the Oneofs of its struct, counted from 1; 0 if it is in none.
	Oneof int
	// Wrapper is the struct type that holds the value, and to which the Interface at Offset points, if it does; else nil.
	Wrapper, Interface reflect.Type
	// Said is nil for a tag by hand, and in Thrift.
	Said *Said
}

// Said is what the tag of a generator of Protobuf says of a field that neither its Go type nor its bytes show.
type Said struct {
	// Name and JSON are the names that the .proto file gives the field; "" where the tag has none. JSON is only there if it differs.
	Name, JSON string
	// Enum is the full name of the enum of the field, its elements, or the elements of the map; else "".
	Enum string
	// Proto3: the file has the syntax proto3.
	Proto3 bool
	// Default is what getters return for an absent field, as the tag spells it; nil if it gives none.
	Default *string
}

// A Oneof is a group of fields of which at most one is present.
type Oneof struct {
	Name string
	// Interface is the type of the field at Offset that holds one of the wrappers of the members; nil if each member is a field.
	Interface reflect.Type
	Offset    uintptr
	// Members are the places of the members among the fields, in ascending order of ID.
	Members []int
}

// Extensions is a field of a generated struct that may hold extensions.
type Extensions struct {
	Name   string
	Offset uintptr
	Go     reflect.Type
}

// OmitsNil reports whether the field, which is not optional, is left out where it is nil.
func (f *Field) OmitsNil() bool {
	return f.Requiredness == Default && f.Type.Kind == Struct && f.Type.Pointer && f.Type.Struct.NeverEmpty
}

// StructType is the plan of one Go struct type. It is immutable once [Language.Of] has returned it and safe for
// concurrent use.
type StructType struct {
	// Go is the struct type itself, never a pointer; see Held.
	Go reflect.Type
	// Name is the type's name without type arguments, or "struct" for an anonymous type; error paths begin
	// with it.
	Name string
	// Fields in ascending order of ID.
	Fields []Field
	// Held: memory holds something else in place of a struct. Then Go is the type of that, which need not be a struct type.
	Held Held
	// HasUnknown: the struct has a field for unknown fields, at UnknownOffset. Errors call it UnknownName.
	HasUnknown    bool
	UnknownOffset uintptr
	UnknownName   string
	// Generated: a generator of Protobuf made the type, so that resetting a value clears all of it.
	Generated bool
	// Oneofs are groups of fields of which at most one is present, in the order of declaration.
	Oneofs []Oneof
	// Extensions are fields that hold what is declared elsewhere, and cannot be written.
	Extensions []Extensions
	// HasInit: *T has a method InitDefault().
	HasInit bool
	// Union: exactly one field of a value is present. All of them are optional.
	Union bool
	// NeverEmpty: a struct without fields is none of this type, for it has a required field or is a union. So nil, which is
	// written as such a struct, has no wire form, and a field of default requiredness is left out where it is nil.
	NeverEmpty bool

	// defaults are what InitDefault sets; nil before that is known and if the type has no such method.
	defaults atomic.Pointer[initialized]
	// ready: this struct and all that it reaches have their defaults.
	ready atomic.Bool
}
