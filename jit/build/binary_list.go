package build

import (
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/schema"
)

var (
	copyBools  = copier{"copy.bools", ir.CopyBools, 1, 1}
	swapCopy16 = copier{"copy.swap16", ir.SwapCopy16, 2, 2}
	swapCopy32 = copier{"copy.swap32", ir.SwapCopy32, 4, 4}
	swapCopy64 = copier{"copy.swap64", ir.SwapCopy64, 8, 8}
	readEnums  = copier{"copy.widen32", ir.SwapWiden32to64, 8, 4}
	writeEnums = copier{"copy.narrow64", ir.SwapNarrow64to32, 4, 8}
)

// copierOf returns how lists of t, which is a scalar, are copied as a whole. Bools go to the wire as they are, since
// memory holds 0 or 1; what comes from there may be neither.
func copierOf(t *schema.Type, o Operation) copier {
	switch t.Kind {
	case schema.Bool:
		if o == Decode {
			return copyBools
		}
		return copyBytes
	case schema.I8:
		return copyBytes
	case schema.I16:
		return swapCopy16
	case schema.I32:
		return swapCopy32
	case schema.I64, schema.Double:
		return swapCopy64
	case schema.Enum:
		if o == Decode {
			return readEnums
		}
		return writeEnums
	}
	panic("BUG: jit: not a scalar: " + t.Kind.String())
}

// lister returns the name of the function (slot, source, count, row) that stores a list of scalars, count > 0 and all of
// them there. row is the slab row of the list.
func (d *translator) lister(kind schema.Kind) string {
	name := "list." + kind.String()
	return d.helper(name, func() *ir.Func { return d.buildList(name, &schema.Type{Kind: kind}) })
}

// buildList makes a lister. Short lists go to a chunk, aligned for any scalar; others to memory of their own.
//
//	owned, or long -> own:   NewSlab; copy, paying
//	else           -> chunk: copy
func (d *translator) buildList(name string, elem *schema.Type) *ir.Func {
	b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr, ir.I64, ir.I64}, nil)
	slot, source, count, row := b.Param(0), b.Param(1), b.Param(2), b.Param(3)
	c := copierOf(elem, Decode)
	bytes := b.MulConst(count, memoryBytes(elem))
	short, own, chunk := b.NewBlock(), b.NewColdBlock(), b.NewBlock()
	b.Branch(ir.UGT, bytes, b.Const(ir.I64, codec.SharedBytes), ir.To(own), ir.To(short))
	b.SetBlock(short)
	flags := b.And(b.FrameLoad(ir.I64, abi.FrameFlags), b.Const(ir.I64, abi.FlagOwnedStrings))
	b.Branch(ir.Ne, flags, b.Const(ir.I64, 0), ir.To(own), ir.To(chunk))

	b.SetBlock(chunk)
	memory := takeChunk(b, bytes, wordBytes)
	c.copy(b, memory, source, count)
	setHeader(b, slot, memory, count, abi.KindBytes)

	b.SetBlock(own)
	slab := b.Exit(int64(abi.NewSlab), []ir.Type{ir.Ptr, ir.I64}, row, slot, b.Const(ir.I64, 0), count, bytes)
	b.FailIf(ir.Ne, slab[1], count)
	b.Call(d.copier(c), nil, slab[0], source, count)
	b.Return()
	return b.Finish()
}
