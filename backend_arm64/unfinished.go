package arm64

import "github.com/tagwire/tagwire/ir"

func foldsPlace(i *ir.Inst, n int, v *ir.Value) bool { return false }
func (w *lowering) lowerArrange(i *ir.Inst)          {}
func (w *lowering) lowerMatch(i *ir.Inst)            {}
