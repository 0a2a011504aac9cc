package tagwire

import (
	"strconv"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit"
	"github.com/tagwire/tagwire/reflectcodec"
	"github.com/tagwire/tagwire/reflectcodec/protobuf"
	binary "github.com/tagwire/tagwire/reflectcodec/thriftbinary"
	compact "github.com/tagwire/tagwire/reflectcodec/thriftcompact"
	"github.com/tagwire/tagwire/schema"
)

// Format is a wire format.
type Format uint8

const (
	// ThriftBinary is Apache Thrift's binary protocol: the bytes of one struct, without a message envelope.
	ThriftBinary Format = iota
	// ThriftCompact is Apache Thrift's compact protocol, for the same structs with the same tags.
	ThriftCompact
	// Protobuf is the binary format of Protocol Buffers: the bytes of one message, for structs with protobuf tags.
	Protobuf
)

// String returns the name of the format, such as "Thrift Binary".
func (f Format) String() string {
	if f.known() {
		return formats[f].name
	}
	return "unknown format " + strconv.Itoa(int(f))
}

// formatCount is how many formats there are.
const formatCount = len(formats)

// formats has what this package has to know of each format.
var formats = [...]struct {
	name       string
	plain      func(s *schema.StructType) plainCodec
	newSkipper func(message bool, l *codec.Limits) *reflectcodec.Skipper
	native     jit.Format
	language   *schema.Language
}{
	ThriftBinary:  {"Thrift Binary", walked(binary.Format), binary.NewSkipper, jit.ThriftBinary, schema.Thrift},
	ThriftCompact: {"Thrift Compact", walked(compact.Format), compact.NewSkipper, jit.ThriftCompact, schema.Thrift},
	Protobuf:      {"Protobuf", newProtobuf, protobuf.NewSkipper, jit.Protobuf, schema.Protobuf},
}

// known reports whether f is a format of this version.
func (f Format) known() bool { return int(f) < formatCount }
