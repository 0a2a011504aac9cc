package build

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/schema"
)

// entries reads a map. Key and element are read into a batch; Go inserts what is in there when the batch is full, and the
// last of it in some later exit.
//
//	header:         the types are looked at if there are entries
//	grow(in, used): (first, n) = FillMap; n entries; used+n != count -> grow, else -> done
func (d *DecodeBody) entries(t *schema.Type, p MemRef, in *ir.Value) *ir.Value {
	d.enter()
	defer d.leave()
	count, first := d.items.EntryCount(in)
	zero := d.Const(ir.I64, 0)
	some, grow, done := d.NewBlock(), d.NewBlock(ir.Ptr, ir.I64), d.NewBlock(ir.Ptr)
	d.Branch(ir.Eq, count, zero, ir.To(grow, first, zero), ir.To(some))

	d.SetBlock(some)
	first = d.items.SomeEntries(t, in, count, first)
	d.Jump(grow, first, zero)

	d.SetBlock(grow)
	at, used := grow.Params[0], grow.Params[1]
	number := d.Const(ir.I64, d.Translator.mapRow(t))
	d.storeLevels()
	batch := d.Exit(int64(abi.FillMap), []ir.Type{ir.Ptr, ir.I64}, number, d.AddressOf(p), used, count, d.PtrDiff(d.End, at))
	fill := d.NewBlock()
	d.Branch(ir.Eq, count, zero, ir.To(done, at), ir.To(fill))
	d.SetBlock(fill)
	at = d.eachBatchEntry(t, batch[0], batch[1], at, func(key, element MemRef, in *ir.Value) *ir.Value {
		return d.part(t.Elem, element, d.part(t.Key, key, in))
	})
	used = d.Add(used, batch[1])
	d.Branch(ir.Ne, used, count, ir.To(grow, at, used), ir.To(done, at))
	d.SetBlock(done)
	return done.Params[0]
}

// part reads a key or an element into p, part of an entry, which is zero but for pointers to new structs.
func (d *DecodeBody) part(t *schema.Type, p MemRef, in *ir.Value) *ir.Value {
	if t.Kind != schema.Struct {
		return d.read(t, p, in, true)
	}
	value := d.AddressOf(p)
	if t.Pointer {
		value = d.Load(ir.LoadPtr, p.Base, p.Offset)
	}
	return d.freshStruct(t, value, in)
}
