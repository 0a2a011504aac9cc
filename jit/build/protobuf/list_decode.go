package protobuf

import (
	"fmt"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	emit "github.com/tagwire/tagwire/jit/build/varint"
	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/protobuf"
)

// Fields of a number that follow each other are read together, once they have been counted. So most lists get their memory at once.

// runCost is what a field that is counted takes of the fuel.
const runCost = 8

// counter returns the name of the function (in, end, tag) -> count that counts the fields which follow each other with one tag, given as
// its bytes in a word. in is behind the first tag. Fields that are cut, or groups, end the run.
func counter(d *build.Translator, tag []byte) string {
	name := fmt.Sprint("protobuf.count", len(tag), ".", tag[0]&(1<<wire.TypeBits-1))
	return d.Helper(name, func() *ir.Func {
		b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr, ir.I64}, []ir.Type{ir.I64})
		end, wanted := b.Param(1), b.Param(2)
		number := func(n int64) *ir.Value { return b.Const(ir.I64, n) }
		loop, next, known, done := b.NewBlock(ir.Ptr, ir.I64), b.NewBlock(ir.Ptr), b.NewBlock(), b.NewBlock(ir.I64)
		b.Jump(loop, b.Param(0), number(1))
		b.SetBlock(loop)
		at, count := loop.Params[0], loop.Params[1]
		build.ChargeFuel(b, number(runCost))
		var after *ir.Value
		switch wire.Type(tag[0] & (1<<wire.TypeBits - 1)) {
		case wire.Varint:
			_, after = emit.Get(b, emit.Getter(d), at, end)
		case wire.Fixed32:
			after = b.PtrAdd(at, 4)
		case wire.Fixed64:
			after = b.PtrAdd(at, 8)
		case wire.Bytes:
			var length *ir.Value
			length, after = emit.Get(b, emit.Getter(d), at, end)
			b.FailIf(ir.UGT, length, number(wire.MaxSize))
			after = b.PtrIndex(after, length, 1)
		}
		room := int64(len(tag) + 1)
		b.Branch(ir.SLT, b.PtrDiff(end, after), number(room), ir.To(done, count), ir.To(next, after))
		b.SetBlock(next)
		at = next.Params[0]
		found := build.ByteAt(b, at, 0)
		for i := 1; i < len(tag); i++ {
			found = b.Or(found, b.Binary(ir.Shl, build.ByteAt(b, at, int64(i)), number(int64(8*i))))
		}
		b.Branch(ir.Eq, found, wanted, ir.To(known), ir.To(done, count))
		b.SetBlock(known)
		b.Jump(loop, b.PtrAdd(at, int64(len(tag))), b.AddConst(count, 1))
		b.SetBlock(done)
		b.Return(done.Params[0])
		return b.Finish()
	})
}

// run returns how many fields with a tag follow each other, and the length of the tag. in is behind the first.
func (d *decoder) run(tag []byte, in *ir.Value) (count *ir.Value, length int64) {
	if wire.Type(tag[0]&(1<<wire.TypeBits-1)) == wire.StartGroup {
		return d.Const(ir.I64, 1), int64(len(tag))
	}
	var word int64
	for i, b := range tag {
		word |= int64(b) << (8 * i)
	}
	return d.Call(counter(d.Translator, tag), []ir.Type{ir.I64}, in, d.End, d.Const(ir.I64, word))[0], int64(len(tag))
}

