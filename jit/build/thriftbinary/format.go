package thriftbinary

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// Format is Thrift Binary.
var Format build.Format = format{}

type format struct{}

func (format) Prefix() string                   { return "" }
func (format) HeaderBytes() int64               { return thriftbinary.FieldHeaderSize }
func (format) StopBytes() int64                 { return thriftbinary.StopSize }
func (format) ScalarBytes(t *schema.Type) int64 { return smallestWire(t) }

func (format) Objects() map[string][]byte { return nil }

// Wide reports false: lengths in front of structs are not there.
func (format) Wide() bool { return false }

func (f format) Build(d *build.Translator, s *schema.StructType, _ string) *ir.Func {
	return build.BuildFields(d, s, f)
}

func (format) EncodeItems(e *build.EncodeBody) build.EncodeItems { return encoder{e} }
func (format) SizeItems(z *build.SizeBody) build.SizeItems       { return sizer{z} }
func (format) DecodeItems(d *build.DecodeBody) build.DecodeItems { return &decoder{DecodeBody: d} }

// wireOf returns the type byte of values of type t.
func wireOf(t *schema.Type) thriftbinary.Type { return thriftbinary.Of(t.Kind) }

// smallestWire returns the fewest bytes that a value of type t takes.
func smallestWire(t *schema.Type) int64 { return int64(wireOf(t).MinSize()) }
