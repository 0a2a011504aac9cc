// Package tagwire encodes and decodes ordinary Go structs whose tags describe Thrift fields, in Thrift Binary and Thrift
// Compact, without generated code.
package tagwire
