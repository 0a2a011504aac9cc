package ir

// A Func is a native function. It is not safe for concurrent use.
type Func struct {
	Name    string
	Results []Type
	Blocks  []*Block // the first is the entry, whose parameters are those of the function; the order is the layout

	valueIDs ValueID // the next to give away
	blockIDs BlockID
	memory   *memory   // see own
	analyses *analyses // see known
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
	f.Rewired()
	b := f.own().blocks.one()
	b.ID = f.blockIDs
	f.blockIDs++
	f.Blocks = append(Grow(f.Blocks, 1), b)
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

// Incoming returns, by the ID of a block, the edges that lead to it. It holds until control flow changes. The arguments of the
// edges may be changed in place.
func (f *Func) Incoming() [][]*Edge {
	k := f.known()
	l := &k.incoming
	if k.hasIncoming {
		return l.byID
	}
	k.hasIncoming = true
	l.begin(f)
	for _, b := range f.Blocks {
		edges := b.Edges()
		for e := range edges {
			l.count(edges[e].To)
		}
	}
	l.counted()
	for _, b := range f.Blocks {
		edges := b.Edges()
		for e := range edges {
			l.add(edges[e].To, &edges[e])
		}
	}
	return l.byID
}

// Predecessors returns, by the ID of a block, the blocks with an edge to it, each once. It holds until control flow
// changes.
func (f *Func) Predecessors() [][]*Block {
	k := f.known()
	l := &k.predecessors
	if k.hasPredecessors {
		return l.byID
	}
	k.hasPredecessors = true
	l.begin(f)
	k.eachTarget(f, func(_, to *Block) { l.count(to) })
	l.counted()
	k.eachTarget(f, func(b, to *Block) { l.add(to, b) })
	return l.byID
}

// eachTarget calls visit with each block and each block that it has an edge to, once.
func (k *analyses) eachTarget(f *Func, visit func(b, to *Block)) {
	k.targetOf = Resize(k.targetOf, f.BlockIDs())
	for n, b := range f.Blocks {
		edges := b.Edges()
		for e := range edges {
			to := edges[e].To
			if k.targetOf[to.ID] != int32(n+1) {
				k.targetOf[to.ID] = int32(n + 1)
				visit(b, to)
			}
		}
	}
}

// ReversePostorder returns the blocks that can be reached, each before those it leads to, back edges aside. Of the
// targets of a block, the one comes as number n whose index among its edges pick returns; without pick, they come in
// their order. The list holds until control flow changes or, with a pick, until it is asked for again.
func (f *Func) ReversePostorder(pick func(edges []Edge, n int) int) []*Block {
	k := f.known()
	if pick != nil {
		return k.picked.find(f, pick)
	}
	if !k.hasOrder {
		k.hasOrder = true
		k.order.found = k.order.find(f, nil)
	}
	return k.order.found
}

// An order is a depth-first search for a reverse postorder.
type order struct {
	found  []*Block // the end of blocks
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
			o.stack = append(Grow(o.stack, 1), visit{to, edges, len(edges)})
		}
	}
	return o.blocks[free:]
}

// SetBlocks makes a copy of blocks, which may be in another order or fewer, the blocks of f.
func (f *Func) SetBlocks(blocks []*Block) {
	before := f.Blocks
	f.Blocks = append(before[:0], blocks...)
	if len(blocks) < len(before) {
		clear(before[len(blocks):])
	}
	f.Rewired()
}

// RemoveUnreachable removes the blocks that no path from the entry reaches.
func (f *Func) RemoveUnreachable() {
	f.ReversePostorder(nil)
	reached := f.known().order.seen
	kept := f.Blocks[:0]
	for _, b := range f.Blocks {
		if reached[b.ID] {
			kept = append(kept, b)
		}
	}
	if len(kept) < len(f.Blocks) {
		clear(f.Blocks[len(kept):])
		f.Blocks = kept
		f.Rewired()
	}
}

// A Substitution says, by the ID of a value, which value takes its place; nil where none does.
type Substitution []*Value

// NewSubstitution returns an empty substitution for the values that there are, to be used until it is called again.
func (f *Func) NewSubstitution() Substitution {
	k := f.known()
	k.now = Resize(k.now, f.ValueIDs())
	return k.now
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
			s.ApplyTo(i)
		}
	}
}

// ApplyTo replaces the uses in one instruction.
func (s Substitution) ApplyTo(i *Inst) {
	s.resolveAll(i.Args)
	for e := range i.Edges {
		s.resolveAll(i.Edges[e].Args)
	}
}

func (s Substitution) resolveAll(values []*Value) {
	for n, v := range values {
		if by := s.Resolve(v); by != v {
			values[n] = by
		}
	}
}
