// Package thriftbinary emits Thrift Binary: headers and sizes that are known when a function is built, so that neighbouring
// ones are written and checked together.
package thriftbinary
