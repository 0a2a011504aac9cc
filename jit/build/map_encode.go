package build

import (
	"math"
	"slices"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/schema"
)

// entryCost is what an entry takes of the fuel.
func (d *Translator) entryCost(t *schema.Type) int64 { return d.ValueCost(t.Key) + d.ValueCost(t.Elem) }

// entryParts returns the key and the element of the entry at p.
func entryParts(l entryLayout, p MemRef) (key, element MemRef) {
	return p, p.At(l.elementOffset)
}

// EachEntry has Go read the map at p, which is not nil, and handles its entries by turn, which replaces carry; start
// replaces carry once the number of entries is known. The last carry is returned. See EachEntryOf.
func (b *body) EachEntry(t *schema.Type, p MemRef, carry *ir.Value, start func(carry, count *ir.Value) *ir.Value,
	turn func(key, element MemRef, carry *ir.Value) *ir.Value) *ir.Value {
	return b.EachEntryOf(t, p, []*ir.Value{carry}, func(carry []*ir.Value, count *ir.Value) []*ir.Value {
		return []*ir.Value{start(carry[0], count)}
	}, func(key, element MemRef, carry []*ir.Value) []*ir.Value {
		return []*ir.Value{turn(key, element, carry[0])}
	})[0]
}

// EachEntryOf is EachEntry with several values that each turn replaces.
//
//	open:                    (count, first, n) = ReadMap(0), unless read ahead; start; count == 0 -> done, else -> batch
//	batch(carry, left, first, n):  n turns; left-n != 0 -> more, else -> done
//	more:                    (left, first, n) = ReadMap(used) -> batch
func (b *body) EachEntryOf(t *schema.Type, p MemRef, carry []*ir.Value, start func(carry []*ir.Value, count *ir.Value) []*ir.Value,
	turn func(key, element MemRef, carry []*ir.Value) []*ir.Value) []*ir.Value {
	number, slot, zero := b.Const(ir.I64, b.Translator.MapRow(t.Go)), b.AddressOf(p), b.Const(ir.I64, 0)
	results := []ir.Type{ir.I64, ir.Ptr, ir.I64}
	opened := b.readAhead(b.ahead(t, p, false), results, func(first, count *ir.Value) []*ir.Value {
		return []*ir.Value{count, first, count}
	}, func() []*ir.Value {
		b.StoreLevels()
		return b.Exit(int64(abi.ReadMap), results, number, slot, zero)
	})
	carry = start(carry, opened[0])
	types, c := typesOf(carry), len(carry)
	batch, more, done := b.NewBlock(append(types, results...)...), b.NewColdBlock(), b.NewBlock(types...)
	b.Branch(ir.Eq, opened[0], zero, ir.To(done, carry...), ir.To(batch, append(slices.Clip(carry), opened...)...))

	b.SetBlock(batch)
	left, first, n := batch.Params[c], batch.Params[c+1], batch.Params[c+2]
	carry = b.eachBatchEntry(t, first, n, batch.Params[:c], turn)
	left = b.Sub(left, n)
	b.Branch(ir.Ne, left, zero, ir.To(more), ir.To(done, carry...))
	b.SetBlock(more)
	b.StoreLevels()
	further := b.Exit(int64(abi.ReadMap), results, number, slot, n)
	b.Jump(batch, append(slices.Clip(carry), further...)...)
	b.SetBlock(done)
	return done.Params
}

// EachBatchEntry handles n entries, 1 <= n <= abi.BatchEntries, of a batch that an exit has just returned. The exit was a safe
// point, so the fuel is not charged for the entries unless they may take long.
func (b *body) EachBatchEntry(t *schema.Type, first, n, carry *ir.Value, turn func(key, element MemRef, carry *ir.Value) *ir.Value) *ir.Value {
	return b.eachBatchEntry(t, first, n, []*ir.Value{carry}, func(key, element MemRef, carry []*ir.Value) []*ir.Value {
		return []*ir.Value{turn(key, element, carry[0])}
	})[0]
}

// eachBatchEntry is EachBatchEntry with several values that each turn replaces.
//
//	loop(carry, entry, left):  turn; left-1 != 0 -> loop, else -> done
func (b *body) eachBatchEntry(t *schema.Type, first, n *ir.Value, carry []*ir.Value,
	turn func(key, element MemRef, carry []*ir.Value) []*ir.Value) []*ir.Value {
	layout, cost, c := entryLayoutOf(t), b.Translator.entryCost(t), len(carry)
	entryTurn := func(entry MemRef, carry []*ir.Value) []*ir.Value {
		key, element := entryParts(layout, entry)
		return turn(key, element, carry)
	}
	if cost*abi.BatchEntries > abi.FuelBytes/2 {
		return b.EachElementOf(first, n, int64(layout.bytes), cost, carry, entryTurn)
	}
	loop, done := b.NewBlock(append(typesOf(carry), ir.Ptr, ir.I64)...), b.NewBlock()
	b.Jump(loop, append(slices.Clip(carry), first, n)...)
	b.SetBlock(loop)
	entry := loop.Params[c]
	carry = entryTurn(MemRef{Base: entry}, loop.Params[:c])
	left := b.AddConst(loop.Params[c+1], -1)
	zero := b.Const(ir.I64, 0)
	next := append(slices.Clip(carry), b.PtrAdd(entry, int64(layout.bytes)), left)
	b.Branch(ir.Ne, left, zero, ir.To(loop, next...), ir.To(done))
	b.SetBlock(done)
	return carry
}

