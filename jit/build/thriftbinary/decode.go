package thriftbinary

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// A decoder builds a function that reads the fields of one struct. Most messages have the fields in ascending order,
// so after each field the next one is expected, by one comparison of its header. Any other field is dispatched by its id.
//
//	expect i:  header of field i? -> read i; else, after an optional field, expect i+1, else dispatch
//	read i:    value of field i -> expect i+1
//	last:      STOP? -> stop; else dispatch
//	dispatch:  STOP? -> stop; header of field i? -> read i; else skip -> dispatch
//	stop:      return, if all required fields were seen
//
// A run of scalar fields that every value has is expected as a whole, with one check of room: first a long one, with one
// comparison of all headers (run.go), then a short one, header by header.
type decoder struct {
	*build.DecodeBody
	// expecting and reading are the blocks of each field; the former is nil for fields inside of a run.
	expecting, reading   []*ir.Block
	last, dispatch, stop *ir.Block
}

func (d *decoder) Fields(in *ir.Value) *ir.Func {
	wholes := d.findWholes()
	runs := d.findRuns(wholes)
	d.makeBlocks(runs)

	d.GoTo(d.Begin(in), d.after(-1))
	for i := range d.S.Fields {
		switch {
		case wholes[i] > 0:
			ordinary := d.ProgressBlock()
			d.expectWhole(i, wholes[i], ordinary)
			d.expectRun(i, runs[i], ordinary)
		case runs[i] > 0:
			d.expectRun(i, runs[i], d.expecting[i])
		case d.expecting[i] != nil:
			d.expectField(i)
		}
		d.readField(i)
	}
	d.expectStop()
	d.dispatchField()
	d.SetBlock(d.stop)
	return d.FinishAt(d.At(d.stop), thriftbinary.StopSize)
}

// longestRun bounds the runs, so that after a field that is left out the following fields are soon expected again.
const longestRun = 16

// expectable reports whether a field can be expected in a run.
func (d *decoder) expectable(f *schema.Field) bool {
	return f.Requiredness != schema.Optional && inRun(f)
}

// findRuns returns for each field that begins a run the number of fields in it; 0 for those inside, and -1 for fields
// that cannot be in a run.
func (d *decoder) findRuns(wholes []int) []int {
	runs := make([]int, len(d.S.Fields))
	start := -1
	for i := range d.S.Fields {
		f := &d.S.Fields[i]
		switch {
		case !d.expectable(f):
			runs[i], start = -1, -1
			continue
		case start < 0 || runs[start] == longestRun || wholes[i] > 0:
			start = i
		}
		runs[start]++
	}
	return runs
}

func (d *decoder) makeBlocks(runs []int) {
	for i := range d.S.Fields {
		var expect *ir.Block
		if runs[i] != 0 {
			expect = d.ProgressBlock()
		}
		d.expecting = append(d.expecting, expect)
		d.reading = append(d.reading, d.ProgressBlock())
	}
	d.last, d.dispatch, d.stop = d.ProgressBlock(), d.ProgressBlock(), d.ProgressBlock()
}

// after returns the block that continues after field i.
func (d *decoder) after(i int) *ir.Block {
	switch {
	case i+1 == len(d.S.Fields):
		return d.last
	case d.expecting[i+1] == nil:
		return d.dispatch
	}
	return d.expecting[i+1]
}

// tag is what the first three bytes of the header of f are, loaded as a little-endian number.
func tag(f *schema.Field) int64 {
	return int64(wireOf(f.Type)) | int64(f.ID>>8)<<8 | int64(f.ID&0xff)<<16
}

// headerBits loads four bytes, at a distance from in, and keeps those of a header.
func (d *decoder) headerBits(in *ir.Value, offset int64) *ir.Value {
	return d.And(d.LoadSource(ir.Load32, in, offset), d.Const(ir.I32, 0xffffff))
}

// expectField is the block that expects field i. There are four bytes left wherever a field is, since STOP follows it.
func (d *decoder) expectField(i int) {
	d.SetBlock(d.expecting[i])
	p := d.At(d.expecting[i])
	f := &d.S.Fields[i]
	miss := d.dispatch
	if f.Requiredness == schema.Optional && i%4 != 3 { // a long search is left to dispatch
		miss = d.after(i)
	}
	long, hit := d.NewBlock(), d.NewBlock()
	d.Branch(ir.SLT, d.PtrDiff(d.End, p.In), d.Const(ir.I64, thriftbinary.FieldHeaderSize+1), p.To(d.dispatch), ir.To(long))
	d.SetBlock(long)
	d.Branch(ir.Eq, d.headerBits(p.In, 0), d.Const(ir.I32, tag(f)), ir.To(hit), p.To(miss))
	d.SetBlock(hit)
	d.GoTo(p.From(d.PtrAdd(p.In, thriftbinary.FieldHeaderSize)), d.reading[i])
}

