package protobuf

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	emit "github.com/tagwire/tagwire/jit/build/varint"
	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/protobuf"
)

// A decoder builds a function that reads the fields of one message, and merges them into what is there. Most messages have their fields in
// ascending order: after each of them the tags of a few that may follow are compared; any other field is dispatched by its number.
//
//	after i:   in == end -> stop; tag of one of the next fields? -> read it; else dispatch
//	read i:    value of field i -> after i
//	dispatch:  a field's number, and a type that it may have? -> settle, then read it; else skip -> dispatch
//	settle:    keep what was skipped, if anything was, and dispatch again
//	stop:      return, if all required fields are there
//
// Only dispatch and what it goes to directly knows of fields that were skipped and are not kept yet.
type decoder struct {
	*build.DecodeBody
	// after has the block after each field, that at the start of the message first. reading has the blocks that read a field as it is
	// written, others those that read a list in its other form.
	after, reading, others []*ir.Block
	dispatch, settle, stop *ir.Block
	// group is the number of the group that the fields are in, which ends where they do; nil if a length says where that is.
	group *ir.Value
}

// inGroup is the variant (value, in, end, number) -> in that reads the fields of a group, and its end.
const inGroup = "group"

// newDecoder begins a function that reads the fields of s, with further parameters if it is a variant.
func newDecoder(t *build.Translator, s *schema.StructType, variant string, further ...ir.Type) *decoder {
	d := &decoder{DecodeBody: build.NewDecodeBody(t, s, variant, further...)}
	d.Use(d)
	return d
}

func buildDecode(t *build.Translator, s *schema.StructType, group bool) *ir.Func {
	var d *decoder
	if group {
		d = newDecoder(t, s, inGroup, ir.I64)
		d.group = d.Param(3)
	} else {
		d = newDecoder(t, s, "")
	}
	d.forget()
	return d.Fields(d.Param(1))
}

func (d *decoder) Fields(in *ir.Value) *ir.Func {
	d.after = append(d.after, d.SettledBlock())
	for i := range d.S.Fields {
		d.after = append(d.after, d.SettledBlock())
		d.reading = append(d.reading, d.SettledBlock())
		var other *ir.Block
		if t := d.S.Fields[i].Type; t.Kind == schema.List && build.IsScalar(t.Elem) {
			other = d.SettledBlock()
		}
		d.others = append(d.others, other)
	}
	d.dispatch, d.stop = d.ProgressBlock(), d.SettledBlock()
	if d.S.HasUnknown {
		d.settle = d.ProgressBlock()
	}
	d.GoTo(d.BeginFurther(in).Settled(), d.after[0])
	for i := range d.after {
		d.expect(i)
	}
	for i := range d.reading {
		d.readField(i, d.reading[i], false)
		if d.others[i] != nil {
			d.readField(i, d.others[i], true)
		}
	}
	d.dispatchField()
	if d.settle != nil {
		d.SetBlock(d.settle)
		p := d.At(d.settle)
		d.KeepLast(p)
		d.GoTo(d.Unsettled(p.Settled()), d.dispatch)
	}
	d.SetBlock(d.stop)
	p := d.At(d.stop)
	for i := range d.S.Fields {
		f := &d.S.Fields[i]
		if f.Requiredness == schema.RequiredField && (f.Type.Pointer || f.Type.Kind == schema.Binary) { // also if it was there before
			d.FailIf(ir.Eq, d.Load(ir.LoadPtr, d.Value, int64(f.Offset)), d.Nil())
		}
	}
	return d.FinishAt(p, 0)
}

// mostExpected bounds the fields whose tags are compared.
const mostExpected = 4

// leastField is the fewest bytes of a field: a tag and a byte.
const leastField = 2

