package tagwire

import (
	"fmt"
	"strconv"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit"
	"github.com/tagwire/tagwire/reflectcodec"
	binary "github.com/tagwire/tagwire/reflectcodec/thriftbinary"
	compact "github.com/tagwire/tagwire/reflectcodec/thriftcompact"
)

// Format is a wire format.
type Format uint8

const (
	// ThriftBinary is Apache Thrift's binary protocol: the bytes of one struct, without a message envelope.
	ThriftBinary Format = iota
	// ThriftCompact is Apache Thrift's compact protocol, for the same structs with the same tags.
	ThriftCompact
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
	plain      reflectcodec.Format
	newSkipper func(message bool, l *codec.Limits) *reflectcodec.Skipper
	// native is the format for native code; nil if that is not made.
	native jit.Format
}{
	ThriftBinary: {"Thrift Binary", binary.Format, binary.NewSkipper, jit.ThriftBinary},
	// When package jit has the format, it comes in the place of nil, and nothing else has to change.
	ThriftCompact: {"Thrift Compact", compact.Format, compact.NewSkipper, nil},
}

// known reports whether f is a format of this version.
func (f Format) known() bool { return int(f) < formatCount }

// whyNotNative returns why native code cannot serve the format on any host, or nil.
func (f Format) whyNotNative() error {
	if f.known() && formats[f].native == nil {
		return fmt.Errorf("native code is not made for %s", f)
	}
	return nil
}

// nativeAvailable returns why native code cannot serve the format here, or nil.
func (f Format) nativeAvailable() error {
	if err := f.whyNotNative(); err != nil {
		return err
	}
	return jit.Available()
}
