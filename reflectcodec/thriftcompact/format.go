// Package thriftcompact is the part of the plain codec that knows Thrift Compact: see reflectcodec.Format.
package thriftcompact

import (
	"github.com/tagwire/tagwire/reflectcodec"
	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/thriftcompact"
)

// Format is Thrift Compact.
var Format reflectcodec.Format = new(format)

// format has a byte, so that its address is not that of other formats.
type format struct{ _ byte }

// Wire returns the type of a kind, and the size of its values as elements if that is fixed.
func (*format) Wire(kind schema.Kind) (number uint8, fixed int) {
	t := wire.Of(kind)
	if t.Fixed() {
		fixed = t.MinSize()
	}
	return uint8(t), fixed
}
