// Package interop has the parsers of module idl read the definitions of real systems, and compares what they find with what
// thrift-compiler and protoc say of the same files. It has tests alone.
package interop
