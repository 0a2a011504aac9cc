// Package thriftcompact emits Thrift Compact: varints, and headers that hold how far a field's id is from that of the field
// before it.
package thriftcompact
