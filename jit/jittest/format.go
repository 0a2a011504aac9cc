package jittest

import (
	"github.com/tagwire/tagwire/jit/build"
	nativebinary "github.com/tagwire/tagwire/jit/build/thriftbinary"
	nativecompact "github.com/tagwire/tagwire/jit/build/thriftcompact"
	"github.com/tagwire/tagwire/reflectcodec"
	"github.com/tagwire/tagwire/reflectcodec/thriftbinary"
	"github.com/tagwire/tagwire/reflectcodec/thriftcompact"
	"github.com/tagwire/tagwire/schema"
)

// A Format is a wire format in both engines.
type Format struct {
	Name   string
	Native build.Format
	Walked reflectcodec.Format
}

// The formats.
var (
	Binary  = Format{"binary", nativebinary.Format, thriftbinary.Format}
	Compact = Format{"compact", nativecompact.Format, thriftcompact.Format}
	Formats = []Format{Binary, Compact}
)

// Task returns what to build for an operation.
func (f Format) Task(o build.Operation, direct bool) build.Task {
	return build.Task{Operation: o, Direct: direct, Format: f.Native}
}

// Plain returns the plain codec that native code is compared with.
func (f Format) Plain(s *schema.StructType) *reflectcodec.Codec { return reflectcodec.New(s, f.Walked) }

// Plain is that of Thrift Binary.
func Plain(s *schema.StructType) *reflectcodec.Codec { return Binary.Plain(s) }