// elements reads values with a tag each to the end of the list at p.
//
//	some there -> AppendList; none -> NewSlab -> grow
//	grow(in, used, base, usable): the elements [used, usable); usable < all -> NewSlab -> grow, else -> done
func (d *decoder) elements(f *schema.Field, p build.MemRef, in *ir.Value) *ir.Value {
	t, elem := f.Type, f.Type.Elem
	kind, _ := wire.Of(elem)
	tag := tagBytes(f.ID, kind)
	count, tagLength := d.run(tag, in)
	size := int64(elem.Base().Size()) // of what native code fills
	slot, row := d.AddressOf(p), d.Const(ir.I64, d.Translator.ListRow(t, abi.GrowingList))
	d.FailIf(ir.SLT, d.FrameLoad(ir.I64, abi.FrameAllocation), d.MulConst(count, int64(elem.Go.Size())))
	zero := d.Const(ir.I64, 0)
	have := d.Load(ir.Load64, p.Base, p.Offset+build.WordBytes)
	all := d.Add(have, count)
	grow, fill := d.NewBlock(ir.Ptr, ir.I64), d.NewBlock(ir.Ptr, ir.I64, ir.Ptr, ir.I64)
	old, done := d.NewColdBlock(), d.NewBlock(ir.Ptr)
	d.Branch(ir.Eq, have, zero, ir.To(grow, in, zero), ir.To(old))
	d.SetBlock(old)
	appended := d.Exit(int64(abi.AppendList), []ir.Type{ir.Ptr, ir.I64}, row, slot, have, all, d.PtrDiff(d.End, in))
	d.Jump(fill, in, have, appended[0], appended[1])

	d.SetBlock(grow)
	slab := d.Exit(int64(abi.NewSlab), []ir.Type{ir.Ptr, ir.I64}, row, slot, grow.Params[1], all, d.PtrDiff(d.End, grow.Params[0]))
	d.Jump(fill, grow.Params[0], grow.Params[1], slab[0], slab[1])

	d.SetBlock(fill)
	used, base, usable := fill.Params[1], fill.Params[2], fill.Params[3]
	d.FailIf(ir.SLE, usable, used)
	if !elem.Pointer { // else the base is that of the new elements
		base = d.PtrIndex(base, d.MulConst(used, size), 1)
	}
	cost := d.Translator.ValueCost(elem) + 2
	in = d.EachElement(base, d.Sub(usable, used), size, cost, fill.Params[0], func(element build.MemRef, in *ir.Value) *ir.Value {
		var after *ir.Value
		if elem.Kind == schema.Struct {
			after = d.structure(elem, element.Base, in, f.ID)
		} else {
			after = d.Read(elem, element, in, false)
		}
		return d.PtrAdd(after, tagLength) // behind the tag of the next; see below
	})
	d.Branch(ir.SLT, usable, all, ir.To(grow, in, usable), ir.To(done, in))
	d.SetBlock(done)
	return d.PtrAdd(done.Params[0], -tagLength) // there was none
}

// packed reads scalars that come as one piece to the end of the list at p.
func (d *decoder) packed(t *schema.Type, p build.MemRef, in *ir.Value) *ir.Value {
	length, source := d.Length(in)
	d.CheckBoundsN(source, d.End, length, 0)
	end := d.PtrIndex(source, length, 1)
	none, done := d.NewColdBlock(), d.NewBlock()
	d.Branch(ir.Eq, length, d.Const(ir.I64, 0), ir.To(done), ir.To(none))
	d.SetBlock(none)
	memory := abi.RawList
	if t.Elem.Kind == schema.Bool {
		memory = abi.ArrivedList
	}
	row := d.Const(ir.I64, d.Translator.ListRow(t, memory))
	d.Call(packedReader(d.Translator, t.Elem), nil, d.AddressOf(p), source, end, d.End, row)
	d.Jump(done)
	d.SetBlock(done)
	return end
}

// scalarName names a scalar type as helpers are called.
func scalarName(t *schema.Type) string {
	if t.Form == schema.Fixed {
		return fmt.Sprint("fixed", 8*memorySize(t))
	}
	return numberName(t)
}

