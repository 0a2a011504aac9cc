// Package thriftfile parses Thrift's interface definition language: text becomes the plain data of package definition, with all names
// resolved and all constants converted to their types.
//
// The language is that of thrift-compiler 0.25, so a file that has no errors here has none there, and the other way round, save for
// what the README of this module lists. [Parse] is the way in. It works in steps, one file of code for each:
//
//	scan.go                          characters become tokens
//	parse.go, parse_*.go             tokens become declarations, whose types and values are still names (kindNamed, valueNamed)
//	load.go                          included files are found, read and parsed
//	declare.go                       the names of each file are collected; doubles are errors
//	resolve.go                       names of types and services become references
//	constant.go, convert.go          values are converted to their types
//	check.go                         what is left: exceptions, oneway methods, unions
//
// Errors are of type source.Errors. A syntax error ends the declaration that it is in; parsing goes on with the next one.
package thriftfile
