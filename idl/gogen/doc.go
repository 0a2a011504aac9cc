// Package gogen makes Go code of definitions: structs with tags, enums, exceptions, constants, and contracts, which are structs of
// functions. The code has no codec in it: package tagwire encodes the structs by their tags, and package rpc calls and serves the
// contracts.
//
//	types.go            Go types, and which types the codec has
//	tag_*.go            the tags of both languages
//	rule*.go            vt tags, from annotations and options
//	package.go          which Go package a file belongs to
//	name*.go, scope.go  names
//	declare.go          all names of a package, before anything is written
//	emit_*.go           the text of declarations
//	generate.go         from definitions to files
//
// The same definitions and options give the same text.
package gogen
