// Package contract describes the methods of services. A description comes from a function and what is said beside it, see
// [Describe], or from a field of a struct, see [Reader.Fields]. Servers and clients work with descriptions alone, wherever they come from.
package contract
