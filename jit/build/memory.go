package build

import (
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
)

// noByteSymbol names the permanent byte that empty, non-nil slices point to.
const noByteSymbol = "jit.noByte"

// chargeBytes takes bytes off what the call may allocate.
func chargeBytes(b *ir.Builder, bytes *ir.Value) {
	left := b.Sub(b.FrameLoad(ir.I64, abi.FrameAllocation), bytes)
	b.FailIf(ir.SLT, left, b.Const(ir.I64, 0))
	b.FrameStore(abi.FrameAllocation, left)
}

// storeHeader writes the header of a string or slice to a slot that holds nil (M3): the pointer first, then length and
// capacity, nothing in between (M6).
func storeHeader(b *ir.Builder, slot MemRef, data, length *ir.Value, kind int64) {
	b.Store(ir.StorePtr, slot.Base, slot.Offset, data)
	b.Store(ir.Store64, slot.Base, slot.Offset+WordBytes, length)
	if kind == abi.KindBytes {
		b.Store(ir.Store64, slot.Base, slot.Offset+2*WordBytes, length)
	}
}

// SetHeader writes the header of a string or slice to a slot that may hold something; then Go has to do it, and the
// store goes to the list of those pending.
//
//	slot nil?  -> direct: store; return
//	no         -> listed: list full? -> StoreSlots; append; return
func SetHeader(b *ir.Builder, slot, data, length *ir.Value, kind int64, results ...*ir.Value) {
	direct, listed, full, room := b.NewBlock(), b.NewColdBlock(), b.NewColdBlock(), b.NewColdBlock()
	b.Branch(ir.Eq, b.Load(ir.LoadPtr, slot, 0), b.Nil(), ir.To(direct), ir.To(listed))
	b.SetBlock(direct)
	storeHeader(b, MemRef{Base: slot}, data, length, kind)
	b.Return(results...)

	b.SetBlock(listed)
	next, end := b.FrameLoad(ir.Ptr, abi.FramePendingNext), b.FrameLoad(ir.Ptr, abi.FramePendingEnd)
	b.Branch(ir.Eq, next, end, ir.To(full), ir.To(room))
	b.SetBlock(full)
	b.Exit(int64(abi.StoreSlots), nil)
	b.Jump(room)
	b.SetBlock(room)
	entry := b.FrameLoad(ir.Ptr, abi.FramePendingNext)
	b.Store(ir.StorePtr, entry, abi.PendingSlot, slot)
	b.Store(ir.StorePtr, entry, abi.PendingData, data)
	b.Store(ir.Store64, entry, abi.PendingLength, length)
	b.Store(ir.Store64, entry, abi.PendingKind, b.Const(ir.I64, kind))
	b.FrameStore(abi.FramePendingNext, b.PtrAdd(entry, abi.PendingBytes))
	b.Return(results...)
}

// TakeChunk takes bytes, at most codec.SharedBytes, of the current chunk, at a multiple of align, and charges them.
//
//	loop(pad):  room < bytes + pad -> full: NewChunk -> loop with the new chunk's pad, which is none
func TakeChunk(b *ir.Builder, bytes *ir.Value, align int64) *ir.Value {
	chargeBytes(b, bytes)
	need := bytes
	if align > 1 {
		cursor := b.FrameLoad(ir.I64, abi.FrameChunkNext)
		need = b.Add(bytes, b.And(b.Sub(b.Const(ir.I64, 0), cursor), b.Const(ir.I64, align-1)))
	}
	next := b.FrameLoad(ir.Ptr, abi.FrameChunkNext)
	room := b.PtrDiff(b.FrameLoad(ir.Ptr, abi.FrameChunkEnd), next)
	full, take := b.NewColdBlock(), b.NewBlock(ir.Ptr, ir.I64)
	b.Branch(ir.SLT, room, need, ir.To(full), ir.To(take, next, need))
	b.SetBlock(full) // the base of a chunk is aligned
	b.Exit(int64(abi.NewChunk), nil, bytes)
	b.Jump(take, b.FrameLoad(ir.Ptr, abi.FrameChunkNext), bytes)
	b.SetBlock(take)
	from, taken := take.Params[0], take.Params[1]
	b.FrameStore(abi.FrameChunkNext, b.PtrIndex(from, taken, 1))
	if align == 1 {
		return from
	}
	return b.PtrIndex(from, b.Sub(taken, bytes), 1)
}

