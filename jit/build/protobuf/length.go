package protobuf

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	emit "github.com/tagwire/tagwire/jit/build/varint"
	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/protobuf"
)

// The length of a message precedes it, and is known when it has been written. So room for it is left first, as many bytes as it is
// expected to take: its width. Where that was wrong, the message is moved. What is expected:
//
//   - of a message in a list that has more than scalars and texts, and of the entries of a map, what the one before took;
//   - of any other message, two bytes if its texts and those in the messages in it have 128 bytes, and so on; if messages of its type may
//     be in it, as if there were 128 bytes more.
//
// See docs/RATIONALE.md for what other ways took.

// isLeaf reports whether a message has only scalars and texts, and no more of these than can be added up for its width.
func isLeaf(s *schema.StructType) bool {
	if len(s.Oneofs) > 0 || len(s.Extensions) > 0 {
		return false
	}
	texts := 0
	for i := range s.Fields {
		switch t := s.Fields[i].Type; {
		case t.Kind == schema.String && !t.Pointer, t.Kind == schema.Binary && !t.Pointer:
			texts++
		case !build.IsScalar(t):
			return false
		}
	}
	return texts <= mostTexts
}

const mostTexts = 6

// isRecursive reports whether messages of a type may have messages of the same type in them, at any depth.
func isRecursive(s *schema.StructType) bool {
	seen := map[*schema.StructType]bool{}
	var leadsTo func(inner *schema.StructType) bool
	leadsTo = func(inner *schema.StructType) bool {
		for i := range inner.Fields {
			for t := inner.Fields[i].Type; t != nil; t = t.Elem {
				if t.Kind != schema.Struct || seen[t.Struct] {
					continue
				}
				seen[t.Struct] = true
				if t.Struct == s || leadsTo(t.Struct) {
					return true
				}
			}
		}
		return false
	}
	return leadsTo(s)
}

// textLevels is how many messages in each other are looked into for texts.
const textLevels = 3

// texts returns the bytes of the texts of the message at p, which is not nil, and of those in it; nil if its type has none. It does not
// look at all of them: that would be a pass over the value.
func (e *encoder) texts(s *schema.StructType, p build.MemRef, levels int) (sum *ir.Value) {
	add := func(n *ir.Value) {
		if sum != nil {
			n = e.Add(sum, n)
		}
		sum = n
	}
	if levels == 0 || !isLeaf(s) && len(s.Fields) > mostLooked {
		return nil
	}
	for i := range s.Fields {
		f := &s.Fields[i]
		at := p.Field(f)
		switch t := f.Type; {
		case f.Oneof > 0:
		case t.Kind == schema.String && !t.Pointer, t.Kind == schema.Binary && !t.Pointer:
			add(e.LoadSource(ir.Load64, at.Base, at.Offset+build.WordBytes))
		case t.Kind == schema.Struct && !t.Pointer:
			if inner := e.texts(t.Struct, at, levels-1); inner != nil {
				add(inner)
			}
		case t.Kind == schema.Struct:
			before := sum
			if before == nil {
				before = e.Const(ir.I64, 0)
			}
			some, done := e.NewBlock(), e.NewBlock(ir.I64)
			target := e.LoadSource(ir.LoadPtr, at.Base, at.Offset)
			e.Branch(ir.Eq, target, e.Nil(), ir.To(done, before), ir.To(some))
			e.SetBlock(some)
			inner := e.texts(t.Struct, build.MemRef{Base: target}, levels-1)
			if inner == nil {
				inner = e.Const(ir.I64, 0)
			}
			e.Jump(done, e.Add(before, inner))
			e.SetBlock(done)
			sum = done.Params[0]
		}
	}
	return sum
}

// mostLooked bounds the fields of messages that are looked into.
const mostLooked = 24

// widthOf returns the width of a length, which is one of the two shortest in most cases.
func (e *encoder) widthOf(n *ir.Value) *ir.Value {
	more, wide, done := e.NewBlock(), e.NewColdBlock(), e.NewBlock(ir.I64)
	e.Branch(ir.ULT, n, e.Const(ir.I64, emit.Narrow), ir.To(done, e.Const(ir.I64, 1)), ir.To(more))
	e.SetBlock(more)
	e.Branch(ir.ULT, n, e.Const(ir.I64, emit.Middle), ir.To(done, e.Const(ir.I64, 2)), ir.To(wide))
	e.SetBlock(wide)
	e.Jump(done, emit.Size(e.Builder, n))
	e.SetBlock(done)
	return done.Params[0]
}

