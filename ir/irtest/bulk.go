package irtest

import "github.com/tagwire/tagwire/ir"

// The bulk ops, by what they do.
var (
	copyOps   = ir.BulkOps(ir.Bulk.Copies)
	decodeOps = ir.BulkOps(ir.Bulk.Decodes)
	encodeOps = ir.BulkOps(ir.Bulk.Encodes)
)

// bulk copies a number of bytes or elements from the source to the target.
func (g *generator) bulk() {
	op := oneOf(g, copyOps...)
	element := op.Info().Bulk
	count := g.And(g.pick(ir.I64), g.Const(ir.I64, oneOf[int64](g, 0, 1, 7, 15, 31, 127)))
	if g.random.IntN(8) == 0 {
		count = g.AddConst(count, -1) // sometimes negative
	}
	if g.random.IntN(2) == 0 {
		count = g.Convert(ir.ZeroExt32to64, g.Convert(ir.Trunc64to32, count)) // not negative, but perhaps large
	}
	switch g.random.IntN(16) {
	case 0:
		count = g.AddConst(count, -2) // sometimes negative
	case 1:
		count = g.Const(ir.I64, int64(g.random.IntN(40)))
	}
	if op == ir.SwapNarrow64to32 {
		count = g.And(count, g.Const(ir.I64, 1)) // most elements of random bytes do not fit
	}
	size, written := g.times(count, element.From), g.times(count, element.To)
	before := int64(g.random.IntN(6))
	g.CheckBoundsN(g.source, g.sourceEnd, size, before)
	g.CheckBounds(g.target, g.targetEnd, before+g.spare())
	if before >= 4 {
		g.Store(ir.StoreBE32, g.target, before-4, g.Convert(ir.Trunc64to32, size))
	}
	g.CheckBoundsN(g.target, g.targetEnd, written, before)
	if spare := g.spare(); spare > 0 {
		g.CheckBounds(g.target, g.targetEnd, before+spare)
	}
	from, to := g.PtrAdd(g.source, before), g.PtrAdd(g.target, before)
	switch op {
	case ir.CopyBytes:
		g.CopyBytes(to, from, count)
	case ir.CopyASCII:
		g.copyASCII(to, from, count)
	default:
		g.CopyList(op, to, from, count)
	}
	g.source = g.PtrIndex(from, size, 1)
	g.target = g.PtrIndex(to, count, element.To)
	if op == ir.SwapWiden32to64 { // and back: these do fit
		g.CheckBoundsN(g.target, g.targetEnd, size, 0)
		g.CopyList(ir.SwapNarrow64to32, g.target, to, count)
		g.target = g.PtrIndex(g.target, size, 1)
	}
	if op == ir.MoveUp { // also between ranges that overlap
		by := int64(1 + g.random.IntN(40))
		g.CheckBounds(g.target, g.targetEnd, by)
		g.CopyList(ir.MoveUp, g.PtrAdd(to, by), to, count)
		g.target = g.PtrAdd(g.target, by)
	}
	g.mix(g.keep(g.PtrDiff(g.targetEnd, g.target)))
}

// copyASCII copies bytes, of which the rest of the program knows whether they all are ASCII. Where they are random few are; so some
// are copied once more as if they were.
func (g *generator) copyASCII(to, from, count *ir.Value) {
	other := g.CopyASCII(to, from, count)
	if g.random.IntN(2) == 0 {
		ascii := g.Spread7(g.pick(ir.I64))
		for n := range int64(8) {
			g.Store(ir.Store64, g.scratch, 8*n, ascii)
		}
		count := g.And(g.pick(ir.I64), g.Const(ir.I64, 31))
		g.Store(ir.Store8, g.PtrIndex(g.scratch, count, 1), 0, g.pick(ir.I8))
		other = g.CopyASCII(g.PtrAdd(g.scratch, 32), g.scratch, count)
	}
	zero, one := g.Const(ir.I64, 0), g.Const(ir.I64, 1)
	g.mix(g.keep(g.Select(ir.Ne, other, zero, one, zero)))
}

// search looks for a byte that is not ASCII, in the source, where there soon is one, or among bytes that mostly are ASCII.
func (g *generator) search() {
	count := g.And(g.pick(ir.I64), g.Const(ir.I64, oneOf[int64](g, 0, 1, 7, 31, 127)))
	var found *ir.Value
	if g.random.IntN(2) == 0 {
		g.CheckBoundsN(g.source, g.sourceEnd, count, 0)
		found = g.SkipASCII(g.source, g.PtrIndex(g.source, count, 1))
		if g.random.IntN(2) == 0 {
			g.source = found
		}
	} else {
		ascii := g.Spread7(g.pick(ir.I64))
		for n := range int64(8) {
			g.Store(ir.Store64, g.scratch, 8*n, ascii)
		}
		g.Store(ir.Store8, g.PtrIndex(g.scratch, g.And(g.pick(ir.I64), g.Const(ir.I64, 63)), 1), 0, g.pick(ir.I8))
		found = g.SkipASCII(g.scratch, g.PtrIndex(g.scratch, g.And(count, g.Const(ir.I64, 63)), 1))
		found.Def.Source = false
	}
	g.mix(g.keep(g.PtrDiff(found, g.scratch)))
}

// varints reads and writes lists of varints. What the ops leave undefined is written over.
func (g *generator) varints() {
	const most, room = 15, 8*15 + 16
	count := g.And(g.pick(ir.I64), g.Const(ir.I64, most))
	if g.random.IntN(4) == 0 {
		count = g.Const(ir.I64, int64(g.random.IntN(most+1)))
	}
	g.CheckBounds(g.source, g.sourceEnd, room)
	g.CheckBounds(g.target, g.targetEnd, room)
	start, end := g.source, g.PtrAdd(g.target, room)
	if g.random.IntN(2) == 0 {
		op := oneOf(g, decodeOps...)
		sourceEnd := g.sourceEnd
		if g.random.IntN(2) == 0 {
			sourceEnd = g.PtrAdd(g.source, int64(g.random.IntN(room)))
		}
		g.target, g.source = g.Varints(op, g.target, g.source, count, sourceEnd)
	} else {
		op := oneOf(g, encodeOps...)
		targetEnd := g.PtrAdd(g.target, int64(g.random.IntN(room+1)))
		g.target, g.source = g.Varints(op, g.target, g.source, count, targetEnd)
	}
	rest := g.PtrDiff(end, g.target)
	g.CopyBytes(g.target, start, rest)
	g.mix(g.keep(rest))
}
