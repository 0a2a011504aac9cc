package build

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
)

// Begin returns the progress at the start of the fields, and prepares the memory that it needs. What was kept before is forgotten.
func (d *DecodeBody) Begin(in *ir.Value) Progress {
	p := d.BeginFurther(in)
	if d.S.HasUnknown {
		d.forgetKept(in)
	}
	return p
}

// BeginFurther is Begin for fields that are merged into those of before.
func (d *DecodeBody) BeginFurther(in *ir.Value) Progress {
	p := Progress{In: in}
	if len(d.masks) > mostWords {
		d.words = d.Exit(int64(abi.NewWords), []ir.Type{ir.Ptr}, d.Const(ir.I64, int64(len(d.masks))))[0]
	} else {
		for range d.masks {
			p.seen = append(p.seen, d.Const(ir.I64, 0))
		}
	}
	return d.Unsettled(p)
}

// Unsettled returns a settled p with the run of fields that a struct starts with: an empty one.
func (d *DecodeBody) Unsettled(p Progress) Progress {
	if d.S.HasUnknown {
		p.kept = []*ir.Value{p.In, p.In}
		for _, t := range d.items.KeptTypes() {
			p.kept = append(p.kept, d.Const(t, 0))
		}
	}
	return p
}

// Settled returns p for a SettledBlock. What was skipped has been kept.
func (p Progress) Settled() Progress { return Progress{p.In, p.seen, nil} }

// BranchKept goes to some if fields were skipped that have not been kept.
func (d *DecodeBody) BranchKept(p Progress, some *ir.Block) {
	none := d.NewBlock()
	d.Branch(ir.Ne, p.kept[0], p.kept[1], p.To(some), ir.To(none))
	d.SetBlock(none)
}

// unknownSlot is where the struct has _unknownFields.
func (d *DecodeBody) unknownSlot() MemRef {
	return MemRef{Base: d.Value, Offset: int64(d.S.UnknownOffset)}
}

// forgetKept has Go empty _unknownFields if an earlier decode has left something there: native code clears no pointer
// (M3).
func (d *DecodeBody) forgetKept(in *ir.Value) {
	slot := d.unknownSlot()
	old, done := d.NewColdBlock(), d.NewBlock()
	d.Branch(ir.Ne, d.Load(ir.LoadPtr, slot.Base, slot.Offset), d.Nil(), ir.To(old), ir.To(done))
	d.SetBlock(old)
	d.Exit(int64(abi.KeepUnknown), nil, d.AddressOf(slot), in, d.Const(ir.I64, 0))
	d.Jump(done)
	d.SetBlock(done)
}

// Keep notes that the field which begins at p was skipped, and ends at after. Fields that follow each other are a run, which one
// exit keeps. A run that begins with this field begins at first, and start are its arguments of KeptTypes, none of them 0.
//
//	the run ends where the field begins? -> joined: a longer run
//	no                                   -> flush:  KeepExit if the run has fields -> joined: a new run
func (d *DecodeBody) Keep(p Progress, first, after *ir.Value, start ...*ir.Value) Progress {
	newRun := append([]*ir.Value{first}, start...)
	flush, joined := d.NewBlock(), d.NewBlock(typesOf(newRun)...)
	longer := append([]*ir.Value{p.kept[0]}, p.kept[2:]...)
	d.Branch(ir.Eq, p.kept[1], p.In, ir.To(joined, longer...), ir.To(flush))
	d.SetBlock(flush)
	d.KeepLast(p)
	d.Jump(joined, newRun...)
	d.SetBlock(joined)
	p.kept = []*ir.Value{joined.Params[0], after}
	for i, argument := range joined.Params[1:] { // 0 after the empty run that a struct starts with
		zero := d.Const(argument.Type, 0)
		p.kept = append(p.kept, d.Select(ir.Eq, argument, zero, start[i], argument))
	}
	return p
}

// KeepAlone is Keep for a field that must begin a run.
func (d *DecodeBody) KeepAlone(p Progress, after *ir.Value, start ...*ir.Value) Progress {
	d.KeepLast(p)
	p.kept = append([]*ir.Value{p.In, after}, start...)
	return p
}

// KeepLast has Go keep the fields that were skipped last, if there are any.
func (d *DecodeBody) KeepLast(p Progress) {
	some, done := d.NewBlock(), d.NewBlock()
	d.Branch(ir.Ne, p.kept[0], p.kept[1], ir.To(some), ir.To(done))
	d.SetBlock(some)
	arguments := []*ir.Value{d.AddressOf(d.unknownSlot()), p.kept[0], d.PtrDiff(p.kept[1], p.kept[0])}
	d.Exit(int64(d.items.KeepExit()), nil, append(arguments, p.kept[2:]...)...)
	d.Jump(done)
	d.SetBlock(done)
}