// expectRun is the block, expecting, that expects n scalar fields from field i on. Each takes four bytes at least.
func (d *decoder) expectRun(i, n int, expecting *ir.Block) {
	d.SetBlock(expecting)
	p := d.At(expecting)
	total := int64(0)
	for k := i; k < i+n; k++ {
		total += fieldBytes(&d.S.Fields[k])
	}
	long := d.NewBlock()
	d.Branch(ir.SLT, d.PtrDiff(d.End, p.In), d.Const(ir.I64, total), p.To(d.dispatch), ir.To(long))
	d.SetBlock(long)
	offset := int64(0)
	for k := i; k < i+n; k++ {
		f := &d.S.Fields[k]
		hit, miss := d.NewBlock(), d.NewColdBlock()
		d.Branch(ir.Eq, d.headerBits(p.In, offset), d.Const(ir.I32, tag(f)), ir.To(hit), ir.To(miss))
		d.SetBlock(miss)
		d.GoTo(p.From(d.PtrAdd(p.In, offset)), d.dispatch)
		d.SetBlock(hit)
		op, value := loadScalar(d.Builder, f.Type.Kind, p.In, offset+thriftbinary.FieldHeaderSize)
		d.Store(op, d.Value, int64(f.Offset), value)
		p = d.Saw(p, k)
		offset += fieldBytes(f)
	}
	d.GoTo(p.From(d.PtrAdd(p.In, total)), d.after(i+n-1))
}

// readField is the block that reads the value of field i.
func (d *decoder) readField(i int) {
	d.SetBlock(d.reading[i])
	p := d.At(d.reading[i])
	p = d.Saw(p.From(d.FieldValue(i, p.In)), i)
	d.GoTo(p, d.after(i))
}

// expectStop emits the block after the last field.
func (d *decoder) expectStop() {
	d.SetBlock(d.last)
	p := d.At(d.last)
	d.CheckBounds(p.In, d.End, thriftbinary.TypeSize)
	wire := d.Convert(ir.ZeroExt8to32, d.LoadSource(ir.Load8, p.In, 0))
	d.Branch(ir.Eq, wire, d.Const(ir.I32, int64(thriftbinary.Stop)), p.To(d.stop), p.To(d.dispatch))
}

// dispatchCost is what each turn through dispatch charges: fields that are repeated make a loop.
const dispatchCost = 32

// dispatchField is the block that finds out which field comes.
func (d *decoder) dispatchField() {
	d.SetBlock(d.dispatch)
	p := d.At(d.dispatch)
	d.ChargeFuel(d.Const(ir.I64, dispatchCost))
	d.CheckBounds(p.In, d.End, thriftbinary.TypeSize)
	wire := d.Convert(ir.ZeroExt8to32, d.LoadSource(ir.Load8, p.In, 0))
	field, skip := d.NewBlock(), d.NewBlock()
	d.Branch(ir.Eq, wire, d.Const(ir.I32, int64(thriftbinary.Stop)), p.To(d.stop), ir.To(field))

	d.SetBlock(field)
	d.CheckBounds(p.In, d.End, thriftbinary.FieldHeaderSize)
	id := d.Convert(ir.ZeroExt16to32, d.LoadSource(ir.LoadBE16, p.In, thriftbinary.TypeSize))
	in := d.PtrAdd(p.In, thriftbinary.FieldHeaderSize)
	behind := p.From(in)
	d.FindField(id, skip, func(i int) { d.checkField(wire, behind, i, skip) })

	d.SetBlock(skip)
	after := d.Skip(d.Translator.Helper(thriftbinary.Name, buildSkip), in, wire)
	if d.S.HasUnknown {
		p = d.Keep(p, p.In, after)
	}
	d.GoTo(p.From(after), d.dispatch)
}

// checkField ends the block: a field of another wire type is skipped.
func (d *decoder) checkField(wire *ir.Value, p build.Progress, i int, skip *ir.Block) {
	d.Branch(ir.Eq, wire, d.Const(ir.I32, int64(wireOf(d.S.Fields[i].Type))), p.To(d.reading[i]), ir.To(skip))
}
