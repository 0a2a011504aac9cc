package gogen

import "github.com/tagwire/tagwire/idl/source"

// Options say how code is made. The zero value is ready.
type Options struct {
	// Read returns the text of definition files, for the lines that errors show. Without it errors have none.
	Read source.Reader
	// Names is the style of names.
	Names NameStyle
	// IgnoreInitialisms, Setters and CompatibleNames are options of thriftgo, for its names: words such as url are no longer written in
	// capital letters, fields get Set methods, and names that begin with New, or end with Args or Result, get an underscore.
	IgnoreInitialisms, Setters, CompatibleNames bool
	// ModulePath is the import path of the folder that the output is written to. Files of Thrift, whose namespaces are no import
	// paths, are below it, and so is what imports of such files refer to.
	ModulePath string
	// Package, if it is set, is the name of the one Go package that everything belongs to.
	Package string
	// Packages maps paths of definition files to import paths of Go packages, which replace what the files say. A name may follow
	// behind a semicolon, as in Protobuf's option go_package.
	Packages map[string]string
	// Values has fields and elements that are structs held by value, where they may be: not in optional fields, oneofs and
	// recursion.
	Values bool
	// JSON adds json tags with the names that the definition has. Names of Thriftgo always have them.
	JSON bool
	// KeepUnknown adds to each struct the field in which the codec keeps fields that it does not know.
	KeepUnknown bool
	// WellKnownMessages has well-known messages of Protobuf such as Timestamp as messages, and not as Go's own types.
	WellKnownMessages bool
	// SkipUnsupported leaves out declarations that the codec has no types for, and annotations of Thrift that vt tags have no
	// counterpart for, with a comment in their place. Otherwise each is an error.
	SkipUnsupported bool
	// NoValidation leaves out vt tags, which annotations of thrift-gen-validator and options of protovalidate become otherwise.
	NoValidation bool
}

// A NameStyle is a way to make Go names.
type NameStyle int

// The styles.
const (
	// Idiomatic names are those that a Go programmer would write.
	Idiomatic NameStyle = iota
	// Thriftgo, ThriftgoApache and ThriftgoGolint are the names of thriftgo, by its naming styles. Types get the functions and
	// methods that thriftgo gives them, but for the codec. Files of Protobuf have idiomatic names.
	Thriftgo
	ThriftgoApache
	ThriftgoGolint
)

// isThriftgo reports whether names are those of thriftgo.
func (s NameStyle) isThriftgo() bool { return s != Idiomatic }