// packedReader returns the name of the function (slot, in, end, limit, row) that reads scalars from in to end, at least a byte, to the end
// of the list in the slot. Bytes up to limit may be read. How many scalars there are follows from their bytes, and the last byte ends one:
// so reading that many leads to end, and the list gets its memory at once.
//
//	some there -> old: AppendList; none, short, and may share -> chunk; else own: NewSlab, and filled as far as nothing can fail; what is
//	left is cleared before it is read
func packedReader(d *build.Translator, t *schema.Type) string {
	name := "protobuf.packed." + scalarName(t)
	return d.Helper(name, func() *ir.Func {
		b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr, ir.Ptr, ir.Ptr, ir.I64}, nil)
		slot, in, end, limit, row := b.Param(0), b.Param(1), b.Param(2), b.Param(3), b.Param(4)
		number := func(n int64) *ir.Value { return b.Const(ir.I64, n) }
		size, reader := memorySize(t), scalarReader(d, t)
		count := countScalars(b, d, t, in, end)
		bytes := b.MulConst(count, size)
		b.FailIf(ir.SLT, b.FrameLoad(ir.I64, abi.FrameAllocation), bytes)
		have := b.Load(ir.Load64, slot, build.WordBytes)
		all := b.Add(have, count)
		fresh, unset, short, chunk := b.NewBlock(), b.NewBlock(), b.NewBlock(), b.NewBlock()
		old, own, fill := b.NewColdBlock(), b.NewColdBlock(), b.NewBlock(ir.Ptr, ir.Ptr, ir.I64)
		b.Branch(ir.Eq, have, number(0), ir.To(fresh), ir.To(old))
		b.SetBlock(fresh) // where something is there, NewSlab stores at once: what is pending would not be seen when the list is lengthened
		b.Branch(ir.Ne, b.Load(ir.LoadPtr, slot, 0), b.Nil(), ir.To(own), ir.To(unset))
		b.SetBlock(unset)
		b.Branch(ir.UGT, bytes, number(codec.SharedBytes), ir.To(own), ir.To(short))
		b.SetBlock(short)
		b.Branch(ir.Ne, build.OutOfChunk(b, t.Kind == schema.Bool), number(0), ir.To(own), ir.To(chunk))
		b.SetBlock(chunk)
		memory := build.TakeChunk(b, bytes, build.WordBytes)
		after := b.Call(reader, []ir.Type{ir.Ptr}, memory, in, limit, count)[0]
		b.FailIf(ir.Ne, b.PtrDiff(end, after), number(0))
		build.SetHeader(b, slot, memory, count, abi.KindBytes)

		b.SetBlock(old)
		appended := b.Exit(int64(abi.AppendList), []ir.Type{ir.Ptr, ir.I64}, row, slot, have, all, b.PtrDiff(end, in))
		b.FailIf(ir.Ne, appended[1], all)
		b.Jump(fill, in, b.PtrIndex(appended[0], b.MulConst(have, size), 1), count)
		b.SetBlock(own)
		slab := b.Exit(int64(abi.NewSlab), []ir.Type{ir.Ptr, ir.I64}, row, slot, number(0), count, b.PtrDiff(end, in))
		b.FailIf(ir.Ne, slab[1], count)
		if t.Kind == schema.Bool || t.Form == schema.Fixed {
			b.Jump(fill, in, slab[0], count)
		} else {
			rest, ready := b.NewBlock(), b.NewBlock()
			at, to, left := emit.BulkStart(b, decodeOp(t), in, limit, slab[0], count)
			b.Branch(ir.Eq, left, number(0), ir.To(ready), ir.To(rest))
			b.SetBlock(ready)
			b.FailIf(ir.Ne, b.PtrDiff(end, at), number(0))
			b.Return()
			b.SetBlock(rest)
			clearRest(b, t, to, left)
			b.Jump(fill, at, to, left)
		}
		b.SetBlock(fill)
		after = b.Call(reader, []ir.Type{ir.Ptr}, fill.Params[1], fill.Params[0], limit, fill.Params[2])[0]
		b.FailIf(ir.Ne, b.PtrDiff(end, after), number(0))
		b.Return()
		return b.Finish()
	})
}

// clearRest clears count > 0 numbers at p.
func clearRest(b *ir.Builder, t *schema.Type, p, count *ir.Value) {
	size := memorySize(t)
	emit.Each(b, p, p, count, size, func(_, at *ir.Value) *ir.Value {
		if size == 4 {
			b.Store(ir.Store32, at, 0, b.Const(ir.I32, 0))
		} else {
			b.Store(ir.Store64, at, 0, b.Const(ir.I64, 0))
		}
		return at
	})
}

// countScalars returns how many scalars there are between in and end, which must not be cut.
func countScalars(b *ir.Builder, d *build.Translator, t *schema.Type, in, end *ir.Value) *ir.Value {
	bytes := b.PtrDiff(end, in)
	if _, size := wire.Of(t); size > 0 {
		b.FailIf(ir.Ne, b.And(bytes, b.Const(ir.I64, int64(size-1))), b.Const(ir.I64, 0))
		return b.Binary(ir.Shr, bytes, b.Const(ir.I64, map[int]int64{4: 2, 8: 3}[size]))
	}
	return b.Call(varintCounter(d), []ir.Type{ir.I64}, in, end)[0]
}

// Words are counted in rounds: in each of countRound steps, at most four more top bits in each byte of the sums.
const (
	countBytes = 32 // of a step
	countRound = 255 / 4
)

