package tagwire

import (
	"fmt"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit"
	"github.com/tagwire/tagwire/reflectcodec"
	binary "github.com/tagwire/tagwire/reflectcodec/thriftbinary"
)

// Format is a wire format.
type Format uint8

// ThriftBinary is Apache Thrift's binary protocol: the bytes of one struct, without a message envelope.
const ThriftBinary Format = 0

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
}

// known reports whether f is a format of this version.
func (f Format) known() bool { return int(f) < formatCount }

// whyNotNative returns why native code cannot serve the format on any host, or nil.
func (f Format) whyNotNative() error {
	if f.known() && formats[f].native == nil {
		return fmt.Errorf("native code is not made for %s", formats[f].name)
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
