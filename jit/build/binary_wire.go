package build

import (
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// Binary is Thrift Binary.
var Binary Format = binary{}

type binary struct{}

func (binary) Prefix() string                   { return "" }
func (binary) HeaderBytes() int64               { return thriftbinary.FieldHeaderSize }
func (binary) StopBytes() int64                 { return thriftbinary.StopSize }
func (binary) ScalarBytes(t *schema.Type) int64 { return smallestWire(t) }

func (binary) EncodeItems(e *encodeBody) EncodeItems { return binaryEncode{e} }
func (binary) SizeItems(z *sizeBody) SizeItems       { return binarySize{z} }
func (binary) DecodeItems(d *decodeBody) DecodeItems { return &binaryDecode{decodeBody: d} }

// wireOf returns the type byte of values of type t.
func wireOf(t *schema.Type) thriftbinary.Type { return thriftbinary.Of(t.Kind) }

// smallestWire returns the fewest bytes that a value of type t takes.
func smallestWire(t *schema.Type) int64 { return int64(wireOf(t).MinSize()) }