// varintCounter returns the name of the function (in, end) -> count that counts the varints between in and end: bytes without a top bit.
// The last byte must be one.
//
//	outer(at, tops):  less than 32 bytes -> tail; stop = at + 32 * min(steps, most); charge -> inner
//	inner(at, sums):  four words; at != stop -> inner, else outer(at, tops + sums)
//	tail:             charge -> eight(at, tops)
//	eight(at, tops):  end-at < 8 -> rest; eight bytes -> eight
//	rest:             none -> done; in all less than 8 bytes -> one; else the last 8 bytes, without those that were counted
//	one(at, tops):    at == end -> done; a byte -> one
func varintCounter(d *build.Translator) string {
	const name = "protobuf.varints"
	return d.Helper(name, func() *ir.Func {
		b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr}, []ir.Type{ir.I64})
		in, end := b.Param(0), b.Param(1)
		number := func(n int64) *ir.Value { return b.Const(ir.I64, n) }
		const ones, pairs = 0x0101010101010101, 0x00ff00ff00ff00ff
		plusUpper := func(word *ir.Value, bits int64) *ir.Value { return b.Add(word, b.Binary(ir.Shr, word, number(bits))) }
		topsOf := func(word *ir.Value) *ir.Value { return b.And(b.Binary(ir.Shr, word, number(7)), number(ones)) }
		sumOf := func(word *ir.Value) *ir.Value {
			return b.And(plusUpper(plusUpper(plusUpper(topsOf(word), 32), 16), 8), number(0xff))
		}
		outer, round, inner, sum := b.NewBlock(ir.Ptr, ir.I64), b.NewBlock(), b.NewBlock(ir.Ptr, ir.I64), b.NewBlock()
		tail, eight, eights, rest := b.NewBlock(), b.NewBlock(ir.Ptr, ir.I64), b.NewBlock(), b.NewBlock()
		some, last, one, single, done := b.NewBlock(), b.NewBlock(), b.NewBlock(ir.Ptr, ir.I64), b.NewBlock(), b.NewBlock(ir.I64)
		b.FailIf(ir.UGE, build.ByteAt(b, end, -1), number(emit.Continues))
		all := b.PtrDiff(end, in)
		b.Jump(outer, in, number(0))

		b.SetBlock(outer)
		at, tops := outer.Params[0], outer.Params[1]
		left := b.PtrDiff(end, at)
		b.Branch(ir.ULT, left, number(countBytes), ir.To(tail), ir.To(round))
		b.SetBlock(round)
		bytes := b.And(left, number(-countBytes))
		bytes = b.Select(ir.ULT, bytes, number(countRound*countBytes), bytes, number(countRound*countBytes))
		build.ChargeFuel(b, bytes)
		stop := b.PtrIndex(at, bytes, 1)
		b.Jump(inner, at, number(0))
		b.SetBlock(inner)
		sums := inner.Params[1]
		for n := int64(0); n < countBytes; n += 8 {
			sums = b.Add(sums, topsOf(b.LoadSource(ir.Load64, inner.Params[0], n)))
		}
		further := b.PtrAdd(inner.Params[0], countBytes)
		b.Branch(ir.Ne, further, stop, ir.To(inner, further, sums), ir.To(sum))
		b.SetBlock(sum)
		sums = b.Add(b.And(sums, number(pairs)), b.And(b.Binary(ir.Shr, sums, number(8)), number(pairs)))
		b.Jump(outer, stop, b.Add(tops, b.And(plusUpper(plusUpper(sums, 32), 16), number(0xffff))))

		b.SetBlock(tail)
		build.ChargeFuel(b, left)
		b.Jump(eight, at, tops)
		b.SetBlock(eight)
		at, tops = eight.Params[0], eight.Params[1]
		left = b.PtrDiff(end, at)
		b.Branch(ir.ULT, left, number(8), ir.To(rest), ir.To(eights))
		b.SetBlock(eights)
		b.Jump(eight, b.PtrAdd(at, 8), b.Add(tops, sumOf(b.LoadSource(ir.Load64, at, 0))))
		b.SetBlock(rest)
		b.Branch(ir.Eq, left, number(0), ir.To(done, tops), ir.To(some))
		b.SetBlock(some)
		b.Branch(ir.ULT, all, number(8), ir.To(one, at, tops), ir.To(last))
		b.SetBlock(last)
		counted := b.Sub(number(64), b.Binary(ir.Shl, left, number(3)))
		b.Jump(done, b.Add(tops, sumOf(b.Binary(ir.Shr, b.LoadSource(ir.Load64, end, -8), counted))))
		b.SetBlock(one)
		at, tops = one.Params[0], one.Params[1]
		b.Branch(ir.Eq, at, end, ir.To(done, tops), ir.To(single))
		b.SetBlock(single)
		b.Jump(one, b.PtrAdd(at, 1), b.Add(tops, b.Binary(ir.Shr, build.ByteAt(b, at, 0), number(7))))
		b.SetBlock(done)
		b.Return(b.Sub(all, done.Params[0]))
		return b.Finish()
	})
}