// likely returns a width that may be too large, or a smaller one if so little room is left that this is too large for certain, or nearly
// so: a shorter message must not fail for want of the bytes that are left in front of it.
func (e *encoder) likely(width *ir.Value) *ir.Value {
	out := e.Settle()
	more, little, done := e.NewBlock(), e.NewColdBlock(), e.NewBlock(ir.I64)
	one := e.Const(ir.I64, 1)
	e.Branch(ir.Eq, width, one, ir.To(done, one), ir.To(more))
	e.SetBlock(more)
	room := e.PtrDiff(e.Limit, out)
	eighth := e.AddConst(e.MulConst(width, 7), -10) // of the least length with that width, as a shift
	e.Branch(ir.ULT, e.Binary(ir.Shr, room, eighth), e.Const(ir.I64, 9), ir.To(little), ir.To(done, width))
	e.SetBlock(little)
	e.Jump(done, emit.Size(e.Builder, e.Sub(room, e.Binary(ir.Shr, room, e.Const(ir.I64, 3)))))
	e.SetBlock(done)
	e.Start(out)
	return done.Params[0]
}

// width returns the width to expect of the message at p, one in a list if last is that of the one before.
func (e *encoder) width(s *schema.StructType, p build.MemRef, nilable bool, last *ir.Value) *ir.Value {
	one := e.Const(ir.I64, 1)
	switch {
	case e.Translator.Direct:
		return one
	case last != nil && !isLeaf(s):
		return e.likely(last)
	}
	out, done := e.Settle(), e.NewBlock(ir.I64)
	if nilable {
		some := e.NewBlock()
		e.Branch(ir.Eq, p.Base, e.Nil(), ir.To(done, one), ir.To(some))
		e.SetBlock(some)
	}
	recursive, width := isRecursive(s), one
	texts := e.texts(s, p, textLevels)
	switch {
	case texts != nil && recursive:
		width = e.widthOf(e.AddConst(texts, emit.Narrow))
	case texts != nil:
		width = e.widthOf(texts)
	case recursive:
		width = e.Const(ir.I64, 2)
	}
	e.Start(out)
	if recursive {
		width = e.likely(width)
	}
	e.Jump(done, width)
	e.SetBlock(done)
	e.Start(out)
	return done.Params[0]
}

// firstWidth returns the width to expect of the first message in a list or a map, where each leaves its own to the next.
func (e *encoder) firstWidth(s *schema.StructType) *ir.Value {
	if isRecursive(s) {
		return e.Const(ir.I64, 2)
	}
	return e.Const(ir.I64, 1)
}

// learns reports whether each element of a list leaves the width of its length to the next one.
func learns(t *schema.Type) bool {
	return t.Kind == schema.Struct && t.Form != schema.Group && !isLeaf(t.Struct)
}

// packedWidth returns the width to expect of a packed list of varints.
func (e *encoder) packedWidth(count *ir.Value) *ir.Value {
	if e.Translator.Direct {
		return e.Const(ir.I64, 1)
	}
	out := e.Settle()
	width := e.widthOf(e.Add(count, count))
	e.Start(out)
	return e.likely(width)
}

// measured writes what body does, with its length before it, which is expected to have a width. It returns the width that it has.
func (e *encoder) measured(width *ir.Value, body func()) *ir.Value {
	out := e.Settle()
	e.CheckBoundsN(out, e.Limit, width, 0)
	start := e.PtrIndex(out, width, 1)
	e.Start(start)
	body()
	after := e.Settle()
	if e.Translator.Direct {
		e.Start(e.Exit(int64(abi.CloseMessage), []ir.Type{ir.Ptr}, start, after)[0])
		return width
	}
	n, one, two := e.PtrDiff(after, start), e.Const(ir.I64, 1), e.Const(ir.I64, 2)
	isNarrow, longer, isMiddle, other := e.NewBlock(), e.NewBlock(), e.NewBlock(), e.NewColdBlock()
	short, long, done := e.NewBlock(), e.NewBlock(), e.NewBlock(ir.Ptr, ir.I64)
	e.Branch(ir.ULT, n, e.Const(ir.I64, emit.Narrow), ir.To(isNarrow), ir.To(longer))
	e.SetBlock(isNarrow)
	e.Branch(ir.Eq, width, one, ir.To(short), ir.To(other))
	e.SetBlock(short)
	e.Store(ir.Store8, start, -1, e.Convert(ir.Trunc64to8, n))
	e.Jump(done, after, width)
	e.SetBlock(longer)
	e.Branch(ir.ULT, n, e.Const(ir.I64, emit.Middle), ir.To(isMiddle), ir.To(other))
	e.SetBlock(isMiddle)
	e.Branch(ir.Eq, width, two, ir.To(long), ir.To(other))
	e.SetBlock(long)
	e.Store(ir.Store16, start, -2, emit.TwoBytes(e.Builder, n))
	e.Jump(done, after, width)
	e.SetBlock(other)
	closed := e.Call(closer(e.Translator), []ir.Type{ir.Ptr, ir.I64}, start, after, e.Limit, width)
	e.Jump(done, closed...)
	e.SetBlock(done)
	e.Start(done.Params[0])
	return done.Params[1]
}

// strideBytes is the number of bytes that a loop handles between two charges of the fuel.
const strideBytes = 16 << 10

