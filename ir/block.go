package ir

// A BlockID numbers the blocks of a function. IDs are unique but need not be dense.
type BlockID int32

// A Block is a run of instructions that is entered at its start and left by its last one, the terminator. Where other
// forms have phi functions, a block has parameters, and every edge to it brings an argument for each.
type Block struct {
	ID     BlockID
	Params []*Value
	Insts  []*Inst
	Cold   bool // seldom run: a wish to the layout, without meaning
}

// Terminator returns the last instruction if it is a terminator, else nil.
func (b *Block) Terminator() *Inst {
	if len(b.Insts) == 0 {
		return nil
	}
	if last := b.Insts[len(b.Insts)-1]; last.Op.IsTerminator() {
		return last
	}
	return nil
}

// Edges returns the edges that leave b.
func (b *Block) Edges() []Edge {
	if len(b.Insts) == 0 {
		return nil
	}
	return b.Insts[len(b.Insts)-1].Edges // only terminators have edges
}

// IndexOf returns the index of i in b, or -1.
func (b *Block) IndexOf(i *Inst) int {
	for n, other := range b.Insts {
		if other == i {
			return n
		}
	}
	return -1
}

// RemoveInsts removes the instructions for which drop says so.
func (b *Block) RemoveInsts(drop func(*Inst) bool) {
	kept := b.Insts[:0]
	for _, i := range b.Insts {
		if drop(i) {
			i.Block = nil
		} else {
			kept = append(kept, i)
		}
	}
	clear(b.Insts[len(kept):])
	b.Insts = kept
}

// SetInsts makes a copy of insts the instructions of b.
func (b *Block) SetInsts(insts []*Inst) {
	before := b.Insts
	b.Insts = append(before[:0], insts...)
	if len(insts) < len(before) {
		clear(before[len(insts):])
	}
}