// expect emits the block before field i, which follows the field before it.
func (d *decoder) expect(i int) {
	d.SetBlock(d.after[i])
	p := d.At(d.after[i])
	some := d.NewBlock()
	if d.group != nil { // its end may be a byte
		unsettled := d.Unsettled(p)
		d.Branch(ir.SLT, d.PtrDiff(d.End, p.In), d.Const(ir.I64, leastField), unsettled.To(d.dispatch), ir.To(some))
		d.SetBlock(some)
	} else {
		d.Branch(ir.Eq, p.In, d.End, p.To(d.stop), ir.To(some))
		d.SetBlock(some)
		d.CheckBounds(p.In, d.End, leastField)
	}
	word := d.Convert(ir.ZeroExt16to32, d.LoadSource(ir.Load16, p.In, 0))
	low := d.And(word, d.Const(ir.I32, 0xff))
	for next := i; next < len(d.S.Fields) && next < i+mostExpected; next++ {
		tag := tagOf(&d.S.Fields[next])
		compared, wanted := low, int64(tag[0])
		switch len(tag) {
		case 1:
		case 2:
			compared, wanted = word, wanted|int64(tag[1])<<8
		default:
			continue
		}
		other := d.NewBlock()
		d.Branch(ir.Eq, compared, d.Const(ir.I32, wanted), p.From(d.PtrAdd(p.In, int64(len(tag)))).To(d.reading[next]), ir.To(other))
		d.SetBlock(other)
	}
	d.GoTo(d.Unsettled(p), d.dispatch)
}

// dispatchCost is what each turn through dispatch charges: fields that are repeated make a loop.
const dispatchCost = 32

// dispatchField is the block that finds out which field comes.
func (d *decoder) dispatchField() {
	d.SetBlock(d.dispatch)
	p := d.At(d.dispatch)
	d.ChargeFuel(d.Const(ir.I64, dispatchCost))
	if d.group == nil {
		done, some := d.NewBlock(), d.NewBlock()
		d.Branch(ir.Eq, p.In, d.End, ir.To(done), ir.To(some))
		d.SetBlock(done)
		d.finish(p)
		d.SetBlock(some)
	}
	tag, value := emit.Get(d.Builder, emit.Getter(d.Translator), p.In, d.End)
	d.FailIf(ir.UGT, tag, d.Const(ir.I64, 1<<32-1))
	kind := d.Convert(ir.Trunc64to32, d.And(tag, d.Const(ir.I64, 1<<wire.TypeBits-1)))
	number := d.Convert(ir.Trunc64to32, d.Binary(ir.Shr, tag, d.Const(ir.I64, wire.TypeBits)))
	d.FailIf(ir.Eq, number, d.Const(ir.I32, 0))
	if d.group != nil {
		ends, more := d.NewBlock(), d.NewBlock()
		d.Branch(ir.Eq, kind, d.Const(ir.I32, int64(wire.EndGroup)), ir.To(ends), ir.To(more))
		d.SetBlock(ends)
		d.FailIf(ir.Ne, number, d.Convert(ir.Trunc64to32, d.group))
		d.finish(p.From(value))
		d.SetBlock(more)
	}
	skip := d.NewBlock()
	d.FindField(number, skip, func(i int) {
		f := &d.S.Fields[i]
		if d.settle != nil {
			d.BranchKept(p, d.settle)
		}
		known := p.From(value).Settled()
		first := int64(tagOf(f)[0] & (1<<wire.TypeBits - 1))
		if d.others[i] == nil {
			d.Branch(ir.Eq, kind, d.Const(ir.I32, first), known.To(d.reading[i]), ir.To(skip))
			return
		}
		other := d.NewBlock()
		d.Branch(ir.Eq, kind, d.Const(ir.I32, first), known.To(d.reading[i]), ir.To(other))
		d.SetBlock(other)
		elem, _ := wire.Of(f.Type)
		second := int64(wire.Bytes) + int64(elem) - first
		d.Branch(ir.Eq, kind, d.Const(ir.I32, second), known.To(d.others[i]), ir.To(skip))
	})
	d.SetBlock(skip)
	after := d.Call(skipper(d.Translator), []ir.Type{ir.Ptr}, value, d.End, tag, d.skipLevels())[0]
	if d.S.HasUnknown {
		p = d.keep(p, after, tag, value)
	}
	d.GoTo(p.From(after), d.dispatch)
}

// finish keeps what was skipped last, and goes to stop.
func (d *decoder) finish(p build.Progress) {
	if d.settle != nil {
		d.KeepLast(p)
	}
	d.GoTo(p.Settled(), d.stop)
}

// skipDepth is the nesting limit of groups in a field that is skipped.
const skipDepth = 100