// closer returns the name of the function (start, out, end, width) -> (out, width) that writes the length of what lies between start and
// out into the bytes in front of start, width of them. If the length takes another width, which is returned, the message is moved first.
// What may be moved is limited: a message in many others would be moved once for each, and the plain codec moves nothing.
func closer(d *build.Translator) string {
	const name = "protobuf.close"
	return d.Helper(name, func() *ir.Func {
		b := ir.NewBuilder(name, []ir.Type{ir.Ptr, ir.Ptr, ir.Ptr, ir.I64}, []ir.Type{ir.Ptr, ir.I64})
		start, out, end, width := b.Param(0), b.Param(1), b.Param(2), b.Param(3)
		n, zero := b.PtrDiff(out, start), b.Const(ir.I64, 0)
		b.FailIf(ir.UGT, n, b.Const(ir.I64, wire.MaxSize))
		before := b.PtrIndex(start, b.Sub(zero, width), 1)
		needed := emit.Size(b, n)
		by := b.Sub(needed, width)
		as, other, up, down := b.NewBlock(), b.NewBlock(), b.NewBlock(), b.NewBlock()
		finish := b.NewBlock()
		b.Branch(ir.Eq, by, zero, ir.To(as), ir.To(other))
		b.SetBlock(as)
		b.Call(emit.Putter(d), []ir.Type{ir.Ptr}, before, start, n)
		b.Return(out, needed)

		b.SetBlock(other)
		b.FailIf(ir.SLT, b.Sub(b.PtrDiff(end, out), by), zero)
		moves := b.Sub(b.FrameLoad(ir.I64, abi.FrameAllocation), n)
		b.FailIf(ir.SLT, moves, zero)
		b.FrameStore(abi.FrameAllocation, moves)
		to := b.PtrIndex(start, by, 1)
		b.Branch(ir.SGT, by, zero, ir.To(up), ir.To(down))
		b.SetBlock(up)
		moveUp(b, to, start, n, finish)
		b.SetBlock(down)
		moveDown(b, to, start, n, finish)
		b.SetBlock(finish)
		b.Call(emit.Putter(d), []ir.Type{ir.Ptr}, before, to, n)
		b.Return(b.PtrIndex(out, by, 1), needed)
		return b.Finish()
	})
}

// moveUp emits the copy of n > 0 bytes to where they overlap, at a higher address, and goes on to done.
//
//	move(left):  stride = min(left, most); charge; lowest = left - stride; move the stride; lowest != 0 -> move(lowest), else -> done
func moveUp(b *ir.Builder, to, from, n *ir.Value, done *ir.Block) {
	move := b.NewBlock(ir.I64)
	b.Jump(move, n)
	b.SetBlock(move)
	left, most := move.Params[0], b.Const(ir.I64, strideBytes)
	stride := b.Select(ir.ULT, left, most, left, most)
	build.ChargeFuel(b, stride)
	lowest := b.Sub(left, stride)
	b.CopyList(ir.MoveUp, b.PtrIndex(to, lowest, 1), b.PtrIndex(from, lowest, 1), stride)
	b.Branch(ir.Ne, lowest, b.Const(ir.I64, 0), ir.To(move, lowest), ir.To(done))
}

// moveDown emits the same to a lower address. What is moved down had been expected to be longer, so most of it is short.
//
//	move(at):   stop = at + min(n - at, most); charge -> eight(at)
//	eight(at):  stop - at < 8 -> one(at); eight bytes, at + 8 -> eight
//	one(at):    at == stop -> after; a byte, at + 1 -> one
//	after:      stop != n -> move(stop), else -> done
func moveDown(b *ir.Builder, to, from, n *ir.Value, done *ir.Block) {
	move, eight, eights, one := b.NewBlock(ir.I64), b.NewBlock(ir.I64), b.NewBlock(), b.NewBlock(ir.I64)
	single, after := b.NewBlock(), b.NewBlock()
	b.Jump(move, b.Const(ir.I64, 0))
	b.SetBlock(move)
	most, left := b.Const(ir.I64, strideBytes), b.Sub(n, move.Params[0])
	stride := b.Select(ir.ULT, left, most, left, most)
	build.ChargeFuel(b, stride)
	stop := b.Add(move.Params[0], stride)
	b.Jump(eight, move.Params[0])

	b.SetBlock(eight)
	at := eight.Params[0]
	b.Branch(ir.ULT, b.Sub(stop, at), b.Const(ir.I64, 8), ir.To(one, at), ir.To(eights))
	b.SetBlock(eights)
	b.Store(ir.Store64, b.PtrIndex(to, at, 1), 0, b.Load(ir.Load64, b.PtrIndex(from, at, 1), 0))
	b.Jump(eight, b.AddConst(at, 8))

	b.SetBlock(one)
	at = one.Params[0]
	b.Branch(ir.Eq, at, stop, ir.To(after), ir.To(single))
	b.SetBlock(single)
	b.Store(ir.Store8, b.PtrIndex(to, at, 1), 0, b.Load(ir.Load8, b.PtrIndex(from, at, 1), 0))
	b.Jump(one, b.AddConst(at, 1))

	b.SetBlock(after)
	b.Branch(ir.Ne, stop, n, ir.To(move, stop), ir.To(done))
}
