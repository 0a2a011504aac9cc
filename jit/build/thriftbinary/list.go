package thriftbinary

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/schema"
)

var (
	copyBools  = build.Copier{Name: "copy.bools", Op: ir.CopyBools, To: 1, From: 1}
	swapCopy16 = build.Copier{Name: "copy.swap16", Op: ir.SwapCopy16, To: 2, From: 2}
	swapCopy32 = build.Copier{Name: "copy.swap32", Op: ir.SwapCopy32, To: 4, From: 4}
	swapCopy64 = build.Copier{Name: "copy.swap64", Op: ir.SwapCopy64, To: 8, From: 8}
	readEnums  = build.Copier{Name: "copy.widen32", Op: ir.SwapWiden32to64, To: 8, From: 4}
	writeEnums = build.Copier{Name: "copy.narrow64", Op: ir.SwapNarrow64to32, To: 4, From: 8}
)

// copierOf returns how lists of t, which is a scalar, are copied as a whole. Bools are written as they are, since they are 0 or 1
// in memory; bools that are read may be other bytes.
func copierOf(t *schema.Type, o build.Operation) build.Copier {
	switch t.Kind {
	case schema.Bool:
		if o == build.Decode {
			return copyBools
		}
		return build.CopyBytes
	case schema.I8:
		return build.CopyBytes
	case schema.I16:
		return swapCopy16
	case schema.I32:
		return swapCopy32
	case schema.I64, schema.Double:
		return swapCopy64
	case schema.Enum:
		if o == build.Decode {
			return readEnums
		}
		return writeEnums
	}
	panic("BUG: jit: not a scalar: " + t.Kind.String())
}
