package jittest

import (
	"reflect"
	"testing"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/jit/build"
	nativeprotobuf "github.com/tagwire/tagwire/jit/build/protobuf"
	nativebinary "github.com/tagwire/tagwire/jit/build/thriftbinary"
	nativecompact "github.com/tagwire/tagwire/jit/build/thriftcompact"
	"github.com/tagwire/tagwire/reflectcodec"
	"github.com/tagwire/tagwire/reflectcodec/protobuf"
	"github.com/tagwire/tagwire/reflectcodec/thriftbinary"
	"github.com/tagwire/tagwire/reflectcodec/thriftcompact"
	"github.com/tagwire/tagwire/schema"
)

// A Format is a wire format in both engines.
type Format struct {
	Name     string
	Native   build.Format
	Language *schema.Language
	// walked is the format in the plain codec's walk; nil for Protobuf, which has its own.
	walked reflectcodec.Format
}

// The formats.
var (
	Binary   = Format{"binary", nativebinary.Format, schema.Thrift, thriftbinary.Format}
	Compact  = Format{"compact", nativecompact.Format, schema.Thrift, thriftcompact.Format}
	Protobuf = Format{"protobuf", nativeprotobuf.Format, schema.Protobuf, nil}
	Formats  = []Format{Binary, Compact, Protobuf}
)

// A PlainCodec is what native code is compared with.
type PlainCodec interface {
	Size(p unsafe.Pointer, o *codec.Settings) (total, direct int, err error)
	Encode(buf []byte, p unsafe.Pointer, o *codec.Settings, direct reflectcodec.DirectWriter) (int, error)
	Decode(data []byte, p unsafe.Pointer, o *codec.Settings) (int, error)
	Check(data []byte, o *codec.Settings) (n, charged int, err error)
}

// Task returns what to build for an operation.
func (f Format) Task(o build.Operation, direct bool) build.Task {
	return build.Task{Operation: o, Direct: direct, Format: f.Native}
}

// Plain returns the plain codec that native code is compared with.
func (f Format) Plain(s *schema.StructType) PlainCodec {
	if f == Protobuf {
		return protobuf.New(s)
	}
	return reflectcodec.New(s, f.walked)
}

// Schema returns the schema of the struct that value points to, in the language of the format.
func (f Format) Schema(t testing.TB, value any) *schema.StructType {
	t.Helper()
	s, err := f.Language.Of(reflect.TypeOf(value))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Cases returns the cases whose types have tags for the format.
func (f Format) Cases() []cases.Case {
	if f == Protobuf {
		return cases.Protobuf()
	}
	return cases.All()
}

// Named returns the cases of some names, without the prefix that those of Protobuf have. Those that a format lacks are left out.
func (f Format) Named(names ...string) (found []cases.Case) {
	for _, name := range names {
		if f == Protobuf {
			name = "Proto" + name
		}
		for _, c := range f.Cases() {
			if c.Name == name {
				found = append(found, c)
			}
		}
	}
	return found
}

// Ends reports whether a mark in the input says where a message ends, so that no part of one is a message.
func (f Format) Ends() bool { return f != Protobuf }

// Plain is that of Thrift Binary.
func Plain(s *schema.StructType) PlainCodec { return Binary.Plain(s) }
