package ir

// A Func is a native function. It is not safe for concurrent use.
type Func struct {
	Name    string
	Results []Type
	Blocks  []*Block // the first is the entry, whose parameters are those of the function; the order is the layout

	valueIDs ValueID // the next to give away
	blockIDs BlockID
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
	b := &Block{ID: f.blockIDs}
	f.blockIDs++
	f.Blocks = append(f.Blocks, b)
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
	i := &Inst{Op: op}
	for _, t := range results {
		v := f.newValue(t)
		v.Def = i
		i.Results = append(i.Results, v)
	}
	return i
}

// newConst makes a Const of type t. It is not yet in any block.
func (f *Func) newConst(t Type, n int64) *Inst {
	i := f.NewInst(Const, t)
	i.Imm = signExtend(t, n)
	return i
}

func (f *Func) newValue(t Type) *Value {
	v := &Value{ID: f.valueIDs, Type: t}
	f.valueIDs++
	return v
}

// Incoming returns, by the ID of a block, the edges that lead to it. The edges may be changed in place.
func (f *Func) Incoming() [][]*Edge {
	incoming := make([][]*Edge, f.BlockIDs())
	for _, b := range f.Blocks {
		edges := b.Edges()
		for e := range edges {
			to := edges[e].To.ID
			incoming[to] = append(incoming[to], &edges[e])
		}
	}
	return incoming
}

// Predecessors returns, by the ID of a block, the blocks with an edge to it, each once.
func (f *Func) Predecessors() [][]*Block {
	predecessors := make([][]*Block, f.BlockIDs())
	for _, b := range f.Blocks {
		for _, e := range b.Edges() {
			known := predecessors[e.To.ID]
			if len(known) == 0 || known[len(known)-1] != b {
				predecessors[e.To.ID] = append(known, b)
			}
		}
	}
	return predecessors
}

// ReversePostorder returns the blocks that can be reached, each before those it leads to, back edges aside. Of the
// targets of a block, the first comes first.
func (f *Func) ReversePostorder() []*Block {
	return f.reversePostorder(func(b *Block, n int) int { return n })
}

// reversePostorder visits the edges of each block in the order that pick gives: pick(b, n) is the index of the edge whose
// target shall come as number n.
func (f *Func) reversePostorder(pick func(b *Block, n int) int) []*Block {
	type visit struct {
		block *Block
		left  int // edges not yet followed
	}
	seen := make([]bool, f.BlockIDs())
	postorder := make([]*Block, 0, len(f.Blocks))
	stack := []visit{{f.Entry(), len(f.Entry().Edges())}}
	seen[f.Entry().ID] = true
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if top.left == 0 {
			postorder = append(postorder, top.block)
			stack = stack[:len(stack)-1]
			continue
		}
		top.left--
		to := top.block.Edges()[pick(top.block, top.left)].To
		if !seen[to.ID] {
			seen[to.ID] = true
			stack = append(stack, visit{to, len(to.Edges())})
		}
	}
	for l, r := 0, len(postorder)-1; l < r; l, r = l+1, r-1 {
		postorder[l], postorder[r] = postorder[r], postorder[l]
	}
	return postorder
}

// RemoveUnreachable removes the blocks that no path from the entry reaches.
func (f *Func) RemoveUnreachable() {
	reached := make([]bool, f.BlockIDs())
	for _, b := range f.ReversePostorder() {
		reached[b.ID] = true
	}
	kept := f.Blocks[:0]
	for _, b := range f.Blocks {
		if reached[b.ID] {
			kept = append(kept, b)
		}
	}
	clear(f.Blocks[len(kept):])
	f.Blocks = kept
}

// Renumber gives blocks and values new, dense IDs in layout order.
func (f *Func) Renumber() {
	f.valueIDs, f.blockIDs = 0, 0
	next := func(v *Value) {
		v.ID = f.valueIDs
		f.valueIDs++
	}
	for _, b := range f.Blocks {
		b.ID = f.blockIDs
		f.blockIDs++
		for _, p := range b.Params {
			next(p)
		}
		for _, i := range b.Insts {
			for _, r := range i.Results {
				next(r)
			}
		}
	}
}

// A substitution says, by the ID of a value, which value takes its place; nil where none does.
type substitution []*Value

func (f *Func) newSubstitution() substitution { return make(substitution, f.ValueIDs()) }

// resolve returns what v is now.
func (s substitution) resolve(v *Value) *Value {
	for int(v.ID) < len(s) && s[v.ID] != nil {
		v = s[v.ID]
	}
	return v
}

// apply replaces the uses in all of f.
func (s substitution) apply(f *Func) {
	for _, b := range f.Blocks {
		for _, i := range b.Insts {
			i.EachUse(func(use **Value) { *use = s.resolve(*use) })
		}
	}
}
