package thriftbinary

import (
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
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

// copierOf returns how lists of t, which is a scalar, are copied as a whole. Bools go to the wire as they are, since
// memory holds 0 or 1; what comes from there may be neither.
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

// lister returns the name of the function (slot, source, count, row) that stores a list of scalars, count > 0 and all of
// them there. row is the slab row of the list.
func lister(d *build.Translator, kind schema.Kind) string {
	name := "list." + kind.String()
	return d.Helper(name, func() *ir.Func { return buildList(d, name, &schema.Type{Kind: kind}) })
}

// buildList makes a lister. Short lists go to a chunk, aligned for any scalar; others to memory of their own.
//
//	owned, or long -> own:   NewSlab; copy, paying
//	else           -> chunk: copy
func buildList(d *build.Translator, name string, elem *schema.Type) *ir.Func {
	b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr, ir.I64, ir.I64}, nil)
	slot, source, count, row := b.Param(0), b.Param(1), b.Param(2), b.Param(3)
	c := copierOf(elem, build.Decode)
	bytes := b.MulConst(count, build.MemoryBytes(elem))
	short, own, chunk := b.NewBlock(), b.NewColdBlock(), b.NewBlock()
	b.Branch(ir.UGT, bytes, b.Const(ir.I64, codec.SharedBytes), ir.To(own), ir.To(short))
	b.SetBlock(short)
	flags := b.And(b.FrameLoad(ir.I64, abi.FrameFlags), b.Const(ir.I64, abi.FlagOwnedStrings))
	b.Branch(ir.Ne, flags, b.Const(ir.I64, 0), ir.To(own), ir.To(chunk))

	b.SetBlock(chunk)
	memory := build.TakeChunk(b, bytes, build.WordBytes)
	c.Copy(b, memory, source, count)
	build.SetHeader(b, slot, memory, count, abi.KindBytes)

	b.SetBlock(own)
	slab := b.Exit(int64(abi.NewSlab), []ir.Type{ir.Ptr, ir.I64}, row, slot, b.Const(ir.I64, 0), count, bytes)
	b.FailIf(ir.Ne, slab[1], count)
	b.Call(d.Copier(c), nil, slab[0], source, count)
	b.Return()
	return b.Finish()
}
