package build

import (
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// wireOf returns the type byte of values of type t.
func WireOf(t *schema.Type) thriftbinary.Type { return thriftbinary.Of(t.Kind) }

// smallestWire returns the fewest bytes that a value of type t takes.
func smallestWire(t *schema.Type) int64 { return int64(WireOf(t).MinSize()) }

// isScalar reports whether values of type t all take the same number of bytes.
func isScalar(t *schema.Type) bool { return WireOf(t).Fixed() }
