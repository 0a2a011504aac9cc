package pass

import "github.com/tagwire/tagwire/ir"

// scratch is memory that passes use again and again.
type scratch struct {
	known knownTable
	out   []*ir.Inst
}

// scratchOf returns what has come with the memory of f.
func scratchOf(f *ir.Func) *scratch {
	place := f.Scratch()
	if *place == nil {
		*place = new(scratch)
	}
	return (*place).(*scratch)
}