func (d *decoder) skipLevels() *ir.Value {
	levels, most := d.LevelsLeft(), d.Const(ir.I64, skipDepth)
	return d.Select(ir.SLT, levels, most, levels, most)
}

func (d *decoder) KeptTypes() []ir.Type   { return []ir.Type{ir.I64} }
func (d *decoder) KeepExit() abi.ExitCode { return abi.KeepHeaded }

// keep notes that the field which begins at p was skipped, up to after. Its tag is kept in the shortest form: one that is longer begins
// a run with another head.
func (d *decoder) keep(p build.Progress, after, tag, value *ir.Value) build.Progress {
	mark := uint64(0)
	if d.S.UnknownName == schema.UnknownFieldsName {
		mark = wire.KeptMark
	}
	length := d.PtrDiff(value, p.In)
	usual := d.headOf(tag, length, mark)
	minimal := emit.Size(d.Builder, tag)
	same, other, join := d.NewBlock(), d.NewColdBlock(), d.ProgressBlock()
	d.Branch(ir.Eq, length, minimal, ir.To(same), ir.To(other))
	d.SetBlock(other)
	d.GoTo(d.KeepAlone(p, after, usual), join)
	d.SetBlock(same)
	d.GoTo(d.Keep(p, p.In, after, usual), join)
	d.SetBlock(join)
	return d.At(join)
}

// headOf returns what comes before a run of unknown fields: the mark, if there is one, and the tag of the first in its shortest form.
func (d *decoder) headOf(tag, length *ir.Value, mark uint64) *ir.Value {
	row := emit.LengthsOf(d.Builder, tag)
	bytes := d.Or(d.Spread7(tag), d.Load(ir.Load64, row, emit.LengthsTops))
	shifted := func(v *ir.Value, byte int64) *ir.Value { return d.Binary(ir.Shl, v, d.Const(ir.I64, 8*byte)) }
	head := d.Or(bytes, shifted(d.Load(ir.Load64, row, emit.LengthsSize), abi.HeadLength))
	head = d.Or(head, shifted(length, abi.HeadReplaced))
	return d.Or(head, d.Const(ir.I64, int64(mark<<(8*abi.HeadMark))))
}

// readField emits a block that reads field i: other says that a list comes in its other form.
func (d *decoder) readField(i int, block *ir.Block, other bool) {
	d.SetBlock(block)
	p, f := d.At(block), &d.S.Fields[i]
	slot := build.MemRef{Base: d.Value}.Field(f)
	var after *ir.Value
	switch {
	case f.Type.Kind == schema.Map:
		after = d.entries(f, slot, p.In)
	case f.Type.Kind == schema.List && f.Packed != other && build.IsScalar(f.Type.Elem):
		after = d.packed(f.Type, slot, p.In)
	case f.Type.Kind == schema.List:
		after = d.elements(f, slot, p.In)
	case f.Wrapper != nil:
		after = d.member(f, slot, p.In)
	default:
		if f.Oneof > 0 {
			d.clearOthers(f)
		}
		after = d.value(f.Type, slot, p.In, f)
	}
	d.GoTo(d.Saw(p.From(after), i), d.after[i+1])
}

// value reads a value into p, which may hold one. f is its field.
func (d *decoder) value(t *schema.Type, p build.MemRef, in *ir.Value, f *schema.Field) *ir.Value {
	if t.Kind == schema.Struct {
		return d.structure(t, d.merged(t, p), in, f.ID)
	}
	if t.Kind == schema.Binary && !t.Pointer && f.Requiredness == schema.Implicit && f.Type == t {
		return d.bytesOrNil(t, p, in)
	}
	return d.Read(t, p, in, false)
}

// bytesOrNil reads bytes of which none are nil.
//
//	length == 0 -> none: nil stays, else it is left to Go -> done; else -> some
func (d *decoder) bytesOrNil(t *schema.Type, p build.MemRef, in *ir.Value) *ir.Value {
	length, source := d.Length(in)
	none, some, old, done := d.NewColdBlock(), d.NewBlock(), d.NewColdBlock(), d.NewBlock(ir.Ptr)
	d.Branch(ir.Eq, length, d.Const(ir.I64, 0), ir.To(none), ir.To(some))
	d.SetBlock(none)
	d.Branch(ir.Eq, d.Load(ir.LoadPtr, p.Base, p.Offset), d.Nil(), ir.To(done, source), ir.To(old))
	d.SetBlock(old)
	d.Call(nilSetter(d.Translator), nil, d.AddressOf(p))
	d.Jump(done, source)
	d.SetBlock(some)
	d.Jump(done, d.Read(t, p, in, false))
	d.SetBlock(done)
	return done.Params[0]
}

