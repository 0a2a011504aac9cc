package build

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
)

// begin returns the progress at the start of the fields, and makes ready what it is kept in.
func (d *decodeBody) begin(in *ir.Value) progress {
	p := progress{in: in}
	if len(d.masks) > mostWords {
		d.words = d.Exit(int64(abi.NewWords), []ir.Type{ir.Ptr}, d.Const(ir.I64, int64(len(d.masks))))[0]
	} else {
		for range d.masks {
			p.seen = append(p.seen, d.Const(ir.I64, 0))
		}
	}
	if d.s.HasUnknown {
		p.kept = []*ir.Value{in, in}
		d.forgetKept(in)
	}
	return p
}

// unknownSlot is the place of _unknownFields.
func (d *decodeBody) unknownSlot() place {
	return place{base: d.value, offset: int64(d.s.UnknownOffset)}
}

// forgetKept lets Go empty _unknownFields if an earlier decode has left something there: native code clears no pointer
// (M3).
func (d *decodeBody) forgetKept(in *ir.Value) {
	slot := d.unknownSlot()
	old, done := d.NewColdBlock(), d.NewBlock()
	d.Branch(ir.Ne, d.Load(ir.LoadPtr, slot.base, slot.offset), d.Nil(), ir.To(old), ir.To(done))
	d.SetBlock(old)
	d.Exit(int64(abi.KeepUnknown), nil, d.address(slot), in, d.Const(ir.I64, 0))
	d.Jump(done)
	d.SetBlock(done)
}

// keep notes that the field which begins at p was skipped. Go gets fields that follow each other at once.
//
//	they end where the field begins? -> longer; no -> flush: KeepUnknown, if there are any; begin anew
func (d *decodeBody) keep(p progress, after *ir.Value) progress {
	apart, joined := d.NewBlock(), d.NewBlock(ir.Ptr)
	d.Branch(ir.Eq, p.kept[1], p.in, ir.To(joined, p.kept[0]), ir.To(apart))
	d.SetBlock(apart)
	d.keepLast(p)
	d.Jump(joined, p.in)
	d.SetBlock(joined)
	p.kept = []*ir.Value{joined.Params[0], after}
	return p
}

// keepLast lets Go keep the fields that were skipped last, if there are any.
func (d *decodeBody) keepLast(p progress) {
	some, done := d.NewBlock(), d.NewBlock()
	d.Branch(ir.Ne, p.kept[0], p.kept[1], ir.To(some), ir.To(done))
	d.SetBlock(some)
	d.Exit(int64(abi.KeepUnknown), nil, d.address(d.unknownSlot()), p.kept[0], d.PtrDiff(p.kept[1], p.kept[0]))
	d.Jump(done)
	d.SetBlock(done)
}