// scalarReader returns the name of the function (to, in, end, count) -> in that reads count > 0 scalars.
func scalarReader(d *build.Translator, t *schema.Type) string {
	name := "protobuf.read." + scalarName(t)
	return d.Helper(name, func() *ir.Func {
		b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr, ir.Ptr, ir.I64}, []ir.Type{ir.Ptr})
		to, in, end, count := b.Param(0), b.Param(1), b.Param(2), b.Param(3)
		if size := memorySize(t); t.Form == schema.Fixed {
			copier := build.Copier{Name: fmt.Sprint("copy.bytes", size), Op: ir.CopyBytes, To: size, From: size}
			b.Call(d.Copier(copier), nil, to, in, count)
			b.Return(b.PtrIndex(in, b.MulConst(count, size), 1))
			return b.Finish()
		}
		one := func(in, at *ir.Value) *ir.Value {
			n, after := emit.Get(b, emit.Getter(d), in, end)
			op, v := stored(b, t, n)
			b.Store(op, at, 0, v)
			return after
		}
		if t.Kind == schema.Bool {
			b.Return(eachBool(b, in, end, to, count, one))
		} else {
			b.Return(emit.Bulk(b, decodeOp(t), in, end, to, count, one))
		}
		return b.Finish()
	})
}

// eachBool emits a loop over count > 0 bools, eight at a time where each has a byte.
//
//	outer(in, at, left):  stride = min(left, most); charge; stop = at + stride
//	inner(in, at):        stop-at < 8, or end-in < 8, or a top bit set -> single; else eight -> inner
//	single(in, at):       one -> next
//	next(in, at):         at != stop -> inner; left-stride != 0 -> outer
func eachBool(b *ir.Builder, in, end, to, count *ir.Value, one func(in, at *ir.Value) *ir.Value) *ir.Value {
	number := func(n int64) *ir.Value { return b.Const(ir.I64, n) }
	const tops, ones = -0x7f7f7f7f7f7f7f80, 0x0101010101010101
	outer, inner, single, next := b.NewBlock(ir.Ptr, ir.Ptr, ir.I64), b.NewBlock(ir.Ptr, ir.Ptr), b.NewBlock(), b.NewBlock(ir.Ptr, ir.Ptr)
	some, word, eight, after, done := b.NewBlock(), b.NewBlock(), b.NewBlock(), b.NewBlock(), b.NewBlock()
	b.Jump(outer, in, to, count)

	b.SetBlock(outer)
	most := number(emit.StrideElements)
	stride := b.Select(ir.ULT, outer.Params[2], most, outer.Params[2], most)
	build.ChargeFuel(b, b.MulConst(stride, emit.UsualBytes))
	left, stop := b.Sub(outer.Params[2], stride), b.PtrIndex(outer.Params[1], stride, 1)
	b.Jump(inner, outer.Params[0], outer.Params[1])

	b.SetBlock(inner)
	in, at := inner.Params[0], inner.Params[1]
	b.Branch(ir.SLT, b.PtrDiff(stop, at), number(8), ir.To(single), ir.To(some))
	b.SetBlock(some)
	b.Branch(ir.SLT, b.PtrDiff(end, in), number(8), ir.To(single), ir.To(word))
	b.SetBlock(word)
	bytes := b.LoadSource(ir.Load64, in, 0)
	b.Branch(ir.Ne, b.And(bytes, number(tops)), number(0), ir.To(single), ir.To(eight))
	b.SetBlock(eight) // the sum sets the top bit of each byte that is not zero
	sum := b.Add(bytes, number(^tops))
	b.Store(ir.Store64, at, 0, b.And(b.Binary(ir.Shr, sum, number(7)), number(ones)))
	b.Jump(next, b.PtrAdd(in, 8), b.PtrAdd(at, 8))
	b.SetBlock(single)
	read := one(in, at)
	b.Jump(next, read, b.PtrAdd(at, 1))

	b.SetBlock(next)
	b.Branch(ir.Ne, next.Params[1], stop, ir.To(inner, next.Params...), ir.To(after))
	b.SetBlock(after)
	b.Branch(ir.Ne, left, number(0), ir.To(outer, next.Params[0], stop, left), ir.To(done))
	b.SetBlock(done)
	return next.Params[0]
}
