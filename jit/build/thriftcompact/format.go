package thriftcompact

import (
	"math"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	emit "github.com/tagwire/tagwire/jit/build/varint"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftcompact"
)

// Format is Thrift Compact.
var Format build.Format = format{}

type format struct{}

func (format) Prefix() string                   { return "compact." }
func (format) HeaderBytes() int64               { return 1 }
func (format) StopBytes() int64                 { return 1 }
func (format) ScalarBytes(t *schema.Type) int64 { return emit.UsualBytes }

func (format) Objects() map[string][]byte { return emit.Objects() }

// Wide reports false: lengths in front of structs are not there.
func (format) Wide() bool { return false }

func (f format) Build(d *build.Translator, s *schema.StructType, _ string) *ir.Func {
	return build.BuildFields(d, s, f)
}

func (format) EncodeItems(e *build.EncodeBody) build.EncodeItems { return &encoder{EncodeBody: e} }
func (format) SizeItems(z *build.SizeBody) build.SizeItems       { return &sizer{SizeBody: z} }
func (format) DecodeItems(d *build.DecodeBody) build.DecodeItems { return &decoder{DecodeBody: d} }

// wireOf returns the type nibble of values of type t. Bools have two; it returns that of true.
func wireOf(t *schema.Type) int64 { return int64(thriftcompact.Of(t.Kind)) }

// smallestWire returns the fewest bytes that a value of type t takes as an element.
func smallestWire(t *schema.Type) int64 { return int64(thriftcompact.Of(t.Kind).MinSize()) }

// fixedSize returns the bytes that each element of type t takes, 0 if they differ.
func fixedSize(t *schema.Type) int64 {
	switch t.Kind {
	case schema.Bool, schema.I8, schema.Double:
		return smallestWire(t)
	}
	return 0
}

// The largest numbers of varints of a width.
const (
	most16 = math.MaxUint16
	most32 = math.MaxUint32
)
