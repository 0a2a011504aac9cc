package ir

// A Func is a native function. It is not safe for concurrent use.
type Func struct {
	Name    string
	Results []Type
	Blocks  []*Block // the first is the entry, whose parameters are those of the function; the order is the layout

	valueIDs ValueID // the next to give away
	blockIDs BlockID
	memory   *memory // see own
}

// Entry returns the block at which f starts.
func (f *Func) Entry() *Block { return f.Blocks[0] }

// Params returns the parameters of f.
func (f *Func) Params() []*Value { return f.Entry().Params }

// ValueIDs returns a number above the ID of every value: the length of a slice indexed by ID.
func (f *Func) ValueIDs() int { return int(f.valueIDs) }

// BlockIDs returns a number above the ID of every block.
func (f *Func) BlockIDs() int { return int(f.blockIDs) }

// NewBlock appends an empty block with parameters of the given types.
func (f *Func) NewBlock(params ...Type) *Block {
	b := f.own().blocks.one()
	b.ID = f.blockIDs
	f.blockIDs++
	f.Blocks = append(f.Blocks, b)
	if len(params) > 0 {
		b.Params = f.own().lists.take(len(params))[:0]
	}
	for _, t := range params {
		f.AddParam(b, t)
	}
	return b
}

// AddParam appends a parameter to b. The caller sees to it that each edge to b gets an argument more.
func (f *Func) AddParam(b *Block, t Type) *Value {
	v := f.newValue(t)
	v.Block = b
	b.Params = append(b.Params, v)
	return v
}

// NewInst makes an instruction with results of the given types. It is not yet in any block.
func (f *Func) NewInst(op Op, results ...Type) *Inst {
	i := f.own().insts.one()
	i.Op = op
	if len(results) > 0 {
		i.Results = f.own().lists.take(len(results))
	}
	for n, t := range results {
		i.Results[n] = f.newValue(t)
		i.Results[n].Def = i
	}
	return i
}

// NewConst makes a Const of type t. It is not yet in any block.
func (f *Func) NewConst(t Type, n int64) *Inst {
	i := f.NewInst(Const, t)
	i.Imm = t.SignExtend(n)
	return i
}

func (f *Func) newValue(t Type) *Value {
	v := f.own().values.one()
	v.ID, v.Type = f.valueIDs, t
	f.valueIDs++
	return v
}

// Incoming returns, by the ID of a block, the edges that lead to it. It holds until it is asked for again. The edges may be
// changed in place.
func (f *Func) Incoming() [][]*Edge {
	l := &f.own().incoming
	l.begin(f)
	for _, b := range f.Blocks {
		edges := b.Edges()
		for e := range edges {
			l.add(edges[e].To, &edges[e])
		}
	}
	return l.end()
}

// Predecessors returns, by the ID of a block, the blocks with an edge to it, each once. It holds until it is asked for
// again.
func (f *Func) Predecessors() [][]*Block {
	l := &f.own().predecessors
	l.begin(f)
	for _, b := range f.Blocks {
		edges := b.Edges()
		switch {
		case len(edges) > 2:
			addTargets(f, b, l)
		case len(edges) == 2 && edges[0].To != edges[1].To:
			l.add(edges[0].To, b)
			l.add(edges[1].To, b)
		case len(edges) > 0:
			l.add(edges[0].To, b)
		}
	}
	return l.end()
}

// addTargets adds b, a block with many edges, to the lists of its targets.
func addTargets(f *Func, b *Block, l *lists[*Block]) {
	seen := make([]bool, f.BlockIDs())
	for _, e := range b.Edges() {
		if !seen[e.To.ID] {
			seen[e.To.ID] = true
			l.add(e.To, b)
		}
	}
}

// ReversePostorder returns the blocks that can be reached, each before those it leads to, back edges aside. Of the
// targets of a block, the one comes as number n whose index among its edges pick returns; without pick, they come in
// their order. The list holds until it is asked for again.
func (f *Func) ReversePostorder(pick func(edges []Edge, n int) int) []*Block {
	return f.own().order.find(f, pick)
}

// An order is a depth-first search for a reverse postorder.
type order struct {
	blocks []*Block
	seen   []bool // by block ID
	stack  []visit
}

// A visit is a block on the path of a search.
type visit struct {
	block *Block
	edges []Edge // of the block
	left  int    // of them not yet followed
}

// find visits the edges of each block in the order that pick gives.
func (o *order) find(f *Func, pick func(edges []Edge, n int) int) []*Block {
	o.seen = Resize(o.seen, f.BlockIDs())
	o.blocks = Resize(o.blocks, len(f.Blocks))
	free := len(o.blocks) // where blocks are put, from the end
	edges := f.Entry().Edges()
	o.stack = append(o.stack[:0], visit{f.Entry(), edges, len(edges)})
	o.seen[f.Entry().ID] = true
	for len(o.stack) > 0 {
		top := &o.stack[len(o.stack)-1]
		if top.left == 0 {
			free--
			o.blocks[free] = top.block
			o.stack = o.stack[:len(o.stack)-1]
			continue
		}
		top.left--
		n := top.left
		if pick != nil {
			n = pick(top.edges, n)
		}
		to := top.edges[n].To
		if !o.seen[to.ID] {
			o.seen[to.ID] = true
			edges := to.Edges()
			o.stack = append(o.stack, visit{to, edges, len(edges)})
		}
	}
	return o.blocks[free:]
}

// RemoveUnreachable removes the blocks that no path from the entry reaches.
func (f *Func) RemoveUnreachable() {
	f.ReversePostorder(nil)
	reached := f.own().order.seen
	kept := f.Blocks[:0]
	for _, b := range f.Blocks {
		if reached[b.ID] {
			kept = append(kept, b)
		}
	}
	clear(f.Blocks[len(kept):])
	f.Blocks = kept
}

// A Substitution says, by the ID of a value, which value takes its place; nil where none does.
type Substitution []*Value

// NewSubstitution returns an empty substitution for the values that there are, to be used until it is called again.
func (f *Func) NewSubstitution() Substitution {
	m := f.own()
	m.now = Resize(m.now, f.ValueIDs())
	return m.now
}

// Resolve returns what v is now.
func (s Substitution) Resolve(v *Value) *Value {
	for int(v.ID) < len(s) && s[v.ID] != nil {
		v = s[v.ID]
	}
	return v
}

// Apply replaces the uses in all of f.
func (s Substitution) Apply(f *Func) {
	for _, b := range f.Blocks {
		for _, i := range b.Insts {
			i.EachUse(func(use **Value) { *use = s.Resolve(*use) })
		}
	}
}
