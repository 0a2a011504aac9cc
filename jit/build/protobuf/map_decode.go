package protobuf

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	emit "github.com/tagwire/tagwire/jit/build/varint"
	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/protobuf"
)

// entries reads entries of the map at p, those that follow each other. They are read into a batch; Go inserts what is in there when the batch
// is full, and the last of it in some later exit.
//
//	more(in, used):            (first, n) = AppendMap -> fill
//	fill(in, used, first, n):  n entries; used+n != count -> more, else -> done
func (d *decoder) entries(f *schema.Field, p build.MemRef, in *ir.Value) *ir.Value {
	t, tag := f.Type, tagBytes(f.ID, wire.Bytes)
	count, tagLength := d.run(tag, in)
	more, done := d.NewBlock(ir.Ptr, ir.I64), d.NewBlock(ir.Ptr)
	d.Jump(more, in, d.Const(ir.I64, 0))
	d.SetBlock(more)
	in, used := more.Params[0], more.Params[1]
	row := d.Const(ir.I64, d.Translator.MapRow(t.Go))
	d.StoreLevels()
	batch := d.Exit(int64(abi.AppendMap), []ir.Type{ir.Ptr, ir.I64}, row, d.AddressOf(p), used, count, d.PtrDiff(d.End, in))
	in = d.EachBatchEntry(t, batch[0], batch[1], in, func(key, element build.MemRef, in *ir.Value) *ir.Value {
		return d.PtrAdd(d.entry(t, key, element, in), tagLength)
	})
	used = d.Add(used, batch[1])
	d.Branch(ir.Ne, used, count, ir.To(more, in, used), ir.To(done, in))
	d.SetBlock(done)
	return d.PtrAdd(done.Params[0], -tagLength)
}

// entry reads an entry into key and element, which are zero but for pointers to new structs. Its fields come in any order, and more than once.
//
//	loop(in, seen):  in == end -> done; the tag of key or element -> read it -> loop; else skip -> loop
func (d *decoder) entry(t *schema.Type, key, element build.MemRef, in *ir.Value) *ir.Value {
	length, source := d.Length(in)
	d.CheckBoundsN(source, d.End, length, 0)
	end := d.PtrIndex(source, length, 1)
	outer := d.End
	d.End = end
	loop, field, isKey, other := d.NewBlock(ir.Ptr, ir.I64), d.NewBlock(), d.NewBlock(), d.NewBlock()
	isElement, unknown, done := d.NewBlock(), d.NewColdBlock(), d.NewBlock()
	d.Jump(loop, source, d.Const(ir.I64, 0))
	d.SetBlock(loop)
	d.ChargeFuel(d.Const(ir.I64, dispatchCost))
	at, seen := loop.Params[0], loop.Params[1]
	d.Branch(ir.Eq, at, end, ir.To(done), ir.To(field))
	d.SetBlock(field)
	tag, value := emit.Get(d.Builder, emit.Getter(d.Translator), at, end)
	d.Branch(ir.Eq, tag, d.Const(ir.I64, int64(partTag(wire.EntryKey, t.Key)[0])), ir.To(isKey), ir.To(other))
	d.SetBlock(isKey)
	d.Jump(loop, d.Read(t.Key, key, value, false), seen)
	d.SetBlock(other)
	d.Branch(ir.Eq, tag, d.Const(ir.I64, int64(partTag(wire.EntryElem, t.Elem)[0])), ir.To(isElement), ir.To(unknown))
	d.SetBlock(isElement)
	d.Jump(loop, d.part(t.Elem, element, value), d.Const(ir.I64, 1))
	d.SetBlock(unknown)
	d.FailIf(ir.UGT, tag, d.Const(ir.I64, 1<<32-1))
	d.FailIf(ir.ULT, tag, d.Const(ir.I64, 1<<wire.TypeBits))
	d.Jump(loop, d.Call(skipper(d.Translator), []ir.Type{ir.Ptr}, value, end, tag, d.skipLevels())[0], seen)
	d.SetBlock(done)
	if t.Elem.Kind == schema.Struct && t.Elem.Struct.NeverEmpty {
		d.FailIf(ir.Eq, seen, d.Const(ir.I64, 0))
	}
	if t.Elem.Kind == schema.Binary { // one that is missing is not nil
		missing, there := d.NewColdBlock(), d.NewBlock()
		d.Branch(ir.Eq, d.Load(ir.LoadPtr, element.Base, element.Offset), d.Nil(), ir.To(missing), ir.To(there))
		d.SetBlock(missing)
		d.StoreEmpty(element)
		d.Jump(there)
		d.SetBlock(there)
	}
	d.End = outer
	return end
}

// part reads the element of an entry.
func (d *decoder) part(t *schema.Type, p build.MemRef, in *ir.Value) *ir.Value {
	if t.Kind != schema.Struct {
		return d.Read(t, p, in, false)
	}
	value := d.AddressOf(p)
	if t.Pointer {
		value = d.Load(ir.LoadPtr, p.Base, p.Offset)
	}
	return d.structure(t, value, in, wire.EntryElem)
}