// nilSetter returns the name of the function (slot) that has Go make a []byte nil that is not.
func nilSetter(d *build.Translator) string {
	const name = "protobuf.nil"
	return d.Helper(name, func() *ir.Func {
		b := ir.NewBuilder(name, []ir.Type{ir.Ptr}, nil)
		build.SetHeader(b, b.Param(0), b.Nil(), b.Const(ir.I64, 0), abi.KindNil)
		return b.Finish()
	})
}

// merged returns the address of the message at p, which is made if it is not there.
func (d *decoder) merged(t *schema.Type, p build.MemRef) *ir.Value {
	if !t.Pointer {
		return d.AddressOf(p)
	}
	there, missing, done := d.NewColdBlock(), d.NewBlock(), d.NewBlock(ir.Ptr)
	old := d.Load(ir.LoadPtr, p.Base, p.Offset)
	d.Branch(ir.Eq, old, d.Nil(), ir.To(missing), ir.To(there))
	d.SetBlock(there)
	d.Jump(done, old)
	d.SetBlock(missing)
	d.Jump(done, d.NewObject(t, p))
	d.SetBlock(done)
	return done.Params[0]
}

// structure reads a message, or the group of a number, into the struct at an address.
func (d *decoder) structure(t *schema.Type, value, in *ir.Value, number int32) *ir.Value {
	if t.Form == schema.Group {
		return d.CallVariant(t.Struct, inGroup, ir.Ptr, value, in, d.End, d.Const(ir.I64, int64(number)))
	}
	length, source := d.Length(in)
	d.CheckBoundsN(source, d.End, length, 0)
	end := d.PtrIndex(source, length, 1)
	d.CallBody(t.Struct, ir.Ptr, value, source, end)
	return end
}

// member reads a member of a oneof, whose interface is at p.
//
//	the interface holds this member, a message -> merge: into that
//	nil, or another                            -> fresh: SetOneof
func (d *decoder) member(f *schema.Field, p build.MemRef, in *ir.Value) *ir.Value {
	t, o := f.Type, &d.S.Oneofs[f.Oneof-1]
	word := d.Const(ir.I64, int64(wordOf(o.Interface, f.Wrapper)))
	fresh, done := d.NewBlock(), d.NewBlock(ir.Ptr)
	if t.Kind == schema.Struct {
		held, merge := d.NewColdBlock(), d.NewColdBlock()
		d.Branch(ir.Eq, d.Load(ir.Load64, p.Base, p.Offset), word, ir.To(held), ir.To(fresh))
		d.SetBlock(held)
		wrapper := d.Load(ir.LoadPtr, p.Base, p.Offset+build.WordBytes)
		d.Branch(ir.Eq, wrapper, d.Nil(), ir.To(fresh), ir.To(merge))
		d.SetBlock(merge)
		d.Jump(done, d.value(t, build.MemRef{Base: wrapper}, in, f))
	} else {
		d.Jump(fresh)
	}
	d.SetBlock(fresh)
	wrapper := build.MemRef{Base: d.newMember(f, p, word)}
	if t.Kind == schema.Struct {
		d.Jump(done, d.value(t, wrapper, in, f))
	} else {
		d.Jump(done, d.Read(t, wrapper, in, false)) // memory of an arena may have been written to since it was cleared (M10)
	}
	d.SetBlock(done)
	return done.Params[0]
}

