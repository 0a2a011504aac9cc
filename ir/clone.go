package ir

// Clone returns a copy of f that shares nothing with it, in memory of its own: to be kept when f is released.
func (f *Func) Clone() *Func {
	c := cloner{blocks: make([]*Block, f.blockIDs), values: make([]*Value, f.valueIDs)}
	for _, b := range f.Blocks {
		c.blocks[b.ID] = &Block{ID: b.ID, Cold: b.Cold}
	}
	clone := &Func{Name: f.Name, Results: append([]Type(nil), f.Results...), valueIDs: f.valueIDs, blockIDs: f.blockIDs}
	for _, b := range f.Blocks {
		clone.Blocks = append(clone.Blocks, c.blocks[b.ID])
		c.block(b)
	}
	return clone
}

// cloner has the copies by the ID of what they are copies of.
type cloner struct {
	blocks []*Block
	values []*Value
}

func (c *cloner) block(b *Block) {
	to := c.blocks[b.ID]
	to.Params = c.list(b.Params)
	for _, v := range to.Params {
		v.Block = to
	}
	to.Insts = make([]*Inst, len(b.Insts))
	for n, i := range b.Insts {
		copied := *i
		copied.Block, copied.Args, copied.Results, copied.Edges = to, c.list(i.Args), c.list(i.Results), nil
		for _, v := range copied.Results {
			v.Def = &copied
		}
		for _, e := range i.Edges {
			copied.Edges = append(copied.Edges, Edge{To: c.blocks[e.To.ID], Args: c.list(e.Args)})
		}
		to.Insts[n] = &copied
	}
}

// list returns the copies of values, which are made where they are mentioned first.
func (c *cloner) list(values []*Value) []*Value {
	if len(values) == 0 {
		return nil
	}
	list := make([]*Value, len(values))
	for n, v := range values {
		if c.values[v.ID] == nil {
			c.values[v.ID] = &Value{ID: v.ID, Type: v.Type}
		}
		list[n] = c.values[v.ID]
	}
	return list
}
