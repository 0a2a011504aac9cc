package pass

import "github.com/tagwire/tagwire/ir"

// FoldConstants computes at compile time what it can: operations and conditions on constants, identities such as x + 0,
// conversions that undo each other, sums of constant distances (also into the displacement of loads and stores, so that
// accesses near one pointer name that pointer), parameters of blocks that always get the same argument. A terminator
// whose way is known becomes a Jump, and blocks that nothing leads to any more are removed. Constants that are not used
// are left for EliminateDeadCode. In the operands of what commutes, and of comparisons, a constant comes second after it.
func FoldConstants(f *ir.Func) {
	o := &folder{f: f, now: f.NewSubstitution(), out: scratchOf(f).out}
	for o.changed = true; o.changed; {
		o.changed, o.cut = false, false
		o.params()
		for _, b := range f.ReversePostorder(nil) {
			o.foldBlock(b)
		}
		o.apply()
		if o.cut {
			f.Rewired()
			f.RemoveUnreachable()
		}
	}
	scratchOf(f).out = o.out
}

// A folder goes over the function until nothing changes any more.
type folder struct {
	f       *ir.Func
	now     ir.Substitution
	changed bool
	// replaced: some value has been replaced since all uses were looked at; cut: some edge has gone in this round.
	replaced, cut bool

	out   []*ir.Inst // the new instructions of the block at hand; the next block uses its memory again
	block *ir.Block
}

// params replaces parameters that get the same value along every edge.
func (o *folder) params() {
	incoming := o.f.Incoming()
	for _, b := range o.f.Blocks[1:] {
		dropped := false
		for n, p := range b.Params {
			if v := o.onlyArg(incoming[b.ID], n, p); v != nil {
				o.replace(p, v)
				dropped = true
			}
		}
		if dropped { // a parameter that stays has not been replaced
			dropParams(o.f, b, incoming[b.ID], func(p *ir.Value) bool { return o.now.Resolve(p) != p })
		}
	}
	o.apply()
}

// onlyArg returns the value that all edges bring for parameter number n, p itself (around a loop) not counted; or nil.
// Such a value dominates the block: it dominates the source of each edge that brings it.
func (o *folder) onlyArg(edges []*ir.Edge, n int, p *ir.Value) *ir.Value {
	var only *ir.Value
	for _, e := range edges {
		v := o.now.Resolve(e.Args[n])
		switch {
		case v == p:
		case only == nil:
			only = v
		case only != v:
			return nil
		}
	}
	return only
}

// replace says that v is another value from now on.
func (o *folder) replace(v, by *ir.Value) {
	for int(v.ID) >= len(o.now) {
		o.now = append(o.now, nil)
	}
	o.now[v.ID] = by
	o.changed, o.replaced = true, true
}

// apply brings all uses up to date.
func (o *folder) apply() {
	if o.replaced {
		o.now.Apply(o.f)
	}
	o.replaced = false
}

// become rewrites i into another pure instruction with the same result.
func (o *folder) become(i *ir.Inst, op ir.Op, imm int64, args ...*ir.Value) {
	i.Op, i.Imm, i.Args = op, imm, args
	i.Cond, i.Source, i.Symbol = ir.NoCond, false, ""
	o.changed = true
}

// constant makes i the constant n.
func (o *folder) constant(i *ir.Inst, n int64) {
	o.become(i, ir.Const, i.Results[0].Type.SignExtend(n))
}

// newConst puts a constant in front of the instruction at hand.
func (o *folder) newConst(t ir.Type, n int64) *ir.Value {
	i := o.f.NewConst(t, n)
	i.Block = o.block
	o.out = append(o.out, i)
	return i.Result()
}

func (o *folder) foldBlock(b *ir.Block) {
	insts := b.Insts
	o.block, o.out = b, o.out[:0]
	for _, i := range insts {
		o.now.ApplyTo(i)
		o.canonical(i)
		if same := o.same(i); same != nil {
			o.replace(i.Result(), same)
			continue
		}
		if o.vanishes(i) {
			o.changed = true
			continue
		}
		o.simplify(i)
		o.out = append(o.out, i)
		if i.Op == ir.Fail {
			break // what followed a check that always fails is gone
		}
	}
	b.SetInsts(o.out)
}

// canonical brings a constant operand to the second position.
func (o *folder) canonical(i *ir.Inst) {
	info := i.Op.Info()
	if len(i.Args) < 2 || !info.Commutes && !info.Cond {
		return
	}
	_, first := i.Args[0].IsConst()
	_, second := i.Args[1].IsConst()
	if !first || second {
		return
	}
	i.Args[0], i.Args[1] = i.Args[1], i.Args[0]
	if info.Cond {
		i.Cond = i.Cond.Mirror()
	}
	o.changed = true
}

// simplify rewrites i in place where that helps.
func (o *folder) simplify(i *ir.Inst) {
	switch rule := &foldRules[i.Op]; {
	case rule.compute != nil && o.constants(i, rule.compute):
	case rule.simplify != nil:
		rule.simplify(o, i)
	case i.Op.Info().Immediate == ir.Displacement:
		o.displacement(i)
	}
}

// same returns the older value that i is equal to, or nil.
func (o *folder) same(i *ir.Inst) *ir.Value {
	if same := foldRules[i.Op].same; same != nil {
		return same(i)
	}
	return nil
}

// displacement moves a constant distance from the pointer into the load or store.
func (o *folder) displacement(i *ir.Inst) {
	root, offset := i.Args[0].Place()
	if root != i.Args[0] && fitsDisplacement(offset+i.Imm) {
		i.Args[0] = root
		i.Imm += offset
		o.changed = true
	}
}

// checkBoundsN makes a check with a constant count one without, or a failure.
func (o *folder) checkBoundsN(i *ir.Inst) {
	n, ok := i.Args[2].IsConst()
	switch {
	case !ok:
	case n < 0:
		o.fail(i)
	case ir.ByteCount.Allows(n, ir.InvalidType) && ir.ByteCount.Allows(n+i.Imm, ir.InvalidType):
		i.Op, i.Imm, i.Args = ir.CheckBounds, n+i.Imm, i.Args[:2:2]
		o.changed = true
	}
}

// fail makes i the end of its block.
func (o *folder) fail(i *ir.Inst) {
	i.Op, i.Cond, i.Imm, i.Args, i.Edges = ir.Fail, ir.NoCond, 0, nil, nil
	o.changed, o.cut = true, true
}

// jump makes the terminator i a Jump along e.
func (o *folder) jump(i *ir.Inst, e ir.Edge) {
	i.Op, i.Cond, i.Args, i.Edges = ir.Jump, ir.NoCond, nil, []ir.Edge{e}
	o.changed, o.cut = true, true
}

func (o *folder) switched(i *ir.Inst) {
	if n, ok := i.Args[0].IsConst(); ok {
		index := ir.I32.ZeroExtend(n)
		if index < uint64(len(i.Edges)-1) {
			o.jump(i, i.Edges[index+1])
		} else {
			o.jump(i, i.Edges[0])
		}
		return
	}
	for _, e := range i.Edges[1:] {
		if !e.Equal(i.Edges[0]) {
			return
		}
	}
	o.jump(i, i.Edges[0])
}
