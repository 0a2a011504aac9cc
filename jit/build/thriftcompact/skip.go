package thriftcompact

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	emit "github.com/tagwire/tagwire/jit/build/varint"
	"github.com/tagwire/tagwire/wire/thriftcompact"
)

// skipCost is what a field, element or entry that is skipped takes of the fuel, in wire bytes.
const skipCost = 8

const skipName = "compact.skip"

// skipper returns the name of the function that SkipValue calls, (in, end, wire type, levels) -> in, which steps over one value: of
// a field, whose header has been read, or an element. The value's own struct or container is the first of the levels. An element
// count is not compared with what is left: each element takes a byte at least, so the loop ends where the input does.
//
//	entry:      switch wire type -> fixed 1, 8, 16 | number | text | struct | list | map; unknown -> Fail
func skipper(d *build.Translator) string {
	return d.Helper(skipName, func() *ir.Func { return buildSkip(emit.Getter(d)) })
}

type skipBody struct {
	*ir.Builder
	get             string
	in, end, levels *ir.Value
}

func buildSkip(get string) *ir.Func {
	b := &skipBody{Builder: ir.NewBuilder(skipName, []ir.Type{ir.Ptr, ir.Ptr, ir.I32, ir.I64}, []ir.Type{ir.Ptr}), get: get}
	b.in, b.end, b.levels = b.Param(0), b.Param(1), b.Param(3)
	unknown, one, eight, sixteen := b.NewColdBlock(), b.NewBlock(), b.NewBlock(), b.NewBlock()
	i16, i32, i64 := b.NewBlock(), b.NewBlock(), b.NewBlock()
	text, structure, list, entries := b.NewBlock(), b.NewBlock(), b.NewBlock(), b.NewBlock()
	targets := make([]ir.Edge, thriftcompact.UUID+1)
	for wire, block := range map[thriftcompact.Type]*ir.Block{
		thriftcompact.Stop: unknown, thriftcompact.True: one, thriftcompact.False: one, thriftcompact.I8: one,
		thriftcompact.I16: i16, thriftcompact.I32: i32, thriftcompact.I64: i64, thriftcompact.Double: eight, thriftcompact.Binary: text,
		thriftcompact.List: list, thriftcompact.Set: list, thriftcompact.Map: entries, thriftcompact.Struct: structure, thriftcompact.UUID: sixteen,
	} {
		targets[wire] = ir.To(block)
	}
	b.Switch(b.Param(2), ir.To(unknown), targets...)

	b.SetBlock(unknown)
	b.Fail()
	b.fixed(one, 1)
	b.fixed(eight, 8)
	b.fixed(sixteen, 16)
	b.number(i16, most16)
	b.number(i32, most32)
	b.number(i64, -1)
	b.SetBlock(text)
	length, source := emit.GetLength(b.Builder, b.get, b.in, b.end)
	b.CheckBoundsN(source, b.end, length, 0)
	b.Return(b.PtrIndex(source, length, 1))
	b.SetBlock(structure)
	b.structure()
	b.SetBlock(list)
	b.list()
	b.SetBlock(entries)
	b.entries()
	return b.Finish()
}

func (b *skipBody) fixed(block *ir.Block, bytes int64) {
	b.SetBlock(block)
	b.CheckBounds(b.in, b.end, bytes)
	b.Return(b.PtrAdd(b.in, bytes))
}

// number steps over a varint of at most the number given.
func (b *skipBody) number(block *ir.Block, most int64) {
	b.SetBlock(block)
	found := b.Call(b.get, []ir.Type{ir.I64, ir.Ptr}, b.in, b.end)
	b.FailIf(ir.UGT, found[0], b.Const(ir.I64, most))
	b.Return(found[1])
}

// enter opens a struct or container and returns the levels that are left for the values in it.
func (b *skipBody) enter() *ir.Value {
	b.FailIf(ir.SLT, b.levels, b.Const(ir.I64, 1))
	return b.AddConst(b.levels, -1)
}