// newMember makes an interface at p that holds a new wrapper, and returns that: as NewObject, from a slab if nothing is there, else by
// Go. The first word is not in the heap (M2).
func (d *decoder) newMember(f *schema.Field, p build.MemRef, word *ir.Value) *ir.Value {
	row := d.Translator.ObjectRow(f.Wrapper)
	ask := func() *ir.Value {
		return d.Exit(int64(abi.SetOneof), []ir.Type{ir.Ptr}, d.Const(ir.I64, row), d.AddressOf(p), word)[0]
	}
	slab, ok := d.Translator.Slab(row)
	if !ok {
		return ask()
	}
	asked, done := d.NewColdBlock(), d.NewBlock(ir.Ptr)
	target := p.At(build.WordBytes)
	next := d.TakeObject(slab, target, int64(f.Wrapper.Size()), asked)
	d.Store(ir.Store64, p.Base, p.Offset, word)
	d.Store(ir.StorePtr, target.Base, target.Offset, next)
	d.Jump(done, next)
	d.SetBlock(asked)
	d.Jump(done, ask())
	d.SetBlock(done)
	return done.Params[0]
}

// clearOthers has Go make the other members nil of a oneof whose members are pointers, if they are not.
func (d *decoder) clearOthers(f *schema.Field) {
	for _, place := range d.S.Oneofs[f.Oneof-1].Members {
		other := &d.S.Fields[place]
		if other == f {
			continue
		}
		slot := build.MemRef{Base: d.Value}.Field(other)
		set, done := d.NewColdBlock(), d.NewBlock()
		d.Branch(ir.Eq, d.Load(ir.LoadPtr, slot.Base, slot.Offset), d.Nil(), ir.To(done), ir.To(set))
		d.SetBlock(set)
		d.Exit(int64(abi.ResetStruct), nil, d.Const(ir.I64, d.Translator.ObjectRow(other.Type.Go)), d.AddressOf(slot))
		d.Jump(done)
		d.SetBlock(done)
	}
}

// Scalar reads a scalar into p.
func (d *decoder) Scalar(t *schema.Type, p build.MemRef, in *ir.Value) *ir.Value {
	n, after := d.number(t, in)
	op, v := stored(d.Builder, t, n)
	d.StoreScalar(t, p, op, v)
	return after
}

// number reads the number of a scalar.
func (d *decoder) number(t *schema.Type, in *ir.Value) (n, after *ir.Value) {
	if kind, size := wire.Of(t); kind != wire.Varint {
		d.CheckBounds(in, d.End, int64(size))
		if size == 4 {
			return d.Convert(ir.ZeroExt32to64, d.LoadSource(ir.Load32, in, 0)), d.PtrAdd(in, 4)
		}
		return d.LoadSource(ir.Load64, in, 0), d.PtrAdd(in, 8)
	}
	return emit.Get(d.Builder, emit.Getter(d.Translator), in, d.End)
}

// stored returns what the number n, as it was read, is in memory, and the op that stores it.
func stored(b *ir.Builder, t *schema.Type, n *ir.Value) (ir.Op, *ir.Value) {
	switch size := memorySize(t); {
	case t.Kind == schema.Bool:
		return ir.Store8, b.Convert(ir.Trunc32to8, b.SetCC(ir.Ne, n, b.Const(ir.I64, 0)))
	case size == 4 && t.Form == schema.Zigzag:
		return ir.Store32, b.UnZigZag(b.Convert(ir.Trunc64to32, n))
	case size == 4:
		return ir.Store32, b.Convert(ir.Trunc64to32, n)
	case t.Form == schema.Zigzag:
		return ir.Store64, b.UnZigZag(n)
	}
	return ir.Store64, n
}

// Length reads the length of a text or a message.
func (d *decoder) Length(in *ir.Value) (length, source *ir.Value) {
	return emit.GetLength(d.Builder, emit.Getter(d.Translator), in, d.End)
}

// What only formats need whose lists and maps have headers.

func (d *decoder) List(*ir.Value) (count, first *ir.Value) { panic("BUG: jit: lists have no header") }
func (d *decoder) SomeElements(*schema.Type, *ir.Value, *ir.Value, *ir.Value) *ir.Value {
	panic("BUG: jit: lists have no header")
}
func (d *decoder) Scalars(*schema.Type, build.MemRef, *ir.Value, *ir.Value, *ir.Value) *ir.Value {
	panic("BUG: jit: lists have no header")
}
func (d *decoder) EntryCount(*ir.Value) (count, next *ir.Value) {
	panic("BUG: jit: maps have no header")
}
func (d *decoder) SomeEntries(*schema.Type, *ir.Value, *ir.Value, *ir.Value) *ir.Value {
	panic("BUG: jit: maps have no header")
}
