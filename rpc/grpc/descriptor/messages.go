// Package descriptor describes services and their messages as .proto files do, at run time: from contracts and from what struct tags say.
// No file is read. Types that protoc-gen-go or gogo/protobuf has generated carry the description of their own file, and keep it.
//
// All services of a package are in one file, with their messages. A struct is a message with the name of its type. An unnamed one has the
// name of the method with Request or Reply behind it, or it is inside of the message whose field has it, under the name of the field. Where
// two names are equal, the second has a number behind it. Fields have the names that generators' tags give them, or those of Go in the form
// user_id. A named number is an enum if it is generated, or if its method String has names for several numbers from -64 to 1023. A file has
// the syntax proto2 if there is a required field, or something else that proto3 does not have; then enums are in a file beside it, where they
// are open.
//
// The messages here are those of google/protobuf/descriptor.proto, with the fields that are needed. Others are unknown fields, which
// are kept.
package descriptor

// FileDescriptorProto describes a .proto file.
type FileDescriptorProto struct {
	Name             string                    `protobuf:"1"`
	Package          string                    `protobuf:"2"`
	Dependency       []string                  `protobuf:"3"`
	PublicDependency []int32                   `protobuf:"10,unpacked"`
	WeakDependency   []int32                   `protobuf:"11,unpacked"`
	MessageType      []*DescriptorProto        `protobuf:"4"`
	EnumType         []*EnumDescriptorProto    `protobuf:"5"`
	Service          []*ServiceDescriptorProto `protobuf:"6"`
	Extension        []*FieldDescriptorProto   `protobuf:"7"`
	Options          *FileOptions              `protobuf:"8"`
	Syntax           string                    `protobuf:"12"`
	Edition          edition                   `protobuf:"14"`

	//lint:ignore U1000 the codec fills it
	_unknownFields []byte
}

// FileOptions are options of a file.
type FileOptions struct {
	Features *FeatureSet `protobuf:"50"`

	//lint:ignore U1000 the codec fills it
	_unknownFields []byte
}

// FeatureSet is what is said by editions, in place of a syntax. What is 0 is as in what is around it, or as in the edition.
type FeatureSet struct {
	FieldPresence   int32 `protobuf:"1"`
	EnumType        int32 `protobuf:"2"`
	RepeatedFields  int32 `protobuf:"3"`
	UTF8Validation  int32 `protobuf:"4"`
	MessageEncoding int32 `protobuf:"5"`

	//lint:ignore U1000 the codec fills it
	_unknownFields []byte
}

// DescriptorProto describes a message.
type DescriptorProto struct {
	Name       string                  `protobuf:"1"`
	Field      []*FieldDescriptorProto `protobuf:"2"`
	Extension  []*FieldDescriptorProto `protobuf:"6"`
	NestedType []*DescriptorProto      `protobuf:"3"`
	EnumType   []*EnumDescriptorProto  `protobuf:"4"`
	OneofDecl  []*OneofDescriptorProto `protobuf:"8"`
	Options    *MessageOptions         `protobuf:"7"`

	//lint:ignore U1000 the codec fills it
	_unknownFields []byte
}

// MessageOptions are options of a message.
type MessageOptions struct {
	MapEntry bool        `protobuf:"7"`
	Features *FeatureSet `protobuf:"12"`

	//lint:ignore U1000 the codec fills it
	_unknownFields []byte
}

// FieldDescriptorProto describes a field of a message, or an extension.
type FieldDescriptorProto struct {
	Name           string        `protobuf:"1"`
	Extendee       string        `protobuf:"2"`
	Number         int32         `protobuf:"3"`
	Label          label         `protobuf:"4"`
	Type           fieldType     `protobuf:"5"`
	TypeName       string        `protobuf:"6"` // ".package.Name"
	DefaultValue   *string       `protobuf:"7"`
	OneofIndex     *int32        `protobuf:"9"`
	JSONName       string        `protobuf:"10"`
	Options        *FieldOptions `protobuf:"8"`
	Proto3Optional bool          `protobuf:"17"`

	//lint:ignore U1000 the codec fills it
	_unknownFields []byte
}

// FieldOptions are options of a field.
type FieldOptions struct {
	Packed   *bool       `protobuf:"2"`
	Features *FeatureSet `protobuf:"21"`

	//lint:ignore U1000 the codec fills it
	_unknownFields []byte
}

// OneofDescriptorProto describes a oneof.
type OneofDescriptorProto struct {
	Name string `protobuf:"1"`

	//lint:ignore U1000 the codec fills it
	_unknownFields []byte
}

// EnumDescriptorProto describes an enum.
type EnumDescriptorProto struct {
	Name    string                      `protobuf:"1"`
	Value   []*EnumValueDescriptorProto `protobuf:"2"`
	Options *EnumOptions                `protobuf:"3"`

	//lint:ignore U1000 the codec fills it
	_unknownFields []byte
}

// EnumOptions are options of an enum.
type EnumOptions struct {
	Features *FeatureSet `protobuf:"7"`

	//lint:ignore U1000 the codec fills it
	_unknownFields []byte
}

// EnumValueDescriptorProto describes a value of an enum.
type EnumValueDescriptorProto struct {
	Name   string `protobuf:"1"`
	Number *int32 `protobuf:"2"`

	//lint:ignore U1000 the codec fills it
	_unknownFields []byte
}

// ServiceDescriptorProto describes a service.
type ServiceDescriptorProto struct {
	Name   string                   `protobuf:"1"`
	Method []*MethodDescriptorProto `protobuf:"2"`

	//lint:ignore U1000 the codec fills it
	_unknownFields []byte
}

// MethodDescriptorProto describes a method of a service.
type MethodDescriptorProto struct {
	Name            string `protobuf:"1"`
	InputType       string `protobuf:"2"` // ".package.Name"
	OutputType      string `protobuf:"3"`
	ClientStreaming bool   `protobuf:"5"`
	ServerStreaming bool   `protobuf:"6"`

	//lint:ignore U1000 the codec fills it
	_unknownFields []byte
}

// label is FieldDescriptorProto.Label.
type label int32

const (
	labelOptional label = 1
	labelRequired label = 2
	labelRepeated label = 3
)

// fieldType is FieldDescriptorProto.Type.
type fieldType int32

const (
	typeDouble fieldType = 1 + iota
	typeFloat
	typeInt64
	typeUint64
	typeInt32
	typeFixed64
	typeFixed32
	typeBool
	typeString
	typeGroup
	typeMessage
	typeBytes
	typeUint32
	typeEnum
	typeSfixed32
	typeSfixed64
	typeSint32
	typeSint64
)

// edition is FileDescriptorProto.Edition.
type edition int32

const edition2023 edition = 1000

const proto2, proto3, editions = "proto2", "proto3", "editions"
