// Package definition holds what an interface definition says, as plain data: files of Thrift or Protobuf with their enums, structs,
// constants and services.
//
// One form serves all that deals with definitions. Parsers make it from text; rpc.Describe makes it from Go types; writers make text
// of it, generators Go code, and calls whose types are known only at run time their types. All names in it are resolved: a [Type] that
// stands for an enum or a struct says where that is declared, and a [Value] that names a constant has that constant's value.
//
// The structs have Thrift tags, so that a server can hand out the definitions of its services.
package definition
