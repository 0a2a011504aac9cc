// Package protofile parses .proto files: text becomes the plain data of package definition. The languages are proto2, proto3 and edition
// 2023. Syntax, names and options are the work of github.com/bufbuild/protocompile, whose results this package converts. [Parse] is the
// way in:
//
//	parse.go     files are read and compiled, errors are collected
//	depth.go     what is nested too deep is refused before anything recursive sees it
//	convert.go   files, messages, enums and services become those of package definition
//	field.go     so do fields, with their types and defaults
//	option.go    options become annotations
package protofile
