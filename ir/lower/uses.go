package lower

import (
	"math/bits"

	"github.com/tagwire/tagwire/ir"
)

// findNeeded notes which values have to be in a register: all that an edge carries, and all that some user does not take
// into itself.
func (f *Function) findNeeded(folds func(i *ir.Inst, n int, v *ir.Value) bool) {
	for _, b := range f.Source.Blocks {
		for _, i := range b.Insts {
			for n, v := range i.Args {
				if !folds(i, n, v) {
					f.needed[v.ID] = true
				}
			}
			for _, e := range i.Edges {
				for _, v := range e.Args {
					f.needed[v.ID] = true
				}
			}
		}
	}
}

// Needed reports whether v has to be in a register. A value that is not, and whose definition has no effects, needs no
// instruction.
func (f *Function) Needed(v *ir.Value) bool { return f.needed[v.ID] }

// Accesses reports whether op reads or writes memory at its first operand plus its immediate.
func Accesses(op ir.Op) bool { return op >= ir.Load8 && op <= ir.StoreBE64 }

// SwapBytes returns the constant that, stored in the processor's own order, has the bytes of c in big-endian order. t is
// the type of what is stored.
func SwapBytes(c int64, t ir.Type) int64 {
	switch t {
	case ir.I8:
		return int64(int8(c))
	case ir.I16:
		return int64(int16(bits.ReverseBytes16(uint16(c))))
	case ir.I32:
		return int64(int32(bits.ReverseBytes32(uint32(c))))
	}
	return int64(bits.ReverseBytes64(uint64(c)))
}

// IsSmall reports whether v is known to be at least 0 and less than 2^52: 32 bits widened with zeros, or a multiple of that.
func IsSmall(v *ir.Value) bool {
	if v.Def == nil {
		return false
	}
	switch v.Def.Op {
	case ir.ZeroExt32to64:
		return true
	case ir.MulConst:
		return 0 <= v.Def.Imm && v.Def.Imm < 1<<20 && v.Def.Args[0].Def != nil && v.Def.Args[0].Def.Op == ir.ZeroExt32to64
	}
	return false
}
