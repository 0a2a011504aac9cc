// Package thriftbinary is the part of the plain codec that knows Thrift Binary: see reflectcodec.Format.
package thriftbinary

import (
	"github.com/tagwire/tagwire/reflectcodec"
	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/thriftbinary"
)

// Format is Thrift Binary.
var Format reflectcodec.Format = new(format)

// format has a byte, so that its address is not that of other formats.
type format struct{ _ byte }

// Wire returns the type byte of a kind, and the size of its values if that is fixed.
func (*format) Wire(kind schema.Kind) (number uint8, fixed int) {
	t := wire.Of(kind)
	if t.Fixed() {
		fixed = t.MinSize()
	}
	return uint8(t), fixed
}
