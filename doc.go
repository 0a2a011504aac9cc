// Package tagwire encodes and decodes ordinary Go structs whose tags describe Thrift fields. No code is
// generated.
package tagwire
