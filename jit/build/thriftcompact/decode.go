package thriftcompact

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	emit "github.com/tagwire/tagwire/jit/build/varint"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftcompact"
)

// A decoder builds a function that reads the fields of one struct. After each field the last id is known when the function is
// built, and so is the header, of one byte, of each field that may follow. A few of these are compared; any other field is
// dispatched by its id.
//
//	after i:         header of field i+1, or of one of the next if that is optional? -> read it; STOP? -> stop; else dispatch
//	read i:          value of field i -> after i
//	dispatch(last):  STOP? -> stop; a field's id? -> read it; else skip -> dispatch(id)
//	stop:            return, if all required fields were seen
//
// The value of a bool is in its header, so read has the type as a parameter.
type decoder struct {
	*build.DecodeBody
	// after has the block after each field, that at the start of the struct first; reading has the blocks that read a field.
	after, reading []*ir.Block
	dispatch, stop *ir.Block
}

func (d *decoder) Fields(in *ir.Value) *ir.Func {
	d.after = append(d.after, d.ProgressBlock())
	for i := range d.S.Fields {
		d.after = append(d.after, d.ProgressBlock())
		var wire []ir.Type
		if d.isBool(i) {
			wire = []ir.Type{ir.I32}
		}
		d.reading = append(d.reading, d.ProgressBlock(wire...))
	}
	d.dispatch, d.stop = d.ProgressBlock(ir.I32), d.ProgressBlock()

	d.GoTo(d.Begin(in), d.after[0])
	for i := range d.after {
		d.expect(i)
	}
	for i := range d.reading {
		d.read(i)
	}
	d.dispatchField()
	d.SetBlock(d.stop)
	return d.FinishAt(d.At(d.stop), thriftcompact.StopSize)
}

func (d *decoder) isBool(i int) bool { return d.S.Fields[i].Type.Kind == schema.Bool }

// mostExpected bounds the fields whose headers are compared.
const mostExpected = 4

// expect emits the block before field i, which follows the field before it.
func (d *decoder) expect(i int) {
	d.SetBlock(d.after[i])
	p := d.At(d.after[i])
	last := int32(0)
	if i > 0 {
		last = idOf(&d.S.Fields[i-1])
	}
	d.CheckBounds(p.In, d.End, 1)
	header := d.Convert(ir.ZeroExt8to32, d.LoadSource(ir.Load8, p.In, 0))
	behind := p.From(d.PtrAdd(p.In, 1))
	next := i
	for ; next < len(d.S.Fields) && next < i+mostExpected; next++ {
		f := &d.S.Fields[next]
		if !isShort(idOf(f), last) {
			break
		}
		other := d.NewBlock()
		wanted := int64(idOf(f)-last)*idUnit + wireOf(f.Type)
		if d.isBool(next) {
			d.branchBool(d.AddConst(header, -wanted+int64(thriftcompact.True)), behind.To(d.reading[next]), ir.To(other))
		} else {
			d.Branch(ir.Eq, header, d.Const(ir.I32, wanted), behind.To(d.reading[next]), ir.To(other))
		}
		d.SetBlock(other)
		if f.Requiredness != schema.Optional {
			next = len(d.S.Fields) + 1 // it is seldom absent
			break
		}
	}
	dispatch := p.To(d.dispatch)
	dispatch.Args = append(dispatch.Args, d.Const(ir.I32, int64(last)))
	if next == len(d.S.Fields) {
		d.Branch(ir.Eq, header, d.Const(ir.I32, int64(thriftcompact.Stop)), p.To(d.stop), dispatch)
		return
	}
	d.Jump(dispatch.To, dispatch.Args...)
}

// branchBool ends the block: to then, with wire as a further argument, if wire is a type of bools, else to otherwise.
func (d *decoder) branchBool(wire *ir.Value, then, otherwise ir.Edge) {
	then.Args = append(then.Args, wire)
	d.Branch(ir.ULE, d.AddConst(wire, -int64(thriftcompact.True)), d.Const(ir.I32, int64(thriftcompact.False-thriftcompact.True)), then, otherwise)
}

// read is the block that reads the value of field i.
func (d *decoder) read(i int) {
	d.SetBlock(d.reading[i])
	p, f := d.At(d.reading[i]), &d.S.Fields[i]
	after := p.In
	if d.isBool(i) {
		params := d.reading[i].Params
		d.storeBool(f.Type, build.MemRef{Base: d.Value}.Field(f), params[len(params)-1])
	} else {
		after = d.FieldValue(i, p.In)
	}
	d.GoTo(d.Saw(p.From(after), i), d.after[i+1])
}

// storeBool stores whether wire, an I32, is the type of true.
func (d *decoder) storeBool(t *schema.Type, p build.MemRef, wire *ir.Value) {
	isTrue := d.SetCC(ir.Eq, wire, d.Const(ir.I32, int64(thriftcompact.True)))
	d.StoreScalar(t, p, ir.Store8, d.Convert(ir.Trunc32to8, isTrue))
}

// dispatchCost is what each turn through dispatch charges: fields that are repeated make a loop.
const dispatchCost = 32

