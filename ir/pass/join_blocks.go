package pass

import "github.com/tagwire/tagwire/ir"

// JoinBlocks puts a block behind the one that alone leads to it, by a Jump, so that there is one block where control
// flows straight; the passes that look at one block at a time see more then. After it every Jump leads to a block that
// another edge leads to as well.
func JoinBlocks(f *ir.Func) {
	incoming := f.Incoming()
	now := f.NewSubstitution()
	gone := make([]bool, f.BlockIDs())
	for _, b := range f.Blocks {
		if gone[b.ID] {
			continue
		}
		for {
			t := b.Terminator()
			if t.Op != ir.Jump || len(incoming[t.Edges[0].To.ID]) != 1 {
				break
			}
			e := t.Edges[0]
			for n, p := range e.To.Params {
				now[p.ID] = e.Args[n]
			}
			t.Block = nil
			b.Insts = b.Insts[:len(b.Insts)-1]
			for _, i := range e.To.Insts {
				i.Block = b
				b.Insts = append(b.Insts, i)
			}
			gone[e.To.ID] = true
		}
	}
	kept := f.Blocks[:0]
	for _, b := range f.Blocks {
		if !gone[b.ID] {
			kept = append(kept, b)
		}
	}
	if len(kept) < len(f.Blocks) {
		clear(f.Blocks[len(kept):])
		f.Blocks = kept
		f.Rewired()
	}
	now.Apply(f)
}