// entries writes a map. A nil map has no entries, and Go need not be asked.
//
//	nil -> none: count 0 -> done
//	else -> some: eachEntry -> done
func (e *EncodeBody) entries(t *schema.Type, p MemRef, f *schema.Field) {
	e.Enter()
	defer e.Leave()
	word := e.PointerAt(p)
	e.items.Field(f)
	e.items.OpenMap(t)
	out := e.Settle()
	none, some, done := e.NewColdBlock(), e.NewBlock(), e.NewBlock(ir.Ptr)
	e.Branch(ir.Eq, word, e.Nil(), ir.To(none), ir.To(some))
	e.SetBlock(none)
	e.Start(out)
	e.items.EntryCount(t, nil)
	e.Jump(done, e.Settle())

	e.SetBlock(some)
	e.Jump(done, e.EachEntry(t, p, out, func(out, count *ir.Value) *ir.Value {
		e.FailIf(ir.UGT, count, e.Const(ir.I64, math.MaxInt32))
		e.Start(out)
		e.items.EntryCount(t, count)
		return e.mark(t, count)
	}, func(key, element MemRef, out *ir.Value) *ir.Value {
		e.Start(out)
		e.value(t.Key, key, nil)
		e.value(t.Elem, element, nil)
		return e.mark(t, nil)
	}))
	e.SetBlock(done)
	e.Start(done.Params[0])
}

// mark settles. If maps are to be sorted, and keys may be structs or NaNs, which may be equal once written, it reports to Go
// where the n entries of a map begin or, if n is nil, where one of them ends.
func (e *EncodeBody) mark(t *schema.Type, n *ir.Value) *ir.Value {
	out := e.Settle()
	if t.Key.Kind != schema.Struct && t.Key.Kind != schema.Double {
		return out
	}
	sorted := e.And(e.FrameLoad(ir.I64, abi.FrameFlags), e.Const(ir.I64, abi.FlagSorted))
	marked, done := e.NewColdBlock(), e.NewBlock()
	e.Branch(ir.Ne, sorted, e.Const(ir.I64, 0), ir.To(marked), ir.To(done))
	e.SetBlock(marked)
	if n == nil {
		n = e.Const(ir.I64, -1)
	}
	e.Exit(int64(abi.MarkEntry), nil, out, n)
	e.Jump(done)
	e.SetBlock(done)
	return out
}

// entries adds a map. Where all entries take the same, Go only counts them.
func (z *SizeBody) entries(t *schema.Type, p MemRef) {
	z.Enter()
	defer z.Leave()
	z.items.OpenMap(t)
	word, sum := z.PointerAt(p), z.Settle()
	some, done := z.NewBlock(), z.NewBlock(ir.I64)
	z.Branch(ir.Eq, word, z.Nil(), ir.To(done, sum), ir.To(some))
	z.SetBlock(some)
	if entry := z.items.FixedSize(t.Key) + z.items.FixedSize(t.Elem); z.items.FixedSize(t.Key) > 0 && z.items.FixedSize(t.Elem) > 0 {
		number := z.Const(ir.I64, z.Translator.MapRow(t.Go))
		count := z.readAhead(z.ahead(t, p, true), []ir.Type{ir.I64}, func(_, count *ir.Value) []*ir.Value {
			return []*ir.Value{count}
		}, func() []*ir.Value {
			return z.Exit(int64(abi.CountMap), []ir.Type{ir.I64}, number, z.AddressOf(p))
		})[0]
		z.Start(sum)
		z.items.EntryCount(t, count)
		z.Plus(z.MulConst(count, entry))
		z.Jump(done, z.Settle())
	} else {
		z.Jump(done, z.EachEntry(t, p, sum, func(sum, count *ir.Value) *ir.Value {
			z.Start(sum)
			z.items.EntryCount(t, count)
			return z.Settle()
		},
			func(key, element MemRef, sum *ir.Value) *ir.Value {
				z.Start(sum)
				z.value(t.Key, key, nil)
				z.value(t.Elem, element, nil)
				return z.Settle()
			}))
	}
	z.SetBlock(done)
	z.Start(done.Params[0])
}
