// Package contract describes the methods of services. A description comes from a function and what is said beside it, see
// [Describe], or from a field of a struct, see [Reader.Fields]. Servers and clients work with descriptions alone, wherever they come from.
//
// Clients of other frameworks fill a contract by [Reader.Fill]; [Messages] are what protocols like that of gRPC carry for a method.
package contract
