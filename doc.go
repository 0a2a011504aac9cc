// Package tagwire encodes and decodes ordinary Go structs whose tags describe the fields of Thrift or Protobuf, without generated code.
// The wire formats are Thrift Binary, which is the default, Thrift Compact and Protobuf; [WithFormat] chooses one.
package tagwire