// OutOfChunk returns a number that is not zero if scalars have no place in a chunk: where the caller wants lists of them to have memory of
// their own, and bools also where the chunk serves again, and a bool that is still in use then might have any contents.
func OutOfChunk(b *ir.Builder, bools bool) *ir.Value {
	flags := b.And(b.FrameLoad(ir.I64, abi.FrameFlags), b.Const(ir.I64, abi.FlagOwnedStrings))
	if bools {
		flags = b.Or(flags, b.FrameLoad(ir.I64, abi.FrameReused))
	}
	return flags
}

// texter returns the name of the function (slot, source, length) that stores a string or binary, whatever its length and
// the flags of the call.
func (d *Translator) texter(kind int64) string {
	name := "text.string"
	if kind == abi.KindBytes {
		name = "text.bytes"
	}
	return d.Helper(name, func() *ir.Func { return buildText(name, kind) })
}

// buildText makes a texter.
//
//	length == 0         -> none:  nil, or a permanent byte if the header is that of a slice
//	zero copy           -> alias: the header points into the input
//	owned, or long      -> own:   NewBytes
//	else                -> chunk
func buildText(name string, kind int64) *ir.Func {
	b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr, ir.I64}, nil)
	slot, source, length := b.Param(0), b.Param(1), b.Param(2)
	zero := b.Const(ir.I64, 0)
	none, some, alias, copied := b.NewColdBlock(), b.NewBlock(), b.NewColdBlock(), b.NewBlock()
	short, own, chunk := b.NewBlock(), b.NewColdBlock(), b.NewBlock()
	b.Branch(ir.Eq, length, zero, ir.To(none), ir.To(some))

	b.SetBlock(none)
	nothing := b.Nil()
	if kind == abi.KindBytes {
		nothing = b.Address(noByteSymbol)
	}
	SetHeader(b, slot, nothing, zero, kind)

	b.SetBlock(some)
	flags := b.FrameLoad(ir.I64, abi.FrameFlags)
	b.Branch(ir.Ne, b.And(flags, b.Const(ir.I64, abi.FlagZeroCopy)), zero, ir.To(alias), ir.To(copied))
	b.SetBlock(alias)
	SetHeader(b, slot, source, length, kind)

	b.SetBlock(copied)
	b.Branch(ir.UGT, length, b.Const(ir.I64, codec.SharedBytes), ir.To(own), ir.To(short))
	b.SetBlock(short)
	b.Branch(ir.Ne, b.And(flags, b.Const(ir.I64, abi.FlagOwnedStrings)), zero, ir.To(own), ir.To(chunk))
	b.SetBlock(own)
	b.Exit(int64(abi.NewBytes), nil, slot, source, length, b.Const(ir.I64, kind))
	b.Return()

	b.SetBlock(chunk)
	memory := TakeChunk(b, length, 1)
	b.CopyBytes(memory, source, length)
	SetHeader(b, slot, memory, length, kind)
	return b.Finish()
}

// Lister returns the name of the function (slot, source, count, row) that stores a list of scalars as c copies them, count > 0
// and all of them there. row is that of the list.
func (d *Translator) Lister(name string, c Copier) string {
	return d.Helper(name, func() *ir.Func { return d.buildList(name, c) })
}

// buildList makes a lister. Short lists go to a chunk, aligned for any scalar; others to memory of their own.
//
//	no chunk, or long -> own:   NewSlab; copy, charging the fuel
//	else           -> chunk: copy
func (d *Translator) buildList(name string, c Copier) *ir.Func {
	b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr, ir.I64, ir.I64}, nil)
	slot, source, count, row := b.Param(0), b.Param(1), b.Param(2), b.Param(3)
	bytes := b.MulConst(count, c.To)
	short, own, chunk := b.NewBlock(), b.NewColdBlock(), b.NewBlock()
	b.Branch(ir.UGT, bytes, b.Const(ir.I64, codec.SharedBytes), ir.To(own), ir.To(short))
	b.SetBlock(short)
	b.Branch(ir.Ne, OutOfChunk(b, c.Op == ir.CopyBools), b.Const(ir.I64, 0), ir.To(own), ir.To(chunk))

	b.SetBlock(chunk)
	memory := TakeChunk(b, bytes, WordBytes)
	c.Copy(b, memory, source, count)
	SetHeader(b, slot, memory, count, abi.KindBytes)

	b.SetBlock(own)
	slab := b.Exit(int64(abi.NewSlab), []ir.Type{ir.Ptr, ir.I64}, row, slot, b.Const(ir.I64, 0), count, bytes)
	b.FailIf(ir.Ne, slab[1], count)
	b.Call(d.Copier(c), nil, slab[0], source, count)
	b.Return()
	return b.Finish()
}