// skip steps over a value of the given type at in.
func (b *skipBody) skip(in, wire, levels *ir.Value) *ir.Value {
	build.ChargeFuel(b.Builder, b.Const(ir.I64, skipCost))
	return b.Call(skipName, []ir.Type{ir.Ptr}, in, b.end, wire, levels)[0]
}

// structure steps over fields.
//
//	loop(in):    type == STOP -> return in+1; a distance? -> value(in+1); else -> far: the id -> value
//	value(in):   a bool -> loop; else skip -> loop
func (b *skipBody) structure() {
	levels := b.enter()
	loop, field, far, value, other, stop := b.NewBlock(ir.Ptr), b.NewBlock(), b.NewBlock(), b.NewBlock(ir.Ptr), b.NewBlock(), b.NewBlock()
	b.Jump(loop, b.in)
	b.SetBlock(loop)
	in := loop.Params[0]
	build.ChargeFuel(b.Builder, b.Const(ir.I64, 1)) // nothing else charges for bools
	b.CheckBounds(in, b.end, 1)
	header := b.Convert(ir.ZeroExt8to32, b.LoadSource(ir.Load8, in, 0))
	wire, first := b.And(header, b.Const(ir.I32, 15)), b.PtrAdd(in, 1)
	b.Branch(ir.Eq, wire, b.Const(ir.I32, int64(thriftcompact.Stop)), ir.To(stop), ir.To(field))
	b.SetBlock(stop)
	b.Return(first)
	b.SetBlock(field)
	b.Branch(ir.ULT, header, b.Const(ir.I32, idUnit), ir.To(far), ir.To(value, first))
	b.SetBlock(far)
	_, behind := getID(b.Builder, b.get, first, b.end)
	b.Jump(value, behind)
	b.SetBlock(value)
	at := value.Params[0]
	b.Branch(ir.ULE, wire, b.Const(ir.I32, int64(thriftcompact.False)), ir.To(loop, at), ir.To(other))
	b.SetBlock(other)
	b.Jump(loop, b.skip(at, wire, levels))
}

// list steps over a list or set.
func (b *skipBody) list() {
	levels := b.enter()
	count, first := getListHeader(b.Builder, b.get, b.in, b.end)
	header := b.Convert(ir.ZeroExt8to32, b.LoadSource(ir.Load8, b.in, 0))
	b.elements(first, count, levels, b.And(header, b.Const(ir.I32, 15)))
}

// entries steps over a map. The types are there only if there are entries.
func (b *skipBody) entries() {
	levels := b.enter()
	count, next := emit.GetLength(b.Builder, b.get, b.in, b.end)
	none, some := b.NewBlock(), b.NewBlock()
	b.Branch(ir.Eq, count, b.Const(ir.I64, 0), ir.To(none), ir.To(some))
	b.SetBlock(none)
	b.Return(next)
	b.SetBlock(some)
	b.CheckBounds(next, b.end, 1)
	types := b.Convert(ir.ZeroExt8to32, b.LoadSource(ir.Load8, next, 0))
	key, elem := b.Binary(ir.Shr, types, b.Const(ir.I32, 4)), b.And(types, b.Const(ir.I32, 15))
	b.elements(b.PtrAdd(next, 1), count, levels, key, elem)
}

// elements steps over a value of each of the types, count times, and returns.
//
//	loop(in, left):  skip each type in turn; left-1 != 0 -> loop
func (b *skipBody) elements(first, count, levels *ir.Value, types ...*ir.Value) {
	zero := b.Const(ir.I64, 0)
	loop, done := b.NewBlock(ir.Ptr, ir.I64), b.NewBlock(ir.Ptr)
	b.Branch(ir.Eq, count, zero, ir.To(done, first), ir.To(loop, first, count))
	b.SetBlock(loop)
	in := loop.Params[0]
	for _, wire := range types {
		in = b.skip(in, wire, levels)
	}
	left := b.AddConst(loop.Params[1], -1)
	b.Branch(ir.Ne, left, zero, ir.To(loop, in, left), ir.To(done, in))
	b.SetBlock(done)
	b.Return(done.Params[0])
}
