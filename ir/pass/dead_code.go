package pass

import (
	"slices"

	"github.com/tagwire/tagwire/ir"
)

// EliminateDeadCode removes instructions that only compute or read unused values, and unused parameters of blocks
// with their arguments. A circle of values around a loop that only feed each other is not a use.
// After it every value is used, except results of instructions that stay for their effects and the parameters of the
// function.
func EliminateDeadCode(f *ir.Func) {
	s := scratchOf(f)
	d := deadCode{f: f, incoming: f.Incoming(), used: ir.Resize(s.used, f.ValueIDs()), work: s.work[:0]}
	for _, b := range f.Blocks {
		for _, i := range b.Insts {
			if !i.Effects().Removable() {
				d.use(i.Args)
			}
		}
	}
	d.spread()
	for _, b := range f.Blocks {
		b.RemoveInsts(func(i *ir.Inst) bool { return i.Effects().Removable() && !d.anyUsed(i.Results) })
		if b != f.Entry() {
			d.dropParams(b)
		}
	}
	s.used, s.work = d.used, d.work
}

type deadCode struct {
	f        *ir.Func
	incoming [][]*ir.Edge
	used     []bool      // by value ID
	work     []*ir.Value // used, the values it is made of not yet marked
}

func (d *deadCode) use(values []*ir.Value) {
	for _, v := range values {
		if !d.used[v.ID] {
			d.used[v.ID] = true
			d.work = append(ir.Grow(d.work, 1), v)
		}
	}
}

// spread marks what used values are made of.
func (d *deadCode) spread() {
	for len(d.work) > 0 {
		v := d.work[len(d.work)-1]
		d.work = d.work[:len(d.work)-1]
		if v.Def != nil {
			d.use(v.Def.Args)
			continue
		}
		for n, p := range v.Block.Params {
			if p != v {
				continue
			}
			for _, e := range d.incoming[v.Block.ID] {
				d.use(e.Args[n : n+1])
			}
		}
	}
}

func (d *deadCode) anyUsed(values []*ir.Value) bool {
	for _, v := range values {
		if d.used[v.ID] {
			return true
		}
	}
	return false
}

func (d *deadCode) dropParams(b *ir.Block) {
	if dead := func(p *ir.Value) bool { return !d.used[p.ID] }; slices.ContainsFunc(b.Params, dead) {
		dropParams(d.f, b, d.incoming[b.ID], dead)
	}
}

// dropParams removes parameters of b, and their arguments from the edges that lead there.
func dropParams(f *ir.Func, b *ir.Block, incoming []*ir.Edge, drop func(*ir.Value) bool) {
	for _, e := range incoming {
		e.Args = keepArgs(f, e.Args, b.Params, drop)
	}
	b.Params = keepArgs(f, b.Params, b.Params, drop)
}

// keepArgs returns a new list of those args whose parameter is not dropped. It does not write to args: edges may share
// one list.
func keepArgs(f *ir.Func, args, params []*ir.Value, drop func(*ir.Value) bool) []*ir.Value {
	kept := f.NewList(len(args))[:0]
	for n, p := range params {
		if !drop(p) {
			kept = append(kept, args[n])
		}
	}
	return kept
}
