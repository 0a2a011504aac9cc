package definition

// A Kind is the kind of a type.
type Kind int32

// The kinds.
const (
	KindInvalid Kind = iota
	KindBool
	KindI8
	KindI16
	KindI32 // also int32 of Protobuf
	KindI64 // also int64 of Protobuf
	KindFloat
	KindDouble
	KindString
	KindBinary // also bytes of Protobuf
	KindUUID
	KindList // also a repeated field of Protobuf
	KindSet
	KindMap
	KindEnum
	KindStruct // also a union, an exception, and a message of Protobuf
	KindTypedef
	// Integers of Protobuf alone, each with an encoding of its own.
	KindUint32
	KindUint64
	KindSint32
	KindSint64
	KindFixed32
	KindFixed64
	KindSfixed32
	KindSfixed64
)

// A Type is the type of a field, an element, a constant, an argument or a result.
type Type struct {
	Kind Kind  `thrift:"kind,1,default,i32"`
	Ref  *Ref  `thrift:"ref,2,optional"`  // of enums, structs and typedefs, else nil
	Key  *Type `thrift:"key,3,optional"`  // of maps
	Elem *Type `thrift:"elem,4,optional"` // of lists, sets and maps
	// Annotations stand behind the type itself, not behind the field.
	Annotations []Annotation `thrift:"annotations,5,default,list<Annotation>"`
	At          Position
}

// A Typedef is another name for a type.
type Typedef struct {
	Name        string       `thrift:"name,1"`
	Type        *Type        `thrift:"type,2"`
	Doc         string       `thrift:"doc,3"`
	Annotations []Annotation `thrift:"annotations,4,default,list<Annotation>"`
	At          Position
}

// An Enum is a type whose values have names.
type Enum struct {
	Name        string       `thrift:"name,1"`
	Values      []*EnumValue `thrift:"values,2,default,list<EnumValue>"`
	Closed      bool         `thrift:"closed,3"` // Protobuf: a value without a name is an unknown field
	Doc         string       `thrift:"doc,4"`
	Annotations []Annotation `thrift:"annotations,5,default,list<Annotation>"`
	At          Position
}

// An EnumValue is a name of an enum and its number. Numbers may repeat.
type EnumValue struct {
	Name        string       `thrift:"name,1"`
	Number      int32        `thrift:"number,2"`
	Doc         string       `thrift:"doc,3"`
	Annotations []Annotation `thrift:"annotations,4,default,list<Annotation>"`
	At          Position
}

// A Form is what a struct is declared as.
type Form int32

// The forms.
const (
	FormStruct Form = iota // also a message of Protobuf
	FormUnion
	FormException
)

// A Struct is a type with fields: a struct, a union, an exception, or a message of Protobuf.
type Struct struct {
	Name        string       `thrift:"name,1"`
	Form        Form         `thrift:"form,2,default,i32"`
	Fields      []*Field     `thrift:"fields,3,default,list<Field>"` // in the order of the file
	Oneofs      []*Oneof     `thrift:"oneofs,4,default,list<Oneof>"`
	Doc         string       `thrift:"doc,5"`
	Annotations []Annotation `thrift:"annotations,6,default,list<Annotation>"`
	At          Position
}

// A Oneof is a number of fields of a message of which at most one is set.
type Oneof struct {
	Name        string       `thrift:"name,1"`
	Doc         string       `thrift:"doc,2"`
	Annotations []Annotation `thrift:"annotations,3,default,list<Annotation>"`
	At          Position
}

// A Requiredness is what a field says about its absence.
type Requiredness int32

// The requirednesses.
const (
	// Default is written always and need not be there when it is read: no word in Thrift, implicit presence in Protobuf.
	Default Requiredness = iota
	// Required must be there.
	Required
	// Optional is written where it is set: explicit presence in Protobuf.
	Optional
)

// A Field is a field of a struct, an argument of a method, or an exception that a method throws.
type Field struct {
	Name         string       `thrift:"name,1"`
	ID           int32        `thrift:"id,2"`
	ImplicitID   bool         `thrift:"implicit_id,3"` // Thrift: the file gives none; such ids are -1, -2, ...
	Requiredness Requiredness `thrift:"requiredness,4,default,i32"`
	Type         *Type        `thrift:"type,5"`
	Default      *Value       `thrift:"default,6,optional"` // nil: none
	Oneof        *int32       `thrift:"oneof,7,optional"`   // index in Struct.Oneofs
	// What only Protobuf has: the name in JSON, whether numbers are written one behind another, messages between two tags, and strings
	// checked.
	JSONName    string       `thrift:"json_name,8"`
	Packed      bool         `thrift:"packed,9"`
	Delimited   bool         `thrift:"delimited,10"`
	AnyUTF8     bool         `thrift:"any_utf8,11"`         // strings need not be valid UTF-8
	Extends     *Ref         `thrift:"extends,12,optional"` // an extension: the message that it belongs to
	Doc         string       `thrift:"doc,13"`
	Annotations []Annotation `thrift:"annotations,14,default,list<Annotation>"`
	At          Position
}
