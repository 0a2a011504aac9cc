package build

import (
	"slices"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/schema"
)

// entries reads a map. Key and element are read into a batch; Go inserts what is in there when the batch is full, and the
// last of it in some later exit. A small map is read into entries that Go has provided before, if there are any.
//
//	header:          the types are looked at if there are entries
//	some:            provided, and few enough -> quick, else -> grow
//	quick:           charge; count == 0 -> filled, else -> fill(provided, count, used -1)
//	grow(in, used):  (first, n) = FillMap; count == 0 -> done, else -> fill(first, n, used)
//	fill(...):       n entries; used < 0 -> filled; used+n != count -> grow, else -> done
//	filled:          the table says so -> done
func (d *DecodeBody) entries(t *schema.Type, p MemRef, in *ir.Value) *ir.Value {
	d.Enter()
	defer d.Leave()
	count, first := d.items.EntryCount(in)
	zero, minus := d.Const(ir.I64, 0), d.Const(ir.I64, -1)
	some, open := d.NewBlock(), d.NewBlock(ir.Ptr)
	grow, fill, done := d.NewBlock(ir.Ptr, ir.I64), d.NewBlock(ir.Ptr, ir.I64, ir.Ptr, ir.I64), d.NewBlock(ir.Ptr)
	d.Branch(ir.Eq, count, zero, ir.To(open, first), ir.To(some))

	d.SetBlock(some)
	d.Jump(open, d.items.SomeEntries(t, in, count, first))

	d.SetBlock(open)
	at := open.Params[0]
	if offset, ok := d.Translator.fill(t); ok {
		few, quick, chargeSlots := d.NewBlock(), d.NewBlock(), d.NewBlock()
		provided := d.Load(ir.LoadPtr, d.FrameLoad(ir.Ptr, abi.FrameMaps), offset+abi.FillFirst)
		d.Branch(ir.Eq, provided, d.Nil(), ir.To(grow, at, zero), ir.To(few))
		d.SetBlock(few)
		d.Branch(ir.UGT, count, d.Const(ir.I64, abi.FillEntries), ir.To(grow, at, zero), ir.To(quick))
		d.SetBlock(quick)
		chargeBytes(d.Builder, d.Const(ir.I64, codec.MapHeaderBytes))
		filled := d.NewBlock(ir.Ptr)
		d.Branch(ir.Eq, count, zero, ir.To(filled, at), ir.To(chargeSlots))
		d.SetBlock(chargeSlots)
		chargeBytes(d.Builder, d.Const(ir.I64, int64(codec.MapSlots(abi.FillEntries)*codec.MapSlotBytes(t.Go))))
		d.Jump(fill, provided, count, at, minus)

		d.SetBlock(filled)
		table := d.FrameLoad(ir.Ptr, abi.FrameMaps)
		d.Store(ir.StorePtr, table, offset+abi.FillFirst, d.Nil())
		d.Store(ir.StorePtr, table, offset+abi.FillSlot, d.AddressOf(p))
		d.Store(ir.Store64, table, offset+abi.FillCount, count)
		d.Store(ir.Store64, table, abi.FillPending, minus)
		d.Jump(done, filled.Params[0])

		d.SetBlock(fill)
		at = d.batch(t, fill)
		more, used := d.NewBlock(), fill.Params[3]
		d.Branch(ir.SLT, used, zero, ir.To(filled, at), ir.To(more))
		d.SetBlock(more)
	} else {
		d.Jump(grow, at, zero)
		d.SetBlock(fill)
		at = d.batch(t, fill)
	}
	used := d.Add(fill.Params[3], fill.Params[1])
	d.Branch(ir.Ne, used, count, ir.To(grow, at, used), ir.To(done, at))

	d.SetBlock(grow)
	at, used = grow.Params[0], grow.Params[1]
	number := d.Const(ir.I64, d.Translator.MapRow(t.Go))
	d.StoreLevels()
	batch := d.Exit(int64(abi.FillMap), []ir.Type{ir.Ptr, ir.I64}, number, d.AddressOf(p), used, count, d.PtrDiff(d.End, at))
	d.Branch(ir.Eq, count, zero, ir.To(done, at), ir.To(fill, batch[0], batch[1], at, used))
	d.SetBlock(done)
	return done.Params[0]
}

// pendingMaps returns a word that is not zero if a map that is filled without an exit is still to be made, or nil if s has none by value.
func (d *DecodeBody) pendingMaps(s *schema.StructType) *ir.Value {
	if !holdsFills(s) {
		return nil
	}
	return d.Load(ir.Load64, d.FrameLoad(ir.Ptr, abi.FrameMaps), abi.FillPending)
}

// holdsFills reports whether a struct has a map that may be filled without an exit, itself or in a struct by value.
func holdsFills(s *schema.StructType) bool {
	return slices.ContainsFunc(s.Fields, func(f schema.Field) bool {
		t := f.Type
		return t.Kind == schema.Map && canFill(t) || t.Kind == schema.Struct && !t.Pointer && holdsFills(t.Struct)
	})
}

// batch reads the entries that the block fill says, and returns where they end.
func (d *DecodeBody) batch(t *schema.Type, fill *ir.Block) *ir.Value {
	return d.EachBatchEntry(t, fill.Params[0], fill.Params[1], fill.Params[2], func(key, element MemRef, in *ir.Value) *ir.Value {
		return d.part(t.Elem, element, d.part(t.Key, key, in))
	})
}

// part reads a key or an element into p, part of an entry, which is zero but for pointers to new structs.
func (d *DecodeBody) part(t *schema.Type, p MemRef, in *ir.Value) *ir.Value {
	if t.Kind != schema.Struct {
		return d.Read(t, p, in, true)
	}
	value := d.AddressOf(p)
	if t.Pointer {
		value = d.Load(ir.LoadPtr, p.Base, p.Offset)
	}
	return d.freshStruct(t, value, in)
}
