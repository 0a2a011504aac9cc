// Package interop runs the RPC runtime against Apache Thrift in Go, Python, Node and C++, both ways, and compares
// TTHeader bytes with an implementation of others. All of it is in the tests; README.md says what they need.
package interop