// dispatchField is the block that finds out which field comes.
//
//	header: a distance? -> near: the id is last + distance -> known(id, in); else -> far: read the id -> known
func (d *decoder) dispatchField() {
	d.SetBlock(d.dispatch)
	p := d.At(d.dispatch)
	last := d.dispatch.Params[len(d.dispatch.Params)-1]
	d.ChargeFuel(d.Const(ir.I64, dispatchCost))
	d.CheckBounds(p.In, d.End, 1)
	header := d.Convert(ir.ZeroExt8to32, d.LoadSource(ir.Load8, p.In, 0))
	wire := d.And(header, d.Const(ir.I32, 15))
	field, near, far, known, skip := d.NewBlock(), d.NewBlock(), d.NewBlock(), d.NewBlock(ir.I32, ir.Ptr), d.NewBlock()
	d.Branch(ir.Eq, wire, d.Const(ir.I32, int64(thriftcompact.Stop)), p.To(d.stop), ir.To(field))

	d.SetBlock(field)
	first := d.PtrAdd(p.In, 1)
	distance := d.Binary(ir.Shr, header, d.Const(ir.I32, 4))
	d.Branch(ir.Eq, distance, d.Const(ir.I32, 0), ir.To(far), ir.To(near))
	d.SetBlock(near)
	d.Jump(known, d.Add(last, distance), first)
	d.SetBlock(far)
	id, behind := getID(d.Builder, emit.Getter(d.Translator), first, d.End)
	d.Jump(known, id, behind)

	d.SetBlock(known)
	id = d.And(known.Params[0], d.Const(ir.I32, most16))
	value := p.From(known.Params[1])
	d.FindField(id, skip, func(i int) {
		if d.isBool(i) {
			d.branchBool(wire, value.To(d.reading[i]), ir.To(skip))
		} else {
			d.Branch(ir.Eq, wire, d.Const(ir.I32, wireOf(d.S.Fields[i].Type)), value.To(d.reading[i]), ir.To(skip))
		}
	})

	d.SetBlock(skip)
	d.skipField(p, id, wire, value.In)
}

// getID reads the id that follows a long header.
func getID(b *ir.Builder, get string, in, end *ir.Value) (id, after *ir.Value) {
	found := b.Call(get, []ir.Type{ir.I64, ir.Ptr}, in, end)
	b.FailIf(ir.UGT, found[0], b.Const(ir.I64, most16))
	return b.UnZigZag(b.Convert(ir.Trunc64to32, found[0])), found[1]
}

// skipField steps over the value at in of the field that begins at p.
func (d *decoder) skipField(p build.Progress, id, wire, in *ir.Value) {
	value, done := d.NewBlock(), d.NewBlock(ir.Ptr)
	d.Branch(ir.ULE, wire, d.Const(ir.I32, int64(thriftcompact.False)), ir.To(done, in), ir.To(value))
	d.SetBlock(value)
	d.Jump(done, d.Skip(skipper(d.Translator), in, wire))
	d.SetBlock(done)
	after := done.Params[0]
	if d.S.HasUnknown {
		p = d.Keep(p, p.In, after, d.keptHead(id, wire, d.PtrDiff(in, p.In)))
	}
	edge := p.From(after).To(d.dispatch)
	d.Jump(edge.To, append(edge.Args, id)...)
}

func (d *decoder) KeptTypes() []ir.Type   { return []ir.Type{ir.I64} }
func (d *decoder) KeepExit() abi.ExitCode { return abi.KeepHeaded }

// keptHead returns what comes before a run of unknown fields: the mark of the format, and the header of the first field with its
// whole id. abi.KeepHeaded says how it is packed. header is the length of the header that it replaces.
func (d *decoder) keptHead(id, wire, header *ir.Value) *ir.Value {
	const name = "compact.head"
	d.Translator.Helper(name, func() *ir.Func { return buildHead(name) })
	return d.Call(name, []ir.Type{ir.I64}, id, wire, header)[0]
}

// buildHead makes the function (id, wire type, length of the header) -> head.
func buildHead(name string) *ir.Func {
	b := ir.NewBuilder(name, []ir.Type{ir.I32, ir.I32, ir.I64}, []ir.Type{ir.I64})
	signed := b.Convert(ir.SignExt16to32, b.Convert(ir.Trunc32to16, b.Param(0)))
	z := b.Convert(ir.ZeroExt32to64, b.And(b.ZigZag(signed), b.Const(ir.I32, most16)))
	row := emit.LengthsOf(b, z)
	bytes := b.Or(b.Spread7(z), b.Load(ir.Load64, row, emit.LengthsTops))
	length := b.AddConst(b.Load(ir.Load64, row, emit.LengthsSize), 1) // of type and id
	shifted := func(v *ir.Value, byte int64) *ir.Value { return b.Binary(ir.Shl, v, b.Const(ir.I64, 8*byte)) }
	head := b.Or(b.Convert(ir.ZeroExt32to64, b.Param(1)), shifted(bytes, 1))
	head = b.Or(head, shifted(length, abi.HeadLength))
	head = b.Or(head, shifted(b.Param(2), abi.HeadReplaced))
	mark := uint64(thriftcompact.KeptMark) << (8 * abi.HeadMark)
	b.Return(b.Or(head, b.Const(ir.I64, int64(mark))))
	return b.Finish()
}
